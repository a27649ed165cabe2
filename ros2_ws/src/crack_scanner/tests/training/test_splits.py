"""A split never puts near-duplicates on both sides."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crack_scanner.training.dataset import LabelledFile, block_size, group_of
from crack_scanner.training.splits import EDGE_MARGIN, PARTS, split


def numbered(count: int, block: int) -> list[LabelledFile]:
    files = []
    for label, name in enumerate(("Negative", "Positive")):
        for number in range(count):
            path = Path(f"{name}/{number:05d}.jpg")
            files.append(LabelledFile(path, label, *group_of(path.stem, name, block)))
    return files


@given(st.integers(40, 3000), st.integers(5, 500), st.randoms())
def test_every_file_has_one_part_and_every_group_too(count, block, random):
    files = numbered(count, block)
    random.shuffle(files)
    parts = split(files)
    paths = [file.path for part in PARTS for file in parts[part]]
    assert len(paths) == len(set(paths))
    groups = [{file.group for file in parts[part]} for part in PARTS]
    assert sum(map(len, groups)) == len(set().union(*groups))


def test_the_split_does_not_depend_on_the_order_of_the_files():
    files = numbered(4000, 125)
    one, other = split(files), split(files[::-1])
    assert all({f.path for f in one[part]} == {f.path for f in other[part]} for part in PARTS)


def test_training_numbers_keep_away_from_held_out_ones():
    parts = split(numbered(16000, 500))
    held_out = {(f.label, f.number) for f in parts["validation"] + parts["test"]}
    for file in parts["train"]:
        near = {(file.label, file.number + d) for d in range(-EDGE_MARGIN, EDGE_MARGIN + 1)}
        assert not near & held_out


@given(st.dictionaries(st.integers(1000, 9999), st.integers(1, 30), min_size=4))
def test_a_photo_lies_wholly_in_one_part(tiles_of_photo):
    files = [
        LabelledFile(Path(f"{photo}-{tile}.jpg"), photo % 2, *group_of(f"{photo}-{tile}", "Positive", 500))
        for photo, tiles in tiles_of_photo.items()
        for tile in range(tiles)
    ]
    parts = split(files)
    photos = [{file.path.stem.split("-")[0] for file in parts[part]} for part in PARTS]
    assert sum(map(len, photos)) == len(tiles_of_photo)


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("00612", ("Positive:0001", 612)),
        ("16009_1", ("Positive:0032", 16009)),
        ("7001-17", ("7001", 17)),
        ("site-A-3", ("site-A", 3)),
        ("wall", ("file:wall", 0)),
    ],
)
def test_groups_follow_the_names(stem, expected):
    assert group_of(stem, "Positive", 500) == expected


def test_a_small_set_is_cut_into_small_blocks():
    assert block_size([f"{number:05d}" for number in range(200)]) == 6
    assert block_size([f"{number:05d}_1" for number in range(20000)]) == 500
