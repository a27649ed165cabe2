"""Runs launch files with the real `ros2 launch`, where it is installed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

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
def launch_file() -> str:
    """Name of the launch file under test."""
    return "scan.launch.py"


@pytest.fixture
def launch(domain: int, tmp_path: Path, launch_file: str) -> Launch:
    """Runs `ros2 launch crack_scanner FILE` with arguments."""
    config = tmp_path / "small.yaml"
    config.write_text(SMALL)

    def run(file: str = launch_file, **arguments: object) -> subprocess.CompletedProcess[str]:
        words = [f"{name}:={value}" for name, value in ({"config": config} | arguments).items()]
        main = "import sys; from ros2cli.cli import main; sys.argv[0] = 'ros2'; sys.exit(main())"
        return subprocess.run(
            [sys.executable, "-c", main, "launch", "crack_scanner", file, *words],
            env=os.environ | {"ROS_DOMAIN_ID": str(domain), "ROS_LOG_DIR": str(tmp_path / "log")},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    return run


def crack_lines(session: Path) -> list[list[list[float]]]:
    """Where the cracks of a session lie, surface coordinates."""
    features = json.loads((session / "cracks.geojson").read_text())["features"]
    return [feature["geometry"]["coordinates"] for feature in features]
