"""Due days that moved"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Keep what people read, or are still to read, of a due day that moved."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "moves",
        sa.Column("number", number, autoincrement=True, nullable=False),
        sa.Column("entry", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("occurrence", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("before", sa.Date(), nullable=False),
        sa.Column("after", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("message", number, nullable=True),
        sa.Column("standing", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["message"], ["messages.id"], name=op.f("fk_moves_message")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_moves")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_moves_entry", "moves", ["entry"])
    op.create_index("ix_moves_message", "moves", ["message"])
    columns, untold = ["person", "entry", "rule", "occurrence"], sa.text("message IS NULL")
    op.create_index("uq_moves_untold", "moves", columns, unique=True, sqlite_where=untold, postgresql_where=untold)
