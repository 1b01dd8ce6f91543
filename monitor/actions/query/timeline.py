"""The timeline: who is in force when, how much of it is secured, and what is due; read from the register."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from monitor.actions.query.as_of import see
from monitor.app import App
from monitor.core.forecast.timeline import Timeline, default_span, timeline
from monitor.core.model.slots import local_day
from monitor.core.planning.plan import plan_as_entered


def draw(
    app: App, now: datetime, *, entries: Collection[str] = (), first: date | None = None, last: date | None = None,
    kind: str | None = None, known: date | None = None,
) -> Timeline:  # fmt: skip
    """The entries named (default: all), of one kind or of all. Raises UnknownId, Refused."""
    with app.store.reading() as connection:
        seen = see(app, connection, now, known=known, ids=entries or None)
    wanted = [id for id in entries or seen.register.entries if kind in (None, seen.register[id].kind)]
    made = plan_as_entered(seen.register, seen.day, seen.policy, seen.people, {}, only=wanted)
    today = known or local_day(app.policy, now)
    begin, end = default_span(today, first, last)
    return timeline(
        seen.register, made.entries, seen.policy, first=begin, last=end, day=seen.day, today=today, known=known,
    )  # fmt: skip
