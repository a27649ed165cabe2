"""How often leave is given to save."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.save_pace import EVERY_S, SavePace


@given(st.lists(st.floats(0.0, 3.0 * EVERY_S), max_size=50))
def test_two_saves_are_some_time_apart_and_none_is_put_off_longer(steps: list[float]) -> None:
    now = last = 0.0
    pace = SavePace(lambda: now)
    for step in steps:
        now += step
        due = now - last >= EVERY_S
        assert pace() is due
        last = now if due else last
