"""The cracks of a session as they stand: what the scan has found, and what people have said of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from crack_scanner.mapping.crack import Crack
from crack_scanner.mapping.polyline import path_length
from crack_scanner.mapping.severity import NOT_MEASURED
from crack_scanner.storage.review import Review, Standing
from crack_scanner.storage.verdict import ADDED, CONFIRMED, CORRECTED, REJECTED, Verdict

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Finding:
    """One crack as it stands; of figures that a reviewer has corrected, the reviewer's.

    name: the number of a crack, or M and a number for one that a reviewer has added. found: as the scan has
    it, None if it has missed the crack. standing: None while nobody has said anything. scale_known: False
    where what the scan has measured is no millimetres.
    """

    name: str
    found: Crack | None = None
    standing: Standing | None = None
    scale_known: bool = True

    @property
    def verdict(self) -> str:
        """CONFIRMED, REJECTED, CORRECTED or ADDED; empty while nobody has said anything."""
        return "" if self.standing is None else self.standing.kind

    @property
    def rejected(self) -> bool:
        """Whether it counts as no crack."""
        return self.verdict == REJECTED

    @cached_property
    def path(self) -> Floats:
        """(N, 2) surface coordinates in metres; one point for a place without a line."""
        drawn = None if self.standing is None else self.standing.path
        if drawn is not None:
            return drawn
        if self.found is None:
            raise AssertionError(f"finding {self.name} was neither found nor drawn")
        return self.found.path

    @cached_property
    def length(self) -> float:
        """Metres along the crack."""
        redrawn = self.standing is not None and self.standing.drawn is not None
        return path_length(self.path) if self.found is None or redrawn else self.found.length

    @property
    def width_max_mm(self) -> float | None:
        """The greatest width; None without any."""
        corrected = None if self.standing is None else self.standing.width_mm
        return corrected if corrected is not None or self.found is None else self.found.width_max_mm

    @property
    def width_sigma_mm(self) -> float | None:
        """Of the measurement; None for a width that a reviewer has given."""
        measured = self.found is not None and self.width_max_mm == self.found.width_max_mm
        return self.found.width_sigma_mm if self.found is not None and measured else None

    @property
    def smallest_width_mm(self) -> float | None:
        """The smallest width that could have been claimed; None where nobody tried."""
        return None if self.found is None else self.found.smallest_width_mm

    @property
    def severity(self) -> str:
        """One of mapping.severity.SEVERITIES."""
        if self.standing is not None and self.standing.severity:
            return self.standing.severity
        # What the scan has found does not rate the width that a reviewer has given.
        rewritten = self.standing is not None and self.standing.width_mm is not None
        return NOT_MEASURED if self.found is None or rewritten else self.found.severity

    @property
    def probability(self) -> float:
        """As the scan has it; 1 for what a person has seen."""
        return 1.0 if self.found is None else self.found.probability


def findings_of(
    cracks: Iterable[Crack], verdicts: Sequence[Verdict], scale_known: bool = True
) -> tuple[Finding, ...]:
    """All findings: those of the scan by number, then those that reviewers have added, by theirs.

    Where the scale is not known, the scan rates nothing; what a reviewer has measured and rated stays.
    """
    cracks = sorted(cracks, key=lambda crack: crack.id)
    if not scale_known:
        # Earlier versions rated as they scanned.
        cracks = [replace(crack, severity=NOT_MEASURED) for crack in cracks]
    review = Review.of_verdicts(verdicts, cracks)
    found = [Finding(str(crack.id), crack, review.of.get(str(crack.id)), scale_known) for crack in cracks]
    return (*found, *(Finding(name, None, review.of[name], scale_known) for name in review.missed))


@dataclass(frozen=True)
class ReviewCounts:
    """Findings by verdict; standing: all but the rejected ones, and standing_length theirs in metres."""

    confirmed: int
    rejected: int
    corrected: int
    added: int
    open: int
    standing: int
    standing_length: float

    @staticmethod
    def of(findings: Iterable[Finding]) -> ReviewCounts:
        """Counted."""
        findings = list(findings)
        standing = [finding for finding in findings if not finding.rejected]

        def count(verdict: str) -> int:
            return sum(finding.verdict == verdict for finding in findings)

        return ReviewCounts(
            confirmed=count(CONFIRMED),
            rejected=count(REJECTED),
            corrected=count(CORRECTED),
            added=count(ADDED),
            open=count(""),
            standing=len(standing),
            standing_length=float(sum(finding.length for finding in standing)),
        )

    @property
    def given(self) -> int:
        """Findings that somebody has said something of."""
        return self.confirmed + self.rejected + self.corrected + self.added
