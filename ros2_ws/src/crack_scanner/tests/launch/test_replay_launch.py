"""replay.launch.py, run by the real launch system where it is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("launch_ros", reason="launch_ros is not installed (it is not on PyPI)")
pytest.importorskip("ros2launch", reason="ros2launch is not installed (it is not on PyPI)")
from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

from crack_scanner.replay import replay_bag
from crack_scanner.settings import ScanSettings
from crack_scanner.sources.simulator.config import SimulatorConfig
from crack_scanner.sources.simulator.robot import SimulatedRobot
from tests.launch.conftest import Launch, crack_lines
from tests.replay.small_events import drive
from tests.replay.written_bags import INFO, ODOMETRY, write_bag

try:
    get_package_share_directory("crack_scanner")
except PackageNotFoundError:
    pytest.skip("crack_scanner is not installed with colcon", allow_module_level=True)

SETTINGS = ScanSettings(surface_width=1.0, surface_height=0.4)


@pytest.fixture
def launch_file() -> str:
    """Name of the launch file under test."""
    return "replay.launch.py"


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    """A bag of another program, with other names and another order of colours."""
    config = SimulatorConfig(seed=3, wall_width=1.0, wall_height=0.4, frame_rate=8.0)
    return write_bag(tmp_path / "bag", list(SimulatedRobot(config)), "bgr8")


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_four_processes_find_in_a_bag_what_one_finds(
    launch: Launch, tmp_path: Path, bag: Path, share: float
) -> None:
    """A bag that is whole, and one that is cut."""
    [file] = bag.glob("*.mcap")
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])
    one = replay_bag(bag, tmp_path / "one", SETTINGS)
    outcome = launch(bag=bag, out=tmp_path / "four")
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stdout + outcome.stderr
    four = json.loads((tmp_path / "four" / "summary.json").read_text())
    assert crack_lines(tmp_path / "four") == crack_lines(tmp_path / "one") != []
    for name in ("frames", "frames_scored", "frames_dropped", "complete", "clock", "bag", "started"):
        assert four[name] == one[name]
    assert four["bag"]["whole"] == (share == 1.0)


def test_what_is_missing_is_said_and_ends_the_launch(launch: Launch, tmp_path: Path) -> None:
    cases = {
        "needs bag:=BAG": {},
        "bag /nowhere is not there": {"bag": "/nowhere"},
        "no odometry": {"bag": write_bag(tmp_path / "one", drive(0, 1), without=(ODOMETRY,))},
        "no camera_info": {"bag": write_bag(tmp_path / "two", drive(0, 1), without=(INFO,))},
    }
    for says, arguments in cases.items():
        outcome = launch(out=tmp_path / "out", **arguments)
        assert outcome.returncode == 1
        assert says in outcome.stdout + outcome.stderr
        assert "Traceback" not in outcome.stdout + outcome.stderr
