"""The command line as a person runs it: a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

PACKAGE = Path(__file__).parents[2]


@dataclass(frozen=True)
class Outcome:
    """What a finished command left: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The one JSON object of `--json`."""
        answer: dict[str, Any] = json.loads(self.out)
        return answer

    @property
    def errors(self) -> list[str]:
        """The lines by which the command says what is wrong."""
        return [line for line in self.err.splitlines() if line.startswith("crack_scanner: error:")]


def command(*arguments: object) -> list[str]:
    """The command line of a verb."""
    return [sys.executable, "-m", "crack_scanner.cli", *map(str, arguments)]


def environment() -> dict[str, str]:
    """This process's environment, with the package on the path."""
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(PACKAGE), os.environ.get("PYTHONPATH", "")])}


@pytest.fixture
def crack_scanner() -> Any:
    """Runs a verb to its end."""

    def run(*arguments: object) -> Outcome:
        done = subprocess.run(
            command(*arguments), env=environment(), capture_output=True, text=True, timeout=300, check=False
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run


@pytest.fixture
def started() -> Any:
    """Starts a verb and hands out the running process; kills what is left at the end."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            command(*arguments), env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()
