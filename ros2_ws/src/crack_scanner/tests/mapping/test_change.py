"""Changes between two sessions."""

from dataclasses import replace

import numpy as np
import pytest

from crack_scanner.mapping.change import GROWN, NEW, NOT_COVERED, REPAIRED, STATIC, Survey, compare
from crack_scanner.mapping.coverage import coverage
from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.evidence_grid import CELL, NOT_SCANNED, SCANNED, EvidenceGrid
from crack_scanner.mapping.overview import overview
from crack_scanner.mapping.registration import Correction
from tests.mapping.tile_model import wandering


def crack(number: int, path: np.ndarray, width_mm: float | None = None) -> Crack:
    return Crack(
        id=number,
        path=path,
        position_sigma=0.015,
        probability=0.99,
        observations=12,
        first_seen_ns=1,
        last_seen_ns=2,
        width_max_mm=width_mm,
        width_sigma_mm=None if width_mm is None else 0.05,
    )


def level(start: float, end: float, v: float) -> np.ndarray:
    return np.array([[start, v], [end, v]])


def survey(cracks: list[Crack], unseen_from: float = 10.0) -> Survey:
    """A wall of 3 x 2 m, scanned up to u = unseen_from."""
    grid = EvidenceGrid(3.0, 2.0, 0.01)
    cells = np.zeros((200, 300), CELL)
    cells["state"] = np.where(np.arange(300) * 0.01 < unseen_from, SCANNED, NOT_SCANNED)
    grid.write(grid.extent, cells)
    return Survey(tuple(cracks), coverage(overview(grid, 3.0, 2.0)))


def statuses(old: Survey, new: Survey) -> list[tuple[str, tuple[int, ...], tuple[int, ...]]]:
    return [(change.status, change.old, change.new) for change in compare(old, new).changes]


def test_each_kind_of_change_is_told_apart() -> None:
    old = survey(
        [
            crack(1, level(0.2, 1.2, 0.3)),  # stays
            crack(2, level(0.2, 1.2, 0.7)),  # grows by 20 %
            crack(3, level(0.2, 1.2, 1.1)),  # is filled
            crack(4, level(2.3, 2.9, 1.1)),  # lies outside the second path
        ]
    )
    new = survey(
        [
            crack(1, level(0.2, 1.2, 0.3)),
            crack(2, level(0.2, 1.4, 0.7)),
            crack(3, level(0.2, 1.2, 1.6)),  # is there for the first time
        ],
        unseen_from=2.0,
    )
    assert statuses(old, new) == [
        (NEW, (), (3,)),
        (GROWN, (2,), (2,)),
        (STATIC, (1,), (1,)),
        (REPAIRED, (3,), ()),
        (NOT_COVERED, (4,), ()),
    ]


def test_a_difference_within_the_errors_is_no_growth() -> None:
    old, new = survey([crack(1, level(0.2, 1.2, 0.3))]), survey([crack(1, level(0.2, 1.25, 0.3))])
    assert statuses(old, new) == [(STATIC, (1,), (1,))]


def test_a_crack_that_was_cut_off_by_the_coverage_has_not_grown() -> None:
    old = survey([crack(1, level(0.2, 1.0, 0.3))], unseen_from=1.0)
    new = survey([crack(1, level(0.2, 1.9, 0.3))])
    (change,) = compare(old, new).changes
    assert change.status == STATIC
    assert change.new_length == pytest.approx(change.old_length, abs=0.03)


@pytest.mark.parametrize(("width", "status"), [(0.32, STATIC), (0.6, GROWN), (None, STATIC)])
def test_width_counts_with_its_sigma(width: float | None, status: str) -> None:
    old = survey([crack(1, level(0.2, 1.2, 0.3), 0.3)])
    assert statuses(old, survey([crack(7, level(0.2, 1.2, 0.3), width)])) == [(status, (1,), (7,))]


@pytest.mark.parametrize(
    ("limit", "width", "status"),
    [(0.3, 2.0, GROWN), (0.3, 0.35, STATIC), (2.5, 2.0, STATIC), (None, 2.0, STATIC)],
)
def test_a_crack_that_was_too_fine_to_measure_has_opened_once_it_is_wider_than_that(
    limit: float | None, width: float, status: str
) -> None:
    fine = replace(crack(1, level(0.2, 1.2, 0.3)), smallest_width_mm=limit)
    new = survey([crack(1, level(0.2, 1.2, 0.3), width)])
    assert statuses(survey([fine]), new) == [(status, (1,), (1,))]


