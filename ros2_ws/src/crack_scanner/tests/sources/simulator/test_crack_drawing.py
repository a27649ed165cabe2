import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crack_scanner.sources.simulator.crack_drawing import crack_coverage, draw_crack
from crack_scanner.sources.simulator.cracks import Crack, random_cracks


def coverage_picture(points: np.ndarray, widths: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    touched = crack_coverage(points, widths, shape)
    picture = np.zeros(shape)
    picture[touched.rows, touched.columns] = touched.coverage
    return picture


@settings(max_examples=60, deadline=None)
@given(
    width=st.floats(0.3, 14.0),
    angle=st.floats(0.0, math.pi),
    shift=st.tuples(st.floats(-0.5, 0.5), st.floats(-0.5, 0.5)),
)
def test_width_integrates_to_a_tenth_of_a_texel(
    width: float, angle: float, shift: tuple[float, float]
) -> None:
    """The covered area of a straight piece, divided by its length, is the width, hairline or not."""
    direction = np.array([math.cos(angle), math.sin(angle)])
    centre = np.array([100.0, 100.0]) + shift
    points = centre + np.array([[-80.0], [80.0]]) * direction
    picture = coverage_picture(points, np.full(2, width), (200, 200))
    y, x = np.mgrid[0:200, 0:200]
    along = (x - centre[0]) * direction[0] + (y - centre[1]) * direction[1]
    # A smooth window along the line measures a length that texel edges do not make uneven.
    window = np.clip(1.0 - np.abs(along) / 60.0, 0.0, None)
    assert (picture * window).sum() / 60.0 == pytest.approx(width, abs=0.1)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_area_of_real_cracks(seed: int) -> None:
    """On winding, tapering cracks the area is the length times the mean width, to 0.1 texel of width."""
    for crack in random_cracks(seed, 1.2, 0.8):
        points, widths = crack.points / 0.0005, crack.widths / 0.0005
        scaled = Crack(1, points, widths)
        area = coverage_picture(points, widths, (1600, 2400)).sum()
        assert area / scaled.length == pytest.approx(scaled.width_mean, abs=0.1, rel=0.02)


def test_local_width_follows_the_truth() -> None:
    points = np.stack([np.linspace(10, 390, 100), np.full(100, 50.3)], axis=1)
    widths = np.linspace(1.0, 9.0, 100)
    profile = coverage_picture(points, widths, (100, 400)).sum(axis=0)
    at = np.arange(20, 380)
    np.testing.assert_allclose(profile[20:380], np.interp(at, points[:, 0], widths), atol=0.1)


def test_drawn_darkness_integrates_to_the_width() -> None:
    """Divided by the darkness of its wide part, a drawn crack has the width it should."""
    texture = np.full((200, 800, 3), 160, np.uint8)
    points = np.array([[20.0, 100.0], [780.0, 100.0]])
    draw_crack(texture, points, np.full(2, 8.0), seed=1, number=1)
    dark = 1.0 - texture[:, 40:760, 0] / 160.0
    depth = dark[98:103].mean()
    assert 0.7 < depth < 0.95
    assert dark[90:111].sum(axis=0).mean() / depth == pytest.approx(8.0, abs=0.25)


def test_crack_outside_the_texture_is_harmless() -> None:
    texture = np.full((50, 50, 3), 160, np.uint8)
    draw_crack(texture, np.array([[100.0, 100.0], [140.0, 100.0]]), np.full(2, 4.0), seed=1, number=1)
    draw_crack(texture, np.array([[-30.0, 10.0], [30.0, 10.0]]), np.full(2, 4.0), seed=1, number=2)
    assert (texture[40:] == 160).all()
    assert texture[10, 0, 0] < 100
