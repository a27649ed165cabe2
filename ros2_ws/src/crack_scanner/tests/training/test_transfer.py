"""Two models side by side on what training holds out."""

import json
import shutil
from pathlib import Path

import pytest

from crack_scanner.cli.main import main
from crack_scanner.errors import CrackScannerError
from crack_scanner.precision import int8_file
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training.transfer import model_names, unseen_parts


def test_only_what_training_holds_out_is_measured(draw_pictures):
    data = draw_pictures()
    (part,) = unseen_parts(data)
    assert 0 < len(part.files) < 40
    assert {file.label for file in part.files} == {0, 1}


def test_both_models_are_measured_on_every_set(draw_pictures, tmp_path, capfd):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed; plots are not tested here")
    sets = tmp_path / "sets"
    for name in ("one", "two"):
        shutil.copytree(draw_pictures() if name == "one" else tmp_path / "data", sets / name)
    words = ["--model", str(DEFAULT_MODEL), "--against", str(int8_file(DEFAULT_MODEL)), "--data", str(sets)]
    assert main(["evaluate", *words, "--plots", str(tmp_path / "plots"), "--json"]) == 0
    compared = json.loads(capfd.readouterr().out)
    assert list(compared["sets"]) == ["one, unseen blocks", "two, unseen blocks"]
    names = {DEFAULT_MODEL.stem, int8_file(DEFAULT_MODEL).stem}
    assert all(set(models) == names for models in compared["sets"].values())
    assert compared["ms_per_tile"].keys() == names
    written = {path.name for path in (tmp_path / "plots").iterdir()}
    assert {"transfer.md", "one_unseen_blocks_roc.png", "two_unseen_blocks_reliability.png"} <= written


@pytest.mark.parametrize(
    ("models", "names"),
    [
        (["a/one.tflite", "b/two.tflite"], ["one", "two"]),
        (["a/one.tflite", "b/one.tflite"], ["a/one", "b/one"]),
        (["a/x/one.tflite", "b/x/one.tflite"], ["a/x/one", "b/x/one"]),
    ],
)
def test_models_of_one_file_name_are_told_apart_by_their_folders(models, names):
    assert model_names([Path(model) for model in models]) == names


def test_two_models_of_one_file_name_have_each_its_figures(draw_pictures, tmp_path, capfd):
    pytest.importorskip("matplotlib", reason="matplotlib is not installed; plots are not tested here")
    int8 = int8_file(DEFAULT_MODEL)
    other = tmp_path / "new" / DEFAULT_MODEL.name
    other.parent.mkdir()
    for suffix in (".tflite", ".json"):
        shutil.copy(int8.with_suffix(suffix), other.with_suffix(suffix))
    words = ["--model", str(other), "--against", str(DEFAULT_MODEL), "--data", str(draw_pictures())]
    assert main(["evaluate", *words, "--plots", str(tmp_path / "plots"), "--json"]) == 0
    compared = json.loads(capfd.readouterr().out)
    names = ["new/crack_classifier", "models/crack_classifier"]
    assert [compared["models"][name]["bytes"] for name in names] == [
        int8.stat().st_size,
        DEFAULT_MODEL.stat().st_size,
    ]
    assert all(list(models) == names for models in compared["sets"].values())
    assert (tmp_path / "plots" / "data_unseen_blocks_mistakes_new_crack_classifier.png").exists()


def test_one_model_twice_is_refused():
    with pytest.raises(CrackScannerError, match="is named twice; expected two different files"):
        model_names([DEFAULT_MODEL, DEFAULT_MODEL.parent / "." / ".." / "models" / DEFAULT_MODEL.name])


def test_a_set_of_few_pictures_is_refused(draw_pictures):
    data = draw_pictures()
    for path in sorted((data / "Positive").iterdir())[4:]:
        path.unlink()
    with pytest.raises(CrackScannerError, match="Positive has 4 usable pictures"):
        unseen_parts(data)
