"""The first schema"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
INDEXES = (  # name, which begins with uq where it is unique; table; columns; of which rows, empty: all
    ("ix_changes_at", "changes", ["at"], ""),
    ("ix_changes_entry", "changes", ["entry"], ""),
    ("ix_checks_day", "checks", ["day"], ""),
    ("ix_entries_kind", "entries", ["kind"], ""),
    ("ix_entries_wake", "entries", ["wake"], "wake IS NOT NULL"),
    ("ix_messages_failed", "messages", ["person"], "state = 'failed'"),
    ("ix_messages_person", "messages", ["person"], ""),
    ("ix_messages_unsent", "messages", ["kind", "day"], "state IN ('queued', 'held')"),
    ("ix_messages_waiting", "messages", ["next_at"], "state IN ('queued', 'claimed')"),
    ("ix_absences_last", "absences", ["last"], ""),
    ("ix_attempts_message", "attempts", ["message"], ""),
    ("ix_ledger_entry", "ledger", ["entry"], ""),
    ("ix_ledger_message", "ledger", ["message"], ""),
    ("uq_ledger_standing", "ledger", ["entry", "rule", "occurrence", "person", "day"], "standing"),
    ("ix_links_parent", "links", ["parent"], ""),
    ("uq_notices_standing", "notices", ["kind", "key"], "resolved_at IS NULL"),
)


def upgrade() -> None:
    """Everything the first release keeps."""
    op.create_table(
        "changes",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("verb", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("known_on", sa.Date(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("effects", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_changes")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "checks",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("looked_at", sa.Integer(), nullable=False),
        sa.Column("owed", sa.Integer(), nullable=False),
        sa.Column("mails", sa.Integer(), nullable=False),
        sa.Column("held", sa.Integer(), nullable=False),
        sa.Column("rules", sa.String(), nullable=False),
        sa.Column("calendars", sa.String(), nullable=False),
        sa.Column("people", sa.String(), nullable=False),
        sa.Column("limits", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_checks")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "entries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("document", sa.JSON(), nullable=False),
        sa.Column("wake", sa.Date(), nullable=True),
        sa.Column("live", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("earliest_end", sa.Date(), nullable=True),
        sa.Column("secured_until", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
        sa.UniqueConstraint("position", name=op.f("uq_entries_position")),
    )
    op.create_table(
        "messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("released", sa.Boolean(), nullable=False),
        sa.Column("in_doubt", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_by", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("kind", "person", "day", "sequence", name=op.f("uq_messages_kind_person_day_sequence")),
        sa.UniqueConstraint("message_id", name=op.f("uq_messages_message_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "versions",
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_versions")),
    )
    op.create_table(
        "absences",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("deputy", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["number"], ["changes.number"], name=op.f("fk_absences_number")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_absences")),
    )
    op.create_table(
        "attempts",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("reply", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_attempts_message")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_attempts")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "ledger",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("planned", sa.Date(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("derivation", sa.Text(), nullable=False),
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.Column("brake", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_ledger_message")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_ledger")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "links",
        sa.Column("child", sa.String(), nullable=False),
        sa.Column("parent", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["child"], ["entries.id"], name=op.f("fk_links_child"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["parent"], ["entries.id"], name=op.f("fk_links_parent"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("child", "parent", name=op.f("pk_links")),
    )
    op.create_table(
        "notices",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("do", sa.Text(), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_notices_message")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notices")),
        sqlite_autoincrement=True,
    )
    for name, table, columns, rows in INDEXES:
        where = sa.text(rows) if rows else None
        op.create_index(name, table, columns, unique=name.startswith("uq_"), sqlite_where=where, postgresql_where=where)
    sqlite, postgresql = sa.text("live = 1"), sa.text("live")
    op.create_index("ix_entries_live", "entries", ["live"], sqlite_where=sqlite, postgresql_where=postgresql)
