"""The logger alone, fed with scores, cameras and odometry by the test."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from crack_scanner_interfaces.msg import TileScores as TileScoresMessage
from crack_scanner_interfaces.srv import Export, StartSession
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from nav_msgs.msg import Odometry as OdometryMessage
from sensor_msgs.msg import CameraInfo
from std_msgs.msg import Header, String

from crack_scanner.frames import Odometry
from crack_scanner.ros import qos
from crack_scanner.ros.geometry import camera_to_info, odometry_to_message
from crack_scanner.ros.stamps import to_time
from crack_scanner.ros.tiles import scores_to_message
from crack_scanner.surface.camera import Camera
from crack_scanner.surface.pose import Pose
from crack_scanner.vision.scores import TileScores
from tests.graph.conftest import NodeProcess, Probe
from tests.graph.player import HEIGHT, PERIOD_NS, WIDTH, Player

Start = Callable[..., NodeProcess]
SETTINGS = {"surface_width": 2.0, "surface_height": 0.8, "max_gsd": 0.01, "min_baseline": 0.0} | {
    "delivery": "lossless"
}
ACROSS, DOWN = np.array([0, 93, 0, 93], np.int32), np.array([0, 0, 13, 13], np.int32)


class Robot:
    """Publishes what the logger listens to, each frame 3 cm further along than the one before."""

    def __init__(self, probe: Probe) -> None:
        node = probe.node
        self._probe, self._figures, self.sent = probe, probe.figures(), 0
        self._reports = probe.listen(DiagnosticArray, "/diagnostics")
        self.info = node.create_publisher(CameraInfo, "camera_info", qos.stream())
        self.odom = node.create_publisher(OdometryMessage, "odom", qos.odometry(lossless=True))
        self.scores = node.create_publisher(TileScoresMessage, "tile_scores", qos.stream())
        self.finished = node.create_publisher(Header, "scan_finished", qos.latched())
        self.view = Camera.from_field_of_view(WIDTH, HEIGHT, 1.0)
        self.covariance: list[float] = [0.0] * 36

    @property
    def figures(self) -> dict[str, str]:
        return self._figures.get("logger_node", {})

    def connect(self) -> None:
        for publisher in (self.info, self.odom, self.scores):
            self._probe.wait(f"the logger at {publisher.topic_name}", publisher.get_subscription_count)

    def odometry(self, index: int) -> None:
        for half in (-1, 1):
            pose = Pose(np.array([0.1 + 0.03 * index, 0.0, 0.2]))
            odometry = Odometry(Player.stamp_ns(index) + half * PERIOD_NS // 2, pose)
            message = odometry_to_message(odometry, "odom", "base_link")
            message.pose.covariance = self.covariance
            self.odom.publish(message)

    def camera(self, index: int) -> None:
        self.info.publish(camera_to_info(self.view, Player.stamp_ns(index), "camera"))

    def score(self, index: int) -> None:
        looks = np.full(4, 0.99, np.float32), np.ones(4, np.float32)
        scores = TileScores(Player.stamp_ns(index), WIDTH, HEIGHT, 227, ACROSS, DOWN, *looks, "abc", None)
        self.scores.publish(scores_to_message(scores, "camera"))
        self.sent += 1

    def frame(self, index: int) -> None:
        self.odometry(index)
        self.camera(index)
        self.score(index)

    def finish(self, index: int) -> None:
        self.finished.publish(Header(stamp=to_time(Player.stamp_ns(index))))

    def begin(self) -> None:
        """Publish a camera until one has come through, live, and the session is there."""

        def begun() -> bool:
            self.camera(0)
            return self.figures.get("session") == "session"

        self._probe.wait("a session", begun)

    def wait_for_all(self) -> None:
        """Until the logger has taken all scores."""
        self._probe.wait(f"{self.sent} frames", lambda: self.figures.get("frames") == str(self.sent))

    def wait_for_warning(self) -> None:
        """Until diagnostics of the logger were of level WARN."""
        self._probe.wait(
            "a warning",
            lambda: any(s.level == DiagnosticStatus.WARN for array in self._reports for s in array.status),
        )

    def wait_for(self, name: str, value: str) -> None:
        """Until a figure of the logger's diagnostics has a value."""
        self._probe.wait(f"{name} {value}", lambda: self.figures.get(name) == value)


@pytest.fixture
def robot(probe: Probe) -> Robot:
    return Robot(probe)


@pytest.fixture
def begun(start: Start, robot: Robot, tmp_path: Path) -> NodeProcess:
    """A logger whose session has begun with one frame."""
    logger = start("logger_node", output=tmp_path / "session", **SETTINGS)
    robot.connect()
    robot.frame(0)
    robot.wait_for_all()
    return logger


def summary(folder: Path) -> dict:
    return json.loads((folder / "summary.json").read_text())


