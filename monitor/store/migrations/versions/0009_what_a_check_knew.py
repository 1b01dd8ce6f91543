"""What a check knew"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
serves = "0003"  # the program before it leaves the columns empty


def upgrade() -> None:
    """An audit judges as a check had to: with the changes that it knew, and what it knew of earlier mails."""
    op.add_column("checks", sa.Column("register", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True))
    op.add_column("checks", sa.Column("circumstances", sa.JSON(), nullable=True))
