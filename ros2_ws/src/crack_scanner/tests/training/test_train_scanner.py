"""The whole way from a folder of generated pictures to a model with its card, in one small epoch."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="TensorFlow is not installed; training is not tested here")
pytest.importorskip("ai_edge_quantizer", reason="ai-edge-quantizer is not installed; training is not tested")

from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training import finish
from crack_scanner.training.card import DRAWN
from crack_scanner.training.checks import is_grey
from crack_scanner.training.dataset import read_picture
from crack_scanner.training.evaluate import evaluate
from crack_scanner.training.plan import Plan
from crack_scanner.training.train import train_scanner
from crack_scanner.training.transfer import unseen_parts
from crack_scanner.vision.model_card import load_card


def test_one_epoch_ends_in_a_model_that_can_be_evaluated_and_resumed(draw_pictures, tmp_path):
    data = draw_pictures()
    plan = Plan(data, tmp_path / "out", epochs=1, steps_per_epoch=2, pool=4, threads=1)
    said: list[str] = []
    card = train_scanner(plan, said.append)
    assert any("left" in line for line in said)
    figures = evaluate(tmp_path / "out" / "crack_classifier.tflite", data)
    assert figures["images"] == 80
    assert figures["model"]["sha256"] == card["sha256"]
    assert [source["name"] for source in card["data"]] == ["DATA/data", DRAWN["name"]]
    (unseen,) = unseen_parts(data)
    grey = sum(is_grey(read_picture(file.path)) for file in unseen.files)
    assert card["metrics"][unseen.title]["grey"] == grey > 0
    int8 = load_card(tmp_path / "out" / "crack_classifier_int8.tflite")
    assert (int8.precision, int8.quantized_from) == ("int8", card["sha256"])
    longer = Plan(data, tmp_path / "out", epochs=2, steps_per_epoch=2, pool=4, threads=1, resume=True)
    train_scanner(longer, said.append)
    assert "going on from step 2 of 4" in said
    history = json.loads((tmp_path / "out" / "history.json").read_text())
    assert [entry["epoch"] for entry in history] == [1, 2]


@pytest.mark.parametrize("option", ["start", "teacher"])
def test_a_model_file_is_gone_on_from_or_only_heard(draw_pictures, tmp_path, option):
    models = {option: DEFAULT_MODEL, "teacher": DEFAULT_MODEL}
    plan = Plan(draw_pictures(), tmp_path / "out", epochs=1, steps_per_epoch=1, pool=4, threads=1, **models)
    card = train_scanner(plan, lambda _: None)
    command = card["trained_with"]["command"]
    assert command.endswith(f"--{option} {DEFAULT_MODEL.name} (sha256 {load_card(DEFAULT_MODEL).sha256})")
    assert command.count("sha256") == 1
    targets = np.load(tmp_path / "out" / "tiles" / "data_train_Positive_targets.npy")
    assert ((targets >= 0.7) & (targets <= 1.0)).all()


@pytest.mark.parametrize("option", ["start", "teacher"])
def test_a_model_file_that_is_not_there_is_said_before_anything_else(tmp_path, option):
    plan = Plan(tmp_path / "no_data", tmp_path / "out", epochs=1, **{option: tmp_path / "none.tflite"})
    with pytest.raises(CrackScannerError, match=r"none\.tflite is not there"):
        train_scanner(plan, lambda _: None)


def test_a_set_of_photos_weighs_as_much_in_the_calibration_as_three_of_one_wall(monkeypatch):
    rng = np.random.default_rng(5)
    parts = {}
    for name, spread in (("walls", 4.0), ("photos", 1.0)):
        labels = np.repeat([0, 1], (4000, 2000))
        parts[name] = spread * (2.0 * labels - 1.0) + rng.normal(0.0, 1.0, 6000), labels
    monkeypatch.setattr(finish, "part_logits", lambda _network, tile_set, _part: parts[tile_set.name])
    once = [SimpleNamespace(name=name, by_photo=name == "photos") for name in parts]
    thrice = [SimpleNamespace(name=name, by_photo=False) for name in ("walls", *["photos"] * 3)]
    weighed, repeated = finish.calibration(None, once), finish.calibration(None, thrice)
    assert weighed.scale == pytest.approx(repeated.scale, rel=0.02)
    assert weighed.offset == pytest.approx(repeated.offset, abs=0.02)


def test_a_damaged_checkpoint_is_refused(draw_pictures, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "checkpoint.npz").write_bytes(b"damaged")
    with pytest.raises(CrackScannerError, match=r"checkpoint\.npz is damaged or of another network"):
        train_scanner(Plan(draw_pictures(), tmp_path / "out", resume=True, threads=1), lambda _: None)
