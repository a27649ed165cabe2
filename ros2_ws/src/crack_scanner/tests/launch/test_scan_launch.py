"""scan.launch.py, run by the real launch system where it is installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("launch_ros", reason="launch_ros is not installed (it is not on PyPI)")
pytest.importorskip("ros2launch", reason="ros2launch is not installed (it is not on PyPI)")
from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

from crack_scanner.replay import replay_bag
from crack_scanner.settings import ScanSettings
from tests.launch.conftest import Launch, crack_lines

try:
    get_package_share_directory("crack_scanner")
except PackageNotFoundError:
    pytest.skip("crack_scanner is not installed with colcon", allow_module_level=True)


def test_without_arguments_a_simulated_wall_is_scanned(launch: Launch, tmp_path: Path) -> None:
    outcome = launch()
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    [session] = (tmp_path / "sessions").iterdir()
    summary = json.loads((session / "summary.json").read_text())
    assert (summary["source"], summary["complete"]) == ("simulator", True)


def test_one_process_and_four_find_the_same(launch: Launch, tmp_path: Path) -> None:
    one = launch(seed=3, out=tmp_path / "one", composed="true")
    four = launch(seed=3, out=tmp_path / "four", composed="false", time_factor="0.0")
    assert (one.returncode, four.returncode) == (0, 0), one.stderr + four.stderr
    assert "Traceback" not in four.stdout + four.stderr
    assert crack_lines(tmp_path / "four") == crack_lines(tmp_path / "one") != []


def test_a_robot_in_a_namespace(launch: Launch, tmp_path: Path) -> None:
    outcome = launch(
        namespace="robot_7", out=tmp_path / "out", composed="false", duration="1.0", use_sim_time="true"
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["robot"] == "robot_7"


@pytest.mark.parametrize("composed", ["true", "false"])
def test_what_is_recorded_gives_the_same_cracks_again(launch: Launch, tmp_path: Path, composed: str) -> None:
    bag = tmp_path / "bag"
    run = {"seed": 3, "composed": composed, "time_factor": "0.0"}
    outcome = launch(out=tmp_path / "out", record=bag, **run)
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr
    replay_bag(bag, tmp_path / "again", ScanSettings(surface_width=1.0, surface_height=0.4))
    assert crack_lines(tmp_path / "again") == crack_lines(tmp_path / "out") != []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"camera": "file"}, "camera:=file needs source:=FILE"),
        ({"camera": "telescope"}, "telescope"),
        ({"model": "/nowhere.tflite"}, "model /nowhere.tflite is not there"),
        ({"model": "/nowhere.tflite", "composed": "false"}, "model /nowhere.tflite is not there"),
    ],
)
def test_what_is_wrong_is_said_and_ends_the_launch(
    launch: Launch, arguments: dict[str, str], says: str
) -> None:
    outcome = launch(**arguments)
    assert outcome.returncode == 1
    assert says in outcome.stdout + outcome.stderr
    assert "Traceback" not in outcome.stdout + outcome.stderr
