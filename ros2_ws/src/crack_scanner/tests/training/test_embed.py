"""A classifier as int8 model and C source."""

from pathlib import Path

import numpy as np
import pytest

from crack_scanner.training.embed import c_source, drawn_tiles, embed, float_scores

MODEL = Path(__file__).resolve().parents[2] / "models" / "crack_classifier.tflite"


def test_the_c_source_holds_every_byte():
    content = bytes(range(256)) * 2 + b"\x07"
    header, source = c_source("net_int8", content)
    body = source[source.index("{") + 1 : source.index("}")]
    assert bytes(int(word, 16) for word in body.split(",") if word.strip()) == content
    assert "net_int8_size" in header
    assert "aligned(16)" in source


def test_drawn_tiles_are_the_same_for_the_same_seed():
    one, other = (np.stack(list(drawn_tiles(4, 227, seed=5))) for _ in range(2))
    assert (one == other).all()
    assert one.min() == 0
    assert one.max() == 255


def test_the_int8_model_is_small_and_decides_alike(tmp_path):
    pytest.importorskip(
        "ai_edge_quantizer", reason="ai-edge-quantizer is not installed; int8 is not tested here"
    )
    report = embed(MODEL, tmp_path, lambda _: None)
    assert report["bytes_int8"] <= 120_000
    assert report["same_class"] >= 0.93
    assert report.get("micro_largest_difference", 0) == 0
    assert {path.suffix for path in tmp_path.iterdir()} == {".tflite", ".c", ".h", ".json"}


def test_the_float_scores_are_probabilities():
    scores = float_scores(MODEL.read_bytes(), list(drawn_tiles(4, 227, seed=1)))
    assert ((scores >= 0) & (scores <= 1)).all()
