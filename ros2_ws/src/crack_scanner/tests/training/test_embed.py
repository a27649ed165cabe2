"""A classifier as int8 model, C source and native executable."""

import json
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training.embed import EmbedPlan, agreement, compared_tiles, embed, run_native
from crack_scanner.training.int8_model import held_out, representative_tiles, write_int8
from crack_scanner.training.native import compile_sources, find_compiler, write_sources
from crack_scanner.training.quantize import drawn_tiles
from crack_scanner.vision.classifier import TileClassifier
from crack_scanner.vision.model_card import load_card
from crack_scanner.vision.tile_grid import tile_grid

NATIVE_TOLERANCE = 1e-5
"""float32 sums in another order, and six printed digits."""


@pytest.fixture(scope="module")
def int8(tmp_path_factory) -> Path:
    """The shipped classifier's int8 file, from drawn tiles alone."""
    pytest.importorskip("ai_edge_quantizer", reason="ai-edge-quantizer is not installed; int8 is not tested")
    folder = tmp_path_factory.mktemp("int8")
    return folder / write_int8(DEFAULT_MODEL, [], folder, lambda _: None)["file"]


@pytest.fixture(scope="module")
def executable(tmp_path_factory) -> Path:
    """The shipped classifier as an executable."""
    pytest.importorskip("emx_onnx_cgen", reason="emx-onnx-cgen is not installed; C code is not tested")
    folder = tmp_path_factory.mktemp("native")
    path = folder / "classify"
    if not compile_sources(write_sources(load_card(DEFAULT_MODEL), folder / "source"), path):
        pytest.skip("no C compiler (cc, gcc, clang, or CC); the executable is not tested")
    return path


def scores(model: Path, tiles: list) -> np.ndarray:
    with TileClassifier.load(model, threads=1) as classifier:
        return classifier.score(tiles)


def test_the_shipped_int8_file_is_small_and_decides_alike() -> None:
    shipped = DEFAULT_MODEL.with_stem(f"{DEFAULT_MODEL.stem}_int8")
    tiles = list(drawn_tiles(200, 227, seed=2))
    found = agreement(scores(DEFAULT_MODEL, tiles), scores(shipped, tiles), 0.5)
    assert shipped.stat().st_size <= 120_000
    assert found["same_class"] >= 0.97
    assert found["mean_difference"] <= 0.02


def test_the_int8_file_is_small_and_decides_alike(int8) -> None:
    tiles = list(drawn_tiles(200, 227, seed=2))
    found = agreement(scores(DEFAULT_MODEL, tiles), scores(int8, tiles), 0.5)
    assert int8.stat().st_size <= 120_000
    assert found["same_class"] >= 0.95
    assert found["mean_difference"] <= 0.02


def test_an_int8_file_with_a_card_of_another_kind_is_refused(int8, tmp_path) -> None:
    card = json.loads(int8.with_suffix(".json").read_text())
    card["input"]["dtype"] = "uint8"
    shutil.copy(int8, tmp_path / "net.tflite")
    (tmp_path / "net.json").write_text(json.dumps(card))
    with pytest.raises(CrackScannerError, match=r"takes \(1, 227, 227, 3\) int8; expected"):
        TileClassifier.load(tmp_path / "net.tflite")


def test_its_card_says_what_it_was_made_from(int8) -> None:
    card = load_card(int8)
    assert card.precision == "int8"
    assert card.quantized_from == load_card(DEFAULT_MODEL).sha256
    assert "## Quantization" in int8.with_suffix(".md").read_text()


def test_int8_costs_at_most_a_third_of_a_point_on_unseen_blocks(reference_data, tmp_path) -> None:
    pytest.importorskip("ai_edge_quantizer", reason="ai-edge-quantizer is not installed; int8 is not tested")
    card = write_int8(DEFAULT_MODEL, held_out(reference_data / "ozgenel", 227), tmp_path, lambda _: None)
    (compared,) = card["quantization"]["compared"].values()
    assert compared["points"] >= -0.3
    assert card["metrics"]["ozgenel, unseen blocks"]["images"] > 1000


def test_an_int8_model_is_not_quantized_again(int8, tmp_path) -> None:
    with pytest.raises(CrackScannerError, match="int8 already"):
        write_int8(int8, [], tmp_path, lambda _: None)


def test_a_segmenter_is_not_embedded(tmp_path) -> None:
    model = DEFAULT_MODEL.with_name("crack_segmenter.tflite")
    with pytest.raises(CrackScannerError, match="expected one probability"):
        embed(EmbedPlan(model, tmp_path), lambda _: None)
    assert not list(tmp_path.iterdir())


def test_pictures_smaller_than_a_tile_are_refused(draw_pictures, tmp_path) -> None:
    with pytest.raises(CrackScannerError, match="32x32 pixels; expected square ones of at least 227x227"):
        embed(EmbedPlan(DEFAULT_MODEL, tmp_path / "out", draw_pictures(size=32)), lambda _: None)


