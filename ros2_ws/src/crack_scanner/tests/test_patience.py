"""Waiting for a server."""

from crack_scanner.patience import WAITS_S, Patience


def test_it_waits_longer_each_time_says_so_and_gives_up_after_a_minute() -> None:
    said: list[str] = []
    waited: list[float] = []
    patience = Patience(said.append, waited.append)
    answers = [patience(attempt, "connection refused") for attempt in range(1, len(WAITS_S) + 2)]
    assert answers == [True] * len(WAITS_S) + [False]
    assert tuple(waited) == WAITS_S
    assert sum(waited) == 60
    assert "connection refused" in said[0]
    assert "attempt 2 of 7 in 1 s" in said[0]
