"""A session keeps what people say of its findings, and names its structure."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Nobody has judged anything in sessions of before."""
    op.add_column("sessions", sa.Column("structure", sa.String, nullable=False, server_default=""))
    op.create_table(
        "verdicts",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id"), nullable=False),
        sa.Column("finding", sa.String, nullable=False),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("reviewer", sa.String, nullable=False),
        sa.Column("at_ns", sa.BigInteger, nullable=False),
        sa.Column("note", sa.String, nullable=False),
        sa.Column("width_mm", sa.Double, nullable=True),
        sa.Column("severity", sa.String, nullable=False),
        sa.Column("path", sa.JSON, nullable=False),
        sa.Column("judged", sa.JSON, nullable=False),
        sa.Column("photo", sa.Integer, nullable=True),
    )
    op.create_index("ix_verdicts_session_id", "verdicts", ["session_id"])
