"""Upkeep, once a day and in small pieces: the text of mails that need not be kept any longer goes."""

from __future__ import annotations

from datetime import datetime

from monitor.actions.admin.prune import BATCH, before
from monitor.app import App
from monitor.core.model.slots import local_day
from monitor.store.retention import forget_mails
from monitor.store.state import keep_state, read_state

PIECES = 10  # of one tick; the rest follows at the next


def upkeep(app: App, now: datetime) -> int:
    """What is left of the day's upkeep, up to a few pieces. Gives how many mails were forgotten. Raises Unavailable."""
    day, forgotten, kept = local_day(app.policy, now), 0, app.retention.mail
    with app.store.reading() as connection:
        if read_state(connection).maintained == day:
            return 0
    for _ in range(PIECES):
        with app.store.writing() as connection:
            found = forget_mails(connection, before(app, kept, now), BATCH) if kept else 0
            forgotten += found
            if found < BATCH:
                keep_state(connection, maintained=day)
                break
    return forgotten
