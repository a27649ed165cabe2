"""How much of the map is drawn anew."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.crack_clusters import clusters
from crack_scanner.mapping.crack_register import CrackRegister
from crack_scanner.mapping.evidence_grid import BlockKey

CELL = 0.01


def register(*paths: list[tuple[float, float]]) -> CrackRegister:
    result = CrackRegister(CELL)
    for number, path in enumerate(paths, start=1):
        result.keep(Crack(number, np.array(path), 0.005, 0.99, 5, 1, 2))
    return result


def crossed(cracks: CrackRegister) -> set[BlockKey]:
    return set().union(*(cracks.blocks_of(crack) for crack in cracks.present.values()))


def test_a_change_concerns_its_crack_and_no_other() -> None:
    cracks = register([(0.3, 0.3), (2.0, 0.3)], [(0.3, 1.7), (2.0, 1.7)])
    (cluster,) = clusters([(0, 1)], crossed(cracks), cracks)
    assert cluster.cracks == {1}
    assert {(0, 0), (0, 1), (0, 2), (0, 3)} <= cluster.blocks
    assert (2, 1) not in cluster.blocks


def test_cracks_that_touch_are_drawn_together() -> None:
    cracks = register(
        [(0.3, 0.3), (2.0, 0.3)],
        [(2.0, 0.35), (2.0, 2.5)],
        [(2.1, 2.6), (4.0, 2.6)],
        [(6.0, 0.3), (7.0, 0.3)],
    )
    (cluster,) = clusters([(0, 0)], crossed(cracks), cracks)
    assert cluster.cracks == {1, 2, 3}


def test_what_lies_apart_is_drawn_apart() -> None:
    cracks = register([(0.3, 0.3), (1.0, 0.3)], [(6.0, 0.3), (7.0, 0.3)])
    found = clusters([(0, 0), (0, 10)], crossed(cracks), cracks)
    assert [cluster.cracks for cluster in found] == [{1}, {2}]


def test_where_nothing_is_there_is_nothing_to_draw() -> None:
    assert clusters([(5, 5)], set(), register([(0.3, 0.3), (1.0, 0.3)])) == []


@given(changed=st.sets(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12))
def test_every_change_lies_in_exactly_one_cluster(changed: set[BlockKey]) -> None:
    cracks = register([(0.3, 0.3), (2.0, 0.3)], [(0.3, 1.7), (3.0, 3.9)])
    confirmed = crossed(cracks) | {(5, 5), (6, 6)}
    found = clusters(changed, confirmed, cracks)
    homes = {key: [c for c in found if key in c.changed] for key in changed & confirmed}
    assert all(homes.values())
    assert all(cluster.changed <= cluster.blocks for cluster in found)
