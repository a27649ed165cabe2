"""Every scenario holds; the files beside this one say what that means."""

from __future__ import annotations

from pathlib import Path

import pytest

from crack_scanner.scenarios.reading import read_scenario
from crack_scanner.scenarios.running import HOLDS, SKIPPED, Plan, run_scenario
from tests.conftest import REFERENCE_DATA

SCENARIOS = sorted((Path(__file__).parent / "scenarios").glob("*.yaml"))


@pytest.mark.parametrize("file", SCENARIOS, ids=lambda file: file.stem)
def test_the_scenario_holds(file: Path, tmp_path: Path) -> None:
    outcome = run_scenario(read_scenario(file), Plan(tmp_path, REFERENCE_DATA))
    if outcome.state == SKIPPED:
        pytest.skip(outcome.reason)
    failed = [
        f"{check.name}: {check.kind.show(check.measured)}, expected {check.bound.show(check.kind)}"
        for check in outcome.checks
        if not check.ok
    ]
    assert (outcome.state, failed, outcome.reason) == (HOLDS, [], "")
