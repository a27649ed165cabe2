"""The whole way from a folder of generated pictures to a model with its card, in one small epoch."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.drawn import draw_tile

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; training is not tested here")
pytest.importorskip("ai_edge_quantizer", reason="ai-edge-quantizer is not installed; training is not tested")

from crack_scanner.training.evaluate import evaluate
from crack_scanner.training.tile_sets import prepare
from crack_scanner.training.train import Plan, train_scanner
from crack_scanner.vision.model_card import load_card

CLEAN = np.full((1, 227, 227, 3), 160, np.uint8)


def generate(folder: Path, count: int) -> Path:
    for label, name in enumerate(("Negative", "Positive")):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            tile, _ = draw_tile(CLEAN, 227, bool(label), np.random.default_rng([label, number]))
            cv2.imwrite(str(folder / name / f"{number:05d}.jpg"), tile)
    return folder


def test_one_epoch_ends_in_a_model_that_can_be_evaluated_and_resumed(tmp_path):
    data = generate(tmp_path / "data", 40)
    plan = Plan(data, tmp_path / "out", epochs=1, steps_per_epoch=2, pool=4, threads=1)
    said: list[str] = []
    card = train_scanner(plan, said.append)
    assert any("left" in line for line in said)
    figures = evaluate(tmp_path / "out" / "crack_classifier.tflite", data)
    assert figures["images"] == 80
    assert figures["model"]["sha256"] == card["sha256"]
    int8 = load_card(tmp_path / "out" / "crack_classifier_int8.tflite")
    assert (int8.precision, int8.quantized_from) == ("int8", card["sha256"])
    longer = Plan(data, tmp_path / "out", epochs=2, steps_per_epoch=2, pool=4, threads=1, resume=True)
    train_scanner(longer, said.append)
    assert "going on from step 2 of 4" in said


def test_three_pictures_are_too_few(tmp_path):
    with pytest.raises(CrackScannerError, match="at least"):
        prepare(generate(tmp_path / "data", 3), tmp_path / "cache", 227)


def test_a_picture_of_another_size_is_named_before_training(tmp_path):
    data = generate(tmp_path / "data", 40)
    cv2.imwrite(str(data / "Positive" / "00007.jpg"), np.zeros((300, 200, 3), np.uint8))
    with pytest.raises(CrackScannerError, match="00007.jpg is 200x300"):
        prepare(data, tmp_path / "cache", 227)


def test_grey_pictures_are_converted_and_counted(tmp_path):
    data = generate(tmp_path / "data", 40)
    picture = cv2.imread(str(data / "Positive" / "00007.jpg"), cv2.IMREAD_GRAYSCALE)
    cv2.imwrite(str(data / "Positive" / "00007.png"), picture)
    (data / "Positive" / "00007.jpg").unlink()
    assert prepare(data, tmp_path / "cache", 227).grey >= 1
