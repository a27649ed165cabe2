"""A session can be told from every other one, of whatever name and database."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Sessions of before get none: tiles that were exported of them are found by what they had instead."""
    op.add_column("sessions", sa.Column("uid", sa.String(32), nullable=False, server_default=""))
