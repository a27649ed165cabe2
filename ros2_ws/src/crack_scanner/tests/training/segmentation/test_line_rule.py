"""The fit of the rule that tells cracks from other lines."""

import numpy as np
import pytest

from crack_scanner.training.segmentation.line_rule import FoundLine, fitted, kept_lengths
from crack_scanner.vision.line_evidence import LineRule


def drawn_from(rule: LineRule, count: int) -> list[FoundLine]:
    rng = np.random.default_rng(4)
    lines = []
    for _ in range(count):
        support, probability, length = rng.uniform(0.02, 0.98), rng.uniform(0.75, 0.98), rng.uniform(40, 900)
        chance = 1 / (1 + np.exp(-rule.log_odds(support, probability, length)))
        lines.append(FoundLine(support, probability, length, bool(rng.random() < chance)))
    return lines


def test_the_rule_that_lines_were_drawn_from_is_found_again() -> None:
    truth = LineRule(0.5, 1.0, 0.7, -2.0)
    found = fitted(drawn_from(truth, 6000))
    for name, value in vars(truth).items():
        assert getattr(found, name) == pytest.approx(value, abs=0.3), name


def test_more_is_asked_and_less_is_kept() -> None:
    rule = LineRule()
    lines = drawn_from(rule, 500)
    kept = [kept_lengths(lines, rule, least) for least in (-9.0, 0.0, 9.0)]
    assert kept[0] == {"true": 1.0, "false": 1.0}
    assert kept[0]["false"] > kept[1]["false"] > kept[2]["false"] == 0.0
    assert kept[1]["true"] > kept[1]["false"]
