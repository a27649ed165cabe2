"""Folders of drawn pictures for training."""

import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.training.drawn import draw_tile

COUNT = 40


@pytest.fixture(scope="session")
def drawn_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Path]:
    """Draws Positive/ and Negative/ of 40 pictures each, of a size in pixels, once."""

    @cache
    def draw(size: int) -> Path:
        data = tmp_path_factory.mktemp("drawn")
        clean = np.full((1, size, size, 3), 160, np.uint8)
        for label, name in enumerate(("Negative", "Positive")):
            (data / name).mkdir()
            for number in range(COUNT):
                tile, _ = draw_tile(clean, size, bool(label), np.random.default_rng([label, number]))
                cv2.imwrite(str(data / name / f"{number:05d}.jpg"), tile)
        return data

    return draw


@pytest.fixture
def draw_pictures(drawn_folder: Callable[[int], Path], tmp_path: Path) -> Callable[..., Path]:
    """Makes tmp_path/data with drawn pictures of `size` pixels, to be used up by one test."""

    def draw(size: int = 227) -> Path:
        return Path(shutil.copytree(drawn_folder(size), tmp_path / "data"))

    return draw
