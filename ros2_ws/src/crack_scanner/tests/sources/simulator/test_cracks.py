import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from crack_scanner.sources.simulator.cracks import Crack, CrackRules, random_cracks

SEEDS = st.integers(0, 10**6)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS)
def test_default_wall(seed: int) -> None:
    """5 to 8 cracks, most of them wider than 1.6 mm somewhere, and at least one hairline."""
    cracks = random_cracks(seed, 3.2, 1.6)
    assert 5 <= len(cracks) <= 8
    wide = [crack.width_max > 0.0016 for crack in cracks]
    assert len(cracks) / 2 < sum(wide) < len(cracks)
    for crack in cracks:
        assert 0.19 < crack.length < 1.85
        assert 0.0002 < crack.width_max <= 0.0061
        assert crack.widths.min() > 0


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_cracks_keep_apart_and_inside(seed: int) -> None:
    cracks = random_cracks(seed, 2.5, 1.5)
    for index, crack in enumerate(cracks):
        assert (crack.points > 0.05).all()
        assert (crack.points < np.array([2.45, 1.45])).all()
        for other in cracks[index + 1 :]:
            assert cdist(crack.points, other.points).min() > 0.15


def test_tips_close() -> None:
    for crack in random_cracks(11, 3.2, 1.6):
        assert max(crack.widths[0], crack.widths[-1]) < 0.25 * crack.width_max


def test_numbered_from_one_and_reproducible() -> None:
    first, again = random_cracks(4, 3.2, 1.6), random_cracks(4, 3.2, 1.6)
    assert [crack.id for crack in first] == list(range(1, len(first) + 1))
    for a, b in zip(first, again, strict=True):
        assert np.array_equal(a.points, b.points)
        assert np.array_equal(a.widths, b.widths)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_count_asked_for(count: int) -> None:
    assert len(random_cracks(1, 3.2, 1.6, CrackRules(count=count))) == count


def test_a_full_wall_gets_fewer() -> None:
    assert len(random_cracks(1, 0.5, 0.5, CrackRules(count=40))) < 40


def test_length_and_mean_width_along_the_line() -> None:
    points = np.array([[0.0, 0.0], [0.3, 0.0], [0.3, 0.1]])
    crack = Crack(1, points, np.array([0.001, 0.001, 0.003]))
    assert crack.length == pytest.approx(0.4)
    assert crack.width_max == pytest.approx(0.003)
    assert crack.width_mean == pytest.approx((0.3 * 0.001 + 0.1 * 0.002) / 0.4)
