"""A photo of a crack has a close-up and knows where it lies; people's verdicts are kept."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Photos of before are one picture of which nobody knows the scale; nobody has judged anything."""
    op.add_column("crack_pictures", sa.Column("close_up", sa.LargeBinary, nullable=True))
    op.add_column("crack_pictures", sa.Column("layout", sa.JSON, nullable=False, server_default="{}"))
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
        sa.Column("path", sa.JSON, nullable=False),
        sa.Column("judged", sa.JSON, nullable=False),
        sa.Column("photo", sa.Integer, nullable=True),
    )
    op.create_index("ix_verdicts_session_id", "verdicts", ["session_id"])
