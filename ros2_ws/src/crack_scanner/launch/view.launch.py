"""Shows the map of a running scan in rviz2: `ros2 launch crack_scanner view.launch.py [namespace:=ROBOT]`."""

from __future__ import annotations

from pathlib import Path

from ament_index_python.packages import (
    PackageNotFoundError,
    get_package_prefix,
    get_package_share_directory,
)
from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description() -> LaunchDescription:
    """rviz2 with the package's configuration."""
    try:
        get_package_prefix("rviz2")
    except PackageNotFoundError:
        raise RuntimeError("rviz2 is not installed: apt install ros-jazzy-rviz2") from None
    config = Path(get_package_share_directory("crack_scanner")) / "config" / "crack_map.rviz"
    return LaunchDescription(
        [
            DeclareLaunchArgument("namespace", default_value="", description="of the robot to look at"),
            DeclareLaunchArgument("config", default_value=str(config), description="rviz2's configuration"),
            Node(
                package="rviz2",
                executable="rviz2",
                namespace=LaunchConfiguration("namespace"),
                arguments=["-d", LaunchConfiguration("config")],
                output="screen",
            ),
        ]
    )
