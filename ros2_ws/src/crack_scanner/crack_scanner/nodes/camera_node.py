"""Publishes a camera, a video, a stream or a folder of pictures: image, camera_info and, on request, odom."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from rclpy.context import Context

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.parameters import Parameter, declare, scan_settings, setting_parameters
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.source_publisher import PARAMETERS as PUBLISHING
from crack_scanner.ros.source_publisher import PublishingOptions, SourcePublisher
from crack_scanner.sources.bare_camera import BareCamera
from crack_scanner.sources.capture import open_capture
from crack_scanner.sources.source import Source
from crack_scanner.sources.unguided import UnguidedSource
from crack_scanner.surface.calibration import load_calibration

PARAMETERS = (
    Parameter("source", "", "device:N, a video or picture file, a folder of pictures, or a URL"),
    Parameter("rate", 15.0, "pictures a second of a folder, Hz", 0.01, 1000.0),
    Parameter("calibration", "", "YAML of ROS camera_calibration; empty: an ideal lens, 60 degrees wide"),
    Parameter(
        "metres_per_pixel",
        0.0,
        "scale at which odom is published from the pictures' own motion, m/px; 0: the robot publishes odom",
        0.0,
        0.1,
    ),
    *setting_parameters(("surface_width", "surface_height")),
    *PUBLISHING,
)


class CameraNode(ServiceNode):
    """Runs until its source ends."""

    def __init__(self, context: Context) -> None:
        super().__init__("camera_node", context)
        values = declare(self, PARAMETERS)
        source = _source(values, lambda: self.get_clock().now().nanoseconds)
        self._publisher = SourcePublisher(
            self, source, PublishingOptions.of(values), Diagnostics(self), values["metres_per_pixel"] > 0
        )
        self.get_logger().info(f"publishing {source.name}")

    def is_finished(self) -> bool:
        """Whether the source has ended."""
        return self._publisher.is_finished()

    def close(self) -> None:
        """Give back the device."""
        self._publisher.close()


def _source(values: dict[str, Any], clock: Any) -> Source:
    if not values["source"]:
        raise CrackScannerError(f"parameter 'source' is empty; expected {PARAMETERS[0].description}")
    capture = open_capture(values["source"], values["rate"], clock)
    calibration = load_calibration(Path(values["calibration"])) if values["calibration"] else None
    settings = scan_settings(values)
    if values["metres_per_pixel"] > 0:
        return UnguidedSource(capture, settings, values["metres_per_pixel"], calibration)
    return BareCamera(capture, settings, calibration)


def main() -> None:
    """Entry point."""
    sys.exit(run(CameraNode))


if __name__ == "__main__":
    main()
