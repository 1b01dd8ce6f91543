"""Recognise a restored backup: a database that is behind the note outside it. Then everything is held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from monitor.actions.operator.alerts import Alert, note_missing, note_other, note_unusable, restore_held
from monitor.actions.operator.notices import end_alerts, raise_alerts
from monitor.app import App, in_english
from monitor.core.delivery.alerts import AlertKind
from monitor.core.errors import Refused, Unavailable
from monitor.core.model.phrases import Fact, Phrase, Several, phrase
from monitor.core.model.slots import last_slot
from monitor.core.register.restore_marker import MarkerComparison, RestoreMarker, compare, lost, successor
from monitor.store import noted, outbox, records
from monitor.store.engine import Transaction
from monitor.store.state import keep_state, read_state

NOTE_ALERTS = {AlertKind.NOTE_UNUSABLE, AlertKind.NOTE_MISSING, AlertKind.NOTE_OTHER}
TRIES = 5  # how often a note is written again that another process has overtaken
BY_HAND = phrase("restored.by_hand")


def recognise(app: App, now: datetime, *, trouble: bool = True) -> Alert | None:
    """Hold everything when the database is behind the note; return the alert that was raised.

    `trouble`: also raise an alert when the note cannot be read, is missing, or is of another database.
    """
    if app.state is None:
        return None
    unusable = before = None
    try:
        before = noted.read_note(app.state)  # before the database: another process may write a later note meanwhile
    except Unavailable as cause:
        unusable = note_unusable(app.state, cause)
    restored, found = _read(app)
    if restored:
        return None
    comparison, note = compare(found, before) if before else None, f"{app.state}/{noted.FILE}"
    if before and comparison is MarkerComparison.BEHIND:
        gone = tuple(phrase(f"restored.{key}", n=count) for key, count in lost(found, before))
        missing: Fact = phrase("restored.numbers", numbers=Several(parts=gone)) if gone else phrase("restored.restore")
        return hold(app, phrase("restored.backup", missing=missing, note=note), now, instance=successor(found, before))
    if unusable is None and before is None and found.ledger:
        unusable = note_missing(app.state, note)
    if comparison is MarkerComparison.OTHER:
        unusable = note_other(app.store.name, note)
    return _raise(app, unusable, now) if unusable and trouble else None


def write_note(app: App, now: datetime) -> None:
    """Note how far the database has come, after a commit. A note that cannot be written raises an alert, no error.

    A note that is ahead stays: the backup was restored under a running process, and `recognise` is to find it.
    """
    if app.state is None:
        return
    with app.store.reading() as connection:
        restored, found = read_state(connection).restored, noted.mark(connection)
        repaired = any(row.kind in NOTE_ALERTS for row in records.open_notices(connection))
    if restored or not found.instance:
        return
    before = _note(app)
    if before and compare(found, before) is MarkerComparison.BEHIND:
        return
    try:
        if before != found:
            noted.write_note(app.state, found)
    except Unavailable as cause:
        _raise(app, note_unusable(app.state, cause), now)
        return
    if repaired:
        with app.store.writing() as connection:
            end_alerts(connection, NOTE_ALERTS, now)


@contextmanager
def changing(app: App, now: datetime) -> Iterator[Transaction]:
    """Open the transaction of what a person changes; the note is written after it.

    A restored backup is recognised before it: numbers that grow past the note would hide it. Other trouble with the
    note is left to the next check, which alerts the operator: a person's account need not be able to write it.
    """
    recognise(app, now, trouble=False)
    with app.store.writing() as connection:
        noted.name_once(connection, now, app.who)
        yield connection
    _advance_note(app)


def _advance_note(app: App) -> None:
    """Write what was committed, again where another process has written less after it. A missing note stays missing."""
    for _ in range(TRIES if app.state else 0):
        restored, found = _read(app)
        if restored or app.state is None:
            return
        try:
            before = noted.read_note(app.state)
            if before is None and found.ledger:
                return
            if before and (before == found or compare(found, before) is not MarkerComparison.ABREAST):
                return
            noted.write_note(app.state, found)
        except Unavailable:
            return


def hold(app: App, what: Phrase, now: datetime, *, instance: str = "") -> Alert:
    """Hold everything that waits and everything to come, until `resume`; return the alert. `what`: the reason."""
    with app.store.writing() as connection:
        known = read_state(connection).restored
        if not known:
            keep_state(connection, restored=in_english(what))
            outbox.hold_waiting(connection)
            if instance:
                noted.name_instance(connection, instance)
        found = restore_held(last_slot(app.policy, now), restore_reason(known) if known else what)
        raise_alerts(connection, [found], now)
    return found


def restore_reason(kept: str) -> Fact:
    """Return why everything is held, from the text that is kept of it."""
    return BY_HAND if kept == in_english(BY_HAND) else phrase("restored.kept", text=kept)


def hold_by_hand(app: App, now: datetime) -> Alert:
    """Hold everything because the operator says so: this database is a restored backup, or nothing may leave.

    The installation gets the name of a restored one in either case: what is mailed from here on must not pass for a
    mail that was lost, and no other daemon's note is ahead of it.
    """
    found = _read(app)[1]
    before = _note(app) if app.state else None
    return hold(app, BY_HAND, now, instance=successor(found, before or found) if found.instance else "")


def resume(app: App, now: datetime) -> int:
    """Judge and send as usual from here on; return how many mails stay held. Raises Refused."""
    require_held(app)
    with app.store.writing() as connection:
        keep_state(connection, restored="")
        records.resolve_notices(connection, AlertKind.RESTORED, now)
        count = len(outbox.held(connection))
    _advance_note(app)
    return count


def require_held(app: App) -> None:
    """Raise Refused where there is nothing to resume."""
    if not _read(app)[0]:
        raise Refused("Nothing is to be resumed: the database is not held as a restored backup.")


def _read(app: App) -> tuple[str, RestoreMarker]:
    """Return why everything is held for a restore (empty: it is not), and how far the database has come."""
    with app.store.reading() as connection:
        return read_state(connection).restored, noted.mark(connection)


def _note(app: App) -> RestoreMarker | None:
    """Return the note; None where there is none or it cannot be read, so that it is written again."""
    assert app.state is not None
    try:
        return noted.read_note(app.state)
    except Unavailable:
        return None


def _raise(app: App, found: Alert, now: datetime) -> Alert:
    with app.store.writing() as connection:
        raise_alerts(connection, [found], now)
    return found
