"""Shows the map of a running scan in rviz2: `ros2 launch crack_scanner view.launch.py [namespace:=ROBOT]`."""

from __future__ import annotations

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction

from crack_scanner.ros.launching import Entities, argument, environment, map_view_config, need, rviz


def generate_launch_description() -> LaunchDescription:
    """rviz2 with the package's configuration."""
    return LaunchDescription(
        [
            argument("namespace", "", "of the robot to look at"),
            argument("config", map_view_config(), "rviz2's configuration"),
            *environment(),
            OpaqueFunction(function=_view),
        ]
    )


def _view(context: LaunchContext) -> Entities:
    need("rviz2", "view.launch.py")
    given = context.launch_configurations
    return [rviz(given["namespace"], given["config"])]
