"""Ctrl-C ends a batch, and the same command goes on with it."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from tests.batch.conftest import RESULTS, SETTINGS, Bags
from tests.e2e.conftest import command, environment


def test_the_next_run_does_what_is_left(bags: Bags, tmp_path: Path) -> None:
    names = ("surface_origin", "surface_width", "surface_height", "threads", "measure_every")
    values = {name: getattr(SETTINGS, name) for name in names}
    config = tmp_path / "scanner.yaml"
    # JSON is YAML too.
    config.write_text(json.dumps({"/**": {"ros__parameters": values}}))
    out = tmp_path / "out"
    words = command("batch", bags.folder / "husky1", "--out", out, "--jobs", 1, "--config", config, "--json")
    first = subprocess.Popen(
        words, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert first.stderr is not None
        said = next(line for line in first.stderr if line.startswith("1 of 2: "))
        first.send_signal(signal.SIGINT)
        rest = first.communicate()[1]
    finally:
        first.kill()
    assert (first.returncode, "monday" in said) == (130, True)
    assert "the same command goes on from there" in rest
    assert "Traceback" not in rest
    second = subprocess.run(words, env=environment(), capture_output=True, text=True, check=False)
    assert "2 bags, 0 of them" not in second.stderr
    answer = json.loads(second.stdout)
    assert (second.returncode, answer["done"], answer["failed"]) == (0, 2, 0)
    for bag in answer["bags"]:
        found = [(Path(bag["folder"]) / name).read_bytes() for name in RESULTS]
        assert found == bags.serial[f"husky1/{bag['bag']}"]
