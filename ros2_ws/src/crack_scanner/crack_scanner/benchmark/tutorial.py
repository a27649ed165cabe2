"""The pipeline as a tutorial would write it: three plain nodes, Image messages, one message a tile.

`python -m crack_scanner.benchmark.tutorial tiling|inference|logger MODEL`. It has no map, no odometry and no
measure of quality; its queues are deep enough for all tiles of a frame, its transport is set up as ours is.
"""

from __future__ import annotations

import sys
from array import array
from collections import Counter
from typing import Any

import numpy as np
import rclpy
from ai_edge_litert.interpreter import Interpreter
from geometry_msgs.msg import PointStamped
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_msgs.msg import Header

TILE = 227
# Messages kept for a node that lags: a few frames' tiles.
_QUEUE = 200


class Tiling(Node):
    """image -> tile_image, a message for each tile."""

    def __init__(self, _model: str) -> None:
        super().__init__("tutorial_tiling")
        self._publisher = self.create_publisher(Image, "tile_image", _QUEUE)
        self.create_subscription(Image, "image", self._tile, 1)

    def _tile(self, message: Image) -> None:
        picture = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
        corners = [(x, y) for y in _starts(message.height) for x in _starts(message.width)]
        for x, y in corners:
            tile = Image(encoding="rgb8", height=TILE, width=TILE, step=TILE * 3)
            tile.header.stamp = message.header.stamp
            tile.header.frame_id = str(len(corners))
            tile.data = array("B", picture[y : y + TILE, x : x + TILE].tobytes())
            self._publisher.publish(tile)


class Inference(Node):
    """tile_image -> tile_score, a point whose x is the probability and y the number of tiles of the frame."""

    def __init__(self, model: str) -> None:
        super().__init__("tutorial_inference")
        self._interpreter = Interpreter(model_path=model)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]
        self._publisher = self.create_publisher(PointStamped, "tile_score", _QUEUE)
        self.create_subscription(Image, "tile_image", self._score, _QUEUE)

    def _score(self, message: Image) -> None:
        tile = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
        if self._input["dtype"] is np.int8:
            tile = (tile.astype(np.int16) - 128).astype(np.int8)
        self._interpreter.set_tensor(self._input["index"], np.expand_dims(tile, 0))
        self._interpreter.invoke()
        score = PointStamped(header=message.header)
        score.point.x = float(self._interpreter.get_tensor(self._output["index"])[0, 0])
        score.point.y = float(message.header.frame_id)
        self._publisher.publish(score)


class Logger(Node):
    """tile_score -> frame_logged, once all tiles of a frame are there."""

    def __init__(self, _model: str) -> None:
        super().__init__("tutorial_logger")
        self._seen: Counter[tuple[int, int]] = Counter()
        self._publisher = self.create_publisher(Header, "frame_logged", 100)
        self.create_subscription(PointStamped, "tile_score", self._log, _QUEUE)

    def _log(self, message: PointStamped) -> None:
        key = message.header.stamp.sec, message.header.stamp.nanosec
        self._seen[key] += 1
        if self._seen[key] == round(message.point.y):
            self._publisher.publish(Header(stamp=message.header.stamp))
            # Frames with lost tiles are given up as soon as a later one is complete.
            self._seen.clear()


NODES: dict[str, Any] = {"tiling": Tiling, "inference": Inference, "logger": Logger}


def _starts(length: int) -> list[int]:
    starts = list(range(0, length - TILE + 1, TILE))
    return starts if starts[-1] == length - TILE else [*starts, length - TILE]


def main() -> None:
    """Entry point."""
    rclpy.init()
    try:
        rclpy.spin(NODES[sys.argv[1]](sys.argv[2]))
    except (KeyboardInterrupt, ExternalShutdownException):
        return


if __name__ == "__main__":
    main()
