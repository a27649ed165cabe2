"""A session keeps the best picture of each crack, and how far odometry was corrected."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Sessions of before have no pictures, and say nothing of drift."""
    op.create_table(
        "crack_pictures",
        sa.Column("session_id", sa.Integer, sa.ForeignKey("sessions.id"), primary_key=True, nullable=False),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("stamp_ns", sa.BigInteger, nullable=False),
        sa.Column("merit", sa.Double, nullable=False),
        sa.Column("jpeg", sa.LargeBinary, nullable=False),
    )
    op.add_column("sessions", sa.Column("drift", sa.JSON, nullable=False, server_default="{}"))
