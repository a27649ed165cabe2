"""scan.launch.py, run by the real launch system where it is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("launch_ros", reason="launch_ros is not installed (it is not on PyPI)")
pytest.importorskip("ros2launch", reason="ros2launch is not installed (it is not on PyPI)")
from ament_index_python.packages import PackageNotFoundError, get_package_share_directory

try:
    get_package_share_directory("crack_scanner")
except PackageNotFoundError:
    pytest.skip("crack_scanner is not installed with colcon", allow_module_level=True)

Launch = Callable[..., subprocess.CompletedProcess[str]]
# A run that hangs is an error; how long a good one takes is not tested.
PATIENCE = 300
SMALL = """
/**:
  ros__parameters:
    surface_width: 1.0
    surface_height: 0.4
    frame_rate: 8.0
"""


@pytest.fixture
def launch(domain: int, tmp_path: Path) -> Launch:
    """Runs `ros2 launch crack_scanner scan.launch.py`."""
    config = tmp_path / "small.yaml"
    config.write_text(SMALL)

    def run(**arguments: object) -> subprocess.CompletedProcess[str]:
        words = [f"{name}:={value}" for name, value in ({"config": config} | arguments).items()]
        main = "import sys; from ros2cli.cli import main; sys.argv[0] = 'ros2'; sys.exit(main())"
        return subprocess.run(
            [sys.executable, "-c", main, "launch", "crack_scanner", "scan.launch.py", *words],
            env=os.environ | {"ROS_DOMAIN_ID": str(domain), "ROS_LOG_DIR": str(tmp_path / "log")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


def crack_lines(session: Path) -> list[list[list[float]]]:
    features = json.loads((session / "cracks.geojson").read_text())["features"]
    return [feature["geometry"]["coordinates"] for feature in features]


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
