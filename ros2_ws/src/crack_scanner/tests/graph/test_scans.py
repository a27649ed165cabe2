"""Whole scans: the simulated robot and the camera node at the head of the graph."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from crack_scanner_interfaces.msg import CrackArray, SharedImage
from nav_msgs.msg import Odometry
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header
from visualization_msgs.msg import MarkerArray

from crack_scanner.messages.stamps import stamp_ns
from crack_scanner.ros import qos
from crack_scanner.ros.picture_ring import FOLDER
from tests.graph.conftest import NodeProcess, Probe
from tests.sources.picture_stream import served, stream

Start = Callable[..., NodeProcess]
# One lane along a small wall, with the fast robot that a test wants.
WALL = {"surface_width": 1.0, "surface_height": 0.4}
ROBOT = {"seed": 3, "frame_rate": 8.0}


def crack_lines(session: Path) -> list[list[list[float]]]:
    """Where the cracks of a session lie, surface coordinates."""
    features = json.loads((session / "cracks.geojson").read_text())["features"]
    return [feature["geometry"]["coordinates"] for feature in features]


def summary(session: Path) -> dict:
    return json.loads((session / "summary.json").read_text())


@pytest.fixture
def in_one_process(start: Start, tmp_path: Path) -> Path:
    """The session of a scanner_node with the simulator in it."""
    scanner = start(
        "scanner_node", source="simulator", delivery="lossless", output=tmp_path / "one", **WALL, **ROBOT
    )
    assert scanner.exit_code() == 0
    return tmp_path / "one"


@pytest.mark.parametrize("transport", ["raw", "shared"])
def test_four_processes_find_what_one_finds(
    start: Start, probe: Probe, tmp_path: Path, in_one_process: Path, transport: str
) -> None:
    given = {"delivery": "lossless", "transport": transport}
    cracks = probe.listen(CrackArray, "cracks", qos.latched())
    markers = probe.listen(MarkerArray, "crack_map/markers", qos.latched())
    tiling = start("tiling_node", **given)
    inference = start("inference_node", **given)
    logger = start("logger_node", delivery="lossless", output=tmp_path / "four", **WALL)
    simulator = start("simulator_node", delivery="lossless", time_factor=0.0, **WALL, **ROBOT)
    probe.wait("the end of the scan", lambda: not logger.is_running)
    assert (simulator.exit_code(), logger.exit_code()) == (0, 0)
    assert tiling.is_running
    assert inference.is_running
    one, four = summary(in_one_process), summary(tmp_path / "four")
    assert four["frames_scored"] == one["frames_scored"] > 10
    assert four["frames_dropped"] == one["frames_dropped"] == {}
    assert crack_lines(tmp_path / "four") == crack_lines(in_one_process)
    assert four["truth"] == one["truth"]
    assert len(cracks[-1].cracks) == four["cracks"] > 0
    assert sum(len(marker.points) for marker in markers[-1].markers) > 0


def test_a_simulated_robot_may_bring_its_own_clock(start: Start, probe: Probe, tmp_path: Path) -> None:
    for name in ("tiling_node", "inference_node"):
        start(name, delivery="lossless", use_sim_time=True)
    logger = start("logger_node", delivery="lossless", use_sim_time=True, output=tmp_path / "session", **WALL)
    robot = {"publish_clock": True, "time_factor": 0.0, "duration": 1.0}
    start("simulator_node", delivery="lossless", **WALL, **ROBOT, **robot)
    assert logger.exit_code() == 0
    # The time the robot says it is, not that of this machine.
    assert summary(tmp_path / "session")["started"].startswith("2023-11-14T22:13:20")


def test_a_camera_that_goes_away_leaves_an_unfinished_session(start: Start, tmp_path: Path) -> None:
    with served(stream(6)) as url:
        scanner = start("scanner_node", source=url, metres_per_pixel=0.001, output=tmp_path / "session")
        assert scanner.exit_code() == 1
    assert f"{url} gives no more pictures" in scanner.output
    assert "Traceback" not in scanner.output
    found = summary(tmp_path / "session")
    assert not found["complete"]
    assert found["frames"] >= 1


def test_a_robot_waits_for_its_audience(start: Start, probe: Probe) -> None:
    odometry = probe.listen(Odometry, "odom", qos.odometry(lossless=True))
    simulator = start("simulator_node", time_factor=0.0, duration=0.5, **WALL, **ROBOT)
    probe.wait("the robot", lambda: probe.node.count_publishers("image"))
    assert odometry == []
    probe.listen(CameraInfo, "camera_info", qos.stream())
    pictures = probe.listen(Image, "image", qos.frames_in("lossless"))
    finished = probe.listen(Header, "scan_finished", qos.latched())
    probe.wait("the end", lambda: finished)
    assert simulator.exit_code() == 0
    assert stamp_ns(pictures[-1]) == finished[0].stamp.sec * 10**9 + finished[0].stamp.nanosec
    assert stamp_ns(odometry[0]) < stamp_ns(pictures[0]) < stamp_ns(odometry[-1])


def test_pictures_go_into_shared_memory_for_those_who_ask_and_none_stay_there(
    start: Start, probe: Probe
) -> None:
    pictures = probe.listen(SharedImage, "image/shared", qos.frames_in("lossless"))
    probe.listen(CameraInfo, "camera_info", qos.stream())
    probe.listen(Odometry, "odom", qos.odometry(lossless=True))
    simulator = start("simulator_node", time_factor=0.0, duration=0.5, **WALL, **ROBOT)
    assert simulator.exit_code() == 0
    probe.wait("pictures", lambda: pictures)
    assert not (FOLDER / pictures[0].segment).exists()


def test_a_folder_of_pictures_is_published_with_its_camera(
    start: Start, probe: Probe, tmp_path: Path
) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(3):
        cv2.imwrite(str(folder / f"{number}.png"), np.full((240, 320, 3), (10 * number, 0, 200), np.uint8))
    pictures = probe.listen(Image, "image", qos.frames_in("lossless"))
    cameras = probe.listen(CameraInfo, "camera_info", qos.stream())
    camera = start("camera_node", source=folder, rate=20.0)
    probe.wait("the pictures", lambda: len(pictures) == 3 and len(cameras) == 3)
    assert camera.exit_code() == 0
    assert [bytes(picture.data[:3]) for picture in pictures] == [bytes([200, 0, 10 * n]) for n in range(3)]
    assert [stamp_ns(info) for info in cameras] == [stamp_ns(picture) for picture in pictures]
    gaps = np.diff([stamp_ns(picture) for picture in pictures])
    assert (gaps == 50_000_000).all()
