"""The article's workflow on generated pictures, in small epochs."""

import json
from pathlib import Path

import pytest

from crack_scanner.errors import CrackScannerError

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; training is not tested here")
pytest.importorskip("matplotlib", reason="matplotlib is not installed; training is not tested here")

import keras
import numpy as np

from crack_scanner.training.article import train_article
from crack_scanner.training.article_memory import PATIENCE, EarlyStopping
from crack_scanner.training.evaluate import evaluate
from crack_scanner.training.plan import ArticlePlan


def plan(data: Path, **changes) -> ArticlePlan:
    return ArticlePlan(data, data.parent / "out", threads=1, **changes)


def test_writes_plots_metrics_and_models_that_can_be_evaluated(draw_pictures) -> None:
    data = draw_pictures(size=64)
    said: list[str] = []
    metrics = train_article(plan(data, epochs=1), said.append)
    out = data.parent / "out"
    assert metrics["random_split"].keys() >= {"accuracy", "auroc"}
    assert json.loads((out / "metrics.json").read_text())["parameters"] == metrics["parameters"]
    for name in ("curves.png", "examples.png", "prediction.png", "confusion.png"):
        assert (out / name).stat().st_size > 0
    assert metrics["models"]["article_int8.tflite"] < metrics["models"]["article_float32.tflite"] / 2
    assert any("min" in line and "s left" in line for line in said)
    (both,) = [line for line in said if line.startswith("accuracy")]
    assert "random 80/20 split" in both
    assert "unseen blocks" in both
    for name in ("article_float32", "article_int8"):
        card = json.loads((out / f"{name}.json").read_text())
        assert [source["name"] for source in card["data"]] == ["DATA/data"]
        assert evaluate(out / f"{name}.tflite", data)["images"] == 80
    assert metrics["unseen_blocks"]["images"] == metrics["unseen_blocks_int8"]["images"]


def test_a_second_start_goes_on_where_the_first_ended(draw_pictures) -> None:
    data = draw_pictures(size=32)
    first = train_article(plan(data, epochs=2), lambda _: None)
    said: list[str] = []
    second = train_article(plan(data, epochs=3, resume=True), said.append)
    assert "going on after epoch 2" in said
    assert [line.split(":")[0] for line in said if line.startswith("epoch") and "of" not in line] == [
        "epoch 3"
    ]
    assert second["history"]["loss"][:2] == first["history"]["loss"]
    assert len(second["history"]["loss"]) == 3


def test_one_whose_epochs_are_done_is_only_measured(draw_pictures) -> None:
    data = draw_pictures(size=32)
    first = train_article(plan(data, epochs=1), lambda _: None)
    said: list[str] = []
    again = train_article(plan(data, epochs=1, resume=True), said.append)
    assert again["random_split"] == first["random_split"]
    assert not [line for line in said if "step" in line]


def test_a_damaged_memory_is_refused(draw_pictures) -> None:
    data = draw_pictures(size=64)
    (data.parent / "out").mkdir()
    (data.parent / "out" / "checkpoint.npz").write_bytes(b"damaged")
    with pytest.raises(CrackScannerError, match=r"checkpoint\.npz is damaged or of another training"):
        train_article(plan(data, resume=True), lambda _: None)


def stopping(path: Path, units: int = 1) -> EarlyStopping:
    network = keras.Sequential([keras.Input((2,)), keras.layers.Dense(units)])
    network.compile("adam", "mse", metrics=["accuracy"])
    network.optimizer.build(network.trainable_variables)
    made = EarlyStopping(network, path)
    made.set_model(network)
    return made


def epochs(memory: EarlyStopping, losses: list[float]) -> None:
    """Let epochs of these validation losses go by; the weights are the number of the epoch."""
    memory.on_train_begin()
    for loss in losses:
        epoch = memory.epochs_done
        memory.model.set_weights([np.full_like(weight, epoch) for weight in memory.model.get_weights()])
        memory.on_epoch_end(epoch, {"val_loss": loss})


def test_the_patience_and_the_best_weights_outlive_an_interruption(tmp_path) -> None:
    epochs(stopping(tmp_path / "c.npz"), [3.0, 1.0, 2.0])
    memory = stopping(tmp_path / "c.npz")
    assert memory.resume()
    assert not memory.is_over
    epochs(memory, [2.0] * (PATIENCE - 2))
    assert not memory.model.stop_training
    epochs_before = memory.epochs_done
    memory.on_epoch_end(epochs_before, {"val_loss": 2.0})
    assert memory.model.stop_training
    memory.on_train_end()
    assert memory.model.get_weights()[0].max() == 1.0
    last = stopping(tmp_path / "c.npz")
    assert last.resume()
    assert last.is_over
    last.restore_best()
    assert last.model.get_weights()[0].max() == 1.0


def test_the_memory_of_another_network_is_refused(tmp_path) -> None:
    epochs(stopping(tmp_path / "c.npz"), [1.0])
    with pytest.raises(CrackScannerError, match="another training"):
        stopping(tmp_path / "c.npz", units=2).resume()