def test_one_picture_among_others_that_is_smaller_than_a_tile_is_named(draw_pictures) -> None:
    data = draw_pictures()
    (one,) = held_out(data, 227)
    for path in data.glob("*/*"):
        cv2.imwrite(str(path), np.zeros((227, 100, 3), np.uint8))
    for made in (lambda: representative_tiles(227, [one]), lambda: compared_tiles(227, [one], 10)):
        with pytest.raises(
            CrackScannerError, match=r"\.jpg is 100x227 pixels, smaller than the model's tile"
        ):
            made()


def test_micro_computes_the_same_on_real_tiles(int8, reference_data) -> None:
    pytest.importorskip("tflite_micro", reason="tflite-micro is not installed; it is not compared")
    from crack_scanner.training.micro import micro

    tiles = compared_tiles(227, held_out(reference_data / "ozgenel", 227), 200)
    found = micro(int8.read_bytes(), tiles)
    assert found["largest_difference"] == 0
    assert 200_000 < found["arena_bytes"] < 500_000


def test_the_executable_agrees_on_drawn_tiles(executable) -> None:
    tiles = list(drawn_tiles(50, 227, seed=3))
    assert np.abs(run_native(executable, tiles) - scores(DEFAULT_MODEL, tiles)).max() <= NATIVE_TOLERANCE


def test_the_executable_agrees_on_200_real_tiles(executable, reference_data) -> None:
    tiles = compared_tiles(227, held_out(reference_data, 227), 200)
    assert len(tiles) == 200
    assert np.abs(run_native(executable, tiles) - scores(DEFAULT_MODEL, tiles)).max() <= NATIVE_TOLERANCE


@pytest.mark.parametrize(("width", "height"), [(227, 227), (454, 227), (455, 300), (700, 460)])
def test_a_large_picture_counts_with_its_highest_tile(executable, width, height) -> None:
    image = np.random.default_rng(width).integers(0, 256, (height, width, 3), np.uint8)
    image[:, : width // 2] = 200
    expected = scores(DEFAULT_MODEL, list(tile_grid(width, height, 227).views(image))).max()
    assert abs(run_native(executable, [image])[0] - expected) <= NATIVE_TOLERANCE


@pytest.mark.parametrize("suffix", ["png", "bmp", "ppm"])
def test_it_reads_pictures_and_pipes(executable, tmp_path, suffix) -> None:
    (tile,) = drawn_tiles(1, 227, seed=4)
    path = tmp_path / f"tile.{suffix}"
    cv2.imwrite(str(path), tile[..., ::-1])
    expected = scores(DEFAULT_MODEL, [tile])[0]
    named = subprocess.run([executable, path], capture_output=True, text=True, check=True).stdout
    with path.open("rb") as stream:
        piped = subprocess.run([executable, "-"], stdin=stream, capture_output=True, text=True, check=True)
    verdict, _, probability = named.rpartition(" ")
    assert verdict == f"{path}: {'crack' if expected >= 0.5 else 'no crack'}, probability"
    assert abs(float(probability) - expected) <= NATIVE_TOLERANCE
    assert piped.stdout.split(":")[1] == named.split(":")[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [(b"no picture", "cannot be read"), (b"P5 20 10 255\n" + bytes(200), "20x10 pixels")],
)
def test_it_refuses_what_it_cannot_score(executable, tmp_path, content, words) -> None:
    path = tmp_path / "picture"
    path.write_bytes(content)
    done = subprocess.run([executable, path], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert words in done.stderr
    assert subprocess.run([executable], capture_output=True, check=False).returncode == 2


def test_without_a_compiler_there_is_no_executable(tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("CC", raising=False)
    assert find_compiler(lambda _: None) is None
    assert find_compiler(lambda word: word == "clang" or None) == ["clang"]
    monkeypatch.setenv("CC", "no_such_compiler -m64")
    assert not compile_sources([], tmp_path / "never")


def test_everything_is_written_and_reported(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("crack_scanner.training.embed.COMPARED_TILES", 6)
    monkeypatch.setattr("crack_scanner.training.int8_model.DRAWN_TILES", 10)
    for module in ("ai_edge_quantizer", "emx_onnx_cgen"):
        pytest.importorskip(module, reason=f"{module} is not installed; embed is not tested")
    model = tmp_path / "net.tflite"
    shutil.copy(DEFAULT_MODEL, model)
    shutil.copy(DEFAULT_MODEL.with_suffix(".json"), model.with_suffix(".json"))
    report = embed(EmbedPlan(model, tmp_path / "out"), lambda _: None)
    written = {path.name for path in (tmp_path / "out").iterdir()}
    assert written >= {f"net_int8.{suffix}" for suffix in ("tflite", "json", "md", "c", "h")}
    assert json.loads((tmp_path / "out" / "embed.json").read_text()) == report
    assert report["tiles"] == {"compared": 6, "real": False}
