"""Which of a classifier's two files runs: tried once, remembered, or as asked for."""

import json
import shutil
from itertools import count
from pathlib import Path

import pytest

from crack_scanner import precision
from crack_scanner.errors import CrackScannerError
from crack_scanner.precision import Timing, choose, measure, processor
from crack_scanner.resources import DEFAULT_MODEL
from crack_scanner.vision.model_card import load_card


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The shipped classifier, with a copy beside it that passes for its int8 file."""
    for suffix in (".tflite", ".json"):
        shutil.copy(DEFAULT_MODEL.with_suffix(suffix), tmp_path / f"net{suffix}")
        shutil.copy(DEFAULT_MODEL.with_suffix(suffix), tmp_path / f"net_int8{suffix}")
    card = json.loads((tmp_path / "net.json").read_text())
    card["quantized_from"] = card["sha256"]
    (tmp_path / "net_int8.json").write_text(json.dumps(card))
    return tmp_path / "net.tflite"


def timed(monkeypatch: pytest.MonkeyPatch, *found: Timing) -> list[Timing]:
    """Hand out these timings instead of measuring; returns those not used yet."""
    left = list(found)
    monkeypatch.setattr(precision, "measure", lambda *_: left.pop(0))
    return left


@pytest.mark.parametrize(
    ("timing", "name"),
    [(Timing(1.0, 0.5), "net_int8"), (Timing(1.0, 2.0), "net"), (Timing(1.0, 0.99), "net")],
)
def test_auto_takes_what_is_clearly_faster(model, tmp_path, monkeypatch, timing, name) -> None:
    timed(monkeypatch, timing)
    choice = choose(model, "auto", tmp_path / "cache")
    assert choice.model.stem == name
    assert f"{timing.float32_ms:.2f} ms" in choice.reason


def test_it_is_measured_once(model, tmp_path, monkeypatch) -> None:
    left = timed(monkeypatch, Timing(1.0, 0.5), Timing(1.0, 3.0))
    cache = tmp_path / "cache"
    assert choose(model, "auto", cache) == choose(model, "auto", cache)
    assert len(left) == 1
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("content", ["", "{", "[]", '{"float32_ms": 1}', '{"float32_ms": 1, "int8_ms": NaN}'])
def test_a_broken_memory_is_made_again(model, tmp_path, monkeypatch, content) -> None:
    timed(monkeypatch, Timing(1.0, 0.5), Timing(1.0, 3.0))
    cache = tmp_path / "cache"
    choose(model, "auto", cache)
    (file,) = cache.iterdir()
    file.write_text(content)
    assert choose(model, "auto", cache).model == model
    assert json.loads(file.read_text()) == {"float32_ms": 1.0, "int8_ms": 3.0}


def test_another_processor_is_measured_anew(model, tmp_path, monkeypatch) -> None:
    timed(monkeypatch, Timing(1.0, 0.5), Timing(1.0, 3.0))
    assert choose(model, "auto", tmp_path / "cache").model != model
    monkeypatch.setattr(precision, "processor", lambda: "another")
    assert choose(model, "auto", tmp_path / "cache").model == model


def test_a_memory_that_cannot_be_written_stops_nothing(model, tmp_path, monkeypatch) -> None:
    timed(monkeypatch, Timing(1.0, 0.5))
    (tmp_path / "cache").write_text("a file where the folder should be")
    assert choose(model, "auto", tmp_path / "cache").model.stem == "net_int8"


def test_the_setting_decides_without_measuring(model, monkeypatch) -> None:
    timed(monkeypatch)
    assert choose(model, "float32").model == model
    assert choose(model, "int8").model.stem == "net_int8"


def test_an_int8_file_of_other_weights_is_not_taken(model, tmp_path) -> None:
    card = json.loads((tmp_path / "net_int8.json").read_text())
    card["quantized_from"] = "0" * 64
    (tmp_path / "net_int8.json").write_text(json.dumps(card))
    choice = choose(model, "auto", tmp_path / "cache")
    assert choice.model == model
    assert "made from another model" in choice.reason
    with pytest.raises(CrackScannerError, match="embed --model"):
        choose(model, "int8")


def lose_card(folder: Path) -> None:
    (folder / "net_int8.json").unlink()


def damage_card(folder: Path) -> None:
    (folder / "net_int8.json").write_text("{")


def damage_file(folder: Path) -> None:
    (folder / "net_int8.tflite").write_bytes(b"cut")


@pytest.mark.parametrize(
    ("spoil", "words"),
    [(lose_card, "has no card"), (damage_card, "net_int8.json"), (damage_file, "is damaged")],
)
def test_a_spoiled_int8_file_is_told_and_not_taken(model, tmp_path, spoil, words) -> None:
    spoil(tmp_path)
    choice = choose(model, "auto", tmp_path / "cache")
    assert choice.model == model
    assert words in choice.problem
    assert choice.problem in choice.reason
    with pytest.raises(CrackScannerError, match=words):
        choose(model, "int8")


def test_without_an_int8_file_float32_runs(model, tmp_path) -> None:
    (tmp_path / "net_int8.tflite").unlink()
    choice = choose(model)
    assert (choice.model, choice.problem) == (model, "")


def test_an_unknown_word_is_refused(model) -> None:
    with pytest.raises(CrackScannerError, match="auto, float32, int8"):
        choose(model, "int4")


def test_the_fastest_round_counts() -> None:
    ticks = count()
    found = measure(*[load_card(DEFAULT_MODEL)] * 2, clock=lambda: next(ticks) ** 2 / 1e3, rounds=3)
    # Rounds begin at 0, 2, 4 ...: they seem to last 1, 5, 9 ... ms, by turns, for nine tiles.
    assert (found.float32_ms, found.int8_ms) == (round(1 / 9, 4), round(5 / 9, 4))


def test_processors_differ_by_name_and_instruction_sets(tmp_path) -> None:
    text = (
        "processor : 0\nmodel name : Fast 1\nflags : avx2 {}\ncpu MHz : {}\n\nprocessor : 1\nmodel name : x\n"
    )
    (tmp_path / "one").write_text(text.format("vnni", 1000))
    (tmp_path / "same").write_text(text.format("vnni", 2000))
    (tmp_path / "other").write_text(text.format("", 1000))
    one, same, other = (processor(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same != other
    assert "Fast 1" in one


@pytest.mark.parametrize(
    ("given", "folder"),
    [("/c", "/c/crack_scanner"), ("relative", "~/.cache/crack_scanner"), ("", "~/.cache/crack_scanner")],
)
def test_measurements_lie_in_the_users_cache(given, folder) -> None:
    assert precision._cache_folder({"XDG_CACHE_HOME": given}) == Path(folder).expanduser()
