"""Scores live pictures beside the executor, so that odometry never waits for the network."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from rclpy.node import Node

from crack_scanner.errors import CrackScannerError

Result = TypeVar("Result")

_GOODBYE = 2.0


class LiveScorer(Generic[Result]):
    """The newest picture is scored next; one that is overtaken while it waits is dropped.

    score: called in a thread of its own with a message. take: called in the executor's thread with
    each result, in order. refuse: called there with the reason why a picture could not be scored.
    """

    def __init__(
        self,
        node: Node,
        score: Callable[[Any], Result],
        take: Callable[[Result], None],
        refuse: Callable[[CrackScannerError], None],
    ) -> None:
        self._score = score
        self._take = take
        self._refuse = refuse
        self._newest: Any | None = None
        self._results: deque[Result | BaseException] = deque()
        self._change = threading.Condition()
        self._stopping = False
        self._scored = node.create_guard_condition(self._hand_over)
        self._thread = threading.Thread(target=self._run, name="live scorer", daemon=True)
        self._thread.start()

    def offer(self, message: Any) -> bool:
        """Take a picture; True if it displaced one that nobody had begun to score."""
        with self._change:
            displaced = self._newest is not None
            self._newest = message
            self._change.notify_all()
        return displaced

    def stop(self) -> None:
        """End the thread; what was not scored by then is forgotten."""
        with self._change:
            self._stopping = True
            self._change.notify_all()
        self._thread.join(_GOODBYE)

    def _run(self) -> None:
        while True:
            with self._change:
                # One result at a time may wait for the executor: a slow map drops pictures here as well.
                self._change.wait_for(
                    lambda: self._stopping or (self._newest is not None and not self._results)
                )
                if self._stopping:
                    return
                message, self._newest = self._newest, None
            self._results.append(self._result(message))
            self._scored.trigger()

    def _result(self, message: Any) -> Result | BaseException:
        try:
            return self._score(message)
        except BaseException as error:  # noqa: BLE001 - raised or refused in the executor's thread
            return error

    def _hand_over(self) -> None:
        while self._results:
            result = self._results.popleft()
            with self._change:
                self._change.notify_all()
            if isinstance(result, CrackScannerError):
                self._refuse(result)
            elif isinstance(result, BaseException):
                raise result
            else:
                self._take(result)
