"""Stages side by side: one produces in a thread of its own while the next consumes."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")

# How long `close` waits for a producer, seconds. The thread is a daemon: it never holds up the exit.
_PATIENCE_S = 1.0


class Handoff(Generic[Item]):
    """Iterates over `items`, which a thread of its own produces, through a bounded buffer.

    When the buffer is full the producer waits and nothing is lost; with `droppable`, the oldest
    item for which it is true is thrown away instead and counted in `dropped`, so that a live camera
    is never held up. An exception of the producer is raised where the items are taken. `close` ends
    the thread before its next item.
    """

    def __init__(
        self, items: Iterable[Item], size: int, name: str, droppable: Callable[[Item], bool] | None = None
    ) -> None:
        self.dropped = 0
        self._size = size
        self._droppable = droppable
        self._buffer: deque[Item] = deque()
        self._change = threading.Condition()
        self._ended = False
        self._stopped = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._produce, args=(items,), name=name, daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[Item]:
        while True:
            with self._change:
                self._change.wait_for(lambda: self._buffer or self._ended)
                if not self._buffer:
                    break
                item = self._buffer.popleft()
                self._change.notify_all()
            yield item
        if self._error is not None:
            raise self._error

    def close(self) -> None:
        """Ask the producer to stop and wait for it, but not for one that hangs in a dead device."""
        with self._change:
            self._stopped = True
            self._change.notify_all()
        self._thread.join(_PATIENCE_S)

    def _produce(self, items: Iterable[Item]) -> None:
        try:
            for item in items:
                if not self._put(item):
                    break
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            self._error = error
        finally:
            with self._change:
                self._ended = True
                self._change.notify_all()

    def _put(self, item: Item) -> bool:
        with self._change:
            if self._droppable is not None and len(self._buffer) >= self._size:
                self._drop_oldest(self._droppable)
            self._change.wait_for(lambda: len(self._buffer) < self._size or self._stopped)
            if self._stopped:
                return False
            self._buffer.append(item)
            self._change.notify_all()
            return True

    def _drop_oldest(self, droppable: Callable[[Item], bool]) -> None:
        oldest = next((index for index, item in enumerate(self._buffer) if droppable(item)), None)
        if oldest is not None:
            del self._buffer[oldest]
            self.dropped += 1
