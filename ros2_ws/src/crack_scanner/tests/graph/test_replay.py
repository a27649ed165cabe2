"""A bag through the nodes: recorded by one, published by another, scanned by the rest."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from nav_msgs.msg import Odometry
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from crack_scanner.bags.bag import Bag
from crack_scanner.bags.recorder import BagRecorder
from crack_scanner.messages.stamps import stamp_ns, to_nanoseconds
from crack_scanner.replay import replay_bag
from crack_scanner.ros import qos
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.simulator.config import SimulatorConfig
from crack_scanner.sources.simulator.robot import SimulatedRobot
from tests.graph.conftest import NodeProcess, Probe
from tests.graph.player import Player
from tests.replay.small_events import drive
from tests.replay.written_bags import write_bag

Start = Callable[..., NodeProcess]
WALL = {"surface_width": 1.0, "surface_height": 0.4}


def crack_lines(session: Path) -> list[list[list[float]]]:
    """Where the cracks of a session lie, surface coordinates."""
    features = json.loads((session / "cracks.geojson").read_text())["features"]
    return [feature["geometry"]["coordinates"] for feature in features]


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """A pass along a wall whose odometry begins late and is missing for a while."""
    config = SimulatorConfig(seed=3, wall_width=1.0, wall_height=0.4, frame_rate=8.0)
    recorder = BagRecorder(tmp_path / "bag")
    events = list(SimulatedRobot(config))
    start = events[0].stamp_ns
    for event in events:
        second = (event.stamp_ns - start) / 1e9
        if hasattr(event, "image") or not (second < 0.5 or 1.2 < second < 2.0):
            recorder.add(event)
    recorder.close()
    return tmp_path / "bag"


def test_four_processes_find_in_a_bag_what_one_finds(start: Start, tmp_path: Path, bag: Path) -> None:
    one = replay_bag(bag, tmp_path / "one", ScanSettings(**WALL))
    common = {"delivery": "lossless", "use_sim_time": True}
    start("tiling_node", **common)
    start("inference_node", precision="float32", **common)
    logger = start("logger_node", output=tmp_path / "four", mount_from="parameters", **common, **WALL)
    player = start("replay_node", bag=bag, delivery="lossless", publish_clock=True, time_factor=0.0)
    assert (player.exit_code(), logger.exit_code()) == (0, 0)
    four = json.loads((tmp_path / "four" / "summary.json").read_text())
    assert crack_lines(tmp_path / "four") == crack_lines(tmp_path / "one") != []
    for name in ("frames", "frames_scored", "frames_dropped", "complete", "clock"):
        assert four[name] == one[name]
    assert four["clock"]["odometry"]["gaps"] == 1
    assert four["bag"]["odometry"] == "/odom"


def test_a_bag_brings_its_own_clock_at_its_own_pace(start: Start, probe: Probe, tmp_path: Path) -> None:
    events = drive(0, 2)
    clock = probe.listen(Clock, "/clock", 1000)
    pictures = probe.listen(Image, "image", qos.frames_in("lossless"))
    cameras = probe.listen(CameraInfo, "camera_info", qos.stream())
    odometry = probe.listen(Odometry, "odom", qos.odometry(lossless=True))
    finished = probe.listen(Header, "scan_finished", qos.latched())
    player = start("replay_node", bag=write_bag(tmp_path / "bag", events), publish_clock=True)
    probe.wait("the end", lambda: finished)
    assert player.exit_code() == 0
    stamps = sorted([stamp_ns(message) for message in [*pictures, *odometry]])
    assert stamps == [event.stamp_ns for event in events]
    assert len(cameras) == len(pictures)
    times = [to_nanoseconds(message.clock) for message in clock]
    assert times == sorted(times)
    # It ticks while nothing is due, and is never ahead of what comes next.
    assert len(times) > len(events)
    assert (times[0], times[-1]) == (stamps[0], stamps[-1])


@pytest.mark.parametrize(
    ("without", "says"),
    [
        (("nav_msgs/msg/Odometry",), "no odometry"),
        (("sensor_msgs/msg/CameraInfo",), "no camera_info"),
    ],
)
def test_a_bag_that_lacks_something_is_refused_in_a_line(
    start: Start, tmp_path: Path, without: tuple[str, ...], says: str
) -> None:
    player = start("replay_node", bag=write_bag(tmp_path / "bag", drive(0, 1), without=without))
    assert player.exit_code() == 1
    assert says in player.output
    assert "Traceback" not in player.output


def test_what_was_recorded_from_topics_is_a_whole_bag(start: Start, probe: Probe, tmp_path: Path) -> None:
    player = Player(probe)
    recorder = start("recorder_node", bag=tmp_path / "bag", delivery="lossless")
    probe.wait(
        "the recorder",
        lambda: all(p.get_subscription_count() for p in (player.image, player.info, player.odometry)),
    )
    for index in range(5):
        player.play(index)
        # Without a wait the fifth picture pushes the first out of the queue, see `qos.frames_out`.
        for publisher in (player.image, player.info, player.odometry):
            assert publisher.wait_for_all_acked()
    recorder.send(signal.SIGINT)
    assert recorder.exit_code() == 0
    bag = Bag(tmp_path / "bag")
    counts = {topic.name: topic.count for topic in bag.topics}
    bag.close()
    assert counts == {"/image": 5, "/camera_info": 5, "/odom": 10}
