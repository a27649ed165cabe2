"""Sessions with their cracks, their grid and the camera's track."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The tables that the first databases had."""
    _sessions()
    op.create_table(
        "frames",
        sa.Column("id", sa.Integer, primary_key=True),
        _session_id(),
        sa.Column("stamp_ns", sa.BigInteger, nullable=False, index=True),
        *_floats("u", "v", "distance"),
    )
    _cracks()
    op.create_table(
        "crack_points",
        _session_id(primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        *_floats("u", "v"),
    )
    op.create_table(
        "grid_blocks",
        _session_id(primary_key=True),
        sa.Column("row", sa.Integer, primary_key=True),
        sa.Column("column", sa.Integer, primary_key=True),
        sa.Column("cells", sa.LargeBinary, nullable=False),
    )


def _sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Integer, primary_key=True),
        *_texts("name", "robot", "source"),
        sa.Column("seed", sa.BigInteger),
        *_texts("software", "model_name", "model_sha256"),
        sa.Column("surface", sa.JSON, nullable=False),
        sa.Column("settings", sa.JSON, nullable=False),
        sa.Column("frames", sa.Integer, nullable=False),
        sa.Column("frames_scored", sa.Integer, nullable=False),
        sa.Column("frames_dropped", sa.JSON, nullable=False),
        sa.Column("tiles", sa.BigInteger, nullable=False),
        sa.Column("tiles_useless", sa.BigInteger, nullable=False),
        sa.Column("tiles_per_s", sa.Double),
        sa.Column("first_stamp_ns", sa.BigInteger),
        sa.Column("last_stamp_ns", sa.BigInteger),
        sa.Column("complete", sa.Boolean, nullable=False),
    )


def _cracks() -> None:
    op.create_table(
        "cracks",
        sa.Column("id", sa.Integer, primary_key=True),
        _session_id(),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("faded", sa.Boolean, nullable=False),
        *_floats("length", "position_sigma", "probability"),
        sa.Column("observations", sa.Integer, nullable=False),
        sa.Column("width_max_mm", sa.Double),
        sa.Column("width_mean_mm", sa.Double),
        sa.Column("width_sigma_mm", sa.Double),
        sa.Column("smallest_width_mm", sa.Double),
        *_texts("severity", "status"),
        sa.Column("first_seen_ns", sa.BigInteger, nullable=False),
        sa.Column("last_seen_ns", sa.BigInteger, nullable=False),
        sa.Column("joined", sa.JSON, nullable=False),
        sa.UniqueConstraint("session_id", "number"),
    )


def _session_id(primary_key: bool = False) -> sa.Column[int]:
    return sa.Column(
        "session_id", sa.Integer, sa.ForeignKey("sessions.id"), primary_key=primary_key, nullable=False
    )


def _texts(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String, nullable=False) for name in names]


def _floats(*names: str) -> list[sa.Column[float]]:
    return [sa.Column(name, sa.Double, nullable=False) for name in names]
