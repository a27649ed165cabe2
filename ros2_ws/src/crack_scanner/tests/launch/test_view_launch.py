"""view.launch.py and rviz:=true, run by the real launch system, with a stand-in for rviz2."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("launch_ros", reason="launch_ros is not installed (it is not on PyPI)")
pytest.importorskip("ros2launch", reason="ros2launch is not installed (it is not on PyPI)")
from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

from tests.launch.conftest import Launch

try:
    SHARE = Path(get_package_share_directory("crack_scanner"))
except PackageNotFoundError:
    pytest.skip("crack_scanner is not installed with colcon", allow_module_level=True)

INDEX = "share/ament_index/resource_index/packages"
MAP_VIEW = SHARE / "config" / "crack_map.rviz"
ARGUMENTS_AND_PROFILE = '#!/bin/sh\necho "rviz2 got $* and $FASTRTPS_DEFAULT_PROFILES_FILE"\n'


@pytest.fixture
def launch_file() -> str:
    """Name of the launch file under test."""
    return "view.launch.py"


@pytest.fixture
def rviz2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package rviz2 whose program prints its arguments and ends."""
    prefix = tmp_path / "prefix"
    program = prefix / "lib" / "rviz2" / "rviz2"
    for file in (prefix / INDEX / "rviz2", program):
        file.parent.mkdir(parents=True)
        file.touch()
    program.write_text(ARGUMENTS_AND_PROFILE)
    program.chmod(0o755)
    monkeypatch.setenv("AMENT_PREFIX_PATH", f"{prefix}:{os.environ['AMENT_PREFIX_PATH']}")


@pytest.fixture
def no_rviz2(monkeypatch: pytest.MonkeyPatch) -> None:
    """No package rviz2, wherever there may be one."""
    prefixes = os.environ["AMENT_PREFIX_PATH"].split(":")
    without = [prefix for prefix in prefixes if not (Path(prefix) / INDEX / "rviz2").exists()]
    monkeypatch.setenv("AMENT_PREFIX_PATH", ":".join(without))


@pytest.mark.usefixtures("rviz2")
def test_rviz2_is_told_the_view_and_the_robot(launch: Launch) -> None:
    outcome = launch(config=MAP_VIEW, namespace="robot_7")
    said = outcome.stdout + outcome.stderr
    assert outcome.returncode == 0, said
    assert f"rviz2 got -d {MAP_VIEW} --ros-args -r __ns:=/robot_7 and " in said


@pytest.mark.usefixtures("rviz2")
def test_rviz2_takes_pictures_as_the_nodes_do(launch: Launch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FASTRTPS_DEFAULT_PROFILES_FILE", raising=False)
    outcome = launch(config=MAP_VIEW)
    assert f"and {SHARE / 'config' / 'fastdds.xml'}" in outcome.stdout + outcome.stderr


@pytest.mark.usefixtures("rviz2")
def test_a_scan_with_rviz_shows_its_robots_map(launch: Launch, tmp_path: Path) -> None:
    run = {"rviz": "true", "namespace": "robot_7", "duration": "1.0", "out": tmp_path / "out"}
    outcome = launch("scan.launch.py", **run)
    said = outcome.stdout + outcome.stderr
    assert outcome.returncode == 0, said
    assert f"rviz2 got -d {MAP_VIEW} --ros-args -r __ns:=/robot_7 and " in said


@pytest.mark.usefixtures("no_rviz2")
@pytest.mark.parametrize(
    ("file", "arguments", "asked_for"),
    [("view.launch.py", {}, "view.launch.py"), ("scan.launch.py", {"rviz": "true"}, "rviz:=true")],
)
def test_without_rviz2_one_line_says_what_to_install(
    launch: Launch, file: str, arguments: dict[str, str], asked_for: str
) -> None:
    outcome = launch(file, **arguments)
    said = outcome.stdout + outcome.stderr
    assert outcome.returncode == 1
    assert f"{asked_for} needs rviz2, which is not installed: apt install ros-jazzy-rviz2" in said
    assert said.count("[ERROR]") == 1
    assert "launch file may have a syntax error" not in said
