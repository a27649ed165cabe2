"""The map as other programs see it."""

import math
from dataclasses import replace

import numpy as np
import pytest
from nav_msgs.msg import OccupancyGrid
from rclpy.serialization import serialize_message
from visualization_msgs.msg import Marker

from crack_scanner.report.colours import crack_class, rgb
from crack_scanner.ros.map_messages import coverage_to_message, cracks_to_message, probability_to_message
from crack_scanner.ros.markers import CrackMarkers
from tests.storage.sample_session import SampleSession, sample_session

STAMP_NS = 5_000_000_007


@pytest.fixture(scope="module")
def session() -> SampleSession:
    return sample_session()


def grid_values(message: OccupancyGrid) -> np.ndarray:
    return np.array(message.data, np.int8).reshape(message.info.height, message.info.width)


def test_cracks_have_their_points_and_their_surface_coordinates(session: SampleSession) -> None:
    crack_map = session.crack_map
    message = cracks_to_message(crack_map.cracks, crack_map.surface, STAMP_NS, "odom", "wall 7")
    assert (message.header.frame_id, message.header.stamp.sec, message.session_id) == ("odom", 5, "wall 7")
    assert [crack.id for crack in message.cracks] == [str(crack.id) for crack in crack_map.cracks]
    for sent, crack in zip(message.cracks, crack_map.cracks, strict=True):
        points = np.array([[point.x, point.y, point.z] for point in sent.path])
        uv = np.stack([sent.u, sent.v], axis=1)
        np.testing.assert_allclose(uv, crack.path, atol=1e-6)
        np.testing.assert_allclose(points, crack_map.surface.points(crack.path))
        assert sent.length_mm == pytest.approx(crack.length * 1000)


def test_a_width_nobody_has_measured_is_no_number(session: SampleSession) -> None:
    crack_map = session.crack_map
    message = cracks_to_message(crack_map.cracks, crack_map.surface, STAMP_NS, "odom", "")
    assert all(math.isnan(crack.width_max_mm) for crack in message.cracks)
    assert all(crack.severity == "not measured" for crack in message.cracks)


def test_coverage_lies_on_the_surface(session: SampleSession) -> None:
    message = coverage_to_message(session.crack_map, STAMP_NS, "odom")
    surface, origin = session.crack_map.surface, message.info.origin.position
    assert [origin.x, origin.y, origin.z] == surface.origin.tolist()
    assert message.info.resolution == pytest.approx(session.crack_map.settings.cell_size)
    values = grid_values(message)
    assert set(np.unique(values)) <= {-1, 50, 100}
    # The right end was never looked at.
    assert (values[:, -5:] == -1).all()
    assert (values[:, 10] == 100).any()


def test_probability_is_high_along_the_cracks_and_unknown_where_nobody_looked(session: SampleSession) -> None:
    crack_map = session.crack_map
    values = grid_values(probability_to_message(crack_map, STAMP_NS, "odom"))
    cells = np.floor(crack_map.cracks[0].path / crack_map.settings.cell_size).astype(int)
    assert np.median(values[cells[:, 1], cells[:, 0]]) > 80
    assert (values[:, -5:] == -1).all()
    assert values.max() <= 100


def test_each_class_is_one_list_of_lines_in_its_colour(session: SampleSession) -> None:
    crack_map = session.crack_map
    message = CrackMarkers(crack_map.surface).message(crack_map.cracks, STAMP_NS, "odom")
    lines = [m for m in message.markers if m.ns == "cracks" and m.action == Marker.ADD]
    segments = sum(len(crack.path) - 1 for crack in crack_map.cracks)
    assert sum(len(marker.points) for marker in lines) == 2 * segments
    colours = {crack_class(crack).colour for crack in crack_map.cracks}
    shown = {tuple(round(255 * part) for part in (m.color.r, m.color.g, m.color.b)) for m in lines}
    assert shown == {rgb(colour) for colour in colours}


def test_a_class_without_cracks_is_taken_away(session: SampleSession) -> None:
    message = CrackMarkers(session.crack_map.surface).message((), STAMP_NS, "odom")
    assert message.markers
    assert {marker.action for marker in message.markers if marker.ns == "cracks"} == {Marker.DELETE}


def test_a_map_begins_with_taking_away_what_an_earlier_session_has_left(session: SampleSession) -> None:
    crack_map = session.crack_map
    markers = CrackMarkers(crack_map.surface)
    first, second = (markers.message(crack_map.cracks, STAMP_NS, "odom").markers for _ in range(2))
    assert first[0].action == Marker.DELETEALL
    assert all(marker.action == Marker.ADD for marker in second if marker.ns == "labels")
    assert Marker.DELETEALL not in {marker.action for marker in second}


def test_ten_thousand_segments_are_one_list_a_class(session: SampleSession) -> None:
    path = np.stack([np.linspace(0, 1, 101), np.zeros(101)], axis=1)
    cracks = tuple(replace(session.crack_map.cracks[0], id=number, path=path) for number in range(1, 101))
    message = CrackMarkers(session.crack_map.surface).message(cracks, STAMP_NS, "odom")
    lists = [marker for marker in message.markers if marker.ns == "cracks"]
    assert len(lists) == len({marker.id for marker in lists}) == 5
    assert sum(len(marker.points) for marker in lists) == 2 * 10_000
    assert len(serialize_message(message)) < 1_000_000


def test_a_label_keeps_its_id_and_goes_with_its_crack(session: SampleSession) -> None:
    crack_map = session.crack_map
    markers = CrackMarkers(crack_map.surface)
    first = markers.message(crack_map.cracks, STAMP_NS, "odom")
    labels = {m.id: m.text for m in first.markers if m.ns == "labels"}
    assert set(labels) == {crack.id for crack in crack_map.cracks}
    assert all(" " not in text and text.startswith(f"{number}\nL=") for number, text in labels.items())
    second = markers.message(crack_map.cracks[:1], STAMP_NS, "odom")
    actions = {m.id: m.action for m in second.markers if m.ns == "labels"}
    assert actions[crack_map.cracks[0].id] == Marker.ADD
    assert all(actions[crack.id] == Marker.DELETE for crack in crack_map.cracks[1:])


@pytest.mark.parametrize(
    ("end", "side"),
    [((1.0, 0.0), (0, 1)), ((-1.0, 0.0), (0, 1)), ((0.0, 1.0), (1, 0)), ((0.6, 0.8), (1, -1))],
)
def test_a_label_stands_beside_its_crack(
    session: SampleSession, end: tuple[float, float], side: tuple[int, int]
) -> None:
    """Half as far as the label is wide or high from the middle: right of it, or above."""
    surface = session.crack_map.surface
    crack = replace(session.crack_map.cracks[0], path=np.array([(0.0, 0.0), end]))
    message = CrackMarkers(surface).message((crack,), STAMP_NS, "odom")
    [label] = [marker for marker in message.markers if marker.ns == "labels"]
    where = np.array([[label.pose.position.x, label.pose.position.y, label.pose.position.z]])
    shift = surface.coordinates(where)[0] - np.array(end) / 2
    assert tuple(np.sign(np.round(shift, 6)).astype(int)) == side
    assert shift @ end == pytest.approx(0.0, abs=1e-9)
    assert 0.08 < np.linalg.norm(shift) < 0.15
