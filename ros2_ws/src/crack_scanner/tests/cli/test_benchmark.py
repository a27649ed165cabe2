"""`crack_scanner benchmark` refuses before it measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from crack_scanner.cli.main import main


def test_a_report_in_the_place_of_a_file_is_refused_before_anything_is_measured(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed; reports are not tested here")
    monkeypatch.setattr("crack_scanner.benchmark.suite.measure", lambda *_: pytest.fail("measured"))
    (tmp_path / "file").write_text("somebody's")
    words = ["--no-peers", "--no-graph", "--precision", "float32", "--report", str(tmp_path / "file")]
    assert main(["benchmark", *words]) == 1
    assert "cannot write to" in capfd.readouterr().err
