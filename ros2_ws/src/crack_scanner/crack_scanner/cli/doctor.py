"""`crack_scanner doctor`: what is installed and set up, each line ok / warn / fail with the cure."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from crack_scanner.cli.checks import Finding
    from crack_scanner.cli.output import Output

HELP = "what is installed and set up here, each line ok, warn or fail with the cure"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The doctor has no arguments of its own."""


def run(args: argparse.Namespace) -> int:
    """Look at everything; 1 only when something that is needed fails."""
    output: Output = args.output
    findings = []
    for finding in examine(Path.cwd()):
        output.say(line(finding))
        findings.append(finding)
    output.result(report(findings))
    return 1 if any(finding.status == "fail" for finding in findings) else 0


def examine(folder: Path) -> Iterator[Finding]:
    """Yield one finding after the other; `folder` is where sessions would go."""
    from crack_scanner.cli import checks

    yield checks.check_python()
    yield checks.check_ros()
    yield checks.check_interfaces()
    yield checks.check_launch()
    yield checks.check_litert()
    yield checks.check_opencv()
    yield checks.check_model()
    yield checks.check_segmenter()
    yield checks.check_cameras()
    yield checks.check_dds()
    yield checks.check_shared_memory()
    yield checks.check_disk(folder)
    yield checks.check_tensorflow()
    yield checks.check_rerun()
    yield checks.check_dask()
    yield checks.check_pango()


def line(finding: Finding) -> str:
    """`ok    python         3.11.7` and, where there is one, the cure behind it."""
    cure = f" -> {finding.cure}" if finding.cure else ""
    return f"{finding.status:<5} {finding.name:<14} {finding.detail}{cure}"


def report(findings: list[Finding]) -> dict[str, Any]:
    """The same for programs."""
    worst = max((finding.status for finding in findings), key=("ok", "warn", "fail").index)
    return {"status": worst, "checks": [asdict(finding) for finding in findings]}
