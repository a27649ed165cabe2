"""One run in a process of its own: `python -m crack_scanner.benchmark.child JSON`, the run as JSON on stdout.

So that memory is that of this run alone, and nothing that ran before has warmed it up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from crack_scanner.errors import CrackScannerError

SIZES = {"720p": (1280, 720), "1080p": (1920, 1080), "4k": (3840, 2160)}


@dataclass(frozen=True)
class Job:
    """What to run.

    kind: bare, scanner, sahi or supervision. model: file of the classifier. size: key of SIZES.
    settings: what differs from `config/scanner.yaml`. rate: frames a second, for the scanner alone; None:
    flat out.
    """

    kind: str
    model: str
    size: str
    seconds: float
    settings: dict[str, Any]
    rate: float | None = None


def run_apart(job: Job) -> Any:
    """The Run of a job, in a child process."""
    from crack_scanner.benchmark.figures import Run

    command = [sys.executable, "-m", "crack_scanner.benchmark.child", json.dumps(asdict(job))]
    environment = os.environ | {"GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "2"}
    done = subprocess.run(
        [*command, repr(time.time())], env=environment, text=True, capture_output=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines() or ["it said nothing"]
        raise CrackScannerError(f"the {job.kind} run of the benchmark failed: {said[-1]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Run(**{**found, "latencies_ms": tuple(found["latencies_ms"])})


def main() -> None:
    """Entry point."""
    job, born = Job(**json.loads(sys.argv[1])), float(sys.argv[2])
    sys.stdout.write(json.dumps(asdict(_run(job, born))) + "\n")


def _run(job: Job, born: float) -> Any:
    from dataclasses import replace

    from crack_scanner.benchmark.memory_source import sample_pictures
    from crack_scanner.benchmark.runs import bare_network, peak_rss_mb, scanner
    from crack_scanner.resources import DEFAULT_CONFIG
    from crack_scanner.settings import load_settings

    settings = load_settings(DEFAULT_CONFIG).changed(**job.settings)
    pictures, model = sample_pictures(*SIZES[job.size]), Path(job.model)
    if job.kind == "scanner":
        return scanner(model, pictures, settings, job.seconds, job.rate, born)
    if job.kind == "bare":
        return replace(bare_network(model, pictures, settings, job.seconds), peak_rss_mb=peak_rss_mb())
    from crack_scanner.benchmark import peers

    peer = {"sahi": peers.sahi, "supervision": peers.supervision}[job.kind]
    return replace(peer(model, pictures, settings, job.seconds), peak_rss_mb=peak_rss_mb())


if __name__ == "__main__":
    main()
