"""A view never holds up the scan it shows."""

import threading

import numpy as np

from crack_scanner.surface.plane import SurfacePlane
from crack_scanner.views.live_view import LiveView
from crack_scanner.views.seen import MapState, ScoredPicture

WALL = SurfacePlane(np.zeros(3), np.array([1.0, 0, 0]), np.array([0, 0, 1.0]), 3.0, 1.5)


def state(stamp_ns: int) -> MapState:
    return MapState(stamp_ns, WALL, (), np.zeros((2, 2), np.uint8), 0.1, None, np.zeros((0, 3)), {})


class SlowDrawing:
    """Draws when it is let."""

    def __init__(self) -> None:
        self.drawn: list[int] = []
        self.busy, self.go_on = threading.Event(), threading.Event()
        self.closed = False

    def picture(self, seen: ScoredPicture) -> None:
        raise AssertionError("no picture was shown")

    def map(self, shown: MapState) -> None:
        self.busy.set()
        self.go_on.wait()
        self.drawn.append(shown.stamp_ns)

    def close(self) -> None:
        self.closed = True


class LostDrawing(SlowDrawing):
    def map(self, shown: MapState) -> None:
        raise OSError("the window\nwas closed")


def test_a_slow_viewer_gets_the_latest_map_and_the_scan_never_waits() -> None:
    drawing = SlowDrawing()
    view = LiveView(drawing, print)
    view.show_map(state(1))
    drawing.busy.wait()
    for stamp_ns in range(2, 1000):
        view.show_map(state(stamp_ns))
    drawing.go_on.set()
    view.close()
    assert drawing.drawn == [1, 999]
    assert drawing.closed


def test_what_was_shown_last_is_drawn_before_the_end() -> None:
    drawing = SlowDrawing()
    drawing.go_on.set()
    view = LiveView(drawing, print)
    view.show_map(state(7))
    view.close()
    assert drawing.drawn == [7]


def test_a_lost_viewer_is_said_once_and_nothing_more_is_made_for_it() -> None:
    said: list[str] = []
    drawing = LostDrawing()
    view = LiveView(drawing, said.append)
    view.show_map(state(1))
    view.close()
    view.show_map(state(2))
    assert said == ["the view is lost, the scan goes on without it: the window was closed"]
    assert not view.wants_map()
    assert not view.wants_picture()
    assert drawing.closed


def test_pictures_and_maps_are_wanted_only_now_and_then() -> None:
    view = LiveView(SlowDrawing(), print)
    assert [view.wants_map(), view.wants_map()] == [True, False]
    assert [view.wants_picture(), view.wants_picture()] == [True, False]
    view.close()
