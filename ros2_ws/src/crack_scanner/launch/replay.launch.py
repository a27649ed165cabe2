"""Scans a recorded bag with the four nodes: `ros2 launch crack_scanner replay.launch.py bag:=BAG`.

All nodes run on the recording's time (`use_sim_time`, /clock) and nothing is lost on the way, so that the
cracks are those of `crack_scanner replay BAG`. The launch ends by itself, with exit code 0, when the session
is written; a node that fails ends it with exit code 1.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import OpaqueFunction

from crack_scanner.ros.launching import (
    Entities,
    Given,
    argument,
    environment,
    map_views,
    networks,
    node,
    node_arguments,
    number,
    session_arguments,
)


def generate_launch_description() -> LaunchDescription:
    """The arguments, and the nodes that follow from them."""
    return LaunchDescription(
        [
            argument("bag", "", "a rosbag2 folder, an .mcap or .db3 file, or a ROS 1 bag"),
            argument("rate", "0.0", "times the recorded pace; 0: as fast as the nodes can"),
            argument("image", "", "topic of the pictures in the bag; empty: found by type"),
            argument("camera_info", "", "topic of the camera in the bag; empty: found by type"),
            argument("odometry", "", "topic of odometry, poses or tf in the bag; empty: found by type"),
            argument("odom_frame", "odom", "frame of the odometry, where it comes from tf"),
            argument("base_frame", "base_link", "frame of the robot, where its odometry comes from tf"),
            argument("calibration", "", "instead of the bag's camera_info, YAML of ROS camera_calibration"),
            *session_arguments(),
            argument(
                "precision",
                "float32",
                "what the classifier computes with; float32 gives the same cracks on every machine",
                ("float32", "int8"),
            ),
            *node_arguments(),
            *environment(),
            OpaqueFunction(function=_nodes),
        ]
    )


def _nodes(context: LaunchContext) -> Entities:
    given = context.launch_configurations
    if not given["bag"]:
        raise RuntimeError("replay.launch.py needs bag:=BAG, a rosbag2 folder, .mcap, .db3 or .bag file")
    common = _common(given)
    nodes: Entities = [
        node(given, "tiling_node", common),
        node(given, "inference_node", common),
        node(given, "logger_node", common | _session(given), ends_launch=True),
        node(given, "replay_node", common | _replay(given)),
    ]
    return nodes + map_views(given)


def _common(given: Given) -> dict[str, Any]:
    # replay_node is on this machine and leaves its pictures in shared memory.
    common = {"delivery": "lossless", "use_sim_time": True, "transport": "shared"}
    common["precision"] = given["precision"]
    return common | networks(given)


def _session(given: Given) -> dict[str, Any]:
    # The recording's own tf is not published: the mount is that of the settings, as in one process.
    overwrite = given["overwrite"] == "true"
    return {"output": given["out"], "overwrite": overwrite, "mount_from": "parameters"}


def _replay(given: Given) -> dict[str, Any]:
    topics = {f"{name}_topic": given[name] for name in ("image", "camera_info", "odometry")}
    frames = {name: given[name] for name in ("odom_frame", "base_frame")}
    # Whoever publishes the clock cannot take the time from it.
    pace = {"time_factor": number(given, "rate"), "publish_clock": True, "use_sim_time": False}
    bag = str(Path(given["bag"]).absolute())
    return topics | frames | pace | {"bag": bag, "calibration": given["calibration"]}
