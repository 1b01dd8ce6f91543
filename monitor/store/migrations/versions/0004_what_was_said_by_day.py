"""What was said, by day"""

from alembic import op

revision = "0004"
down_revision = "0003"
serves = "0003"  # an index more is nothing that the program before it would notice


def upgrade() -> None:
    """The brake and the proof ask what was said in a span of days; without an index each would read the whole ledger."""
    op.create_index("ix_ledger_said", "ledger", ["day", "standing", "brake"])
