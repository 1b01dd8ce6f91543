"""Promises of sending, decided without sending: retries, refusals, whose trouble a failure is, and its age."""
