"""The camera of a benchmarked graph: a node that plays pictures from memory at a given rate.

`python -m crack_scanner.benchmark.player SIZE`: each line on standard input is a JSON object with `rate` (Hz)
and `seconds`. It is answered by one on standard output: how many pictures were `sent`, `logged` and
`logged_in_time`, the `seconds` it took, and `latencies_ms` from the publishing of a picture to the word that
it is in the map.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any

import rclpy
from nav_msgs.msg import Odometry as OdometryMessage
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header

from crack_scanner.benchmark.child import SIZES
from crack_scanner.benchmark.memory_source import MemorySource, sample_pictures
from crack_scanner.frames import Odometry
from crack_scanner.messages.stamps import to_nanoseconds
from crack_scanner.ros import qos
from crack_scanner.ros.allocation import keep_freed_pictures
from crack_scanner.ros.geometry import camera_to_info, odometry_to_message
from crack_scanner.ros.picture_publisher import PicturePublisher

FRAME = "camera_optical_frame"
# How long a graph may be silent before what it has not logged counts as lost, seconds.
_SILENCE = 2.0
_LOOK_UP = 0.05


class Player:
    """Publishes image, camera_info and odom, and hears frame_logged."""

    def __init__(self, size: str) -> None:
        rclpy.init()
        self._node = rclpy.create_node("player")
        self._source = MemorySource(sample_pictures(*SIZES[size]), None, float("inf"))
        self._pictures = PicturePublisher(self._node)
        self._info = self._node.create_publisher(CameraInfo, "camera_info", qos.stream())
        self._odometry = self._node.create_publisher(OdometryMessage, "odom", qos.odometry(lossless=True))
        self._node.create_subscription(Header, "frame_logged", self._logged, qos.stream())
        self._sent: dict[int, float] = {}
        self._arrived: dict[int, float] = {}
        self._change = threading.Condition()
        executor = SingleThreadedExecutor()
        executor.add_node(self._node)
        threading.Thread(target=executor.spin, name="listener", daemon=True).start()

    def close(self) -> None:
        """Give back the pictures' memory."""
        self._pictures.close()

    def wait(self, patience: float) -> None:
        """Until somebody listens to the pictures; an error after so many seconds."""
        end = time.monotonic() + patience
        while self._pictures.listeners() == 0:
            if time.monotonic() > end:
                raise TimeoutError(f"no node of the graph has asked for pictures within {patience:g} s")
            time.sleep(_LOOK_UP)

    def play(self, rate: float, seconds: float) -> dict[str, Any]:
        """Publish at `rate`, Hz, for so long, then wait for what is under way."""
        with self._change:
            self._sent, self._arrived = {}, {}
        frames, start = iter(self._source), time.perf_counter()
        while time.perf_counter() - start < seconds:
            time.sleep(max(0.0, start + len(self._sent) / rate - time.perf_counter()))
            self._publish(frames)
        took = time.perf_counter() - start
        with self._change:
            while len(self._arrived) < len(self._sent):
                if not self._change.wait(_SILENCE):
                    break
            latencies = [(at - self._sent[stamp]) * 1e3 for stamp, at in self._arrived.items()]
            in_time = sum(1 for at in self._arrived.values() if at - start <= took)
        return {
            "sent": len(self._sent),
            "logged": len(latencies),
            "logged_in_time": in_time,
            "seconds": took,
            "latencies_ms": latencies,
        }

    def _publish(self, frames: Any) -> None:
        stamp = self._node.get_clock().now().nanoseconds
        for item in (next(frames), next(frames)):
            if isinstance(item, Odometry):
                pose = Odometry(stamp, item.pose)
                self._odometry.publish(odometry_to_message(pose, "odom", "base_link"))
            else:
                self._info.publish(camera_to_info(item.camera, stamp, FRAME))
                self._sent[stamp] = time.perf_counter()
                self._pictures.publish(item.image, stamp, FRAME)

    def _logged(self, message: Header) -> None:
        stamp, now = to_nanoseconds(message.stamp), time.perf_counter()
        with self._change:
            if stamp in self._sent:
                self._arrived.setdefault(stamp, now)
                self._change.notify_all()


def main() -> None:
    """Entry point."""
    keep_freed_pictures()
    player = Player(sys.argv[1])
    try:
        player.wait(120.0)
        _answer({"ready": True})
        for line in sys.stdin:
            _answer(player.play(**json.loads(line)))
    finally:
        player.close()


def _answer(content: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(content) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
