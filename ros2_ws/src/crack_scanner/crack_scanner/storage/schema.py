"""Tables of a scan database.

Stamps are integer nanoseconds since the epoch of the source's clock, lengths metres, unless a name says
otherwise. Every table hangs on a session, so that several sessions fit into one database.

A change here needs a script in migrations/versions and its number in storage.database.VERSION.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of all tables."""

    type_annotation_map = {dict[str, Any]: JSON, list[int]: JSON, list[Any]: JSON}  # noqa: RUF012 - SQLAlchemy's own hook


class SessionRow(Base):
    """One scan of one surface.

    structure: what it is a surface of, as people call it. surface: origin, u_axis, v_axis, width, height.
    settings: by name. cell_layout: what a cell of its grid blocks is made of, see storage.cell_layout.
    resumed: how often it was taken up again. drift: how far odometry was corrected, see
    mapping.drift_tracker; empty before the first picture. uid: random, and the same in every copy of the
    session; empty for those of versions before 0007.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    robot: Mapped[str]
    source: Mapped[str]
    seed: Mapped[int | None] = mapped_column(BigInteger)
    software: Mapped[str]
    model_name: Mapped[str]
    model_sha256: Mapped[str]
    surface: Mapped[dict[str, Any]]
    settings: Mapped[dict[str, Any]]
    frames: Mapped[int] = mapped_column(default=0)
    frames_scored: Mapped[int] = mapped_column(default=0)
    frames_dropped: Mapped[dict[str, Any]] = mapped_column(default=dict)
    tiles: Mapped[int] = mapped_column(BigInteger, default=0)
    tiles_useless: Mapped[int] = mapped_column(BigInteger, default=0)
    tiles_per_s: Mapped[float | None]
    first_stamp_ns: Mapped[int | None] = mapped_column(BigInteger)
    last_stamp_ns: Mapped[int | None] = mapped_column(BigInteger)
    complete: Mapped[bool] = mapped_column(default=False)
    cell_layout: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    resumed: Mapped[int] = mapped_column(default=0, server_default="0")
    drift: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    structure: Mapped[str] = mapped_column(default="", server_default="")
    uid: Mapped[str] = mapped_column(String(32), default="", server_default="")


class FrameRow(Base):
    """A picture that went into the map. u, v, distance: of the camera against the surface."""

    __tablename__ = "frames"
    __table_args__ = (Index("ix_frames_session_id_stamp_ns", "session_id", "stamp_ns"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    stamp_ns: Mapped[int] = mapped_column(BigInteger)
    u: Mapped[float]
    v: Mapped[float]
    distance: Mapped[float]


class CrackRow(Base):
    """A crack by its number in the session. faded: later looks did not bear it out."""

    __tablename__ = "cracks"
    __table_args__ = (UniqueConstraint("session_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    number: Mapped[int]
    faded: Mapped[bool]
    length: Mapped[float]
    position_sigma: Mapped[float]
    probability: Mapped[float]
    observations: Mapped[int]
    width_max_mm: Mapped[float | None]
    width_mean_mm: Mapped[float | None]
    width_sigma_mm: Mapped[float | None]
    smallest_width_mm: Mapped[float | None]
    severity: Mapped[str]
    status: Mapped[str]
    first_seen_ns: Mapped[int] = mapped_column(BigInteger)
    last_seen_ns: Mapped[int] = mapped_column(BigInteger)
    joined: Mapped[list[int]]


class CrackPointRow(Base):
    """A point of a crack's path, in order of `place`."""

    __tablename__ = "crack_points"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True)
    u: Mapped[float]
    v: Mapped[float]


class CrackPictureRow(Base):
    """The best photo of a crack, by its number, as JPEG files.

    jpeg: the crack and its surroundings. close_up: its widest place. layout: where both lie on the surface,
    see mapping.photo_layout; empty for photos of an earlier version.
    """

    __tablename__ = "crack_pictures"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    stamp_ns: Mapped[int] = mapped_column(BigInteger)
    merit: Mapped[float]
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    close_up: Mapped[bytes | None] = mapped_column(LargeBinary)
    layout: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class VerdictRow(Base):
    """What a person said of a finding, see storage.verdict; only ever added to."""

    __tablename__ = "verdicts"
    __table_args__ = (Index("ix_verdicts_session_id", "session_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"))
    finding: Mapped[str]
    kind: Mapped[str]
    reviewer: Mapped[str]
    at_ns: Mapped[int] = mapped_column(BigInteger)
    note: Mapped[str]
    width_mm: Mapped[float | None]
    severity: Mapped[str]
    path: Mapped[list[Any]]
    judged: Mapped[list[Any]]
    photo: Mapped[int | None]


class GridBlockRow(Base):
    """A block of the evidence grid: its cells row by row, compressed."""

    __tablename__ = "grid_blocks"

    session_id: Mapped[int] = mapped_column(ForeignKey("sessions.id"), primary_key=True)
    row: Mapped[int] = mapped_column(primary_key=True)
    column: Mapped[int] = mapped_column(primary_key=True)
    cells: Mapped[bytes] = mapped_column(LargeBinary)


class BatchBagRow(Base):
    """A bag that a batch is through with, once for each way of scanning it.

    key: hash of everything that decides what is found. bag: its path in the batch's folder. session_id: of
    the session it gave; None for a bag that could not be scanned. folder: of that session's files. reason:
    why it could not be scanned, or what it lacked. summary: of the session.
    """

    __tablename__ = "batch_bags"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    bag: Mapped[str]
    robot: Mapped[str]
    session_id: Mapped[int | None] = mapped_column(ForeignKey("sessions.id"))
    folder: Mapped[str]
    seconds: Mapped[float]
    reason: Mapped[str]
    summary: Mapped[dict[str, Any]]


def table_of(row: type[Base]) -> Table:
    """The table of a mapped class."""
    # Every one has it; that it is a table, and no other thing to select from, is not in its static type.
    table = row.__table__
    assert isinstance(table, Table)
    return table
