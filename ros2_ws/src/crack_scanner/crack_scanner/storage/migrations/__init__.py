"""How a database of an earlier version becomes one of this version: a script a step, run by Alembic."""
