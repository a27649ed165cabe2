"""A session says what its grid cells are made of, and how often it was taken up again."""

import zlib

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_CELLS_IN_BLOCK = 64 * 64
_FIRST = [
    ("evidence", "<f4", []),
    ("looks", "<u2", []),
    ("state", "|u1", []),
    ("quality", "<f2", []),
    ("resolution", "<f4", []),
    ("support", "<f4", []),
    ("variance", "<f4", []),
    ("camera", "<f2", [3]),
    ("first_ns", "<i8", []),
    ("last_ns", "<i8", []),
]
_WITH_WIDTHS = [
    *_FIRST,
    ("width_looks", "<u2", []),
    ("width_weight", "<f4", []),
    ("width_sum", "<f4", []),
    ("width_smallest", "<f4", []),
]
# By bytes a cell, which is all that tells them apart.
_LAYOUTS = {43: _FIRST, 57: _WITH_WIDTHS}

_SESSIONS = sa.table("sessions", sa.column("id", sa.Integer), sa.column("cell_layout", sa.JSON))
_BLOCKS = sa.table("grid_blocks", sa.column("session_id", sa.Integer), sa.column("cells", sa.LargeBinary))


def upgrade() -> None:
    """Frames are found by session as well, now that many may share a database."""
    op.add_column("sessions", sa.Column("cell_layout", sa.JSON, nullable=False, server_default="[]"))
    op.add_column("sessions", sa.Column("resumed", sa.Integer, nullable=False, server_default="0"))
    op.drop_index("ix_frames_stamp_ns", "frames")
    op.create_index("ix_frames_session_id_stamp_ns", "frames", ["session_id", "stamp_ns"])
    connection = op.get_bind()
    for session_id in connection.scalars(sa.select(_SESSIONS.c.id)).all():
        block = sa.select(_BLOCKS.c.cells).where(_BLOCKS.c.session_id == session_id).limit(1)
        cells = connection.scalar(block)
        layout = [] if cells is None else _layout(cells)
        here = _SESSIONS.c.id == session_id
        connection.execute(sa.update(_SESSIONS).where(here).values(cell_layout=layout))


def _layout(cells: bytes) -> list[tuple[str, str, list[int]]]:
    size = len(zlib.decompress(cells)) // _CELLS_IN_BLOCK
    return _LAYOUTS.get(size, [])
