"""Encoded pictures to pixels, or to nothing."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.vision.picture_file import decode, read
from tests.vision.damaged_picture import jpeg_of_a_damaged_size


@pytest.mark.parametrize("content", [b"", b"no picture", jpeg_of_a_damaged_size()])
def test_what_is_no_picture_is_none(content: bytes, tmp_path: Path) -> None:
    assert decode(np.frombuffer(content, np.uint8)) is None
    (tmp_path / "file.jpg").write_bytes(content)
    assert read(tmp_path / "file.jpg") is None


def test_what_is_no_file_is_none(tmp_path: Path) -> None:
    assert read(tmp_path) is None
    assert read(tmp_path / "nowhere.png") is None


def test_a_picture_is_rgb(tmp_path: Path) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "file.png"), rgb[..., ::-1])
    np.testing.assert_array_equal(read(tmp_path / "file.png"), rgb)
    cv2.imwrite(str(tmp_path / "grey.png"), rgb[..., 0])
    np.testing.assert_array_equal(read(tmp_path / "grey.png"), np.repeat(rgb[..., :1], 3, axis=2))
