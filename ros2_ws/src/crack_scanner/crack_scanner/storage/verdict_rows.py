"""Verdicts in the database. To be called in a transaction."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from crack_scanner.storage.schema import SessionRow, VerdictRow
from crack_scanner.storage.verdict import ADDED, Line, Verdict


def add_verdict(session: Session, session_id: int, verdict: Verdict) -> Verdict:
    """Store a verdict; a missed crack gets the next free number. Returns it as it is stored."""
    # Reviewers at one server take numbers in turn; in a file, the transaction is the only one that writes.
    session.execute(select(SessionRow.id).where(SessionRow.id == session_id).with_for_update())
    if verdict.kind == ADDED:
        of_added = (VerdictRow.session_id == session_id) & (VerdictRow.kind == ADDED)
        taken = [int(name[1:]) for name in session.scalars(select(VerdictRow.finding).where(of_added))]
        verdict = replace(verdict, finding=f"M{max(taken, default=0) + 1}")
    session.add(
        VerdictRow(
            session_id=session_id,
            finding=verdict.finding,
            kind=verdict.kind,
            reviewer=verdict.reviewer,
            at_ns=verdict.at_ns,
            note=verdict.note,
            width_mm=verdict.width_mm,
            severity=verdict.severity,
            path=list(map(list, verdict.path)),
            judged=list(map(list, verdict.judged)),
            photo=verdict.photo,
        )
    )
    return verdict


def read_verdicts(session: Session, session_id: int) -> tuple[Verdict, ...]:
    """All verdicts of a session, in the order in which they were given."""
    mine = select(VerdictRow).where(VerdictRow.session_id == session_id).order_by(VerdictRow.id)
    return tuple(
        Verdict(
            row.finding,
            row.kind,
            row.reviewer,
            row.at_ns,
            row.note,
            row.width_mm,
            row.severity,
            _line(row.path),
            _line(row.judged),
            row.photo,
        )
        for row in session.scalars(mine)
    )


def _line(points: list[list[float]]) -> Line:
    return tuple((float(u), float(v)) for u, v in points)
