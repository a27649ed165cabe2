"""Scans a surface: `ros2 launch crack_scanner scan.launch.py`, with no argument a simulated one.

The launch ends by itself, with exit code 0, when the scan is finished and its session is written; a
simulated or recorded scan does so without being told. A node that fails ends it with exit code 1.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ament_index_python.packages import (
    PackageNotFoundError,
    get_package_prefix,
    get_package_share_directory,
)
from launch import LaunchContext, LaunchDescription
from launch.actions import (
    DeclareLaunchArgument,
    ExecuteProcess,
    OpaqueFunction,
    SetEnvironmentVariable,
    Shutdown,
)
from launch.events.process import ProcessExited
from launch.launch_description_entity import LaunchDescriptionEntity
from launch_ros.actions import Node

PACKAGE = "crack_scanner"
SHARE = Path(get_package_share_directory(PACKAGE))
QUIET = {"GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "2", "OPENCV_LOG_LEVEL": "SILENT"}
YES_NO = ["true", "false"]
RECORDED_TOPICS = (
    "image",
    "image/compressed",
    "camera_info",
    "odom",
    "/tf",
    "/tf_static",
    "truth",
    "scan_finished",
)

Entities = list[LaunchDescriptionEntity]


def generate_launch_description() -> LaunchDescription:
    """The arguments, and the nodes that follow from them."""
    profile = os.environ.get("FASTRTPS_DEFAULT_PROFILES_FILE", str(SHARE / "config" / "fastdds.xml"))
    return LaunchDescription(
        [
            *_arguments(),
            SetEnvironmentVariable("FASTRTPS_DEFAULT_PROFILES_FILE", profile),
            # Libraries that chatter on standard error; our own lines say what the user needs.
            *(SetEnvironmentVariable(name, value) for name, value in QUIET.items()),
            OpaqueFunction(function=_nodes),
        ]
    )


def _arguments() -> list[DeclareLaunchArgument]:
    def argument(name: str, default: str, description: str, choices: list[str] | None = None) -> Any:
        return DeclareLaunchArgument(name, default_value=default, description=description, choices=choices)

    return [
        argument(
            "camera",
            "simulator",
            "where pictures come from: a simulated robot, a camera device or stream, a video or folder, or "
            "the topics image, camera_info and odom of other nodes",
            ["simulator", "device", "file", "topic"],
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
        argument("out", "", "folder of the session; empty: a folder named after the time, below ./sessions"),
        argument("overwrite", "false", "replace a session that is in that folder already", YES_NO),
        argument("resume", "false", "go on with the session that is in that folder, if there is one", YES_NO),
        argument("database", "", "PostgreSQL server that keeps the session; empty: scan.db in its folder"),
        argument("model", "", "the classifier's .tflite file; empty: the one that comes with the package"),
        argument("widths", "true", "look at the pixels of crack tiles: lines and widths", YES_NO),
        argument("config", str(SHARE / "config" / "scanner.yaml"), "parameter file of all nodes"),
        argument("composed", "true", "all in one process, or a process for each node", YES_NO),
        argument(
            "delivery",
            "auto",
            "auto: lossless for simulator and file, else live",
            ["auto", "live", "lossless"],
        ),
        argument("record", "", "bag to record image, camera_info, odom and tf into; needs ros2 bag"),
        argument("rviz", "false", "show the map; needs rviz2", YES_NO),
        argument("namespace", "", "of all nodes, one for each robot"),
        argument(
            "use_sim_time", "false", "take the time from /clock; the simulator then publishes it", YES_NO
        ),
    ]


def _nodes(context: LaunchContext) -> Entities:
    given = context.launch_configurations
    composed = given["composed"] == "true"
    nodes = _one_process(given) if composed else _four_processes(given)
    if given["record"]:
        nodes.append(_recorder(given, composed))
    if given["rviz"] == "true":
        nodes.append(_rviz(given))
    return nodes


def _one_process(given: dict[str, str]) -> Entities:
    parameters = _common(given) | _session(given) | _robot(given) | _camera(given)
    parameters["source"] = {"simulator": "simulator", "topic": "topics"}.get(given["camera"], _source(given))
    return [_node(given, "scanner_node", parameters, ends_launch=True)]


def _four_processes(given: dict[str, str]) -> Entities:
    common = _common(given)
    nodes: Entities = [
        _node(given, "tiling_node", common),
        _node(given, "inference_node", common),
        _node(given, "logger_node", common | _session(given), ends_launch=True),
    ]
    # Whoever publishes the clock cannot take the time from it.
    clock = {"use_sim_time": False, "publish_clock": given["use_sim_time"] == "true"}
    pace = {"time_factor": _number(given, "time_factor")}
    if given["camera"] == "simulator":
        nodes.append(_node(given, "simulator_node", common | _robot(given) | clock | pace))
    elif given["camera"] != "topic":
        camera = _camera(given) | {"source": _source(given)}
        nodes.append(_node(given, "camera_node", common | camera | clock | pace))
    return nodes


def _common(given: dict[str, str]) -> dict[str, Any]:
    delivery = given["delivery"]
    if delivery == "auto":
        delivery = "lossless" if given["camera"] in ("simulator", "file") else "live"
    common = {"delivery": delivery, "use_sim_time": given["use_sim_time"] == "true"}
    common |= {"model": given["model"]} if given["model"] else {}
    return common | ({} if given["widths"] == "true" else {"segmenter": ""})


def _session(given: dict[str, str]) -> dict[str, Any]:
    chosen: dict[str, Any] = {name: given[name] == "true" for name in ("overwrite", "resume")}
    return chosen | {"output": given["out"], "database": given["database"]}


def _robot(given: dict[str, str]) -> dict[str, Any]:
    return {"seed": _number(given, "seed"), "duration": _number(given, "duration")}


def _camera(given: dict[str, str]) -> dict[str, Any]:
    return {
        "calibration": given["calibration"],
        "metres_per_pixel": _number(given, "metres_per_pixel"),
    }


def _number(given: dict[str, str], name: str) -> float:
    try:
        value = float(given[name])
    except ValueError:
        raise RuntimeError(f"{name}:={given[name]} is not a number") from None
    return int(value) if value.is_integer() else value


def _source(given: dict[str, str]) -> str:
    if given["source"] or given["camera"] != "file":
        return given["source"] or "device:0"
    raise RuntimeError("camera:=file needs source:=FILE, a video, a picture or a folder of pictures")


def _node(
    given: dict[str, str], executable: str, parameters: dict[str, Any], ends_launch: bool = False
) -> Node:
    return Node(
        package=PACKAGE,
        executable=executable,
        name=executable,
        namespace=given["namespace"],
        parameters=[given["config"], parameters],
        output="screen",
        on_exit=_when_over(executable, ends_launch),
    )


def _when_over(name: str, ends_launch: bool) -> Callable[[ProcessExited, LaunchContext], Entities | None]:
    def react(event: ProcessExited, context: LaunchContext) -> Entities | None:
        if context.is_shutdown:
            return None
        if event.returncode != 0:
            raise RuntimeError(f"{name} failed with exit code {event.returncode}, see its line above")
        return [Shutdown(reason="the scan is finished")] if ends_launch else None

    return react


def _recorder(given: dict[str, str], composed: bool) -> ExecuteProcess:
    _need("ros2bag", "record")
    if composed and given["camera"] != "topic":
        raise RuntimeError("record needs pictures on topics: add composed:=false")
    namespace = given["namespace"].strip("/")
    prefix = f"/{namespace}/" if namespace else "/"
    topics = [topic if topic.startswith("/") else prefix + topic for topic in RECORDED_TOPICS]
    command = ["ros2", "bag", "record", "--storage", "mcap", "--output", given["record"], *topics]
    return ExecuteProcess(cmd=command, output="screen")


def _rviz(given: dict[str, str]) -> Node:
    _need("rviz2", "rviz")
    config = str(SHARE / "config" / "crack_map.rviz")
    return Node(package="rviz2", executable="rviz2", namespace=given["namespace"], arguments=["-d", config])


def _need(package: str, argument: str) -> None:
    try:
        get_package_prefix(package)
    except PackageNotFoundError:
        debian = f"ros-jazzy-{package}"
        raise RuntimeError(
            f"{argument} needs {package}, which is not installed: apt install {debian}"
        ) from None
