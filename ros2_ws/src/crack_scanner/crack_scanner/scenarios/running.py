"""A scenario, scanned and judged."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crack_scanner.errors import CrackScannerError
from crack_scanner.pipeline.scan_session import Beginning, truth_findings
from crack_scanner.replay import ReplayOptions, replay_bag
from crack_scanner.scenarios.checks import Check, bound_checks, crack_checks
from crack_scanner.scenarios.golden import draw_golden, golden_checks, read_golden, renew_golden
from crack_scanner.scenarios.recording import DataMissingError, record, settings_of
from crack_scanner.scenarios.scenario import Scenario
from crack_scanner.sources.simulator.truth import load_truth
from crack_scanner.storage.scan_store import ScanStore
from crack_scanner.storage.session import SessionRecord

GOLDEN_PICTURE = "golden.png"
HOLDS, FAILS, SKIPPED, BROKEN = "holds", "does not hold", "skipped", "could not be run"


@dataclass(frozen=True)
class Outcome:
    """What became of a scenario.

    state: one of HOLDS, FAILS, SKIPPED, BROKEN, the last two with their reason. picture: of golden and found
    cracks over each other, where there are golden ones.
    """

    name: str
    state: str
    seconds: float
    checks: tuple[Check, ...] = ()
    reason: str = ""
    summary: Mapping[str, Any] = field(default_factory=dict)
    picture: Path | None = None

    def result(self) -> dict[str, Any]:
        """For programs."""
        return {
            "name": self.name,
            "state": self.state,
            "reason": self.reason,
            "seconds": round(self.seconds, 2),
            "checks": [check.row() for check in self.checks],
            "picture": self.picture,
        }


@dataclass(frozen=True)
class Plan:
    """How scenarios are run.

    folder: each gets a folder of its name there, with its session. data: reference data, None where there are
    none. renew: keep what is found as golden from now on.
    """

    folder: Path
    data: Path | None
    renew: bool = False
    log: Callable[[str], None] = lambda _: None


def run_scenario(scenario: Scenario, plan: Plan) -> Outcome:
    """Scan and judge; what is wrong with the bag is the outcome of this scenario alone."""
    start = time.monotonic()
    try:
        summary, session = _scanned(scenario, plan)
        checks, picture = _judged(scenario, plan, summary, session)
    except DataMissingError as error:
        return Outcome(scenario.name, SKIPPED, time.monotonic() - start, reason=str(error))
    except CrackScannerError as error:
        return Outcome(scenario.name, BROKEN, time.monotonic() - start, reason=str(error))
    state = HOLDS if all(check.ok for check in checks) else FAILS
    seconds = time.monotonic() - start
    return Outcome(scenario.name, state, seconds, tuple(checks), summary=summary, picture=picture)


def _scanned(scenario: Scenario, plan: Plan) -> tuple[dict[str, Any], SessionRecord]:
    """The summary, with the findings against the truth if that is known, and the stored session."""
    folder = plan.folder / scenario.name
    settings = settings_of(scenario)
    bag, truth = _bag_and_truth(scenario, folder, plan.data)
    session = folder / "session"
    options = ReplayOptions(topics=scenario.topics, begin=Beginning(overwrite=True), name=scenario.name)
    summary = replay_bag(bag, session, settings, options, plan.log)
    store = ScanStore.open(session)
    stored = store.record()
    store.close()
    if truth is not None:
        summary["truth"] = truth_findings(stored, truth)
    return summary, stored


def _bag_and_truth(scenario: Scenario, folder: Path, data: Path | None) -> tuple[Path, Any]:
    """What is scanned, recorded into `folder` if need be, and what is really there; None if nobody knows."""
    bag, simulation = scenario.bag, scenario.simulation
    if bag is not None and bag.exists():
        return bag, None if scenario.truth is None else load_truth(scenario.truth)
    if bag is None and simulation is not None:
        made = record(simulation, scenario.settings, folder / "bag", data)
        return made.bag, made.truth
    cure = "" if simulation is None else "; make it with --make-bags"
    raise CrackScannerError(f"bag {bag} is not there{cure}")


def _judged(
    scenario: Scenario, plan: Plan, summary: Mapping[str, Any], session: SessionRecord
) -> tuple[list[Check], Path | None]:
    checks = bound_checks(scenario.bounds, summary) + crack_checks(scenario.cracks, session.cracks)
    golden = scenario.golden
    if golden is None:
        return checks, None
    picture = plan.folder / scenario.name / GOLDEN_PICTURE
    there = (golden.folder / "cracks.geojson").exists()
    kept = read_golden(golden) if there or not plan.renew else None
    draw_golden(kept, session, picture)
    if plan.renew:
        renew_golden(golden, session.cracks)
        kept = read_golden(golden)
    assert kept is not None
    return checks + golden_checks(golden, kept, session.cracks), picture


def results(outcomes: list[Outcome]) -> dict[str, Any]:
    """All outcomes for programs, with the number of each state."""
    states = {
        "hold": HOLDS,
        "do_not_hold": FAILS,
        "could_not_be_run": BROKEN,
        "skipped": SKIPPED,
    }
    counts = {name: sum(one.state == state for one in outcomes) for name, state in states.items()}
    return counts | {"scenarios": [outcome.result() for outcome in outcomes]}
