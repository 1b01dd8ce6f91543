"""The schema's steps, run by Alembic from inside the package."""
