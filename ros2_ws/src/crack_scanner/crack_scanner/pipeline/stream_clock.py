"""What is odd about the stamps of a stream of messages: counted, and put into words."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from crack_scanner.surface.pose_buffer import JUMP_BACK_S

_NANOSECONDS = 1e9
# Plural of each count, in the order in which they are told.
_WORDS = {
    "zero_stamps": "with a stamp of zero",
    "repeated": "with the stamp of one before",
    "out_of_order": "out of order",
    "jumps_back": "jumps back of the clock",
    "gaps": "gaps",
}


@dataclass
class StreamClock:
    """Counts over one stream, in the order in which it came.

    max_gap: seconds between two stamps from which it is a gap. A stamp that is earlier than the newest by
    more than a second is a jump back of the clock (a bag that loops), otherwise it is out of order.
    """

    max_gap: float = math.inf
    messages: int = 0
    zero_stamps: int = 0
    repeated: int = 0
    out_of_order: int = 0
    jumps_back: int = 0
    gaps: int = 0
    longest_gap_s: float = 0.0
    newest_ns: int | None = None

    def see(self, stamp_ns: int) -> None:
        """Take the stamp of the next message."""
        self.messages += 1
        if stamp_ns <= 0:
            self.zero_stamps += 1
            return
        step = 0.0 if self.newest_ns is None else (stamp_ns - self.newest_ns) / _NANOSECONDS
        if stamp_ns == self.newest_ns:
            self.repeated += 1
        elif step < -JUMP_BACK_S:
            self.jumps_back += 1
            self.newest_ns = stamp_ns
        elif step < 0:
            self.out_of_order += 1
        else:
            self._step_forward(step)
            self.newest_ns = stamp_ns

    def findings(self) -> dict[str, Any]:
        """The counts, JSON values."""
        counts = asdict(self)
        del counts["max_gap"], counts["newest_ns"]
        return counts | {"longest_gap_s": round(self.longest_gap_s, 3)}

    def _step_forward(self, seconds: float) -> None:
        if seconds > self.max_gap:
            self.gaps += 1
            self.longest_gap_s = max(self.longest_gap_s, seconds)


def clock_words(clock: Mapping[str, Mapping[str, Any]]) -> str:
    """The counts of some streams by name, for people; empty where nothing is odd."""
    said = []
    for stream, counts in clock.items():
        words = [f"{counts[name]} {text}" for name, text in _WORDS.items() if counts[name]]
        if counts["gaps"]:
            words[-1] += f" (longest {counts['longest_gap_s']:.1f} s)"
        if words:
            said.append(f"{stream}: {', '.join(words)}")
    return "; ".join(said)
