"""`crack_scanner inspect`: files it writes, what it refuses, in one line."""

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from crack_scanner.cli.main import main
from crack_scanner.resources import DEFAULT_MODEL, SHARE
from tests.vision.drawn_crack import coverage, jagged_line, wall_with

SHAPE = (460, 480)


def wall(width: float = 6.0) -> np.ndarray:
    grey = wall_with(coverage(jagged_line(), width, SHAPE), grain=4.0)
    return np.repeat(grey[..., None], 3, axis=2)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "wall.png"
    Image.fromarray(wall()).save(path)
    return path


def inspect(out: Path, *arguments: object) -> int:
    return main(["inspect", *map(str, arguments), "--out", str(out), "--threads", "1"])


def findings(out: Path) -> dict:
    return json.loads((out / "cracks.json").read_text())


def test_writes_heat_map_mask_overlay_and_findings(picture: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert inspect(out, picture) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "cracks.json", "wall_heat.png", "wall_mask.png", "wall_overlay.png",
    ]  # fmt: skip
    mask = np.asarray(Image.open(out / "wall_mask.png"))
    assert mask.shape == SHAPE
    assert set(np.unique(mask)) == {0, 255}
    longest = findings(out)["pictures"][0]["cracks"][0]
    assert longest["width_mean_px"] == pytest.approx(6.0, abs=0.5)
    assert longest["severity"] == "not measured"


@pytest.mark.parametrize(
    ("folder", "words"), [(False, "wall_mask.png is there already"), (True, "is the folder to inspect")]
)
def test_results_do_not_replace_pictures_nor_become_some(
    picture: Path, folder: bool, words: str, capfd: pytest.CaptureFixture
) -> None:
    picture.with_name("wall_mask.png").write_bytes(picture.read_bytes())
    assert inspect(picture.parent, picture.parent if folder else picture) == 1
    assert words in capfd.readouterr().err
    assert picture.with_name("wall_mask.png").read_bytes() == picture.read_bytes()


def test_results_beside_a_picture_are_renewed(picture: Path) -> None:
    assert inspect(picture.parent, picture) == 0
    assert inspect(picture.parent, picture) == 0
    assert len(list(picture.parent.glob("wall_*.png"))) == 3


def test_scale_turns_pixels_into_millimetres(picture: Path, tmp_path: Path) -> None:
    assert inspect(tmp_path / "out", picture, "--mm-per-px", "0.1") == 0
    row = findings(tmp_path / "out")["pictures"][0]
    assert row["mm_per_px"] == 0.1
    longest = row["cracks"][0]
    assert longest["width_mean_mm"] == pytest.approx(0.6, abs=0.05)
    assert longest["length_mm"] == pytest.approx(longest["length_px"] * 0.1, rel=0.01)
    assert longest["severity"] == "above the guide value"


