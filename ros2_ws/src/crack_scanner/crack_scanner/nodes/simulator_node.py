"""A simulated robot in front of a wall: image, camera_info, odom and the truth."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.context import Context
from std_msgs.msg import String

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros import qos
from crack_scanner.ros.diagnostics import Diagnostics
from crack_scanner.ros.event_publisher import PARAMETERS as PUBLISHING
from crack_scanner.ros.event_publisher import PublishingOptions
from crack_scanner.ros.parameters import Parameter, declare, scan_settings, setting_parameters
from crack_scanner.ros.runner import ServiceNode, run
from crack_scanner.ros.source_publisher import SourcePublisher
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.simulator.config import SimulatorConfig
from crack_scanner.sources.simulator.robot import SimulatedRobot

SIMULATION = (
    Parameter("seed", 1, "decides the wall, its cracks and all noise", 0, 2**31 - 1),
    Parameter("wall", "", "picture that is the wall, surface_width wide; empty: generated concrete"),
    Parameter("truth_file", "", "GeoJSON of the cracks in that picture"),
    Parameter("texture", "", "folder of crack-free pictures that pave the wall; empty: generated concrete"),
    Parameter("duration", 0.0, "seconds after which the robot stops; 0: at the end of the wall", 0.0, 1e6),
    Parameter("speed", 0.4, "of the robot, m/s", 0.01, 5.0),
    Parameter("lane_overlap", 0.3, "share of a picture's height that lanes have in common", 0.0, 0.9),
    Parameter("wobble", 0.0, "deviation of the robot's pitch, yaw and roll, rad", 0.0, 0.2),
    Parameter("frame_rate", 15.0, "of the camera, Hz", 0.1, 240.0),
    Parameter("width_px", 1280, "of the pictures, px", 64, 8192),
    Parameter("height_px", 720, "of the pictures, px", 64, 8192),
    Parameter("horizontal_fov", 1.0471975511965976, "field of view of the camera, rad", 0.1, 2.6),
    Parameter("exposure", 0.0015, "time of exposure, s", 0.0, 0.05),
    Parameter("image_noise", 1.0, "times the noise of an ordinary sensor", 0.0, 20.0),
    Parameter("odometry_rate", 50.0, "of odom, Hz", 1.0, 1000.0),
    Parameter("drift", 0.0, "of the odometry, share of the way travelled", 0.0, 0.2),
    Parameter("position_noise", 0.0, "of the odometry, m", 0.0, 0.5),
    Parameter("rotation_noise", 0.0, "of the odometry, rad", 0.0, 0.2),
)
_FILES = {"wall": "wall_picture", "truth_file": "truth_file", "texture": "texture"}
PARAMETERS = (
    *SIMULATION,
    *setting_parameters(("surface_origin", "surface_width", "surface_height", "mount_xyz", "mount_rpy")),
    *PUBLISHING,
)


class SimulatorNode(ServiceNode):
    """Runs until the robot has been along the whole wall."""

    def __init__(self, context: Context) -> None:
        super().__init__("simulator_node", context)
        values = declare(self, PARAMETERS)
        robot = simulated_robot(values, scan_settings(values))
        self._truth = self.create_publisher(String, "truth", qos.latched())
        if robot.truth is not None:
            self._truth.publish(String(data=json.dumps(robot.truth)))
        self._publisher = SourcePublisher(self, robot, PublishingOptions.of(values), Diagnostics(self))
        self.get_logger().info(
            f"wall of {robot.surface.width:g} x {robot.surface.height:g} m, {robot.frames_expected} pictures"
        )

    def is_finished(self) -> bool:
        """Whether the robot has been everywhere."""
        return self._publisher.is_finished()

    def close(self, failed: bool) -> None:
        """Stop the robot."""
        self._publisher.close()


def simulated_robot(values: dict[str, Any], settings: ScanSettings) -> SimulatedRobot:
    """The robot of declared parameters, in front of the surface that is to be scanned."""
    config = {parameter.name: values[parameter.name] for parameter in SIMULATION}
    for name, field in _FILES.items():
        path = config.pop(name)
        config[field] = Path(path) if path else None
    surface = settings.surface
    robot = SimulatedRobot(
        SimulatorConfig(
            **{**config, "duration": config["duration"] or None},
            wall_width=surface.width,
            wall_height=surface.height,
            distance=float(surface.origin[1]),
        ),
        settings.mount,
    )
    if not np.allclose(robot.surface.origin, surface.origin):
        raise CrackScannerError(
            f"parameter 'surface_origin' is {surface.origin.tolist()}; the simulated wall begins at "
            f"{robot.surface.origin.tolist()}: x and z must be 0"
        )
    return robot


def main() -> None:
    """Entry point."""
    sys.exit(run(SimulatorNode))


if __name__ == "__main__":
    main()
