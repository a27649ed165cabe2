"""The verb `scenario`: its table, its exit code and its files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crack_scanner.cli.main import main

# The bag of a scenario of this package, of which something else is expected.
SOUND_WALL = Path(__file__).parents[1] / "replay" / "scenarios" / "bags" / "sound_wall"


def scenario(folder: Path, name: str, bound: str, bag: Path = SOUND_WALL) -> Path:
    file = folder / f"{name}.yaml"
    file.write_text(f"bag: {bag}\nsettings: {{surface_width: 0.8}}\nbounds:\n  cracks: {bound}\n")
    return file


def test_all_must_hold_for_exit_code_0(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good, bad = scenario(tmp_path, "good", "{max: 0}"), scenario(tmp_path, "bad", "{min: 2}")
    junit = tmp_path / "junit.xml"
    assert main(["scenario", str(good)]) == 0
    assert "cracks  at most 0  0         ok" in capfd.readouterr().out
    assert main(["scenario", str(good), str(bad), "--json", "--junit", str(junit)]) == 1
    printed = capfd.readouterr()
    answer = json.loads(printed.out)
    assert (answer["hold"], answer["do_not_hold"]) == (1, 1)
    assert "cracks  at least 2  0         NO" in printed.err
    assert 'failures="1"' in junit.read_text()


def test_a_broken_one_does_not_stop_the_others(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = [scenario(tmp_path, "a", "{max: 0}", tmp_path / "none"), scenario(tmp_path, "b", "{max: 0}")]
    assert main(["scenario", *map(str, files)]) == 1
    assert "1 could not be run, 1 holds" in capfd.readouterr().out


def test_if_none_was_run_nothing_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRACK_SCANNER_DATA", raising=False)
    file = tmp_path / "husky.yaml"
    odometry = "{data: o.bag, begin: 1 s, duration: 2 s, start_u: 1 m, start_v: 1 m}"
    file.write_text(f"simulator: {{odometry: {odometry}}}\nbounds: {{cracks: {{max: 0}}}}\n")
    assert main(["scenario", str(file)]) == 1


def test_renewing_needs_a_place_for_the_pictures(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["scenario", str(scenario(tmp_path, "good", "{max: 0}")), "--renew"]) == 1
    assert "--renew needs --out DIR" in capfd.readouterr().err