@pytest.mark.parametrize("variance", [-1.0, 1e9])
def test_odometry_may_be_as_unsure_as_it_likes(
    start: Start, robot: Robot, tmp_path: Path, variance: float
) -> None:
    logger = start("logger_node", output=tmp_path / "session", **SETTINGS)
    robot.connect()
    robot.covariance = [variance] * 36
    for index in range(10):
        robot.frame(index)
    robot.finish(9)
    assert logger.exit_code() == 0
    assert summary(tmp_path / "session")["cracks"] == 1
    assert logger.output.count("unknown covariance") == (variance < 0)


def test_a_session_without_a_scale_says_so_at_its_end(start: Start, robot: Robot, tmp_path: Path) -> None:
    logger = start("logger_node", output=tmp_path / "session", scale_known=False, **SETTINGS)
    robot.connect()
    robot.frame(0)
    robot.finish(0)
    assert logger.exit_code() == 0
    assert "; scale not known, as if a pixel were 1 mm; 1 of 1 frames used" in logger.output
    assert summary(tmp_path / "session")["scale_known"] is False


@pytest.mark.parametrize(
    ("missing", "reason"), [("odometry", "no odom has come"), ("camera", "no camera_info has come")]
)
def test_frames_that_find_no_place_are_counted_and_said(
    start: Start, robot: Robot, tmp_path: Path, missing: str, reason: str
) -> None:
    live = SETTINGS | {"delivery": "live", "queue_frames": 4}
    logger = start("logger_node", output=tmp_path / "session", **live)
    robot.connect()
    if missing == "odometry":
        robot.score(0)
        robot.begin()
    for index in range(robot.sent, 40):
        if missing == "camera":
            robot.odometry(index)
        robot.score(index)
    robot.wait_for_all()
    robot.wait_for("dropped", "36")
    robot.wait_for_warning()
    assert f"frames found no place in the map: {reason}" in logger.output
    logger.send(signal.SIGINT)
    assert logger.exit_code() == 0
    said = f"40 frames came but no session was begun: {reason}"
    assert (said in logger.output) == (missing == "camera")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"name": "next", "folder": "file/next"}, "lies below a file"),
        ({"name": "next", "folder": "/tmp/" + "y" * 300}, "File name too long"),
        # Where not even root may make files.
        ({"name": "next", "folder": "/proc/self"}, "cannot be written"),
        ({"name": "next", "folder": "others"}, "has a file cracks.csv and no session"),
        ({"name": "n" * 300}, "no folder can be named after"),
        ({"name": ".."}, "no folder can be named after"),
    ],
)
def test_a_session_that_has_no_place_is_refused_and_the_running_one_goes_on(
    begun: NodeProcess, robot: Robot, probe: Probe, tmp_path: Path, asked: dict[str, str], says: str
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "others").mkdir()
    (tmp_path / "others" / "cracks.csv").touch()
    answer = probe.call(StartSession, "start_session", **asked)
    assert not answer.success
    assert says in answer.message
    robot.frame(1)
    robot.finish(1)
    assert begun.exit_code() == 0
    assert summary(tmp_path / "session")["frames_scored"] == 2


@pytest.mark.parametrize("path", [".", "/"])
def test_a_folder_is_no_file_to_export_to(
    start: Start, robot: Robot, probe: Probe, tmp_path: Path, path: str
) -> None:
    start("logger_node", output=tmp_path / "session", **SETTINGS)
    robot.connect()
    robot.frame(0)
    robot.wait_for("session", "session")
    answer = probe.call(Export, "export", format="csv", path=path)
    assert not answer.success
    assert "expected a file" in answer.message


def test_a_scan_that_was_logged_is_complete_however_long_the_node_goes_on(
    start: Start, robot: Robot, tmp_path: Path
) -> None:
    logger = start("logger_node", output=tmp_path / "session", exit_when_finished=False, **SETTINGS)
    robot.connect()
    robot.frame(0)
    robot.finish(0)
    # What is sent from here on is taken after the end.
    assert robot.finished.wait_for_all_acked()
    robot.frame(1)
    robot.wait_for_all()
    robot.wait_for("waiting_for_pose", "0")
    logger.send(signal.SIGINT)
    assert logger.exit_code() == 0
    assert summary(tmp_path / "session")["complete"]


def test_a_session_that_never_began_is_no_error_where_another_has_ended(
    begun: NodeProcess, robot: Robot, probe: Probe, tmp_path: Path
) -> None:
    assert probe.call(StartSession, "start_session", name="next").success
    robot.finish(0)
    assert begun.exit_code() == 0
    assert summary(tmp_path / "session")["frames_scored"] == 1


@pytest.mark.parametrize("topic", ["truth", "source_findings"])
def test_a_source_that_says_nonsense_of_itself_does_not_end_the_scan(
    start: Start, robot: Robot, probe: Probe, tmp_path: Path, topic: str
) -> None:
    logger = start("logger_node", output=tmp_path / "session", **SETTINGS)
    robot.connect()
    words = probe.node.create_publisher(String, topic, qos.latched())
    words.publish(String(data="wall 7: 3 cracks"))
    probe.wait("a word on it", lambda: f"/{topic} is ignored: message is no JSON" in logger.output)
    robot.frame(0)
    robot.finish(0)
    assert logger.exit_code() == 0
    assert summary(tmp_path / "session")["frames_scored"] == 1
