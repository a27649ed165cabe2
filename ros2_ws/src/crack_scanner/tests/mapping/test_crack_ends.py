"""Ends that thinning ate are given back."""

import numpy as np

from crack_scanner.mapping.crack_ends import with_full_ends

LEVEL = np.stack([np.full(21, 10.0), np.arange(20.0, 41.0)], axis=1)


def test_a_free_end_goes_straight_on_while_the_evidence_holds() -> None:
    holds = np.zeros((20, 60), bool)
    holds[8:13, 15:44] = True
    (line,) = with_full_ends([LEVEL], holds, reach=12)
    np.testing.assert_allclose((line[0], line[-1]), [[10, 15], [10, 43]], atol=0.51)


def test_an_end_grows_no_further_than_its_reach() -> None:
    (line,) = with_full_ends([LEVEL], np.ones((20, 60), bool), reach=3)
    np.testing.assert_allclose((line[0], line[-1]), [[10, 17], [10, 43]])


def test_an_end_on_another_line_stays() -> None:
    branch = np.stack([np.arange(10.0, 18.0), np.full(8, 30.0)], axis=1)
    _, line = with_full_ends([LEVEL, branch], np.ones((20, 60), bool), reach=4)
    np.testing.assert_allclose(line[0], [10, 30])
    assert line[-1, 0] > 17


def test_a_closed_line_stays() -> None:
    ring = np.array([[5.0, 5], [5, 9], [9, 9], [9, 5], [5, 5]])
    (line,) = with_full_ends([ring], np.ones((20, 20), bool), reach=4)
    np.testing.assert_array_equal(line, ring)
