"""Stages side by side: bounded, in order, nothing lost unless asked for."""

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.pipeline.handoff import Handoff


@given(st.lists(st.integers()), st.integers(1, 5))
def test_every_item_arrives_once_and_in_order(items: list[int], size: int) -> None:
    assert list(Handoff(items, size, "test")) == items


def test_the_producer_waits_when_nobody_takes() -> None:
    made: list[int] = []

    def endless() -> Iterator[int]:
        while True:
            made.append(len(made))
            yield len(made)

    handoff = Handoff(endless(), 3, "test")
    assert next(iter(handoff)) == 1
    handoff.close()
    assert len(made) <= 5


def test_an_error_of_the_producer_reaches_the_consumer_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise ValueError("broken")

    items = iter(Handoff(failing(), 2, "test"))
    assert next(items) == 1
    with pytest.raises(ValueError, match="broken"):
        next(items)


def test_a_live_producer_is_never_held_up_and_keeps_what_must_not_be_lost() -> None:
    done = threading.Event()

    def camera() -> Iterator[tuple[str, int]]:
        for index in range(100):
            yield ("frame", index)
            if index % 25 == 0:
                yield ("odometry", index)
        done.set()

    handoff = Handoff(camera(), 8, "test", droppable=lambda item: item[0] == "frame")
    assert done.wait(10)
    taken = list(handoff)
    assert [item for item in taken if item[0] == "odometry"] == [("odometry", i) for i in (0, 25, 50, 75)]
    assert taken[-1] == ("frame", 99)
    assert handoff.dropped == 104 - len(taken)


def test_closing_ends_the_thread() -> None:
    handoff = Handoff(iter(int, 1), 2, "closing")
    handoff.close()
    assert not any(thread.name == "closing" for thread in threading.enumerate())
