"""Shows a running scan without ever holding it up."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol

from crack_scanner.views.seen import MapState, ScoredPicture

# Least seconds between two pictures, and between two states of the map, that are drawn.
PICTURE_EVERY = 0.2
MAP_EVERY = 1.0
# Seconds that the end of a scan waits for a viewer that hangs.
_PATIENCE = 10.0


class Drawing(Protocol):
    """Draws what it is given, and may take its time."""

    def picture(self, seen: ScoredPicture) -> None:
        """Show a picture with its scored tiles."""
        ...

    def map(self, state: MapState) -> None:
        """Show the map as it stands."""
        ...

    def close(self) -> None:
        """End the drawing; nothing is shown after it."""
        ...


class LiveView:
    """Hands the latest picture and the latest map to a drawing, in a thread of its own.

    There is room for one of each: what the drawing is too slow for is left out. A drawing that fails is
    closed and said so once; the scan goes on.
    """

    def __init__(self, drawing: Drawing, say: Callable[[str], None]) -> None:
        self._drawing = drawing
        self._say = say
        self._change = threading.Condition()
        self._picture: ScoredPicture | None = None
        self._map: MapState | None = None
        self._ended = False
        self._lost = False
        self._due = {"picture": 0.0, "map": 0.0}
        self._thread = threading.Thread(target=self._draw_all, name="view", daemon=True)
        self._thread.start()

    @property
    def lost(self) -> bool:
        """Whether the viewer was closed or has failed."""
        return self._lost

    def wants_picture(self) -> bool:
        """Whether it is time for another picture."""
        return self._is_due("picture", PICTURE_EVERY)

    def wants_map(self) -> bool:
        """Whether it is time for another state of the map."""
        return self._is_due("map", MAP_EVERY)

    def show_picture(self, seen: ScoredPicture) -> None:
        """Show this picture next, in place of one that still waits."""
        with self._change:
            self._picture = seen
            self._change.notify()

    def show_map(self, state: MapState) -> None:
        """Show this map next, in place of one that still waits."""
        with self._change:
            self._map = state
            self._change.notify()

    def close(self) -> None:
        """Draw what waits and end; a viewer that hangs is left behind."""
        with self._change:
            self._ended = True
            self._change.notify()
        self._thread.join(_PATIENCE)
        if self._thread.is_alive():
            self._say(f"the viewer has not answered for {_PATIENCE:.0f} s and is left behind")

    def _is_due(self, what: str, every: float) -> bool:
        now = time.monotonic()
        if self._lost or now < self._due[what]:
            return False
        self._due[what] = now + every
        return True

    def _draw_all(self) -> None:
        try:
            while self._draw_next():
                pass
        except Exception as error:  # noqa: BLE001 - a viewer's failure, whatever it is, must not end a scan
            self._lost = True
            self._say(f"the view is lost, the scan goes on without it: {' '.join(str(error).split())}")
        finally:
            self._drawing.close()

    def _draw_next(self) -> bool:
        with self._change:
            self._change.wait_for(lambda: self._picture or self._map or self._ended)
            picture, self._picture = self._picture, None
            state, self._map = self._map, None
        if picture is not None:
            self._drawing.picture(picture)
        if state is not None:
            self._drawing.map(state)
        return picture is not None or state is not None
