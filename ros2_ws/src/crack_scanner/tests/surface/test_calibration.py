"""Calibration files: read, or refused in one line that names what is wrong."""

from pathlib import Path

import pytest
import yaml

from crack_scanner.errors import CrackScannerError
from crack_scanner.surface.calibration import load_calibration

GOOD = {
    "image_width": 1280,
    "image_height": 720,
    "camera_name": "front",
    "camera_matrix": {"rows": 3, "cols": 3, "data": [1100.0, 0, 640, 0, 1100, 360, 0, 0, 1]},
    "distortion_model": "plumb_bob",
    "distortion_coefficients": {"rows": 1, "cols": 5, "data": [-0.1, 0.01, 0, 0, 0]},
}


def written(folder: Path, content: object) -> Path:
    path = folder / "camera.yaml"
    path.write_text(content if isinstance(content, str) else yaml.safe_dump(content))
    return path


def test_a_calibration_is_read(tmp_path: Path) -> None:
    camera = load_calibration(written(tmp_path, GOOD))
    assert (camera.width, camera.height, camera.matrix[0, 2]) == (1280, 720, 640)


@pytest.mark.parametrize(
    "key", ["image_width", "camera_matrix", "distortion_model", "distortion_coefficients"]
)
def test_a_missing_key_is_named(tmp_path: Path, key: str) -> None:
    content = {name: value for name, value in GOOD.items() if name != key}
    with pytest.raises(CrackScannerError, match=f"lacks {key}"):
        load_calibration(written(tmp_path, content))


@pytest.mark.parametrize(
    "content",
    [
        "just a line",
        "a: [1, 2",
        GOOD | {"camera_matrix": {"data": [1, 2, 3]}},
        GOOD | {"camera_matrix": 7},
        GOOD | {"image_width": "wide"},
        GOOD | {"distortion_model": "brown"},
    ],
)
def test_wrong_content_is_refused_in_one_line(tmp_path: Path, content: object) -> None:
    with pytest.raises(CrackScannerError, match=r"camera\.yaml") as error:
        load_calibration(written(tmp_path, content))
    assert "\n" not in str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CrackScannerError, match="cannot be read"):
        load_calibration(tmp_path / "none.yaml")
