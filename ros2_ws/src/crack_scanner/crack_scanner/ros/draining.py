"""When everything that a finished source has sent has arrived."""

from __future__ import annotations

from crack_scanner.surface.pose_buffer import JUMP_BACK_S

_JUMP_BACK_NS = round(JUMP_BACK_S * 1e9)


class Drain:
    """After the source's end, waits for its last frame; not longer than `timeout` seconds of silence.

    The last frame may have been dropped on the way, so silence is an end as well. Frames of before the
    source's clock has jumped back are not after its last one. `now` is a steady clock in seconds.
    """

    def __init__(self, timeout: float) -> None:
        self._timeout = timeout
        self._last_frame_ns: int | None = None
        self._newest_ns = 0
        self._active = 0.0

    def source_finished(self, last_frame_ns: int, now: float) -> None:
        """The source has ended with the frame of this stamp; 0: with what has arrived."""
        if self._last_frame_ns is None:
            self._last_frame_ns = last_frame_ns
            self._active = now

    def arrived(self, stamp_ns: int, now: float) -> None:
        """A frame has come through."""
        jumped = stamp_ns < self._newest_ns - _JUMP_BACK_NS
        self._newest_ns = stamp_ns if jumped else max(self._newest_ns, stamp_ns)
        self._active = now

    def done(self, waiting: int, now: float) -> bool:
        """Whether nothing more will come; `waiting` frames still want their pose."""
        if self._last_frame_ns is None:
            return False
        complete = self._has_last(self._last_frame_ns) and waiting == 0
        return complete or now - self._active > self._timeout

    def _has_last(self, stamp_ns: int) -> bool:
        return stamp_ns == 0 or stamp_ns <= self._newest_ns <= stamp_ns + _JUMP_BACK_NS
