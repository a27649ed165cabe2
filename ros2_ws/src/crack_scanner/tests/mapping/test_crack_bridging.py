"""Pieces of one crack."""

import numpy as np
import pytest

from crack_scanner.mapping.crack_bridging import bridged
from tests.mapping.tile_model import dense

LEFT = np.array([[0.1, 0.5], [0.5, 0.5]])


def piece(start: tuple[float, float], end: tuple[float, float]) -> np.ndarray:
    return np.array([start, end])


PRIOR = -2.2


def unknown(places: np.ndarray) -> float:
    return -1.0


def likely(places: np.ndarray) -> float:
    return 0.5


@pytest.mark.parametrize("turned_left", [False, True])
@pytest.mark.parametrize("turned_right", [False, True])
def test_pieces_that_point_at_each_other_are_one(turned_left: bool, turned_right: bool) -> None:
    right = piece((0.56, 0.51), (0.9, 0.55))
    paths = [LEFT[::-1] if turned_left else LEFT, right[::-1] if turned_right else right]
    (joined,) = bridged(paths, unknown, PRIOR)
    ends = sorted([joined[0].tolist(), joined[-1].tolist()])
    assert ends == [[0.1, 0.5], [0.9, 0.55]]


@pytest.mark.parametrize(
    "right",
    [
        piece((0.65, 0.5), (0.95, 0.5)),  # too far
        piece((0.55, 0.5), (0.6, 0.5)),  # too short to be sure of over such a gap
        piece((0.54, 0.5), (0.54, 0.9)),  # another direction
        piece((0.48, 0.53), (0.9, 0.53)),  # beside it
    ],
)
def test_others_stay_two(right: np.ndarray) -> None:
    assert len(bridged([LEFT, right], unknown, PRIOR)) == 2


@pytest.mark.parametrize(
    "right",
    [
        piece((0.58, 0.5), (0.7, 0.5)),  # a long gap for a short piece
        piece((0.55, 0.5), (0.7, 0.64)),  # rather crooked
    ],
)
def test_where_a_crack_is_likelier_than_not_a_gap_may_be_longer_and_more_crooked(right: np.ndarray) -> None:
    assert len(bridged([LEFT, right], unknown, PRIOR)) == 2
    assert len(bridged([LEFT, right], likely, PRIOR)) == 1


def test_evidence_against_a_crack_keeps_them_apart() -> None:
    right, asked = piece((0.56, 0.5), (0.9, 0.5)), []

    def against(places: np.ndarray) -> float:
        asked.append(places)
        return -3.0

    assert len(bridged([LEFT, right], against, PRIOR)) == 2
    np.testing.assert_allclose([asked[0][0], asked[0][-1]], [[0.5, 0.5], [0.56, 0.5]])


def test_an_end_on_another_crack_is_a_branching() -> None:
    right = piece((0.55, 0.5), (0.9, 0.5))
    across = dense(piece((0.5, 0.2), (0.5, 0.8)))
    assert len(bridged([LEFT, right, across], unknown, PRIOR)) == 3


def test_many_pieces_become_one() -> None:
    pieces = [piece((0.2 * n, 0.5), (0.2 * n + 0.15, 0.5)) for n in range(5)]
    (joined,) = bridged(pieces[::-1], unknown, PRIOR)
    assert sorted([joined[0, 0], joined[-1, 0]]) == pytest.approx([0.0, 0.95])