def test_json_is_one_object_on_standard_output(
    picture: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    assert inspect(tmp_path / "out", picture, "--json") == 0
    assert json.loads(capfd.readouterr().out)["pictures"][0]["cracks"]


@pytest.mark.parametrize("kind", ["16-bit", "grey", "alpha", "CMYK", "turned"])
def test_any_kind_of_picture_is_measured_alike(kind: str, tmp_path: Path) -> None:
    image = wall()
    path = tmp_path / ("wall.jpg" if kind in ("CMYK", "turned") else "wall.png")
    if kind == "16-bit":
        cv2.imwrite(str(path), image[..., 0].astype(np.uint16) * 257)
    elif kind == "grey":
        Image.fromarray(image[..., 0]).save(path)
    elif kind == "alpha":
        Image.fromarray(image).convert("RGBA").save(path)
    elif kind == "CMYK":
        Image.fromarray(image).convert("CMYK").save(path, quality=95)
    else:
        exif = Image.Exif()
        exif[0x0112] = 6
        Image.fromarray(np.rot90(image)).save(path, exif=exif, quality=95)
    assert inspect(tmp_path / "out", path) == 0
    row = findings(tmp_path / "out")["pictures"][0]
    assert (row["height_px"], row["width_px"]) == SHAPE
    assert row["cracks"][0]["width_mean_px"] == pytest.approx(6.0, abs=0.6)


def test_black_picture_has_no_cracks(tmp_path: Path) -> None:
    Image.new("RGB", (300, 300)).save(tmp_path / "black.png")
    assert inspect(tmp_path / "out", tmp_path / "black.png") == 0
    assert findings(tmp_path / "out")["pictures"][0]["cracks"] == []


def test_folder_goes_on_past_a_broken_picture_and_fails(
    picture: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    picture.rename(folder / "a.png")
    (folder / "b.jpg").write_text("no picture")
    assert inspect(tmp_path / "out", folder) == 1
    assert "1 of 2 pictures" in capfd.readouterr().err.splitlines()[-1]
    result = findings(tmp_path / "out")
    assert len(result["pictures"]) == 1
    assert "is not a picture" in result["failed"][0]["reason"]


def refused(capfd: pytest.CaptureFixture, out: Path, *arguments: object) -> str:
    """The one line with which it ends; nothing that looks finished is left."""
    assert inspect(out, *arguments) == 1
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("crack_scanner:")]
    assert len(lines) == 1
    assert not out.is_dir() or list(out.iterdir()) == []
    return lines[0]


def test_picture_smaller_than_a_tile(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    Image.new("RGB", (100, 100)).save(tmp_path / "small.png")
    assert "smaller than a tile" in refused(capfd, tmp_path / "out", tmp_path / "small.png")


def test_text_file_named_jpg(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    (tmp_path / "text.jpg").write_text("hello")
    assert "is not a picture" in refused(capfd, tmp_path / "out", tmp_path / "text.jpg")


def test_empty_folder_and_missing_picture(tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    (tmp_path / "empty").mkdir()
    assert "holds no pictures" in refused(capfd, tmp_path / "out", tmp_path / "empty")
    assert "is not there" in refused(capfd, tmp_path / "out", tmp_path / "none.jpg")


@pytest.mark.parametrize("option", ["--model", "--segmenter"])
def test_model_cut_in_half(option: str, picture: Path, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    model = DEFAULT_MODEL if option == "--model" else SHARE / "models" / "crack_segmenter.tflite"
    half = tmp_path / "half.tflite"
    half.write_bytes(model.read_bytes()[:50_000])
    half.with_suffix(".json").write_bytes(model.with_suffix(".json").read_bytes())
    assert "damaged" in refused(capfd, tmp_path / "out", picture, option, half)


def test_picture_without_the_marker_it_should_hold(
    picture: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    assert "no ArUco or AprilTag marker" in refused(capfd, tmp_path / "out", picture, "--marker-mm", "50")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_output_folder_without_write_permission(
    picture: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    out = tmp_path / "locked"
    out.mkdir(mode=0o500)
    assert "cannot be written" in refused(capfd, out, picture)


def test_output_that_is_a_file(picture: Path, tmp_path: Path, capfd: pytest.CaptureFixture) -> None:
    out = tmp_path / "file"
    out.write_text("")
    assert inspect(out, picture) == 1
    assert "must name a folder" in capfd.readouterr().err


def test_int8_file_that_cannot_be_used_is_named_once(
    picture: Path, tmp_path: Path, capfd: pytest.CaptureFixture
) -> None:
    model = tmp_path / "net.tflite"
    for suffix in (".tflite", ".json"):
        shutil.copy(DEFAULT_MODEL.with_suffix(suffix), model.with_suffix(suffix))
    model.with_name("net_int8.tflite").write_bytes(b"cut")
    assert inspect(tmp_path / "out", picture, "--model", model) == 0
    assert capfd.readouterr().err.count("net_int8.tflite has no card") == 1
