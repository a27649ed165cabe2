"""Evidence of one picture's tiles."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.mapping.evidence import (
    EVIDENCE_LIMIT,
    TILE_MARGIN,
    PictureEvidence,
    line_evidence,
    log_odds,
    tile_evidence,
)
from crack_scanner.vision.scores import TileScores
from crack_scanner.vision.sightings import CrackSighting, FrameCracks
from crack_scanner.vision.tile_grid import TileGrid, tile_grid
from crack_scanner.vision.width import LineWidths


def scores_of(grid: TileGrid, probability: np.ndarray) -> TileScores:
    quality = np.linspace(0.2, 1.0, len(grid)).astype(np.float32)
    probability = probability.astype(np.float32)
    return TileScores(
        1, grid.width, grid.height, grid.tile_size, grid.x, grid.y, probability, quality, "abcdef012345"
    )


def expected_at(scores: TileScores, x: int, y: int) -> float:
    """The definition, tile by tile; near a border inside the picture a tile says nothing."""
    inset = TILE_MARGIN * scores.tile_size
    values = []
    for tile_x, tile_y, p in zip(scores.x, scores.y, scores.probability, strict=True):
        covered = True
        for pixel, start, length in ((x, tile_x, scores.image_width), (y, tile_y, scores.image_height)):
            low = start + inset if start > 0 else 0
            high = start + scores.tile_size - (inset if start + scores.tile_size < length else 0)
            covered &= low <= pixel + 0.5 < high
        if covered and np.isfinite(p):
            values.append(np.clip(np.log(p / (1 - p)), -EVIDENCE_LIMIT, EVIDENCE_LIMIT))
    return float(np.mean(values)) if values else float("nan")


@given(
    width=st.integers(40, 150),
    height=st.integers(40, 120),
    overlap=st.sampled_from([0.0, 0.25, 0.5, 0.75]),
    seed=st.integers(0, 1000),
)
def test_every_pixel_has_the_mean_of_the_classified_tiles_over_it(
    width: int, height: int, overlap: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    grid = tile_grid(width, height, tile_size=40, overlap=overlap)
    probability = random.uniform(0.05, 0.95, len(grid))
    probability[random.random(len(grid)) < 0.3] = np.nan
    scores = scores_of(grid, probability)
    pixels = np.stack([random.integers(0, width, 20), random.integers(0, height, 20)], axis=1)
    values, quality = tile_evidence(scores).at(pixels.astype(float))
    expected = [expected_at(scores, int(x), int(y)) for x, y in pixels]
    np.testing.assert_allclose(values, expected, atol=1e-5)
    assert ((quality > 0) == np.isfinite(values)).all()


def test_a_picture_of_useless_tiles_says_nothing() -> None:
    grid = tile_grid(100, 100, tile_size=50, overlap=0.5)
    values, quality = tile_evidence(scores_of(grid, np.full(len(grid), np.nan))).at(np.array([[50.0, 50.0]]))
    assert np.isnan(values).all()
    assert (quality == 0).all()


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_no_single_look_is_certain(probability: float) -> None:
    assert abs(log_odds(np.array([probability]))[0]) == pytest.approx(EVIDENCE_LIMIT)


def test_a_probability_for_every_pixel_is_looked_up_at_the_nearest_pixel() -> None:
    probability = np.array([[0, 51, 102], [153, 204, 255]], np.uint8)
    known = np.array([[False, True, True], [True, True, True]])
    evidence = PictureEvidence(probability, known, quality=0.8, support_px=4.0)
    values, quality = evidence.at(np.array([[1.4, 0.4], [0.6, 0.6], [0.0, 0.0]]))
    np.testing.assert_allclose(values, [np.log(0.2 / 0.8), np.log(0.8 / 0.2), np.nan], rtol=1e-6)
    np.testing.assert_array_equal(quality, [0.8, 0.8, 0.0])


def with_line(scores: TileScores, points: np.ndarray, probability: float = 0.9) -> TileScores:
    some = np.full(len(points), 3.0)
    line = CrackSighting(LineWidths(points, some, some, some, 1.0, 1.0), probability)
    return replace(scores, cracks=FrameCracks((line,), "1" * 12))


def test_a_line_speaks_for_its_surroundings_and_against_the_rest_of_its_tile() -> None:
    grid = tile_grid(200, 100, tile_size=100)
    line = np.stack([np.full(60, 40.0), np.arange(20.0, 80.0)], axis=1)
    scores = with_line(scores_of(grid, np.array([0.9, 0.9])), line)
    evidence = line_evidence(scores, [11.0])
    values, _ = evidence.at(np.array([[33.0, 50.0], [36.0, 50.0], [44.0, 50.0], [47.0, 50.0], [40.0, 95.0]]))
    assert (values > 0).tolist() == [False, True, True, False, False]
    assert np.isfinite(values).all()
    # The other crack tile shows no line: nothing is known of its pixels.
    values, quality = evidence.at(np.array([[150.0, 50.0]]))
    assert np.isnan(values).all()
    assert quality == [0.0]


@pytest.mark.parametrize(("depth", "explains"), [(1.0, False), (3.0, True), (4.0, True), (7.0, True)])
def test_a_line_at_the_border_of_a_tile_explains_it_where_it_may_be_recognised(
    depth: float, explains: bool
) -> None:
    grid = tile_grid(100, 200, tile_size=100)
    line = np.stack([np.arange(10.0, 90.0), np.full(80, 100.0 + depth)], axis=1)
    evidence = line_evidence(with_line(scores_of(grid, np.array([0.05, 0.9])), line), [3.0])
    values, _ = evidence.at(np.array([[50.0, 180.0]]))
    assert (values[0] < 0) if explains else np.isnan(values[0])


def test_a_line_goes_on_beside_the_crack_tiles() -> None:
    grid = tile_grid(200, 100, tile_size=100)
    line = np.stack([np.arange(20.0, 180.0), np.full(160, 50.0)], axis=1)
    evidence = line_evidence(with_line(scores_of(grid, np.array([0.9, 0.05])), line), [11.0])
    values, _ = evidence.at(np.array([[150.0, 50.0], [150.0, 80.0]]))
    assert values[0] > 0
    assert np.isnan(values[1])


def test_lines_of_a_picture_nobody_looked_at_are_a_mistake() -> None:
    grid = tile_grid(100, 100, tile_size=100)
    with pytest.raises(ValueError, match="nobody has looked"):
        line_evidence(scores_of(grid, np.array([0.9])), [])
