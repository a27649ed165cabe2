from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.sources.simulator.paving import paved
from tests.vision.damaged_picture import jpeg_of_a_damaged_size


@pytest.fixture
def tiles(tmp_path: Path) -> Path:
    """Thirty noisy pictures, each lit from another side."""
    rng = np.random.default_rng(0)
    for index in range(30):
        slope = np.linspace(-30, 30, 100)[:: 1 if index % 2 else -1]
        grey = 150 + slope[None, :, None] + rng.normal(0, 8, (100, 100, 3))
        cv2.imwrite(str(tmp_path / f"{index}.png"), grey.clip(0, 255).astype(np.uint8))
    return tmp_path


def test_paving_is_deterministic_and_of_the_size_asked_for(tiles: Path) -> None:
    wall = paved(3, tiles, 301, 457)
    assert wall.shape == (301, 457, 3)
    assert np.array_equal(wall, paved(3, tiles, 301, 457))


def test_no_seam_in_brightness_or_contrast(tiles: Path) -> None:
    """Tiles of 100 px lie 70 px apart: folded at 70 px, overlaps look like the middle of a tile.

    Plain averaging would leave 0.71 of the contrast in the overlaps.
    """
    wall = paved(1, tiles, 1400, 1400).astype(float).mean(axis=2)
    for folded in (wall.reshape(1400, 20, 70), wall.T.reshape(1400, 20, 70)):
        means, deviations = folded.mean(axis=(0, 1)), folded.std(axis=(0, 1))
        assert np.ptp(means) < 1.0
        assert deviations.min() > 0.85 * deviations.max()


def test_pictures_of_any_size_from_64_pixels(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for index, shape in enumerate([(64, 64), (500, 300), (70, 1000), (20, 20)]):
        picture = rng.integers(100, 200, (*shape, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f"{index}.png"), picture)
    assert paved(1, tmp_path, 200, 200).std() > 1.0


def test_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="does not exist"):
        paved(1, tmp_path / "nowhere", 100, 100)


def test_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="holds no pictures"):
        paved(1, tmp_path, 100, 100)


def test_pictures_too_small(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "small.png"), np.zeros((63, 100, 3), np.uint8))
    with pytest.raises(CrackScannerError, match="at least 64 x 64"):
        paved(1, tmp_path, 100, 100)


@pytest.mark.parametrize("content", [b"not a picture", jpeg_of_a_damaged_size()])
def test_no_picture_named_as_picture(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tile.jpg").write_bytes(content)
    with pytest.raises(CrackScannerError, match=r"tile\.jpg cannot be read"):
        paved(1, tmp_path, 100, 100)


def test_real_tiles(reference_data: Path) -> None:
    wall = paved(1, reference_data / "sdnet2018" / "Negative", 400, 600)
    assert 90 < wall.mean() < 220
