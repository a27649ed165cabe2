"""What cannot be scanned is refused in one clear line, and nothing that looks finished is left behind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml

from crack_scanner.resources import DEFAULT_MODEL


def film(path: Path) -> Path:
    """A short film of noise, 60 frames."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 20.0, (320, 240))
    for index in range(60):
        writer.write(np.random.default_rng(index).integers(0, 255, (240, 320, 3), dtype=np.uint8))
    writer.release()
    return path


def an_empty_folder(folder: Path) -> list[object]:
    (folder / "empty").mkdir()
    return ["--source", folder / "empty"]


def a_text_file_named_jpg(folder: Path) -> list[object]:
    (folder / "a.jpg").write_text("not a picture")
    return ["--source", folder / "a.jpg"]


def a_cut_film(folder: Path) -> list[object]:
    path = film(folder / "film.avi")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return ["--source", path]


def half_a_model(folder: Path) -> list[object]:
    model = folder / "half.tflite"
    content = DEFAULT_MODEL.read_bytes()
    model.write_bytes(content[: len(content) // 2])
    shutil.copy(DEFAULT_MODEL.with_suffix(".json"), model.with_suffix(".json"))
    return ["--model", model]


def a_model_without_card(folder: Path) -> list[object]:
    return ["--model", shutil.copy(DEFAULT_MODEL, folder / "alone.tflite")]


def a_calibration_with_missing_keys(folder: Path) -> list[object]:
    path = folder / "camera.yaml"
    path.write_text(yaml.safe_dump({"image_width": 320, "image_height": 240}))
    return ["--source", film(folder / "film.avi"), "--calibration", path]


def pictures_smaller_than_a_tile(folder: Path) -> list[object]:
    cv2.imwrite(str(folder / "small.png"), np.zeros((100, 100, 3), np.uint8))
    return ["--source", folder / "small.png"]


def a_wall_without_its_width(folder: Path) -> list[object]:
    cv2.imwrite(str(folder / "wall.png"), np.zeros((500, 500, 3), np.uint8))
    return ["--wall", folder / "wall.png"]


def a_setting_out_of_range(folder: Path) -> list[object]:
    return ["--overlap", "1.5"]


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        (an_empty_folder, "no pictures"),
        (a_text_file_named_jpg, "not a picture"),
        (a_cut_film, "breaks off"),
        (half_a_model, "damaged"),
        (a_model_without_card, "no card"),
        (a_calibration_with_missing_keys, "lacks camera_matrix"),
        (pictures_smaller_than_a_tile, "smaller than a tile"),
        (a_wall_without_its_width, "--wall-width"),
        (a_setting_out_of_range, "expected 0 to 0.9"),
    ],
)
def test_one_clear_line_and_nothing_that_looks_finished(
    prepare: Any, words: str, tmp_path: Path, crack_scanner: Any
) -> None:
    refused = crack_scanner("scan", *prepare(tmp_path), "--out", tmp_path / "out", "--json")
    assert refused.code == 1
    assert refused.out == ""
    (line,) = refused.errors
    assert words in line
    assert "Traceback" not in refused.err
    assert not (tmp_path / "out" / "summary.json").exists()
    assert not (tmp_path / "out" / "report.html").exists()
    assert not (tmp_path / "out" / "scan.db").exists()


def test_a_folder_that_cannot_be_written_is_refused(crack_scanner: Any) -> None:
    # Not even root may make folders there.
    refused = crack_scanner("scan", "--duration", 1, "--out", "/proc/session")
    assert refused.code == 1
    assert len(refused.errors) == 1


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path, crack_scanner: Any) -> None:
    (tmp_path / "file").write_text("x")
    refused = crack_scanner("scan", "--duration", 1, "--out", tmp_path / "file")
    assert refused.code == 1
    assert len(refused.errors) == 1


def test_a_session_outlives_the_refusal_of_a_bag_that_is_there(tmp_path: Path, crack_scanner: Any) -> None:
    """And no empty bag is left where the session is refused."""
    out, bag = tmp_path / "out", tmp_path / "bag"
    scan = ("scan", "--source", film(tmp_path / "film.avi"), "--mm-per-px", 1, "--out", out, "--record", bag)
    assert crack_scanner(*scan).code == 0
    refused = crack_scanner(*scan, "--overwrite")
    assert refused.code == 1
    assert "is there already" in refused.errors[0]
    assert (out / "scan.db").is_file()
    assert (out / "summary.json").is_file()
    refused = crack_scanner(*scan[:-1], tmp_path / "other")
    assert "already holds a session: choose another folder, or give --resume to go on" in refused.errors[0]
    assert not (tmp_path / "other").exists()
    resumed = crack_scanner(*scan, "--resume")
    assert resumed.code == 0, resumed.err
    assert f"recording into {bag}-2" in resumed.err
    assert (tmp_path / "bag-2").is_dir()


def test_wrong_usage_is_told_from_failure(crack_scanner: Any) -> None:
    assert crack_scanner("scan").code == 2
    assert crack_scanner("scann").code == 2
