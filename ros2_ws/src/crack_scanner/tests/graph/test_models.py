"""What the nodes that classify say of the model they have taken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from crack_scanner.resources import DEFAULT_MODEL
from tests.graph.conftest import NodeProcess, Probe


@pytest.mark.parametrize("executable", ["inference_node", "scanner_node"])
def test_an_int8_file_that_cannot_be_used_is_warned_of(
    start: Callable[..., NodeProcess], probe: Probe, tmp_path: Path, executable: str
) -> None:
    for suffix in (".tflite", ".json"):
        shutil.copy(DEFAULT_MODEL.with_suffix(suffix), tmp_path / f"net{suffix}")
    (tmp_path / "net_int8.tflite").write_bytes(b"without a card")
    node = start(executable, model=tmp_path / "net.tflite")
    topics = probe.figures()
    probe.wait("diagnostics of the node", lambda: executable in topics)
    warnings = [line for line in node.output.splitlines() if "net_int8.tflite has no card" in line]
    assert len(warnings) == 1
    assert "[WARN]" in warnings[0]
