"""Publishes a camera, a video, a stream or a folder of pictures: image, camera_info and, on request, odom."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rclpy.context import Context

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.event_publisher import PARAMETERS as PUBLISHING
from crack_scanner.ros.event_publisher import PublishingOptions
from crack_scanner.ros.parameters import Parameter, declare, scan_settings, setting_parameters
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.source_publisher import SourcePublisher
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.bare_camera import BareCamera
from crack_scanner.sources.capture import open_capture
from crack_scanner.sources.source import Source
from crack_scanner.sources.unguided import UnguidedSource
from crack_scanner.surface.calibration import load_calibration

SOURCE = Parameter("source", "", "device:N, a video or picture file, a folder of pictures, or a URL")
CAMERA = (
    Parameter("rate", 15.0, "pictures a second of a folder, Hz", 0.01, 1000.0),
    Parameter("calibration", "", "YAML of ROS camera_calibration; empty: an ideal lens, 60 degrees wide"),
    Parameter(
        "metres_per_pixel",
        0.0,
        "scale at which odom is published from the pictures' own motion, m/px; 0: the robot publishes odom",
        0.0,
        0.1,
    ),
)
PARAMETERS = (
    SOURCE,
    *CAMERA,
    *setting_parameters(("max_gsd", "surface_width", "surface_height")),
    *PUBLISHING,
)


class CameraNode(ServiceNode):
    """Runs until its source ends."""

    def __init__(self, context: Context) -> None:
        super().__init__("camera_node", context)
        values = declare(self, PARAMETERS)
        source = camera_source(values, scan_settings(values), lambda: self.get_clock().now().nanoseconds)
        options, moves = PublishingOptions.of(values), not isinstance(source, BareCamera)
        self._publisher = SourcePublisher(self, source, options, Diagnostics(self), moves)
        self.get_logger().info(f"publishing {source.name}")

    def is_finished(self) -> bool:
        """Whether the source has ended."""
        return self._publisher.is_finished()

    def close(self, failed: bool) -> None:
        """Give back the device."""
        self._publisher.close()


def camera_source(values: dict[str, Any], settings: ScanSettings, clock: Callable[[], int]) -> Source:
    """The camera of declared parameters: SOURCE and CAMERA. `clock` gives nanoseconds."""
    if not values["source"]:
        raise CrackScannerError(f"parameter 'source' is empty; expected {SOURCE.description}")
    capture = open_capture(values["source"], values["rate"], clock)
    calibration = load_calibration(Path(values["calibration"])) if values["calibration"] else None
    if values["metres_per_pixel"] > 0:
        return UnguidedSource(capture, settings, values["metres_per_pixel"], calibration)
    return BareCamera(capture, settings, calibration)


def main() -> None:
    """Entry point."""
    sys.exit(run(CameraNode))


if __name__ == "__main__":
    main()
