"""Entry points of the nodes.

A node takes a second or two to import. A signal in that time, as when another node of a launch has
failed, must end it as quietly as one that comes later; so signals are looked after before the import.
"""

from __future__ import annotations

import importlib
import signal
import sys
from types import FrameType


def _start(module: str) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _leave)
    importlib.import_module(f"crack_scanner.nodes.{module}").main()


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


def camera() -> None:
    """camera_node."""
    _start("camera_node")


def tiling() -> None:
    """tiling_node."""
    _start("tiling_node")


def inference() -> None:
    """inference_node."""
    _start("inference_node")


def logger() -> None:
    """logger_node."""
    _start("logger_node")


def simulator() -> None:
    """simulator_node."""
    _start("simulator_node")


def views() -> None:
    """views_node."""
    _start("views_node")


def scanner() -> None:
    """scanner_node."""
    _start("scanner_node")


def replay() -> None:
    """replay_node."""
    _start("replay_node")


def recorder() -> None:
    """recorder_node."""
    _start("recorder_node")
