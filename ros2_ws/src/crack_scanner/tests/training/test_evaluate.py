"""`evaluate` on small folders, good and bad."""

import itertools
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.evaluate import evaluate
from crack_scanner.training.evaluation_plots import roc_points, write_plots
from tests.vision.damaged_picture import jpeg_of_a_damaged_size
from tests.vision.drawn_crack import coverage, jagged_line, wall_with

MODEL = Path(__file__).resolve().parents[2] / "models" / "crack_classifier.tflite"


def write_pictures(folder: Path, positive: list[np.ndarray], negative: list[np.ndarray]) -> Path:
    for name, pictures in (("Positive", positive), ("Negative", negative)):
        (folder / name).mkdir(parents=True)
        for number, picture in enumerate(pictures):
            cv2.imwrite(str(folder / name / f"{number:05d}.png"), picture)
    return folder


def plain(size: int = 227) -> np.ndarray:
    return np.random.default_rng(0).normal(150, 4, (size, size, 3)).clip(0, 255).astype(np.uint8)


def cracked(size: int = 227) -> np.ndarray:
    picture = plain(size)
    points = [(size // 2 + 9 * (-1) ** i, i * size // 8) for i in range(9)]
    for start, end in itertools.pairwise(points):
        cv2.line(picture, start, end, (30, 30, 30), 7)
    return picture


def test_figures_of_a_folder(tmp_path):
    folder = write_pictures(tmp_path, [cracked(), cracked(256)], [plain(), plain(300)])
    figures = evaluate(MODEL, folder)
    assert figures["images"] == 4
    rates = {"accuracy", "balanced_accuracy", "recall", "specificity", "auroc", "ece"}
    assert {"images", "ms_per_tile", "model", *rates} <= figures.keys()
    assert figures["model"].keys() == {"name", "sha256", "bytes", "parameters"}
    assert figures["recall"] == 1.0


def test_grey_pictures_are_counted_and_scored(tmp_path):
    grey = cv2.cvtColor(cracked(), cv2.COLOR_BGR2GRAY)
    assert evaluate(MODEL, write_pictures(tmp_path, [grey], [plain()]))["grey"] == 1


@pytest.mark.parametrize("shape", [(216, 216), (224, 224), (226, 300), (300, 224)])
def test_a_picture_a_few_pixels_too_small_is_mirrored_at_its_borders_and_counted(shape, tmp_path):
    # A crack that no network takes for a joint, as it may one that runs nearly straight.
    grey = wall_with(coverage(jagged_line(), 6.0, (460, 480)), grain=4.0)[130:, 100:]
    small = np.repeat(grey[: shape[0], : shape[1], None], 3, axis=2)
    figures = evaluate(MODEL, write_pictures(tmp_path, [small], [plain(), plain()]))
    assert figures["completed"] == 1
    assert figures["recall"] == 1.0


def test_a_picture_smaller_than_a_tile_is_refused(tmp_path):
    with pytest.raises(CrackScannerError, match="smaller than the model's tile"):
        evaluate(MODEL, write_pictures(tmp_path, [cracked()], [plain(200)]))


def test_a_missing_class_is_named(tmp_path):
    with pytest.raises(CrackScannerError, match="Negative"):
        evaluate(MODEL, write_pictures(tmp_path, [cracked()], []))


@pytest.mark.parametrize("content", [b"not a picture", jpeg_of_a_damaged_size()])
def test_a_file_that_is_no_picture_is_named(tmp_path, content):
    folder = write_pictures(tmp_path, [cracked()], [plain()])
    (folder / "Negative" / "00001.jpg").write_bytes(content)
    with pytest.raises(CrackScannerError, match="00001.jpg cannot be read"):
        evaluate(MODEL, folder)


def test_plots_are_written(tmp_path):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed; plots are not tested here")
    folder = write_pictures(tmp_path / "data", [cracked(), plain()], [plain(), cracked()])
    evaluate(MODEL, folder, plot=lambda scores: write_plots(scores, tmp_path / "plots"))
    assert {path.name for path in (tmp_path / "plots").iterdir()} == {
        "roc.png",
        "reliability.png",
        "mistakes.png",
    }


def test_the_roc_curve_passes_through_every_threshold_once():
    false, found = roc_points(np.array([0.9, 0.8, 0.8, 0.1]), np.array([1, 0, 1, 0]))
    assert false.tolist() == [0.0, 0.0, 0.5, 1.0]
    assert found.tolist() == [0.0, 0.5, 1.0, 1.0]
