"""The rule that weighs both networks and a line's length."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.vision.line_evidence import SURE, LineRule, logit

SHARES = st.floats(0, 1)
LENGTHS = st.floats(20, 5000)
RULE = LineRule()


@given(SHARES, SHARES, LENGTHS, SHARES)
def test_more_of_anything_never_makes_a_line_less_likely(
    support: float, probability: float, length: float, more: float
) -> None:
    odds = RULE.log_odds(support, probability, length)
    assert RULE.log_odds(support + more * (1 - support), probability, length) >= odds - 1e-9
    assert RULE.log_odds(support, probability + more * (1 - probability), length) >= odds - 1e-9
    assert RULE.log_odds(support, probability, length * (1 + more)) >= odds - 1e-9


@given(SHARES)
def test_log_odds_are_those_of_a_probability_within_bounds(probability: float) -> None:
    kept = 1 / (1 + math.exp(-logit(probability)))
    assert kept == pytest.approx(min(max(probability, 1 - SURE), SURE))


def test_a_long_line_counts_where_a_short_one_does_not() -> None:
    assert RULE.log_odds(0.3, 0.97, 700) > 0 > RULE.log_odds(0.3, 0.85, 60)
