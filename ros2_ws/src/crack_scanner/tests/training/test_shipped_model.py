"""The classifier in models/: file and card agree, and it is as good as its card says."""

import json
from pathlib import Path

import numpy as np
import pytest

from crack_scanner.precision import int8_file
from crack_scanner.training.dataset import list_tiles
from crack_scanner.training.evaluate import score_files, summary
from crack_scanner.training.splits import split
from crack_scanner.vision.classifier import TileClassifier

MODEL = Path(__file__).resolve().parents[2] / "models" / "crack_classifier.tflite"


@pytest.fixture(scope="module")
def classifier():
    with TileClassifier.load(MODEL) as loaded:
        yield loaded


@pytest.fixture(scope="module")
def card():
    return json.loads(MODEL.with_suffix(".json").read_text(encoding="utf-8"))


def test_file_and_card_agree(classifier, card):
    assert classifier.card.tile_size == 227
    assert card["file"] == MODEL.name
    assert card["bytes"] == MODEL.stat().st_size
    assert card["parameters"] <= 100_000
    assert MODEL.with_suffix(".md").is_file()
    assert {"calibration", "data", "split", "metrics", "limits", "licence", "trained_with"} <= card.keys()


def test_an_int8_file_beside_it_is_of_the_same_weights(card):
    file = int8_file(MODEL)
    if not file.is_file():
        pytest.skip("no int8 file is shipped")
    made = json.loads(file.with_suffix(".json").read_text(encoding="utf-8"))
    assert made["quantized_from"] == card["sha256"]
    assert file.stat().st_size <= 120_000
    images = {title: figures["images"] for title, figures in made["metrics"].items()}
    points = {title: both["points"] for title, both in made["quantization"]["compared"].items()}
    # One picture of a small set is more than the 0.3 points that int8 may cost, so they count together.
    assert sum(points[title] * images[title] for title in points) / sum(images.values()) >= -0.3
    with TileClassifier.load(file, threads=1) as loaded:
        assert loaded.card.precision == "int8"


@pytest.fixture(scope="module")
def tile():
    return np.random.default_rng(2).integers(60, 200, (227, 227, 3)).astype(np.uint8)


@pytest.mark.parametrize("border", [np.s_[0], np.s_[-1], np.s_[:, 0], np.s_[:, -1]])
def test_it_looks_at_a_tile_up_to_its_borders(classifier, tile, border):
    changed = tile.copy()
    changed[border] = 0
    before, after = classifier.score([tile, changed])
    assert before != after


def test_a_tile_turned_or_mirrored_is_the_same_to_it(classifier, tile):
    turned = [np.rot90(tile, quarter)[:, ::flip] for quarter in range(4) for flip in (1, -1)]
    scores = classifier.score([np.ascontiguousarray(one) for one in turned])
    np.testing.assert_allclose(scores, scores[0], atol=1e-4)


def test_at_least_99_percent_on_blocks_it_was_not_trained_on(classifier, reference_data):
    held_out = split(list_tiles(reference_data / "ozgenel"))["test"]
    figures = summary(score_files(classifier, held_out), classifier.card.threshold)
    assert figures["accuracy"] >= 0.99
    assert figures["ece"] <= 0.02
