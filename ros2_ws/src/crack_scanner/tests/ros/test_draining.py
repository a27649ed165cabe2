"""When a finished source's frames are all in."""

from crack_scanner.ros.draining import Drain

SECOND = 1_000_000_000


def test_a_source_that_goes_on_is_never_done() -> None:
    drain = Drain(timeout=5.0)
    drain.arrived(10, now=1.0)
    assert not drain.done(waiting=0, now=1000.0)


def test_done_with_the_last_frame() -> None:
    drain = Drain(timeout=5.0)
    drain.source_finished(30, now=1.0)
    drain.arrived(20, now=1.1)
    assert not drain.done(waiting=0, now=1.2)
    drain.arrived(30, now=1.3)
    assert drain.done(waiting=0, now=1.3)


def test_the_last_frame_may_come_before_the_news_of_the_end() -> None:
    drain = Drain(timeout=5.0)
    drain.arrived(30, now=1.0)
    drain.source_finished(30, now=1.1)
    assert drain.done(waiting=0, now=1.1)


def test_frames_that_wait_for_their_pose_are_waited_for() -> None:
    drain = Drain(timeout=5.0)
    drain.arrived(30, now=1.0)
    drain.source_finished(30, now=1.0)
    assert not drain.done(waiting=2, now=1.1)
    assert drain.done(waiting=0, now=1.2)


def test_silence_is_an_end_too() -> None:
    drain = Drain(timeout=5.0)
    drain.source_finished(30, now=1.0)
    drain.arrived(20, now=4.0)
    assert not drain.done(waiting=0, now=8.9)
    assert drain.done(waiting=0, now=9.1)


def test_hearing_of_the_end_again_does_not_break_the_silence() -> None:
    drain = Drain(timeout=5.0)
    drain.source_finished(30, now=1.0)
    drain.source_finished(30, now=6.0)
    assert drain.done(waiting=0, now=6.1)


def test_frames_of_before_a_jump_of_the_clock_are_not_after_the_last_one() -> None:
    drain = Drain(timeout=5.0)
    for second in (100, 110, 120):
        drain.arrived(second * SECOND, now=0.0)
    drain.source_finished(52 * SECOND, now=1.0)
    assert not drain.done(waiting=0, now=1.1)
    drain.arrived(50 * SECOND, now=1.2)
    assert not drain.done(waiting=0, now=1.3)
    drain.arrived(52 * SECOND, now=1.4)
    assert drain.done(waiting=0, now=1.4)


def test_a_frame_out_of_order_is_no_jump() -> None:
    drain = Drain(timeout=5.0)
    drain.arrived(52 * SECOND, now=0.0)
    drain.arrived(52 * SECOND - SECOND // 2, now=0.1)
    drain.source_finished(52 * SECOND, now=1.0)
    assert drain.done(waiting=0, now=1.0)


def test_a_source_that_names_no_last_frame_is_done_when_it_has_ended() -> None:
    drain = Drain(timeout=5.0)
    drain.arrived(100 * SECOND, now=0.0)
    drain.source_finished(0, now=1.0)
    assert drain.done(waiting=0, now=1.0)
