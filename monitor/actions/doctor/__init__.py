"""Checks of an installation: configuration, database, relay, register. They read only and say what to do."""