def test_a_crack_whose_other_piece_was_never_measured_may_have_been_as_wide_there() -> None:
    old = survey([crack(1, level(0.2, 0.7, 0.3), 0.5), crack(2, level(0.75, 1.4, 0.3))])
    assert statuses(old, survey([crack(1, level(0.2, 1.4, 0.3), 2.0)])) == [(STATIC, (1, 2), (1,))]


def test_a_crack_has_not_opened_where_nobody_had_looked_before() -> None:
    old = survey([crack(1, level(0.3, 0.9, 0.3), 0.5)], unseen_from=0.9)
    assert statuses(old, survey([crack(1, level(0.3, 1.3, 0.3), 2.0)])) == [(STATIC, (1,), (1,))]


def test_a_crack_that_fell_into_pieces_is_still_one_entry() -> None:
    old = survey([crack(1, level(0.2, 1.4, 0.3))])
    new = survey([crack(1, level(0.2, 0.7, 0.3)), crack(2, level(0.75, 1.4, 0.3))])
    assert statuses(old, new) == [(STATIC, (1,), (1, 2))]


def test_cracks_that_grew_together_are_one_entry() -> None:
    old = survey([crack(1, level(0.2, 0.7, 0.3)), crack(2, level(0.9, 1.4, 0.3))])
    assert statuses(old, survey([crack(1, level(0.2, 1.4, 0.3))])) == [(GROWN, (1, 2), (1,))]


def test_a_crack_where_nobody_had_looked_before_says_so() -> None:
    (change,) = compare(survey([], unseen_from=0.5), survey([crack(1, level(1.0, 1.5, 0.3))])).changes
    assert change.status == NEW
    assert not change.seen_before


def test_a_session_that_is_off_as_a_whole_is_put_right_first() -> None:
    starts = [((0.3, 0.4), 0.3), ((1.6, 0.3), 1.3), ((0.5, 1.5), -0.2)]
    paths = [wandering(start, angle, 1.0, seed) for seed, (start, angle) in enumerate(starts)]
    old = survey([crack(k, path) for k, path in enumerate(paths)])
    off = Correction(0.05, -0.04, 0.01, 1.0, 1.0)
    new = survey([crack(k, off.apply(path)) for k, path in enumerate(paths)])
    answer = compare(old, new)
    assert [change.status for change in answer.changes] == [STATIC] * 3
    assert answer.correction.shift_u == pytest.approx(-0.05, abs=0.015)
    assert answer.correction.matched > 2.0


def test_two_walls_that_have_little_in_common_do_not_fit() -> None:
    old = survey([crack(k, level(0.2, 1.0, 0.2 + 0.5 * k)) for k in range(3)])
    new = survey([crack(1, level(0.2, 0.5, 0.2)), *(crack(k, level(1.4, 2.2, 0.5 * k)) for k in (2, 3))])
    answer = compare(old, new)
    assert not answer.fits
    assert answer.comparable == pytest.approx(1.9, abs=0.05)
    assert answer.correction.matched < 0.4


@pytest.mark.parametrize("end", [0.2, 0.6, 2.0])
def test_sessions_fit_whose_cracks_lie_on_each_other_though_many_are_new_or_gone_or_unseen(
    end: float,
) -> None:
    few = [crack(1, level(0.1, end, 0.2))]
    many = [*few, *(crack(k, level(0.2, 1.5, 0.4 * k)) for k in (2, 3, 4))]
    assert compare(survey(few), survey(many)).fits
    assert compare(survey(many), survey(few)).fits
    assert compare(survey(few), survey([])).fits
    # Where the new session did not look, its cracks are not missed.
    assert compare(survey(many), survey(few, unseen_from=end + 0.05)).fits


def test_two_sessions_without_cracks_have_no_changes() -> None:
    assert compare(survey([]), survey([])).changes == ()


def test_comparing_a_session_with_itself_finds_no_change() -> None:
    same = survey([crack(k, wandering((0.3, 0.2 + 0.3 * k), 0.1 * k, 1.0, k)) for k in range(5)])
    assert {status for status, _, _ in statuses(same, same)} == {STATIC}
    shuffled = replace(same, cracks=same.cracks[::-1])
    assert statuses(same, shuffled) == statuses(same, same)
