"""Notices as values"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
serves = "0003"  # the program before it leaves the column empty, and reads the English texts beside it


def upgrade() -> None:
    """A notice is mailed in the language of its reader: what it says is kept as values too."""
    op.add_column("notices", sa.Column("said", sa.JSON(), nullable=True))
