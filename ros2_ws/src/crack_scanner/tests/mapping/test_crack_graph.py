"""Lines in a skeleton."""

import cv2
import numpy as np
import pytest

from crack_scanner.mapping.crack_graph import crack_lines
from crack_scanner.mapping.polyline import path_length


def drawn(*lines: tuple[tuple[int, int], tuple[int, int]]) -> np.ndarray:
    """A mask (100, 100) with lines one cell wide between points x, y."""
    picture = np.zeros((100, 100), np.uint8)
    for start, end in lines:
        cv2.line(picture, start, end, 1)
    return picture.astype(bool)


def ends(path: np.ndarray) -> set[tuple[int, int]]:
    """The two ends as x, y."""
    return {(int(x), int(y)) for y, x in (path[0], path[-1])}


def test_a_line_is_one_path_from_end_to_end() -> None:
    (path,) = crack_lines(drawn(((10, 20), (90, 70))), 5, 5)
    assert ends(path) == {(10, 20), (90, 70)}


def test_two_crossing_lines_stay_two_lines() -> None:
    paths = crack_lines(drawn(((10, 10), (90, 90)), ((10, 90), (90, 10))), 5, 5)
    assert sorted(map(sorted, map(ends, paths))) == [[(10, 10), (90, 90)], [(10, 90), (90, 10)]]


def test_crossing_lines_that_share_a_short_piece_are_put_right() -> None:
    shared = drawn(
        ((10, 10), (45, 50)),
        ((10, 90), (45, 50)),
        ((45, 50), (55, 50)),
        ((55, 50), (90, 10)),
        ((55, 50), (90, 90)),
    )
    paths = crack_lines(shared, 5, bridge=15)
    assert sorted(map(sorted, map(ends, paths))) == [[(10, 10), (90, 90)], [(10, 90), (90, 10)]]


def test_a_branch_is_a_line_of_its_own_and_the_straight_pair_goes_on() -> None:
    main, branch = crack_lines(drawn(((5, 50), (95, 50)), ((50, 50), (70, 20))), 5, 5)
    assert ends(main) == {(5, 50), (95, 50)}
    assert (70, 20) in ends(branch)


def test_a_spur_goes_and_the_line_stays_whole() -> None:
    (path,) = crack_lines(drawn(((5, 50), (95, 50)), ((40, 50), (40, 46))), 10, 5)
    assert ends(path) == {(5, 50), (95, 50)}


def test_a_ring_is_one_closed_path() -> None:
    picture = np.zeros((100, 100), np.uint8)
    cv2.rectangle(picture, (20, 20), (80, 60), 1)
    (path,) = crack_lines(picture.astype(bool), 5, 5)
    assert path_length(path) == pytest.approx(200, rel=0.05)
    assert (path[0] == path[-1]).all()


def test_nothing_gives_nothing() -> None:
    assert crack_lines(np.zeros((10, 10), bool), 5, 5) == []


def test_a_single_cell_is_no_line() -> None:
    lone = np.zeros((10, 10), bool)
    lone[5, 5] = True
    assert crack_lines(lone, 5, 5) == []
