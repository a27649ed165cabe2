"""A recorded drive becomes a way along the wall."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from crack_scanner.bags.recorder import BagRecorder
from crack_scanner.errors import CrackScannerError
from crack_scanner.frames import Odometry
from crack_scanner.sources.simulator.recorded_path import recorded_path
from crack_scanner.surface.pose import Pose


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten seconds northwards at 0.5 m/s with a step to the left after five, then a stop."""
    path = tmp_path_factory.mktemp("drive") / "bag"
    recorder = BagRecorder(path)
    north = Rotation.from_euler("z", np.pi / 2).as_quat()
    for tenth in range(200):
        t = min(tenth / 10, 10.0)
        place = np.array([3.0 - 0.2 * (t > 5.0), 7.0 + 0.5 * t, 0.0])
        recorder.add(Odometry(10**18 + tenth * 10**8, Pose(place, north)))
    recorder.close()
    return path


def test_it_leads_along_x_from_its_start(bag: Path) -> None:
    path = recorded_path(bag, "/odom", 1.0, 3.0, (0.4, 0.25))
    assert path.duration == pytest.approx(3.0)
    np.testing.assert_allclose(path.pose(0.0).position, [0.4, 0.0, 0.25], atol=1e-12)
    np.testing.assert_allclose(path.pose(2.05).position, [1.425, 0.0, 0.25], atol=1e-9)
    np.testing.assert_allclose(path.pose(3.0).rotation, np.eye(3), atol=1e-9)
    np.testing.assert_allclose(path.pose(9.0).position, path.pose(3.0).position)


def test_what_the_robot_did_to_the_side_it_does_to_the_side(bag: Path) -> None:
    path = recorded_path(bag, "", 4.0, 4.0, (0.0, 0.3))
    # The way from first to last is x, so that the step is shared by both halves.
    aside = max(abs(path.pose(t).position[1]) for t in np.arange(0.0, 4.0, 0.1))
    assert 0.1 < aside < 0.2


@pytest.mark.parametrize(
    ("topic", "begin", "words"),
    [
        ("/none", 1.0, "has no nav_msgs/Odometry /none"),
        ("/odom", 99.0, "has 0 poses from 99 s on .* it is 20 s long"),
        ("/odom", 12.0, "stands still from 12 s on"),
    ],
)
def test_what_is_no_drive_is_refused(bag: Path, topic: str, begin: float, words: str) -> None:
    with pytest.raises(CrackScannerError, match=words):
        recorded_path(bag, topic, begin, 2.0, (0.0, 0.0))
