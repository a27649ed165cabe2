"""Arguments of `crack_scanner train` that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from crack_scanner.cli.main import main


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ("--epochs 0", "--epochs 0; expected at least 1"),
        ("--threads -1", "--threads is -1; expected 0 or more"),
        ("--seed -1", "--seed is -1; expected 0 to 4294967295"),
        ("--seed 4294967296", "expected 0 to 4294967295"),
    ],
)
@pytest.mark.parametrize("preset", ["scanner", "article"])
def test_a_number_that_cannot_be_is_refused(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], preset: str, words: str, says: str
) -> None:
    out = tmp_path / "out"
    assert main(["train", "--preset", preset, "--data", ".", "--out", str(out), *words.split()]) == 1
    assert says in capfd.readouterr().err
    assert not out.exists()
