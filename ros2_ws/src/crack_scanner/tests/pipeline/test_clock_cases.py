"""Clocks that loop, jump, pause or lie: every frame is placed rightly or dropped with a reason."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.pipeline import localizer
from crack_scanner.pipeline.localizer import Localizer
from crack_scanner.settings import ScanSettings
from crack_scanner.surface.pose import Pose
from crack_scanner.surface.pose_buffer import Lookup
from tests.pipeline.test_localizer import CAMERA, scores

SETTINGS = ScanSettings()
START_S = 100.0
Event = tuple[str, float]


def stamp(second: float) -> int:
    return 0 if second < -START_S / 2 else round((START_S + second) * 1e9)


ZERO = -START_S


@dataclass
class Outcome:
    """placed: seconds of the frames with a pose, in order. dropped: frames without, by reason."""

    placed: list[float] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)


def run(events: list[Event], settings: ScanSettings = SETTINGS) -> Outcome:
    """A robot at x = t metres; a pose that is not at its frame's time is an invention."""
    stage, outcome = Localizer(settings, settings.surface, settings.mount), Outcome()
    for kind, second in [*events, ("end", 0.0)]:
        if kind == "odometry":
            located = stage.add_odometry(stamp(second), Pose(np.array([second, 0.0, 0.5])))
        elif kind == "picture":
            located = stage.add_scores(scores(stamp(second)), CAMERA)
        else:
            located = stage.finish()
        for item in located:
            second = item.scores.stamp_ns / 1e9 - START_S
            assert item.view.camera_pose.position[0] == pytest.approx(second, abs=1e-6)
            outcome.placed.append(round(second, 3))
    outcome.dropped = dict(stage.dropped)
    return outcome


def drive(begin: float, end: float, odometry: float = 0.1, picture: float = 0.25) -> list[Event]:
    """Odometry and pictures of a stretch of time, in order."""
    poses = [("odometry", float(t)) for t in np.arange(begin, end, odometry)]
    pictures = [("picture", float(t)) for t in np.arange(begin + 0.05, end, picture)]
    return sorted(poses + pictures, key=lambda event: event[1])


def only(kind: str, events: list[Event]) -> list[Event]:
    return [event for event in events if event[0] == kind]


def without(kind: str, begin: float, end: float, events: list[Event]) -> list[Event]:
    return [event for event in events if event[0] != kind or not begin <= event[1] < end]


BEFORE, GAP = Lookup.BEFORE_FIRST.value, Lookup.GAP.value
LATE, JUMPED = localizer.NO_LATER_ODOMETRY, localizer.CLOCK_JUMPED
CASES = {
    "steady": (drive(0, 2.1), 8, {LATE: 1}),
    "pictures before the first odometry": (without("odometry", 0, 1, drive(0, 2.1)), 4, {BEFORE: 4, LATE: 1}),
    "pictures after the last odometry": (without("odometry", 1.05, 3, drive(0, 2.1)), 4, {LATE: 5}),
    "ten seconds without odometry": (
        without("odometry", 1.05, 11.05, drive(0, 12.1)),
        7,
        {GAP: 41, LATE: 1},
    ),
    "a pause of ten seconds": (drive(0, 1.1) + drive(10, 11.1), 8, {GAP: 1, LATE: 1}),
    "a pause of an hour": (drive(0, 1.1) + drive(3600, 3601.1), 8, {BEFORE: 1, LATE: 1}),
    "pictures with a stamp of zero": (
        [*drive(0, 1.1), ("picture", ZERO), ("picture", ZERO)],
        4,
        {localizer.ZERO_STAMP: 2, LATE: 1},
    ),
    "odometry with a stamp of zero": ([("odometry", ZERO), *drive(0, 1.1)], 4, {LATE: 1}),
    "a loop": (drive(0, 2.1) + drive(0, 2.1), 16, {JUMPED: 1, LATE: 1}),
    "odometry that once is an hour ahead": (
        [*drive(0, 1.0), ("odometry", 3600.0), *drive(1.0, 2.1)],
        8,
        {LATE: 1},
    ),
    "a picture that once is an hour ahead": (
        [*drive(0, 1.0), ("picture", 3600.0), *drive(1.0, 2.1)],
        8,
        {JUMPED: 1, LATE: 1},
    ),
    "no odometry at all": (only("picture", drive(0, 2.1)), 0, {LATE: 9}),
}
PATIENT = SETTINGS.patient()


@pytest.mark.parametrize(("events", "placed", "dropped"), CASES.values(), ids=CASES.keys())
def test_a_frame_is_placed_or_dropped_with_its_reason(
    events: list[Event], placed: int, dropped: dict[str, int]
) -> None:
    outcome = run(events, PATIENT)
    assert (len(outcome.placed), outcome.dropped) == (placed, dropped)


def test_odometry_out_of_order_is_put_in_its_place() -> None:
    events = drive(0, 2.1)
    poses = only("odometry", events)
    swapped = [pose for pair in zip(poses[1::2], poses[::2], strict=False) for pose in pair]
    assert len(run(swapped + only("picture", events), PATIENT).placed) >= 7


@given(
    st.lists(
        st.tuples(st.sampled_from(["odometry", "picture"]), st.integers(-1, 60)).map(
            lambda event: (event[0], ZERO if event[1] < 0 else event[1] / 10)
        ),
        max_size=60,
    )
)
def test_whatever_comes_no_pose_is_invented_and_no_frame_forgotten(events: list[Event]) -> None:
    outcome = run(events)
    assert len(outcome.placed) + sum(outcome.dropped.values()) == len(only("picture", events))
