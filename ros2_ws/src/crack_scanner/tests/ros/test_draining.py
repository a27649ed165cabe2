"""When a finished source's frames are all in."""

from crack_scanner.ros.draining import Drain


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
