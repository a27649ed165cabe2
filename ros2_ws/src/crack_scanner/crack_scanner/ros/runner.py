"""Runs one node as a process: from its first line to its exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

import rclpy
from rclpy.context import Context
from rclpy.exceptions import InvalidParameterTypeException
from rclpy.executors import Executor, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.allocation import keep_freed_pictures

try:
    from rclpy.experimental import EventsExecutor
except ImportError:
    # The first releases of Jazzy are without.
    EventsExecutor = SingleThreadedExecutor

# A signal is noticed within this time, seconds: rclpy's wait does not end when one arrives.
_SIGNAL_LATENCY = 0.1


class ServiceNode(Node):
    """A node that may finish by itself and has work to save."""

    takes_events = False
    """Whether it can be spun by rclpy's EventsExecutor, which spares it a wait set for each message. That one
    has no guard conditions yet, and fails on the matched events of a publisher."""

    def __init__(self, name: str, context: Context) -> None:
        try:
            super().__init__(name, context=context)
        except InvalidParameterTypeException as error:
            # Of the one parameter that rclpy declares itself.
            raise CrackScannerError(f"expected true or false for use_sim_time: {error}") from error

    def is_finished(self) -> bool:
        """Whether there is nothing left to do; asked between callbacks."""
        return False

    def is_catching_up(self) -> bool:
        """Whether what has arrived before a signal is still to be taken; asked between callbacks after it."""
        return False

    def close(self, failed: bool) -> None:
        """Save the work and give back devices. Called once; `failed` when an error has ended the node."""


class _Interrupts:
    """Notes SIGINT and SIGTERM instead of ending the process, so that work can be saved.

    While a node is still starting there is nothing to save, and a start may take long (a simulated
    wall is drawn, a network stream waited for): then they raise KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.received = False
        self.starting = True
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Interrupts:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.received = True
        if self.starting:
            raise KeyboardInterrupt


def run(create: Callable[[Context], ServiceNode], argv: Sequence[str] | None = None) -> int:
    """Create a node, spin it until it is finished or interrupted, save its work; returns the exit code."""
    keep_freed_pictures()
    context = Context()
    with _Interrupts() as interrupts:
        try:
            _initialise(context, argv)
            _spin(create, context, interrupts)
        except CrackScannerError as error:
            sys.stderr.write(f"{_program()}: error: {' '.join(str(error).split())}\n")
            return 1
        except KeyboardInterrupt:
            return 0
        finally:
            context.try_shutdown()
    return 0


def _initialise(context: Context, argv: Sequence[str] | None) -> None:
    args = None if argv is None else list(argv)
    try:
        rclpy.init(args=args, context=context, signal_handler_options=SignalHandlerOptions.NO)
    except RuntimeError as error:
        # What rcl says ends with places in its own source.
        reason = " ".join(str(error).removeprefix("failed to initialize rcl: ").split(", at /")[0].split())
        raise CrackScannerError(f"ROS arguments or environment are not right: {reason}") from error


def _spin(create: Callable[[Context], ServiceNode], context: Context, interrupts: _Interrupts) -> None:
    node = create(context)
    interrupts.starting = False
    executor = (EventsExecutor if node.takes_events else SingleThreadedExecutor)(context=context)
    executor.add_node(node)
    try:
        _work(node, executor, interrupts)
    finally:
        executor.shutdown()
        node.destroy_node()


def _work(node: ServiceNode, executor: Executor, interrupts: _Interrupts) -> None:
    try:
        while not interrupts.received and not node.is_finished():
            executor.spin_once(timeout_sec=_SIGNAL_LATENCY)
        while node.is_catching_up():
            executor.spin_once(timeout_sec=_SIGNAL_LATENCY)
    except BaseException:
        node.close(failed=True)
        raise
    node.close(failed=False)


def _program() -> str:
    return Path(sys.argv[0]).stem
