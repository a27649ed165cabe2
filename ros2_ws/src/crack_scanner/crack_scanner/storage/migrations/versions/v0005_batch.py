"""Bags that a batch has scanned, each once."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Databases of before were written by no batch."""
    op.create_table(
        "batch_bags",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("bag", sa.String, nullable=False),
        sa.Column("robot", sa.String, nullable=False),
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id"), nullable=True),
        sa.Column("folder", sa.String, nullable=False),
        sa.Column("seconds", sa.Double, nullable=False),
        sa.Column("reason", sa.String, nullable=False),
        sa.Column("summary", sa.JSON, nullable=False),
    )
