"""What is published of the map, read again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from crack_scanner_interfaces.msg import CrackArray
from nav_msgs.msg import OccupancyGrid
from visualization_msgs.msg import MarkerArray

from crack_scanner.errors import CrackScannerError
from crack_scanner.mapping.severity import ABOVE
from crack_scanner.ros.map_messages import coverage_to_message, cracks_to_message
from crack_scanner.ros.map_reading import coverage_from_message, cracks_from_message, robot_from_message
from crack_scanner.ros.robot_markers import robot_to_message
from crack_scanner.surface.camera_path import CameraPath
from tests.mapping.tile_model import ModelScan
from tests.storage.sample_session import CRACKS, SampleSession, sample_session


@pytest.fixture(scope="module")
def session() -> SampleSession:
    return sample_session()


def test_cracks_are_the_same_again(session: SampleSession) -> None:
    first, *others = session.crack_map.cracks
    measured = replace(
        first,
        width_max_mm=0.5,
        width_mean_mm=0.25,
        width_sigma_mm=0.125,
        smallest_width_mm=0.0625,
        severity=ABOVE,
    )
    sent = (measured, *others)
    back = cracks_from_message(cracks_to_message(sent, session.crack_map.surface, 5, "odom", "wall"))
    for one, other in zip(back, sent, strict=True):
        np.testing.assert_allclose(one.path, other.path, atol=1e-6)
        assert one.length == pytest.approx(other.length)
        for name in ("id", "observations", "first_seen_ns", "last_seen_ns", "severity", "status"):
            assert getattr(one, name) == getattr(other, name)
        assert (one.width_max_mm, one.smallest_width_mm) == (other.width_max_mm, other.smallest_width_mm)


def test_coverage_lies_where_it_lay(session: SampleSession) -> None:
    crack_map = session.crack_map
    surface, states = coverage_from_message(coverage_to_message(crack_map, 5, "odom"))
    np.testing.assert_array_equal(states, crack_map.coverage().states)
    for name in ("origin", "u_axis", "v_axis"):
        np.testing.assert_allclose(getattr(surface, name), getattr(crack_map.surface, name), atol=1e-9)
    assert surface.width == pytest.approx(crack_map.surface.width, abs=crack_map.coverage().cell_size)


def test_the_camera_is_where_it_was() -> None:
    view, _ = next(iter(ModelScan(width=1.6, height=0.6).looks(CRACKS)))
    camera, outline = robot_from_message(robot_to_message(view, CameraPath(), "", 5, "odom"))
    np.testing.assert_allclose(camera, view.camera_pose.position)
    np.testing.assert_allclose(outline, view.surface.points(view.outline))
    nowhere, empty = robot_from_message(MarkerArray())
    assert nowhere is None
    assert empty.shape == (0, 3)


def test_what_makes_no_sense_is_refused_in_one_line(session: SampleSession) -> None:
    with pytest.raises(CrackScannerError, match="0 values; expected as many values as cells"):
        coverage_from_message(OccupancyGrid())
    message: CrackArray = cracks_to_message(
        session.crack_map.cracks, session.crack_map.surface, 5, "odom", ""
    )
    message.cracks[0].id = "../1"
    with pytest.raises(CrackScannerError, match="expected a number"):
        cracks_from_message(message)
