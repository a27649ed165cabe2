"""`crack_scanner doctor`: what is installed and set up, each line ok / warn / fail with the cure."""

import argparse
import platform
import sys
from dataclasses import asdict, dataclass
from typing import Any, Literal

from crack_scanner.cli.output import Output

HELP = "what is installed and set up here, each line ok, warn or fail with the cure"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's report; `cure` is empty when nothing needs to be done."""

    name: str
    status: Literal["ok", "warn", "fail"]
    detail: str
    cure: str = ""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The doctor has no arguments of its own."""


def run(args: argparse.Namespace) -> int:
    """Look at everything; 1 only when something that is needed fails."""
    findings = [check_python()]
    output: Output = args.output
    for finding in findings:
        output.say(line(finding))
    output.result(report(findings))
    return 1 if any(finding.status == "fail" for finding in findings) else 0


def line(finding: Finding) -> str:
    """`ok    Python  3.11.7` and, where there is one, the cure behind it."""
    cure = f" -> {finding.cure}" if finding.cure else ""
    return f"{finding.status:<5} {finding.name:<12} {finding.detail}{cure}"


def report(findings: list[Finding]) -> dict[str, Any]:
    """The same for programs."""
    worst = max(findings, key=lambda finding: ("ok", "warn", "fail").index(finding.status))
    return {"status": worst.status, "checks": [asdict(finding) for finding in findings]}


def check_python() -> Finding:
    """Any Python that started us is new enough for the code; the versions with wheels are 3.10 to 3.13."""
    if (3, 10) <= sys.version_info[:2] <= (3, 13):
        return Finding("python", "ok", platform.python_version())
    return Finding("python", "fail", platform.python_version(), "use Python 3.10 to 3.13")
