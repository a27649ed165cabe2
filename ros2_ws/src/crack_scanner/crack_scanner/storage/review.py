"""How the findings of a session stand after what people have said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from crack_scanner.mapping.crack import Crack
from crack_scanner.storage.verdict import ADDED, CONFIRMED, CORRECTED, REJECTED, WITHDRAWN, Line, Verdict

Floats = NDArray[np.float64]

# A crack drawn anew by later looks is another one than was judged when it has moved by more than this, m.
_MOVED = 0.02


@dataclass(frozen=True)
class Standing:
    """How a finding stands.

    counting: the latest verdict of each reviewer, in order; the last one decides. figures: those verdicts
    whose widths, severities and lines hold, in order: a reviewer's correction until he or she corrects it or
    rejects the finding. disputed: whether one reviewer rejects what another accepts. moved: whether the scan
    has drawn the crack anew since, and nobody has drawn it.
    """

    counting: tuple[Verdict, ...]
    figures: tuple[Verdict, ...]
    disputed: bool
    moved: bool

    @property
    def last(self) -> Verdict:
        """The verdict that decides."""
        return self.counting[-1]

    @property
    def kind(self) -> str:
        """CONFIRMED, REJECTED, CORRECTED or ADDED.

        Who confirms what somebody has corrected or added agrees with that, so it stays corrected or added.
        """
        if self.last.kind == REJECTED:
            return REJECTED
        if self.last.finding.startswith("M"):
            return ADDED
        return CORRECTED if self.figures else CONFIRMED

    @property
    def author(self) -> Verdict:
        """The verdict that makes the finding what `kind` says; others may have agreed since."""
        return next((one for one in reversed(self.figures) if one.kind == self.kind), self.last)

    @property
    def width_mm(self) -> float | None:
        """As a reviewer has given it."""
        return next((one.width_mm for one in reversed(self.figures) if one.width_mm is not None), None)

    @property
    def severity(self) -> str:
        """As a reviewer has given it, of the width that holds; empty if nobody has."""
        rating = (one for one in reversed(self.figures) if one.severity or one.width_mm is not None)
        return next((one.severity for one in rating), "")

    @property
    def path(self) -> Floats | None:
        """(N, 2) surface coordinates in metres as a reviewer has drawn it."""
        drawn = self.drawn
        return None if drawn is None else as_path(drawn.path)

    @property
    def drawn(self) -> Verdict | None:
        """The verdict whose line holds."""
        return next((one for one in reversed(self.figures) if one.path), None)

    @property
    def note(self) -> str:
        """The latest that anybody has written."""
        return next((one.note for one in reversed(self.counting) if one.note), "")


@dataclass(frozen=True, eq=False)
class Review:
    """All verdicts of a session as they stand.

    of: by name of the finding: the number of a crack, or M and a number for one that a reviewer has added;
    those taken back are left out. without_crack: on cracks that are no longer in the map, which later looks
    have joined or not borne out.
    """

    of: dict[str, Standing]
    without_crack: tuple[Verdict, ...]

    @staticmethod
    def of_verdicts(verdicts: Sequence[Verdict], cracks: Iterable[Crack]) -> Review:
        """What counts of verdicts that were given in this order."""
        present = {str(crack.id): crack for crack in cracks}
        of: dict[str, Standing] = {}
        gone: list[Verdict] = []
        for finding, given in _by_finding(verdicts).items():
            kept = _not_withdrawn(given)
            added = finding.startswith("M")
            if not kept or (added and not any(one.kind == ADDED for one in kept)):
                continue
            if added or finding in present:
                of[finding] = _standing(kept, None if added else present[finding].path)
            else:
                gone.append(kept[-1])
        return Review(of, tuple(gone))

    @property
    def missed(self) -> tuple[str, ...]:
        """Names of the cracks that reviewers have added, in order of their numbers."""
        return tuple(
            sorted((name for name in self.of if name.startswith("M")), key=lambda name: int(name[1:]))
        )

    @property
    def reviewers(self) -> tuple[str, ...]:
        """Everybody whose verdicts count, by name."""
        given = [one.reviewer for standing in self.of.values() for one in standing.counting]
        return tuple(sorted({*given, *(one.reviewer for one in self.without_crack)}))


def as_path(line: Line) -> Floats:
    """(N, 2) of the points of a line."""
    return np.array(line, np.float64).reshape(-1, 2)


def as_line(path: Floats) -> Line:
    """The points of a path (N, 2), to a hundredth of a millimetre."""
    return tuple((round(u, 5), round(v, 5)) for u, v in path.tolist())


def can_withdraw(given: Iterable[Verdict], reviewer: str) -> bool:
    """Whether a reviewer has something left to take back of verdicts on one finding, in order."""
    return any(one.reviewer == reviewer for one in _not_withdrawn(given))


def _by_finding(verdicts: Iterable[Verdict]) -> dict[str, list[Verdict]]:
    findings: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        findings.setdefault(verdict.finding, []).append(verdict)
    return findings


def _not_withdrawn(given: Iterable[Verdict]) -> list[Verdict]:
    """Without the verdicts taken back: each WITHDRAWN takes its reviewer's latest one that is left."""
    kept: list[Verdict] = []
    for verdict in given:
        if verdict.kind != WITHDRAWN:
            kept.append(verdict)
            continue
        mine = [place for place, one in enumerate(kept) if one.reviewer == verdict.reviewer]
        if mine:
            del kept[mine[-1]]
    return kept


def _standing(kept: list[Verdict], path: Floats | None) -> Standing:
    latest = {verdict.reviewer: place for place, verdict in enumerate(kept)}
    counting = tuple(kept[place] for place in sorted(latest.values()))
    # A correction that its reviewer confirms later holds.
    decided = {verdict.reviewer: place for place, verdict in enumerate(kept) if verdict.kind != CONFIRMED}
    # What is added stays drawn, whatever whoever has added it says later.
    figures = tuple(
        one
        for place, one in enumerate(kept)
        if one.kind == ADDED or (one.kind == CORRECTED and decided[one.reviewer] == place)
    )
    rejecting = [verdict.kind == REJECTED for verdict in counting]
    last = counting[-1]
    redrawn = any(one.path for one in figures)
    moved = path is not None and bool(last.judged) and not redrawn and _moved(last, path)
    return Standing(counting, figures, any(rejecting) and not all(rejecting), moved)


def _moved(verdict: Verdict, path: Floats) -> bool:
    judged = shapely.LineString(as_path(verdict.judged))
    return float(shapely.hausdorff_distance(judged, shapely.LineString(path))) > _MOVED
