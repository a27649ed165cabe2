"""Keeps the crack map: tile_scores, camera_info and odom in, map topics and a session folder out."""

from __future__ import annotations

import sys
from typing import Any

from crack_scanner_interfaces.msg import TileScores as TileScoresMessage
from rclpy.context import Context

from crack_scanner.ros import qos
from crack_scanner.ros.runner import run
from crack_scanner.ros.session_node import SessionNode
from crack_scanner.ros.subscriptions import Guarded
from crack_scanner.ros.tiles import scores_from_message
from crack_scanner.vision.scores import TileScores


class LoggerNode(SessionNode):
    """Logs what the inference node has scored."""

    takes_events = True

    def __init__(self, context: Context) -> None:
        super().__init__("logger_node", context)
        self.open("topics", self.settings.surface, self.settings.mount)
        self.listen_to_robot()
        self.listen_to_camera()
        take = Guarded(self, self.diagnostics).handler("tile_scores", scores_from_message, self._take)
        # Last: while nobody listens here, the stages before do not work, and the source waits.
        self.create_subscription(TileScoresMessage, "tile_scores", take, qos.stream())

    def _take(self, message: Any, scores: TileScores) -> None:
        self.take_scores(scores, message.header.frame_id)


def main() -> None:
    """Entry point."""
    sys.exit(run(LoggerNode))


if __name__ == "__main__":
    main()
