"""Scans a surface: `ros2 launch crack_scanner scan.launch.py`, with no argument a simulated one.

The launch ends by itself, with exit code 0, when the scan is finished and its session is written; a
simulated or recorded scan does so without being told. A node that fails ends it with exit code 1.
"""

from __future__ import annotations

from typing import Any

from launch import LaunchContext, LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction

from crack_scanner.ros.launching import (
    YES_NO,
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
    return LaunchDescription([*_arguments(), *environment(), OpaqueFunction(function=_nodes)])


def _arguments() -> list[DeclareLaunchArgument]:
    return [
        argument(
            "camera",
            "simulator",
            "where pictures come from: a simulated robot, a camera device or stream, a video or folder, or "
            "the topics image, camera_info and odom of other nodes",
            ("simulator", "device", "file", "topic"),
        ),
        argument(
            "source", "", "camera:=device: device:N or a URL (device:0); camera:=file: the file or folder"
        ),
        argument(
            "metres_per_pixel", "0.0", "device, file: scale at which the pictures' own motion is the odometry"
        ),
        argument("calibration", "", "device, file: camera calibration, YAML of ROS camera_calibration"),
        argument("seed", "1", "simulator: decides the wall, its cracks and all noise"),
        argument("duration", "0.0", "simulator: seconds after which the robot stops; 0: the whole wall"),
        argument("time_factor", "1.0", "simulator, file, composed:=false: times real time; 0: flat out"),
        *session_arguments(),
        argument("resume", "false", "go on with the session that is in that folder, if there is one", YES_NO),
        argument("database", "", "PostgreSQL server that keeps the session; empty: scan.db in its folder"),
        *node_arguments(),
        argument("composed", "true", "all in one process, or a process for each node", YES_NO),
        argument(
            "delivery",
            "auto",
            "auto: lossless for simulator and file, else live",
            ("auto", "live", "lossless"),
        ),
        argument(
            "transport",
            "auto",
            "how pictures come to the nodes; auto: through shared memory where composed:=false and the "
            "camera is not topic, else as the parameter file says",
            ("auto", "raw", "compressed", "shared"),
        ),
        argument(
            "record",
            "",
            "folder of a bag to record image, camera_info, odom, tf into; scans in float32",
        ),
        argument("record_split", "0", "size from which that bag goes on in another file, MB; 0: never"),
        argument(
            "use_sim_time", "false", "take the time from /clock; the simulator then publishes it", YES_NO
        ),
    ]


def _nodes(context: LaunchContext) -> Entities:
    given = context.launch_configurations
    composed = given["composed"] == "true"
    nodes = _one_process(given) if composed else _four_processes(given)
    if given["record"] and not _records_itself(given):
        bag = {"bag": given["record"], "split_mb": number(given, "record_split")}
        nodes.append(node(given, "recorder_node", _common(given) | bag))
    return nodes + map_views(given)


def _one_process(given: Given) -> Entities:
    parameters = _common(given) | _session(given) | _robot(given) | _camera(given)
    parameters["source"] = {"simulator": "simulator", "topic": "topics"}.get(given["camera"], _source(given))
    if _records_itself(given):
        parameters |= {"record": given["record"], "record_split_mb": number(given, "record_split")}
    return [node(given, "scanner_node", parameters, ends_launch=True)]


def _records_itself(given: Given) -> bool:
    """Pictures that are on no topic are recorded where they are."""
    return given["composed"] == "true" and given["camera"] != "topic"


def _four_processes(given: Given) -> Entities:
    common = _common(given)
    nodes: Entities = [
        node(given, "tiling_node", common),
        node(given, "inference_node", common),
        node(given, "logger_node", common | _session(given), ends_launch=True),
    ]
    # Whoever publishes the clock cannot take the time from it.
    clock = {"use_sim_time": False, "publish_clock": given["use_sim_time"] == "true"}
    # The recorder is there before the stages that a source waits for.
    listeners = 2 if given["record"] else 1
    pace = {"time_factor": number(given, "time_factor"), "least_subscribers": listeners}
    if given["camera"] == "simulator":
        nodes.append(node(given, "simulator_node", common | _robot(given) | clock | pace))
    elif given["camera"] != "topic":
        camera = _camera(given) | {"source": _source(given)}
        nodes.append(node(given, "camera_node", common | camera | clock | pace))
    return nodes


def _common(given: Given) -> dict[str, Any]:
    delivery = given["delivery"]
    if delivery == "auto":
        delivery = "lossless" if given["camera"] in ("simulator", "file") else "live"
    common = {"delivery": delivery, "use_sim_time": given["use_sim_time"] == "true"} | _transport(given)
    # A replay, on whatever machine, is to find the same.
    common |= {"precision": "float32"} if given["record"] else {}
    return common | networks(given)


def _transport(given: Given) -> dict[str, Any]:
    if given["transport"] != "auto":
        return {"transport": given["transport"]}
    # Only our own sources, on this machine, leave pictures in shared memory.
    return {"transport": "shared"} if given["composed"] == "false" and given["camera"] != "topic" else {}


def _session(given: Given) -> dict[str, Any]:
    chosen: dict[str, Any] = {name: given[name] == "true" for name in ("overwrite", "resume")}
    return chosen | {"output": given["out"], "database": given["database"]}


def _robot(given: Given) -> dict[str, Any]:
    return {"seed": number(given, "seed"), "duration": number(given, "duration")}


def _camera(given: Given) -> dict[str, Any]:
    return {
        "calibration": given["calibration"],
        "metres_per_pixel": number(given, "metres_per_pixel"),
    }


def _source(given: Given) -> str:
    if given["source"] or given["camera"] != "file":
        return given["source"] or "device:0"
    raise RuntimeError("camera:=file needs source:=FILE, a video, a picture or a folder of pictures")
