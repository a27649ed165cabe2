"""What the launch files share. Needs ROS's launch, so that only they import it."""

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
from launch import LaunchContext
from launch.actions import DeclareLaunchArgument, SetEnvironmentVariable, Shutdown
from launch.events.process import ProcessExited
from launch.launch_description_entity import LaunchDescriptionEntity
from launch.some_substitutions_type import SomeSubstitutionsType
from launch_ros.actions import Node

PACKAGE = "crack_scanner"
YES_NO = ("true", "false")
# Libraries that chatter on standard error; our own lines say what the user needs.
_QUIET = {"GLOG_minloglevel": "2", "TF_CPP_MIN_LOG_LEVEL": "2", "OPENCV_LOG_LEVEL": "SILENT"}

Entities = list[LaunchDescriptionEntity]
Given = dict[str, str]


def share() -> Path:
    """Where the package's files are installed."""
    return Path(get_package_share_directory(PACKAGE))


def default_config() -> str:
    """The parameter file of all nodes."""
    return str(share() / "config" / "scanner.yaml")


def argument(
    name: str, default: str, description: str, choices: tuple[str, ...] | None = None
) -> DeclareLaunchArgument:
    """A launch argument."""
    return DeclareLaunchArgument(name, default_value=default, description=description, choices=choices)


def session_arguments() -> list[DeclareLaunchArgument]:
    """Where a session goes."""
    return [
        argument("out", "", "folder of the session; empty: one named after the time, below ./sessions"),
        argument("overwrite", "false", "replace a session that is in that folder already", YES_NO),
    ]


def node_arguments() -> list[DeclareLaunchArgument]:
    """Networks, settings and names of the nodes that scan, and whether rviz shows what they find."""
    return [
        argument("model", "", "the classifier's .tflite file; empty: the one that comes with the package"),
        argument("widths", "true", "look at the pixels of crack tiles: lines and widths", YES_NO),
        argument("config", default_config(), "parameter file of all nodes"),
        argument("rviz", "false", "show the map; needs rviz2", YES_NO),
        argument("namespace", "", "of all nodes, one for each robot"),
    ]


def networks(given: Given) -> dict[str, Any]:
    """Parameters that follow from `node_arguments`: which networks look at a picture."""
    chosen = {"model": given["model"]} if given["model"] else {}
    return chosen | ({} if given["widths"] == "true" else {"segmenter": ""})


def map_views(given: Given) -> Entities:
    """rviz2 with the package's configuration, where it is asked for."""
    if given["rviz"] != "true":
        return []
    need("rviz2", "rviz:=true")
    return [rviz(given["namespace"], map_view_config())]


def map_view_config() -> str:
    """rviz2's configuration."""
    return str(share() / "config" / "crack_map.rviz")


def environment() -> Entities:
    """Variables that all nodes want; those that are set already stay."""
    profile = os.environ.get("FASTRTPS_DEFAULT_PROFILES_FILE", str(share() / "config" / "fastdds.xml"))
    variables = {"FASTRTPS_DEFAULT_PROFILES_FILE": profile, **_QUIET}
    return [SetEnvironmentVariable(name, value) for name, value in variables.items()]


def node(given: Given, executable: str, parameters: dict[str, Any], ends_launch: bool = False) -> Node:
    """One of our nodes; its failure ends the launch, and so does its end with `ends_launch`."""
    return Node(
        package=PACKAGE,
        executable=executable,
        name=executable,
        namespace=given["namespace"],
        parameters=[given["config"], parameters],
        output="screen",
        on_exit=_when_over(executable, ends_launch),
    )


def number(given: Given, name: str) -> float:
    """An argument as a number, whole where it is one."""
    try:
        value = float(given[name])
    except ValueError:
        raise RuntimeError(f"{name}:={given[name]} is not a number") from None
    return int(value) if value.is_integer() else value


def rviz(namespace: SomeSubstitutionsType, config: SomeSubstitutionsType) -> Node:
    """rviz2 in the namespace of the robot it looks at."""
    return Node(
        package="rviz2", executable="rviz2", namespace=namespace, arguments=["-d", config], output="screen"
    )


def need(package: str, name: str) -> None:
    """Refuse what a user asked for by `name` if its package is not installed."""
    try:
        get_package_prefix(package)
    except PackageNotFoundError:
        debian = f"ros-jazzy-{package}"
        raise RuntimeError(f"{name} needs {package}, which is not installed: apt install {debian}") from None


def _when_over(name: str, ends_launch: bool) -> Callable[[ProcessExited, LaunchContext], Entities | None]:
    def react(event: ProcessExited, context: LaunchContext) -> Entities | None:
        if context.is_shutdown:
            return None
        if event.returncode != 0:
            raise RuntimeError(f"{name} failed with exit code {event.returncode}, see its line above")
        return [Shutdown(reason="the scan is finished")] if ends_launch else None

    return react
