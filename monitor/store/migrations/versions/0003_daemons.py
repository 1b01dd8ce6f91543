"""Daemons that run, and messages found by their slot"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Who runs on this database; what was sent in a span of slots; a column goes that decided nothing any more."""
    op.create_table(
        "daemons",
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("schema", sa.String(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("who", name=op.f("pk_daemons")),
    )
    op.create_index("ix_messages_day", "messages", ["day"])
    # Not in batch mode, which would copy the whole outbox: SQLite can drop a column since 3.35.
    op.execute("ALTER TABLE messages DROP COLUMN released")
