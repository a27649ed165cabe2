"""Publishes a recorded bag: image, camera_info, odom and the recording's own time on /clock."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from rclpy.context import Context

from crack_scanner.bags.topics import WantedTopics
from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.event_publisher import PARAMETERS as PUBLISHING
from crack_scanner.ros.event_publisher import PublishingOptions
from crack_scanner.ros.parameters import Parameter, declare, scan_settings, setting_parameters
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.source_publisher import SourcePublisher
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.bag import BagSource
from crack_scanner.surface.calibration import load_calibration

BAG = (
    Parameter("bag", "", "a rosbag2 folder, an .mcap or .db3 file, or a ROS 1 bag"),
    Parameter("image_topic", "", "pictures in the bag; empty: found by type"),
    Parameter("camera_info_topic", "", "camera in the bag; empty: found by type"),
    Parameter("odometry_topic", "", "odometry, poses or tf in the bag; empty: found by type"),
    Parameter("calibration", "", "YAML of ROS camera_calibration; empty: the bag's camera_info"),
)
PARAMETERS = (*BAG, *setting_parameters(("max_pose_gap",)), *PUBLISHING)


class ReplayNode(ServiceNode):
    """Runs until the bag has ended; the bag is checked before anything is published."""

    def __init__(self, context: Context) -> None:
        super().__init__("replay_node", context)
        values = declare(self, PARAMETERS)
        source = _source(values, scan_settings(values), self.get_logger().warning)
        options = PublishingOptions.of(values)
        self._publisher = SourcePublisher(self, source, options, Diagnostics(self), findings=source.findings)
        self.get_logger().info(f"publishing {source.name}, {source.frames_expected} pictures")

    def is_finished(self) -> bool:
        """Whether all of the bag is out."""
        return self._publisher.is_finished()

    def close(self, failed: bool) -> None:
        """Give back the files."""
        self._publisher.close()


def _source(values: dict[str, Any], settings: ScanSettings, log: Any) -> BagSource:
    if not values["bag"]:
        raise CrackScannerError(f"parameter 'bag' is empty; expected {BAG[0].description}")
    topics = WantedTopics(values["image_topic"], values["camera_info_topic"], values["odometry_topic"])
    calibration = load_calibration(Path(values["calibration"])) if values["calibration"] else None
    frames = values["odom_frame"], values["base_frame"]
    source = BagSource(Path(values["bag"]), settings, topics, calibration, frames, log)
    try:
        source.check()
    except CrackScannerError:
        source.close()
        raise
    return source


def main() -> None:
    """Entry point."""
    sys.exit(run(ReplayNode))


if __name__ == "__main__":
    main()
