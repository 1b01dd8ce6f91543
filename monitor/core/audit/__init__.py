"""Which reminders were owed at each check, worked out again, beside those that ledger, outbox and relays have."""
