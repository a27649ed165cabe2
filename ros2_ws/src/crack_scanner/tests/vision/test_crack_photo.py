"""The photo of a crack."""

import numpy as np
import pytest

from crack_scanner.vision.crack_photo import CLOSE_UP, LARGEST, PictureArea, photo_of, widest_place
from crack_scanner.vision.width import LineWidths


def line(points: np.ndarray, width: np.ndarray) -> LineWidths:
    some = np.full(len(points), 0.3)
    return LineWidths(points, width, some, some, 0.9, 1.5)


def level(first: float, last: float, y: float, width: float = 6.0) -> LineWidths:
    x = np.arange(first, last)
    return line(np.stack([x, np.full(len(x), y)], axis=1), np.full(len(x), width))


def picture() -> np.ndarray:
    """A bright wall with a dark level crack 6 pixels wide at y = 500."""
    image = np.full((1000, 2000, 3), 200, np.uint8)
    image[497:503, 100:1900] = 40
    return image


def test_the_surroundings_are_bounded_and_the_close_up_has_the_pictures_own_resolution() -> None:
    photo = photo_of(picture(), level(100, 1900, 499.5))
    assert max(photo.context.pixels.shape[:2]) == LARGEST
    assert photo.context.area.scale == pytest.approx(LARGEST / 1927)
    assert photo.close_up.pixels.shape == (CLOSE_UP, CLOSE_UP, 3)
    assert photo.close_up.area.scale == 1.0
    assert len(photo.context.jpeg()) < 200_000


def test_a_close_up_at_the_border_lies_inside_and_a_small_picture_is_shown_whole() -> None:
    corner = photo_of(picture(), level(0, 30, 2.0)).close_up
    assert (corner.area.x, corner.area.y) == (0.0, 0.0)
    assert corner.pixels.shape == (CLOSE_UP, CLOSE_UP, 3)
    whole = photo_of(picture()[400:600, 100:300], level(0, 150, 99.5)).close_up
    assert whole.pixels.shape == (200, 200, 3)


def test_the_close_up_shows_the_widest_place() -> None:
    seen = level(100, 1900, 499.5)
    width = seen.width.copy()
    width[1200:1260] = 9.0
    width[300] = 60.0  # one point alone is no place
    width[:100] = np.nan
    assert 1200 <= widest_place(line(seen.points, width)) < 1260
    assert widest_place(line(seen.points, np.full(len(width), np.nan))) == len(width) // 2


def test_the_profile_goes_across_the_crack() -> None:
    profile = photo_of(picture(), level(100, 1900, 499.5)).profile
    assert profile is not None
    assert abs(profile.across[1]) == pytest.approx(1.0, abs=1e-6)
    dark = profile.at[profile.grey < 120]
    assert dark.max() - dark.min() == pytest.approx(5.5, abs=0.6)
    assert profile.grey[[0, -1]].min() > 190
    assert profile.width == 6.0


def test_corners_of_a_part_are_corners_in_the_picture() -> None:
    area = PictureArea(100.0, 40.0, 320, 160, 0.5)
    np.testing.assert_allclose(area.to_picture(np.array([[-0.5, -0.5]])), [[99.5, 39.5]])
    np.testing.assert_allclose(area.to_picture(np.array([[319.5, 159.5]])), [[739.5, 359.5]])
