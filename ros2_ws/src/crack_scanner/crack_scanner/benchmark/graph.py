"""A graph of four processes over DDS: the player and three stages, ours or those of the tutorial."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from crack_scanner.benchmark.figures import Run
from crack_scanner.errors import CrackScannerError
from crack_scanner.resources import DEFAULT_CONFIG

MOST_LOSS = 0.05
# Rates that are tried to find the highest one, each halving what is unknown.
_PROBES = 5
_PROBE_SECONDS = 3.0
# The first runs play for so long each, seconds; a graph has come up when a frame of one has come through.
_FIRST_RUN = 1.0
_FIRST_RUNS = 40
_GOODBYE = 60.0
_TICK = os.sysconf("SC_CLK_TCK")

Stage = tuple[str, ...]


def our_stages(model: Path, settings: dict[str, Any], transport: str, folder: Path) -> list[Stage]:
    """Tiling, inference and logger as `ros2 launch` starts them, live, each with the same settings.

    transport: how pictures come to them, shared or raw.
    """
    given = {**settings, "delivery": "live", "transport": transport, "segmenter": "", "model": str(model)}

    def stage(name: str, **more: Any) -> Stage:
        words = [w for key, value in {**given, **more}.items() for w in ("-p", f"{key}:={_yaml(value)}")]
        arguments = ["--ros-args", "--params-file", str(DEFAULT_CONFIG), *words]
        return "-m", f"crack_scanner.nodes.{name}_node", *arguments

    return [stage("tiling"), stage("inference"), stage("logger", output=str(folder / "session"))]


def tutorial_stages(model: Path) -> list[Stage]:
    """The three nodes of the tutorial."""
    names = "tiling", "inference", "logger"
    return [("-m", "crack_scanner.benchmark.tutorial", name, str(model)) for name in names]


class Graph:
    """Runs while it is entered; `play` measures it at one rate."""

    def __init__(self, stages: Sequence[Stage], size: str, tiles: int, folder: Path) -> None:
        """tiles: of one frame. folder: for what the processes say."""
        self._stages, self._size, self._tiles, self._folder = stages, size, tiles, folder
        self._processes: list[subprocess.Popen[str]] = []
        self._open = ExitStack()

    def __enter__(self) -> Graph:
        environment = _environment()
        self._born = time.perf_counter()
        for number, stage in enumerate(self._stages):
            log = self._open.enter_context((self._folder / f"stage_{number}.log").open("w"))
            self._processes.append(
                subprocess.Popen([sys.executable, *stage], env=environment, stdout=log, stderr=log, text=True)
            )
        log = self._open.enter_context((self._folder / "player.log").open("w"))
        self._player = subprocess.Popen(
            [sys.executable, "-m", "crack_scanner.benchmark.player", self._size],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        self._processes.append(self._player)
        try:
            self._answer()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._processes):
            process.send_signal(signal.SIGINT)
        for process in self._processes:
            try:
                process.wait(_GOODBYE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._open.close()

    def come_up(self) -> float:
        """Play until a frame has come through all stages.

        That somebody listens to the pictures does not mean that the last stage is there already.

        Returns:
            seconds from the start of the processes to the end of the first frame's run, less its length

        Raises:
            CrackScannerError: none has after many runs.
        """
        for _ in range(_FIRST_RUNS):
            if self.play(1.0, _FIRST_RUN).latencies_ms:
                return time.perf_counter() - self._born - _FIRST_RUN
        raise CrackScannerError(
            "the graph of the benchmark has logged no frame: is the machine too busy? "
            "--no-graph leaves it out"
        )

    def play(self, rate: float, seconds: float) -> Run:
        """One run at `rate` frames a second."""
        cpu = self._cpu_seconds()
        assert self._player.stdin is not None
        self._player.stdin.write(json.dumps({"rate": rate, "seconds": seconds}) + "\n")
        self._player.stdin.flush()
        found = self._answer()
        return Run(
            tiles=found["logged_in_time"] * self._tiles,
            seconds=found["seconds"],
            cpu_seconds=(self._cpu_seconds() - cpu) * found["logged_in_time"] / max(found["logged"], 1),
            frames=found["sent"],
            dropped=found["sent"] - found["logged"],
            latencies_ms=tuple(found["latencies_ms"]),
            peak_rss_mb=self._peak_rss_mb(),
        )

    def highest_rate(self, most: float, seconds: float) -> float:
        """The highest rate, Hz, up to `most` at which no more than MOST_LOSS of the frames are lost."""
        low, high = 0.0, most
        for _ in range(_PROBES):
            rate = (low + high) / 2
            # Other work on the machine may spoil one run: a rate has two.
            if any(self.play(rate, seconds).loss <= MOST_LOSS for _ in range(2)):
                low = rate
            else:
                high = rate
        return low or high / 2

    def _answer(self) -> Any:
        assert self._player.stdout is not None
        line = self._player.stdout.readline()
        if not line:
            logs = [self._folder / "player.log", *sorted(self._folder.glob("stage_*.log"))]
            said = [text for log in logs for text in log.read_text(encoding="utf-8").splitlines()[-1:]]
            raise CrackScannerError(f"the graph of the benchmark did not come up: {' | '.join(said)}")
        return json.loads(line)

    def _cpu_seconds(self) -> float:
        total = 0
        for process in self._processes:
            text = Path(f"/proc/{process.pid}/stat").read_text(encoding="ascii")
            fields = text.rpartition(")")[2].split()
            total += int(fields[11]) + int(fields[12])
        return total / _TICK

    def _peak_rss_mb(self) -> float:
        """Of all processes together; the memory they share is counted in each."""
        lines = [
            line
            for process in self._processes
            for line in Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8").splitlines()
        ]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


@dataclass(frozen=True)
class Found:
    """What was measured of a graph.

    fast: runs at its highest rate, Hz. at_quarter: one at a quarter of the bare network's rate. fixed: one at
    each of some rates.
    """

    rate: float
    fast: list[Run]
    at_quarter: Run
    fixed: dict[float, Run]


def measure(
    stages: Sequence[Stage],
    size: str,
    tiles: int,
    most: float,
    seconds: float,
    runs: int,
    rates: Sequence[float],
) -> Found:
    """Measure a graph. tiles: of a frame. most: frames a second of the bare network, no graph can do more."""
    with (
        TemporaryDirectory(prefix="crack_scanner_graph_") as folder,
        Graph(stages, size, tiles, Path(folder)) as graph,
    ):
        start = graph.come_up()
        # What is loaded late must not cost the first rate that is tried its frames.
        graph.play(most / 4, _PROBE_SECONDS)
        rate = graph.highest_rate(most, min(seconds, _PROBE_SECONDS))
        fast = [replace(graph.play(rate, seconds), start_s=start) for _ in range(runs)]
        quarter = graph.play(most / 4, seconds)
        return Found(rate, fast, quarter, {at: graph.play(at, seconds) for at in rates})


def _environment() -> dict[str, str]:
    """A ROS domain of its own, on this machine alone, with the profile for large frames."""
    return os.environ | {
        "ROS_DOMAIN_ID": str(1 + os.getpid() % 100),
        "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST",
        "FASTRTPS_DEFAULT_PROFILES_FILE": str(DEFAULT_CONFIG.parent / "fastdds.xml"),
        "GLOG_minloglevel": "2",
        "TF_CPP_MIN_LOG_LEVEL": "2",
    }


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)
