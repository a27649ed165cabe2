"""Shows the map of a running scan in rviz2: `ros2 launch crack_scanner view.launch.py [namespace:=ROBOT]`."""

from __future__ import annotations

from launch import LaunchDescription
from launch.substitutions import LaunchConfiguration

from crack_scanner.ros.launching import argument, map_view_config, need, rviz


def generate_launch_description() -> LaunchDescription:
    """rviz2 with the package's configuration."""
    need("rviz2", "view.launch.py")
    return LaunchDescription(
        [
            argument("namespace", "", "of the robot to look at"),
            argument("config", map_view_config(), "rviz2's configuration"),
            rviz(LaunchConfiguration("namespace"), LaunchConfiguration("config")),
        ]
    )
