"""A photo of a crack has a close-up and knows where it lies."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Photos of before are one picture of which nobody knows the scale."""
    op.add_column("crack_pictures", sa.Column("close_up", sa.LargeBinary, nullable=True))
    op.add_column("crack_pictures", sa.Column("layout", sa.JSON, nullable=False, server_default="{}"))
