"""`crack_scanner evaluate` as a user starts it."""

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from crack_scanner.cli import evaluate
from crack_scanner.cli.main import main
from crack_scanner.resources import DEFAULT_MODEL


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for name in ("Positive", "Negative"):
        (tmp_path / name).mkdir()
        for number in range(3):
            picture = rng.integers(0, 256, (227, 227, 3), np.uint8)
            cv2.imwrite(str(tmp_path / name / f"{number}.png"), picture)
    return tmp_path


def test_json_holds_the_figures(folder, capfd) -> None:
    assert main(["evaluate", "--model", str(DEFAULT_MODEL), "--data", str(folder), "--json"]) == 0
    figures = json.loads(capfd.readouterr().out)
    assert figures["images"] == 6
    assert figures["model"]["name"] == DEFAULT_MODEL.stem


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--threads", "-2"], "--threads is -2; expected 0 or more"),
        (["--visible-only"], "visible_crack.txt is not there"),
        (["--plots", "FILE"], "cannot write to"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_measured(
    folder, tmp_path, capfd, monkeypatch, words, says
) -> None:
    (tmp_path / "file").write_text("somebody's")
    words = [str(tmp_path / "file") if word == "FILE" else word for word in words]
    monkeypatch.setattr(evaluate, "find_spec", lambda _: True)
    monkeypatch.setattr("crack_scanner.training.evaluate.score_files", lambda *_: pytest.fail("measured"))
    assert main(["evaluate", "--model", str(DEFAULT_MODEL), "--data", str(folder), *words]) == 1
    assert says in capfd.readouterr().err


@pytest.mark.parametrize("more", [[], ["--against", str(DEFAULT_MODEL)]])
def test_plots_without_what_draws_them_are_refused_before_anything_is_measured(
    folder, tmp_path, capfd, monkeypatch, more
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setattr("crack_scanner.training.evaluate.score_files", lambda *_: pytest.fail("measured"))
    words = ["--model", str(DEFAULT_MODEL), "--data", str(folder), "--plots", str(tmp_path / "plots"), *more]
    assert main(["evaluate", *words]) == 1
    assert "--plots needs matplotlib" in capfd.readouterr().err
    assert not (tmp_path / "plots").exists()


def test_text_is_for_people_and_plots_are_written(folder, tmp_path, capfd) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed; plots are not tested here")
    words = ["--model", str(DEFAULT_MODEL), "--data", str(folder), "--plots", str(tmp_path / "plots")]
    assert main(["evaluate", *words]) == 0
    assert "balanced accuracy" in capfd.readouterr().out
    assert list((tmp_path / "plots").glob("*.png"))
