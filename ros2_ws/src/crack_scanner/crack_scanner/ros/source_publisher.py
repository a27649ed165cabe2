"""Publishes what a source delivers, at its pace, from its beginning to its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import Any

from rclpy.node import Node

from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.event_publisher import EventPublisher, PublishingOptions
from crack_scanner.sources.source import Source

_GOODBYE = 2.0

Findings = Callable[[], Mapping[str, Any] | None]


class SourcePublisher:
    """Runs a source in a thread of its own, as cameras block while they wait for a picture.

    When the source has ended, `scan_finished` is published (latched) with the stamp of the last
    frame, so that the logger knows what to wait for.
    """

    def __init__(
        self,
        node: Node,
        source: Source,
        options: PublishingOptions,
        diagnostics: Diagnostics,
        with_odometry: bool = True,
        findings: Findings = lambda: None,
    ) -> None:
        """`with_odometry`: whether the source has poses; a bare camera leaves `odom` to the robot.

        findings: asked at the end, for the session's summary; JSON values.
        """
        self._source = source
        self._findings = findings
        self._error: BaseException | None = None
        self._publisher = EventPublisher(node, options, diagnostics, source.live, with_odometry)
        self._thread = threading.Thread(target=self._run, name="source", daemon=True)
        self._thread.start()

    def is_finished(self) -> bool:
        """Whether the source has ended; raises what ended it too early."""
        if self._thread.is_alive():
            return False
        if self._error is not None:
            raise self._error
        return True

    def close(self) -> None:
        """End the thread and give back the source."""
        self._publisher.stop()
        self._thread.join(_GOODBYE)
        self._source.close()
        self._publisher.close()

    def _run(self) -> None:
        try:
            self._publisher.wait_for_listeners()
            for item in self._source:
                if self._publisher.stopping or not self._publisher.publish(item):
                    return
            self._publisher.say_finished(self._findings())
        except BaseException as error:  # noqa: BLE001 - raised again in is_finished
            self._error = error
