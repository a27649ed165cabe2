"""Splitting labelled files into training, validation and test parts without leaking near-duplicates."""

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence

from crack_scanner.training.dataset import CLASSES, LabelledFile

PARTS = ("train", "validation", "test")
SHARES = {"validation": 0.12, "test": 0.2}
EDGE_MARGIN = 12
"""File numbers left out on the training side of a large set's held-out block: the photo may go on."""


def split(files: Sequence[LabelledFile], salt: str = "") -> dict[str, list[LabelledFile]]:
    """Files by part; every group (block or photo) lies wholly in one part, whatever the order of the files.

    A group counts as of one class when all its files are, so that each class gives up its share.
    """
    part_of = assign_groups(files, salt)
    parts: dict[str, list[LabelledFile]] = {part: [] for part in PARTS}
    for file in files:
        parts[part_of[file.group]].append(file)
    parts["train"] = _away_from(parts["validation"] + parts["test"], parts["train"])
    return parts


def assign_groups(files: Iterable[LabelledFile], salt: str = "") -> dict[str, str]:
    """The part of every group: a fixed pseudo-random order per kind of group, cut by share."""
    labels: dict[str, set[int]] = {}
    for file in files:
        labels.setdefault(file.group, set()).add(file.label)
    part_of: dict[str, str] = {}
    for kind in ({0}, {1}, {0, 1}):
        groups = [group for group in labels if labels[group] == kind]
        part_of |= _cut(sorted(groups, key=lambda group: _order(group, salt)))
    return part_of


def _cut(groups: Sequence[str]) -> dict[str, str]:
    """The first groups are held out; a single group can only be trained on."""
    part_of = dict.fromkeys(groups, "train")
    start = 0
    for part in ("test", "validation"):
        count = min(max(round(len(groups) * SHARES[part]), 1), max(len(groups) - 1 - start, 0))
        part_of |= dict.fromkeys(groups[start : start + count], part)
        start += count
    return part_of


def _order(group: str, salt: str) -> str:
    return hashlib.sha256(f"{salt}/{group}".encode()).hexdigest()


def _away_from(held_out: Sequence[LabelledFile], files: Sequence[LabelledFile]) -> list[LabelledFile]:
    """The numbered files whose number is not close to that of a held-out file of their class; all others."""
    margin = EDGE_MARGIN if len(files) + len(held_out) > 100 * EDGE_MARGIN else 0
    taken = {
        label: sorted(file.number for file in held_out if file.label == label and _is_block(file.group))
        for label in range(len(CLASSES))
    }
    return [
        file
        for file in files
        if not (_is_block(file.group) and _close(file.number, taken[file.label], margin))
    ]


def _is_block(group: str) -> bool:
    return group.partition(":")[0] in CLASSES


def _close(number: int, taken: Sequence[int], margin: int) -> bool:
    place = bisect_left(taken, number - margin)
    return place < len(taken) and taken[place] <= number + margin
