"""Which line is which crack."""

import numpy as np

from crack_scanner.mapping.crack_identity import assign


def line(start: float, end: float, v: float = 0.5) -> np.ndarray:
    return np.array([[start, v], [end, v]])


def test_a_line_that_grew_keeps_its_id() -> None:
    assert assign({3: line(0, 0.5)}, [line(0, 1.5)]).ids == (3,)


def test_a_line_somewhere_else_is_new() -> None:
    assert assign({3: line(0, 0.5)}, [line(0, 0.5, v=0.7)]).ids == (None,)


def test_cracks_that_grew_together_keep_the_oldest_id_and_name_the_other() -> None:
    answer = assign({2: line(0, 0.5), 5: line(0.8, 1.2)}, [line(0, 1.2)])
    assert answer.ids == (2,)
    assert answer.joined == ((5,),)


def test_of_a_crack_that_fell_apart_the_longest_piece_keeps_the_id() -> None:
    answer = assign({1: line(0, 1.0)}, [line(0, 0.3), line(0.4, 1.0)])
    assert answer.ids == (None, 1)


def test_two_cracks_side_by_side_keep_their_ids() -> None:
    answer = assign({1: line(0, 1, 0.50), 2: line(0, 1, 0.54)}, [line(0, 1, 0.54), line(0, 1, 0.50)])
    assert sorted(answer.ids, key=str) == [1, 2]


def test_crossing_is_not_the_same_course() -> None:
    upright = np.array([[0.5, 0.0], [0.5, 1.0]])
    assert assign({1: line(0, 1)}, [upright]).ids == (None,)
