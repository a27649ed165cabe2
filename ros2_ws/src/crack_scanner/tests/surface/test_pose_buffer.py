"""The pose at a stamp: between its neighbours or not at all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.surface.pose import Pose
from crack_scanner.surface.pose_buffer import Lookup, PoseBuffer

START = 1_700_000_000_000_000_000


def at(seconds: float) -> int:
    return START + round(seconds * 1e9)


def pose(x: float) -> Pose:
    return Pose(np.array([x, 0.0, 0.0]))


def filled(*seconds: float, **options: float) -> PoseBuffer:
    buffer = PoseBuffer(**options)
    for second in seconds:
        buffer.add(at(second), pose(second))
    return buffer


@given(st.floats(0.0, 0.4))
def test_a_robot_at_constant_speed_is_where_it_was_at_the_stamp(second: float) -> None:
    answer = filled(0.0, 0.1, 0.2, 0.3, 0.4).lookup(at(second))
    assert answer.outcome is Lookup.FOUND
    assert answer.pose.position[0] == pytest.approx(second, abs=1e-6)


@given(st.permutations([0.0, 0.1, 0.2, 0.3, 0.4]), st.floats(0.0, 0.4))
def test_the_order_of_arrival_does_not_matter(seconds: list[float], second: float) -> None:
    assert filled(*seconds).lookup(at(second)).pose.position[0] == pytest.approx(second, abs=1e-6)


@pytest.mark.parametrize(
    ("second", "outcome"),
    [(0.3, Lookup.WAIT), (-0.1, Lookup.BEFORE_FIRST), (0.1, Lookup.FOUND)],
)
def test_nothing_is_extrapolated(second: float, outcome: Lookup) -> None:
    assert filled(0.0, 0.2).lookup(at(second)).outcome is outcome


def test_an_empty_buffer_asks_to_wait() -> None:
    assert PoseBuffer().lookup(at(1)).outcome is Lookup.WAIT


def test_a_long_gap_is_not_bridged() -> None:
    buffer = filled(0.0, 10.0, max_gap=0.5)
    assert buffer.lookup(at(5)).outcome is Lookup.GAP
    assert buffer.lookup(at(10)).outcome is Lookup.FOUND


def test_a_jump_back_forgets_the_other_past() -> None:
    buffer = filled(100.0, 100.1, 0.0, 0.1)
    assert (len(buffer), buffer.jumps) == (2, 1)
    assert buffer.lookup(at(0.05)).outcome is Lookup.FOUND


def test_zero_and_repeated_stamps_are_refused_and_counted() -> None:
    buffer = filled(0.0, 0.1)
    assert not buffer.add(0, pose(9))
    assert not buffer.add(at(0.1), pose(9))
    assert buffer.refused == 2
    assert buffer.lookup(at(0.1)).pose.position[0] == pytest.approx(0.1)


def test_memory_is_bounded_by_the_history() -> None:
    buffer = filled(*np.arange(0, 100, 0.1).tolist(), history=5.0)
    assert len(buffer) <= 51
