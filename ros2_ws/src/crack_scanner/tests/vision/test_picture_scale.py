"""Millimetres in a picture: given, or from a marker that may be seen at an angle."""

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.vision.picture_scale import PictureScale, even_scale
from crack_scanner.vision.scale_target import target_scale

LINE = np.stack([np.linspace(100, 300, 201), np.full(201, 150.0)], axis=1)


def wall_with_marker() -> np.ndarray:
    """(600, 800, 3): a marker with sides of 100 px in the middle."""
    image = np.full((600, 800, 3), 190, np.uint8)
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    marker = cv2.aruco.generateImageMarker(dictionary, 7, 100)
    image[250:350, 350:450] = marker[..., None]
    return image


def test_given_scale_is_the_same_everywhere() -> None:
    scale = even_scale(0.5)
    assert scale.lengths_mm(LINE).sum() == pytest.approx(100.0)
    assert scale.widths_mm(LINE, np.full(201, 4.0)) == pytest.approx(2.0)
    assert scale.mm_per_px(20, 20) == pytest.approx(0.5)


@pytest.mark.parametrize("mm_per_px", [0.2, 0.1, 0.37, 1.3])
def test_a_given_scale_comes_back_digit_by_digit_all_over_a_large_picture(mm_per_px: float) -> None:
    scale = even_scale(mm_per_px)
    assert {scale.mm_per_px(x, y) for x in (0.0, 320.0, 5999.5) for y in (240.0, 4499.5)} == {mm_per_px}


def test_the_side_of_a_pixel_is_what_its_corners_span_on_a_surface_seen_at_an_angle() -> None:
    scale = PictureScale(np.array([[0.4, 0.05, 3.0], [0.02, 0.5, 300.0], [1e-4, 1 / 600, -1 / 3]]), 0.01, "m")
    a, b, c = scale.on_surface(np.array([[699.9, 499.9], [700.1, 499.9], [699.9, 500.1]]))
    spanned = np.sqrt(abs((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0])) / 0.2
    assert scale.mm_per_px(700, 500) == pytest.approx(spanned, rel=2e-3)


def test_marker_gives_the_scale() -> None:
    scale = target_scale(wall_with_marker(), 50.0)
    assert scale.mm_per_px(400, 300) == pytest.approx(0.5, rel=0.03)
    assert scale.source == "marker"


@pytest.mark.parametrize("degrees", [0.0, 20.0, 40.0])
def test_width_does_not_depend_on_the_angle_of_view(degrees: float) -> None:
    """A level and an upright crack of 4 px (2 mm), seen by a camera turned about the upright axis."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    centre = np.array([[1, 0, -400], [0, 1, -300], [0, 0, 1]], float)
    turn = np.array([[cosine, 0, 0], [0, 1, 0], [sine / 900, 0, 1]])
    matrix = np.linalg.inv(centre) @ turn @ centre
    image = cv2.warpPerspective(wall_with_marker(), matrix, (800, 600), borderValue=(190, 190, 190))
    scale = target_scale(image, 50.0)
    for line, across in ((LINE, (0, 1)), (LINE[:, ::-1] + np.array([80.0, 0.0]), (1, 0))):
        edges = [line + sign * 2.0 * np.array(across) for sign in (-1, 1)]
        left, right, seen = (cv2.perspectiveTransform(p[:, None], matrix)[:, 0] for p in (*edges, line))
        ahead = np.gradient(seen, axis=0)
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        opening = right - left
        width_px = np.abs(ahead[:, 0] * opening[:, 1] - ahead[:, 1] * opening[:, 0])
        assert np.median(scale.widths_mm(seen, width_px)) == pytest.approx(2.0, rel=0.08)


def test_no_marker_is_one_clear_line() -> None:
    with pytest.raises(CrackScannerError, match="no ArUco or AprilTag marker"):
        target_scale(np.full((600, 800, 3), 190, np.uint8), 50.0)


def test_scale_carries_its_own_uncertainty() -> None:
    scale = target_scale(wall_with_marker(), 50.0)
    assert isinstance(scale, PictureScale)
    assert 0 < scale.relative_sigma < 0.02


def test_past_the_horizon_of_the_surface_nothing_has_a_size() -> None:
    # A floor whose horizon lies at row 200; the scale comes from row 800.
    scale = PictureScale(np.array([[0.5, 0, 0], [0, 0, 300.0], [0, 1 / 600, -1 / 3]]), 0.01, "marker")
    rows = np.arange(20.0, 800.0)
    line = np.stack([np.full(len(rows), 900.0), rows], axis=1)
    widths = scale.widths_mm(line, np.full(len(rows), 3.0))
    assert np.isnan(widths[rows < 230]).all()
    assert np.isnan(scale.lengths_mm(line)[rows[:-1] < 229]).all()
    assert np.isnan(scale.mm_per_px(900, 100))
    assert np.isfinite(widths[rows > 235]).all()
    assert np.isfinite(scale.mm_per_px(900, 240))
    assert np.isfinite(scale.lengths_mm(line)[rows[:-1] > 235]).all()


def test_the_side_of_the_horizon_on_which_the_marker_lies_is_the_surface() -> None:
    # Its left and right sides meet at row 183, below the first pixel.
    seen = np.array([[350, 350], [450, 350], [480, 450], [320, 450]], np.float32)
    square = np.array([[350, 250], [450, 250], [450, 350], [350, 350]], np.float32)
    matrix = cv2.getPerspectiveTransform(square, seen)
    image = cv2.warpPerspective(wall_with_marker(), matrix, (800, 600), borderValue=(190, 190, 190))
    scale = target_scale(image, 50.0)
    assert np.isfinite([scale.mm_per_px(400, y) for y in (250, 400, 590)]).all()
    assert np.isnan([scale.mm_per_px(400, y) for y in (10, 100, 180)]).all()
