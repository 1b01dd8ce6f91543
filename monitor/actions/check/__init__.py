"""The check of a slot: snapshot, plan, mails into the outbox, in one short write."""
