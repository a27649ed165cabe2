"""Memory of a long scan."""

import threading
from pathlib import Path

import pytest

from crack_scanner.benchmark import endurance
from crack_scanner.settings import ScanSettings


def test_memory_is_that_of_a_scan_that_runs_and_not_of_one_that_is_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looked, over = threading.Event(), threading.Event()

    def resident() -> float:
        looked.set()
        return 10.0 if over.is_set() else 100.0

    def scanner(*_: object) -> None:
        assert looked.wait(30.0)
        over.set()

    monkeypatch.setattr(endurance, "_EVERY", 0.5)
    monkeypatch.setattr(endurance, "resident_mb", resident)
    monkeypatch.setattr(endurance, "scanner", scanner)
    samples = endurance.endure(Path("model"), [], ScanSettings(), 1.0, 5.0)
    assert [memory for _, memory in samples] == [100.0]
