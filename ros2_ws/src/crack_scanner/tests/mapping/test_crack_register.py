"""Cracks by id and by place."""

import numpy as np

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_register import CrackRegister


def crack(number: int, *points: tuple[float, float], joined: tuple[int, ...] = ()) -> Crack:
    return Crack(number, np.array(points), 0.01, 0.9, 5, 1, 2, joined=joined)


def test_a_long_straight_crack_is_found_in_every_block_it_crosses() -> None:
    register = CrackRegister(cell_size=0.01)  # blocks of 0.64 m
    register.keep(crack(1, (0.1, 0.1), (2.5, 0.1)))
    assert [block for block in range(6) if register.touching([(0, block)])] == [0, 1, 2, 3]
    assert register.crosses((0, 1))
    assert not register.crosses((1, 1))


def test_a_crack_that_moved_is_no_longer_where_it_was() -> None:
    register = CrackRegister(0.01)
    register.keep(crack(1, (0.1, 0.1), (0.3, 0.1)))
    register.keep(crack(1, (2.1, 0.1), (2.3, 0.1)))
    assert register.touching([(0, 0)]) == set()
    assert register.touching([(0, 3)]) == {1}


def test_a_faded_crack_is_remembered_but_occupies_nothing() -> None:
    register = CrackRegister(0.01)
    register.keep(crack(1, (0.1, 0.1), (0.3, 0.1)))
    register.fade(1)
    assert register.touching([(0, 0)]) == {1}
    assert not register.crosses((0, 0))
    assert (len(register.present), len(register.faded)) == (0, 1)


def test_ids_are_never_given_twice_also_not_those_of_joined_cracks() -> None:
    register = CrackRegister(0.01)
    register.keep(crack(3, (0.1, 0.1), (0.3, 0.1), joined=(7,)))
    assert register.next_id() == 8
    register.remove(3)
    assert register.next_id() == 9


def test_what_has_changed_is_known_by_number() -> None:
    cracks = CrackRegister(0.01)
    for number in (1, 2, 3):
        cracks.keep(crack(number, (0.1, 0.1 * number), (0.5, 0.1 * number)))
    version = cracks.version
    assert cracks.changed_since(version) == []
    cracks.fade(3)
    cracks.remove(1)
    assert cracks.changed_since(version) == [1, 3]
    assert cracks.changed_since(0) == [1, 2, 3]
