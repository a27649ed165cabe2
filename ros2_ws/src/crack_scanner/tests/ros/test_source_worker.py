"""A scan beside the executor tells what it lost, whoever ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node

from crack_scanner.frames import Frame
from crack_scanner.pipeline.scan import LATE
from crack_scanner.ros.source_worker import SourceWorker
from crack_scanner.surface.camera import Camera

CAMERA = Camera.from_field_of_view(320, 240, 1.0)
PICTURE = np.zeros((2, 2, 3), np.uint8)
PICTURES = 21
# The one that is scored, and those that may lie ready.
THROUGH = 1 + 4


class SlowScorer:
    """Begins the first picture, and ends it when it is told to."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def score(self, stamp_ns: int, _image: Any) -> int:
        self.begun.set()
        assert self.go_on.wait(20)
        return stamp_ns


class BusyCamera:
    """A live camera that goes on while the first picture is scored."""

    def __init__(self, scorer: SlowScorer) -> None:
        self.scorer, self.sent = scorer, threading.Event()

    def __iter__(self) -> Iterator[Frame]:
        yield Frame(1, PICTURE, CAMERA, 0)
        assert self.scorer.begun.wait(20)
        for number in range(1, PICTURES):
            yield Frame(number + 1, PICTURE, CAMERA, number)
        self.sent.set()


@pytest.fixture
def camera() -> BusyCamera:
    return BusyCamera(SlowScorer())


def worker_of(node: Node, camera: BusyCamera, taken: list[Any]) -> SourceWorker:
    worker = SourceWorker(node, camera, True, camera.scorer, taken.append)
    worker.start()
    assert camera.sent.wait(20)
    camera.scorer.go_on.set()
    return worker


def test_pictures_that_came_too_fast_are_told_with_the_next_that_comes_through(
    make_node: Callable[..., Node], camera: BusyCamera
) -> None:
    node, taken = make_node(), []
    worker = worker_of(node, camera, taken)
    executor = SingleThreadedExecutor(context=node.context)
    executor.add_node(node)
    while not worker.is_finished():
        executor.spin_once(timeout_sec=0.1)
    executor.shutdown()
    assert taken[:2] == [(1, CAMERA), (LATE, PICTURES - THROUGH)]
    assert len(taken) == THROUGH + 1


def test_they_are_told_even_where_the_scan_is_stopped(
    make_node: Callable[..., Node], camera: BusyCamera
) -> None:
    taken: list[Any] = []
    worker = worker_of(make_node(), camera, taken)
    worker.stop()
    assert taken == [(LATE, PICTURES - THROUGH)]
