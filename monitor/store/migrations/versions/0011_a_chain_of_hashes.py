"""A chain of hashes"""

import sqlalchemy as sa
from alembic import op

from monitor.store.chain import build

revision = "0011"
down_revision = "0009"  # the program before it writes rows without a link: it cannot go on beside this one


def upgrade() -> None:
    """Chain what is there: what was altered before is not found, what is altered from here on is."""
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "chain",
        sa.Column("number", number, autoincrement=False, nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("first", number, nullable=True),
        sa.Column("last", number, nullable=True),
        sa.Column("rows", number, nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("head", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_chain")),
    )
    build(op.get_bind())
