"""Letters on record that were recorded on several entries in one go."""

from __future__ import annotations

from datetime import timedelta

from msgspec import Struct

from monitor.app import App
from monitor.core.errors import Refused
from monitor.store.engine import Transaction
from monitor.store.history import history
from monitor.store.register import load_register, require_entry

MOST = 10_000  # changes of one entry, or made at one instant, that are looked through
TICK = timedelta(microseconds=1)  # the precision of an instant
SAME = ("type", "on", "reference")  # what a letter has alike on every entry


class RecordedEvent(Struct, frozen=True, kw_only=True):
    """An event on record, and its entry."""

    entry: str
    event: str  # its id


def recorded_together(app: App, id: str, event: str) -> tuple[RecordedEvent, ...]:
    """The event (its id, or the last of that type) of an entry, with the same letter on other entries.

    The same letter has one actor, instant, type, day and reference. What was retracted is left out. Raises UnknownId or
    Refused.
    """
    with app.store.reading() as connection:
        found = _together(connection, id, event)
        register = load_register(connection, {one.entry for one in found})
    there = {item.id for entry in register for item in entry.effective_events()}
    return tuple(one for one in found if one.event in there)


def _together(connection: Transaction, id: str, event: str) -> list[RecordedEvent]:
    require_entry(connection, id)
    entry = load_register(connection, {id})[id]
    fitting = [item.id for item in entry.effective_events() if event in (item.id, item.type)]
    made = history(connection, entry=id, verb="record", limit=MOST) if fitting else []
    chief = next((row for row in made if row.effects and row.effects.get("event") == fitting[-1]), None)
    if not fitting:
        raise Refused("{id} has no event {event!r} to retract.", id=id, event=event)
    if chief is None:  # it came by another verb, alone
        return [RecordedEvent(entry=id, event=fitting[-1])]
    rows = history(connection, actor=chief.actor, verb="record", first=chief.at, last=chief.at + TICK, limit=MOST)
    alike = [row for row in rows if all(row.body.get(name) == chief.body.get(name) for name in SAME)]
    return [RecordedEvent(entry=row.entry, event=row.effects["event"]) for row in reversed(alike)]
