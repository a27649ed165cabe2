"""How the findings of a session stand after what people have said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.polyline import path_length
from crack_scanner.storage.verdict import ADDED, CORRECTED, REJECTED, WITHDRAWN, Line, Verdict

Floats = NDArray[np.float64]

# A crack drawn anew by later looks is another one than was judged when it has moved by more than this, m.
_MOVED = 0.02


@dataclass(frozen=True)
class Standing:
    """How a finding stands.

    last: the verdict that counts, the latest. corrected: the latest one that gives a width or a line, if any.
    disputed: whether one reviewer rejects what another accepts. moved: whether the crack has been drawn
    anew since. all: what counts of each reviewer, in order.
    """

    last: Verdict
    corrected: Verdict | None
    disputed: bool
    moved: bool
    all: tuple[Verdict, ...]

    @property
    def kind(self) -> str:
        """Of the verdict that counts: confirmed, rejected, corrected or added."""
        return self.last.kind

    @property
    def rejected(self) -> bool:
        """Whether the finding counts as none."""
        return self.last.kind == REJECTED

    @property
    def width_mm(self) -> float | None:
        """As a reviewer has given it."""
        return None if self.corrected is None else self.corrected.width_mm

    @property
    def path(self) -> Floats | None:
        """(N, 2) surface coordinates in metres as a reviewer has drawn it."""
        return as_path(self.corrected.path) if self.corrected is not None and self.corrected.path else None


@dataclass(frozen=True, eq=False)
class MissedCrack:
    """A crack that the scan has not found and a reviewer has. id: M and a number. path: (N, 2) metres."""

    id: str
    path: Floats
    standing: Standing

    @property
    def length(self) -> float:
        """Metres."""
        return path_length(self.path)


@dataclass(frozen=True, eq=False)
class Review:
    """All verdicts of a session as they stand.

    of: by number of the crack. missed: by number, those taken back left out. without_crack: on cracks that
    are no longer in the map, which later looks have joined or not borne out.
    """

    of: dict[int, Standing]
    missed: tuple[MissedCrack, ...]
    without_crack: tuple[Verdict, ...]

    @staticmethod
    def of_verdicts(verdicts: Sequence[Verdict], cracks: Iterable[Crack]) -> Review:
        """What counts of verdicts that were given in this order."""
        present = {crack.id: crack for crack in cracks}
        findings: dict[str, list[Verdict]] = {}
        for verdict in verdicts:
            findings.setdefault(verdict.finding, []).append(verdict)
        of: dict[int, Standing] = {}
        missed: list[MissedCrack] = []
        gone: list[Verdict] = []
        for finding, given in findings.items():
            counting = _counting(given)
            if not counting:
                continue
            if finding.startswith("M"):
                missed += _missed(finding, given, counting)
            elif int(finding) in present:
                of[int(finding)] = _standing(counting, counting, present[int(finding)].path)
            else:
                gone.append(counting[-1])
        return Review(of, tuple(sorted(missed, key=lambda one: int(one.id[1:]))), tuple(gone))

    def kind(self, crack_id: int) -> str:
        """Of the verdict on a crack; empty if nobody has said anything."""
        standing = self.of.get(crack_id)
        return "" if standing is None else standing.kind

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Everybody whose verdicts count, by name."""
        given = [one for standing in self.of.values() for one in standing.all]
        given += [one for crack in self.missed for one in crack.standing.all]
        return tuple(sorted({one.reviewer for one in (*given, *self.without_crack)}))


def as_path(line: Line) -> Floats:
    """(N, 2) of the points of a line."""
    return np.array(line, np.float64).reshape(-1, 2)


def as_line(path: Floats) -> Line:
    """The points of a path (N, 2), to a hundredth of a millimetre."""
    return tuple((round(u, 5), round(v, 5)) for u, v in path.tolist())


def _counting(given: list[Verdict]) -> list[Verdict]:
    """The latest of each reviewer, in order, without those taken back."""
    latest = {verdict.reviewer: place for place, verdict in enumerate(given)}
    chosen = [given[place] for place in sorted(latest.values())]
    return [verdict for verdict in chosen if verdict.kind != WITHDRAWN]


def _standing(counting: list[Verdict], figures: list[Verdict], path: Floats) -> Standing:
    corrections = [verdict for verdict in figures if verdict.kind in (CORRECTED, ADDED)]
    rejecting = [verdict.kind == REJECTED for verdict in counting]
    last = counting[-1]
    moved = bool(last.judged) and not last.path and _distance(as_path(last.judged), path) > _MOVED
    disputed = any(rejecting) and not all(rejecting)
    return Standing(last, corrections[-1] if corrections else None, disputed, moved, tuple(counting))


def _missed(finding: str, given: list[Verdict], counting: list[Verdict]) -> list[MissedCrack]:
    """None if whoever has drawn it has taken it back."""
    # Who has added a crack and then confirms it has still added it.
    named = {verdict.reviewer for verdict in counting}
    drawn = [verdict for verdict in given if verdict.path and verdict.reviewer in named]
    if not drawn:
        return []
    path = as_path(drawn[-1].path)
    return [MissedCrack(finding, path, _standing(counting, drawn, path))]


def _distance(a: Floats, b: Floats) -> float:
    return float(shapely.hausdorff_distance(shapely.LineString(a), shapely.LineString(b)))
