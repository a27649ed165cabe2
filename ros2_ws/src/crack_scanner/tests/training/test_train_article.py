"""The article's workflow on generated pictures, in one small epoch."""

import json

import cv2
import numpy as np
import pytest

from crack_scanner.errors import CrackScannerError
from crack_scanner.training.drawn import draw_tile

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; training is not tested here")
pytest.importorskip("matplotlib", reason="matplotlib is not installed; training is not tested here")

from crack_scanner.training.article import ArticlePlan, train_article

CLEAN = np.full((1, 64, 64, 3), 160, np.uint8)


@pytest.fixture
def data(tmp_path):
    for label, name in enumerate(("Negative", "Positive")):
        (tmp_path / "data" / name).mkdir(parents=True)
        for number in range(40):
            tile, _ = draw_tile(CLEAN, 64, bool(label), np.random.default_rng([label, number]))
            cv2.imwrite(str(tmp_path / "data" / name / f"{number:05d}.jpg"), tile)
    return tmp_path / "data"


def test_writes_plots_metrics_and_both_models(data, tmp_path):
    out = tmp_path / "out"
    metrics = train_article(ArticlePlan(data, out, epochs=1, threads=1), lambda _: None)
    assert metrics["random_split"].keys() >= {"accuracy", "auroc"}
    assert metrics["unseen_blocks"]["accuracy"] >= 0.0
    assert json.loads((out / "metrics.json").read_text())["parameters"] == metrics["parameters"]
    for name in ("curves.png", "examples.png", "prediction.png", "confusion.png"):
        assert (out / name).stat().st_size > 0
    assert metrics["models"]["article_int8.tflite"] < metrics["models"]["article_float32.tflite"] / 2


def test_pictures_of_several_sizes_are_refused_before_training(data, tmp_path):
    cv2.imwrite(str(data / "Positive" / "00003.jpg"), np.zeros((50, 60, 3), np.uint8))
    with pytest.raises(CrackScannerError, match="60x50"):
        train_article(ArticlePlan(data, tmp_path / "out", epochs=1), lambda _: None)
