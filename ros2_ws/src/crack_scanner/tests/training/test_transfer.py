"""Two models side by side on what training holds out."""

import json
import shutil

import pytest

from crack_scanner.cli.main import main
from crack_scanner.precision import int8_file
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.training.transfer import unseen_parts


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
