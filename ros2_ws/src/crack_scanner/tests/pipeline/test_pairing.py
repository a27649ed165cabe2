"""Pairs by stamp of two streams, either of which may lose items."""

from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.pipeline.pairing import Pairing

ROOM = 4


def test_whichever_comes_first_waits_for_the_other() -> None:
    pairs: Pairing[str, str] = Pairing(ROOM)
    assert pairs.first(1, "picture 1") is None
    assert pairs.second(1, "tiles 1") == ("picture 1", "tiles 1")
    assert pairs.second(2, "tiles 2") is None
    assert pairs.first(2, "picture 2") == ("picture 2", "tiles 2")
    assert pairs.widowed == 0


def test_what_came_before_a_pair_is_given_up() -> None:
    pairs: Pairing[str, str] = Pairing(ROOM)
    pairs.second(1, "tiles 1")
    pairs.second(2, "tiles 2")
    assert pairs.first(2, "picture 2") == ("picture 2", "tiles 2")
    assert pairs.widowed == 1
    assert pairs.first(1, "picture 1") is None
    assert pairs.second(3, "tiles 3") is None


def test_stamps_that_start_anew_are_paired_as_before() -> None:
    pairs: Pairing[int, int] = Pairing(ROOM)
    pairs.first(9, 9)
    pairs.first(1, 1)
    assert pairs.second(1, 1) == (1, 1)
    assert pairs.second(9, 9) is None


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=40))
def test_every_item_that_has_not_lost_its_other_half_is_paired(
    frames: list[tuple[bool, bool, bool]],
) -> None:
    """Each frame: whether its picture comes, whether its tiles do, and which of them comes first."""
    pairs: Pairing[int, int] = Pairing(ROOM)
    found = []
    for stamp, (has_first, has_second, tiles_ahead) in enumerate(frames, start=1):
        ways = [(pairs.first, has_first), (pairs.second, has_second)]
        for take, comes in reversed(ways) if tiles_ahead else ways:
            if comes and (pair := take(stamp, stamp)):
                found.append(pair)
    both = [stamp for stamp, frame in enumerate(frames, start=1) if frame[0] and frame[1]]
    assert found == [(stamp, stamp) for stamp in both]
    alone = sum(1 for has_first, has_second, _ in frames if has_second and not has_first)
    assert pairs.widowed <= alone


def test_no_more_wait_than_there_is_room_for() -> None:
    pairs: Pairing[int, int] = Pairing(2)
    for stamp in range(1, 6):
        pairs.second(stamp, stamp)
    assert pairs.widowed == 3
    assert [pairs.first(stamp, stamp) for stamp in (3, 4)] == [None, (4, 4)]
    for stamp in range(11, 16):
        pairs.first(stamp, stamp)
    assert [pairs.second(stamp, stamp) for stamp in (13, 14)] == [None, (14, 14)]
