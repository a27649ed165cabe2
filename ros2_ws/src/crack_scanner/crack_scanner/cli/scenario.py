"""Scan scenarios and check what comes out: `crack_scanner scenario`."""

from __future__ import annotations

import argparse
import os
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from crack_scanner.errors import CrackScannerError

if TYPE_CHECKING:
    from crack_scanner.cli.output import Output
    from crack_scanner.scenarios.running import Outcome
    from crack_scanner.scenarios.scenario import Scenario

HELP = "scan scenarios and check recall, false cracks, coverage and each crack against their bounds"
_DATA = "CRACK_SCANNER_DATA"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The verb's own arguments."""
    parser.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help="scenarios, see docs/scenarios.md"
    )
    parser.add_argument("--junit", type=Path, metavar="XML", help="also write a JUnit file")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the sessions in DIR/SCENARIO")
    parser.add_argument("--data", type=Path, metavar="DIR", help=f"reference data ({_DATA})")
    parser.add_argument(
        "--renew", action="store_true", help="keep what is found now as golden; --out gets the difference"
    )
    parser.add_argument(
        "--make-bags", action="store_true", help="make the scenarios' bags and truth anew, and scan nothing"
    )


def run(args: argparse.Namespace) -> int:
    """Run all scenarios; 0 only if each that was run holds and at least one was."""
    from crack_scanner.scenarios.junit import junit_xml
    from crack_scanner.scenarios.reading import only_one_of_each_name, read_scenario
    from crack_scanner.scenarios.running import BROKEN, FAILS, HOLDS, Plan, results, run_scenario
    from crack_scanner.storage.atomic_file import write_atomically

    scenarios = [read_scenario(file) for file in args.files]
    only_one_of_each_name(scenarios)
    data = args.data or (Path(os.environ[_DATA]) if os.environ.get(_DATA) else None)
    if args.make_bags:
        return _make_bags(args.output, scenarios, data)
    if args.renew and args.out is None:
        raise CrackScannerError("--renew needs --out DIR, for the pictures of what changes")
    outcomes: list[Outcome] = []
    with ExitStack() as stack:
        folder = args.out or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crack_scanner_")))
        plan = Plan(folder, data, args.renew, args.output.log)
        for number, scenario in enumerate(scenarios, start=1):
            args.output.progress(f"{number} of {len(scenarios)}: {scenario.name}")
            outcomes.append(run_scenario(scenario, plan))
            for line in table(scenario, outcomes[-1], pictures_stay=args.out is not None):
                args.output.say(line)
    if args.junit is not None:
        write_atomically(args.junit, junit_xml(outcomes))
    args.output.say(_last_line(outcomes))
    args.output.result(results(outcomes))
    states = {outcome.state for outcome in outcomes}
    return 0 if HOLDS in states and not states & {FAILS, BROKEN} else 1


def table(scenario: Scenario, outcome: Outcome, pictures_stay: bool) -> list[str]:
    """The outcome for people: a head line, then a line a bound."""
    about = f": {scenario.description}" if scenario.description else ""
    lines = [f"{scenario.name} {outcome.state} ({outcome.seconds:.1f} s){about}"]
    if outcome.reason:
        lines.append(f"  {outcome.reason}")
    rows = [
        (
            check.name,
            check.bound.show(check.kind),
            check.kind.show(check.measured),
            "ok" if check.ok else "NO",
        )
        for check in outcome.checks
    ]
    rows = [("figure", "bound", "measured", ""), *rows] if rows else []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
        lines.append(f"  {'  '.join(cells)}".rstrip())
    if outcome.picture is not None and pictures_stay:
        lines.append(f"  golden and found cracks: {outcome.picture}")
    return lines


def _last_line(outcomes: list[Outcome]) -> str:
    states = [outcome.state for outcome in outcomes]
    return ", ".join(f"{states.count(state)} {state}" for state in dict.fromkeys(states))


def _make_bags(output: Output, scenarios: list[Scenario], data: Path | None) -> int:
    from crack_scanner.scenarios.recording import make_bag

    for scenario in scenarios:
        bag = make_bag(scenario, data)
        size = sum(file.stat().st_size for file in bag.iterdir())
        output.say(f"{bag}: {size / 1e6:.2f} MB")
    output.result({"bags": [scenario.bag for scenario in scenarios]})
    return 0
