"""When frames of a recorded source go out."""

import pytest

from crack_scanner.ros.pacing import FlightWindow, Pacer

SECOND = 1_000_000_000


def test_the_first_message_is_due_at_once() -> None:
    assert Pacer(1.0).delay(1_700_000_000 * SECOND, now=50.0) == 0.0


@pytest.mark.parametrize(("factor", "expected"), [(1.0, 2.0), (2.0, 1.0), (0.5, 4.0), (0.0, 0.0)])
def test_later_messages_keep_their_distance_in_time(factor: float, expected: float) -> None:
    pacer = Pacer(factor)
    pacer.delay(10 * SECOND, now=50.0)
    assert pacer.delay(12 * SECOND, now=50.0) == pytest.approx(expected)


def test_a_little_lateness_is_made_up_for() -> None:
    pacer = Pacer(1.0)
    pacer.delay(0, now=0.0)
    assert pacer.delay(1 * SECOND, now=1.05) == 0.0
    assert pacer.delay(2 * SECOND, now=1.05) == pytest.approx(0.95)


def test_after_a_pause_frames_do_not_come_in_a_burst() -> None:
    pacer = Pacer(1.0)
    pacer.delay(0, now=0.0)
    assert pacer.delay(1 * SECOND, now=100.0) == 0.0
    assert pacer.delay(2 * SECOND, now=100.0) == pytest.approx(1.0)


def test_a_window_is_full_at_its_limit_and_empties_as_frames_arrive() -> None:
    window = FlightWindow(2)
    window.sent(10)
    window.sent(20)
    assert window.full
    window.arrived(10)
    assert (window.full, len(window)) == (False, 1)


def test_a_frame_that_arrives_takes_those_before_it_along() -> None:
    window = FlightWindow(3)
    for stamp in (10, 20, 30):
        window.sent(stamp)
    window.arrived(20)
    assert len(window) == 1


def test_scores_of_other_frames_are_none_of_our_business() -> None:
    window = FlightWindow(1)
    window.sent(10)
    window.arrived(99)
    assert window.full


def test_frames_that_are_given_up_are_counted() -> None:
    window = FlightWindow(2)
    window.sent(10)
    assert window.give_up() == 1
    assert len(window) == 0
