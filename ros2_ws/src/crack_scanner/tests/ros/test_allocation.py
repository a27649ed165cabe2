"""Memory as large as pictures is used again."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Three pictures at a time, as a subscription holds them, again and again; prints the page faults a round.
ROUNDS = """
import resource, sys
from crack_scanner.ros.allocation import keep_freed_pictures
if sys.argv[1] == "kept":
    keep_freed_pictures()
def some_rounds(count):
    for _ in range(count):
        pictures = [b"x" * 6_220_800 for _ in range(3)]
        del pictures
some_rounds(5)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
some_rounds(20)
print((resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before) / 20)
"""


def faults(way: str) -> float:
    run = [sys.executable, "-c", ROUNDS, way]
    return float(subprocess.run(run, check=True, capture_output=True, text=True).stdout)


def test_pictures_that_are_freed_are_not_mapped_anew() -> None:
    if faults("given back") < 1000:
        pytest.skip("the C library keeps them by itself here")
    assert faults("kept") < 50
