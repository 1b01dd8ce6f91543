"""The mandate and deadline monitor: a register of decisions that expire, and the reminders that follow from it."""

__version__ = "0.1.0"
