"""The deadlines of the whole register as a calendar file (RFC 5545), to open in Outlook or another calendar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import IO

from msgspec.structs import replace

from monitor.actions.exchange.exporting import output_to
from monitor.actions.query.as_of import RegisterView, view_register
from monitor.app import App, words_in
from monitor.core.forecast.agenda import GONE, Deadline, deadlines
from monitor.core.planning.plan import Plan, plan
from monitor.core.register.graph import nearby, reached
from monitor.core.sentences import Sentence
from monitor.exchange.calendar_file import CalendarDay, write_calendar
from monitor.store.engine import Transaction
from monitor.store.history import LastChange, changed_between, last_changes, last_days_of_settings, last_settings

HOST = "mandate-monitor"  # of every UID: a name of the installation may change, and each day would be there twice


def export_agenda(app: App, path: Path | None, now: datetime, language: str) -> int:
    """Write the calendar to a file, or to standard output without one; return how many are open. Raises Faults."""
    with output_to(path) as file:
        return write_agenda(app, file, now, language)


def write_agenda(app: App, file: IO[bytes], now: datetime, language: str) -> int:
    """Write the deadlines in the words of a language; return how many are open.

    An open one has its due day, with the reason as description, and always the same UID. One that moves with recess
    beyond the last known recess is tentative. One that is no longer open is there as cancelled for GONE days.
    """
    with app.store.reading() as connection:
        seen = view_register(app, connection, now, None, None, None)
        found = deadlines(_plan(seen), _before(app, connection, now, seen.day))
        changed, kept = last_changes(connection), last_settings(connection)
    words, settings = words_in(language), _settings(app, kept)
    days = []
    for one in found:
        last = _last(seen, one, changed)
        entry = seen.register.entries.get(one.entry.id, one.entry)  # as it is now: it may have become sensitive
        title = entry.id if entry.sensitive else entry.title
        summary = Sentence("{what}: {title}", what=one.item.rule.heading(language), title=title)
        if one.gone:
            summary = Sentence("No longer due: {what}", what=summary)
        days.append(
            CalendarDay(
                uid=f"{one.item.key.entry}/{one.item.key.rule}/{one.item.key.occurrence}@{HOST}",
                day=one.item.due.day,
                summary=str(words.isolate(summary)),
                description=words.derivation(one.item.due.steps),
                changed=max(last.at, settings.at) if settings else last.at,
                sequence=last.number + (settings.number if settings else 0),
                tentative=one.item.due.provisional,
                cancelled=one.gone,
            )
        )
    name = words.isolate(Sentence("Deadlines"))
    write_calendar(file, str(name), days)
    return sum(not one.gone for one in found)


def _settings(app: App, kept: tuple[LastChange, tuple[str, str]] | None) -> LastChange | None:
    """Return how often rules and calendars changed so far, those of today included; None before the first check."""
    if kept is None or kept[1] == (app.hashes["rules"], app.hashes["calendars"]):
        return kept and kept[0]
    return replace(kept[0], number=kept[0].number + 1)


def _plan(seen: RegisterView, only: Iterable[str] | None = None) -> Plan:
    return plan(seen.register, seen.day, seen.policy, seen.people, {}, only=only, as_entered=True)


def _before(app: App, connection: Transaction, now: datetime, day: date) -> Iterator[Plan]:
    """Yield the plans of the last GONE days, the latest first: of each day whose slot knew something new.

    Where only entries changed, those and what depends on them are planned: of the others the first day's plan tells.
    """
    first = day - timedelta(days=GONE)
    changed = changed_between(connection, first, day)
    whole = {first, *last_days_of_settings(connection, first, day)} - {day}
    entries = set().union(*changed.values())
    for known in sorted({*changed, *whole}, reverse=True):
        then = view_register(app, connection, now, None, known, None)
        few = reached(then.register, [id for id in entries if id in then.register.entries])
        yield _plan(then, None if known in whole else few)


def _last(seen: RegisterView, one: Deadline, changed: dict[str, LastChange]) -> LastChange:
    """Return the last change of the entry and of everything it depends on."""
    near = nearby(seen.register.entries, (), one.entry.id)
    return max((changed[id] for id in (one.entry.id, *near) if id in changed), key=lambda last: last.number)
