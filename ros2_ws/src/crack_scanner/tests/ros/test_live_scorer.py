"""Live pictures are scored beside the executor: the newest next, errors refused or raised."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from crack_scanner.errors import CrackScannerError
from crack_scanner.ros.live_scorer import LiveScorer


@pytest.fixture
def node(make_node: Callable[..., Node]) -> Node:
    return make_node()


def spin(node: Node, done: threading.Event) -> None:
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    for _ in range(200):
        if done.is_set():
            break
        executor.spin_once(timeout_sec=0.1)
    executor.shutdown()
    assert done.is_set()


def test_the_newest_picture_wins_and_the_one_being_scored_is_finished(node: Node) -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()
    taken: list[int] = []

    def score(number: int) -> int:
        begun.set()
        assert go_on.wait(20)
        return number

    def take(number: int) -> None:
        taken.append(number)
        if number == 4:
            done.set()

    scorer = LiveScorer(node, score, take, pytest.fail)
    assert not scorer.offer(1)
    assert begun.wait(20)
    assert [scorer.offer(number) for number in (2, 3, 4)] == [False, True, True]
    go_on.set()
    spin(node, done)
    scorer.stop()
    assert taken == [1, 4]


def test_what_cannot_be_scored_is_refused_and_the_next_one_is_scored(node: Node) -> None:
    done = threading.Event()

    def score(number: int) -> int:
        if number == 1:
            raise CrackScannerError("too small")
        return number

    refused: list[str] = []
    scorer = LiveScorer(node, score, lambda _: done.set(), lambda error: refused.append(str(error)))
    scorer.offer(1)
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    executor.spin_once(timeout_sec=20)
    executor.shutdown()
    scorer.offer(2)
    spin(node, done)
    scorer.stop()
    assert refused == ["too small"]
