"""Watch over the database: one that is behind the note outside it is a restored backup, and everything is held."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection

from monitor.actions.operator.notices import Alert, raise_all
from monitor.app import App
from monitor.core.errors import Refused, Unavailable
from monitor.core.model.slots import last_slot
from monitor.core.register.restore_marker import MarkerComparison, RestoreMarker, lost, standing, successor
from monitor.store import held, noted, records
from monitor.store import register as rows

RESTORED = "restored"  # key of what is known of the restore, while everything is held for it
UNUSABLE, MISSING, OTHER = "note-unusable", "note-missing", "note-other"  # kinds of trouble with the note
TRIES = 5  # how often a note is made again that another process has overtaken
BY_HAND = "Somebody asked to hold everything (`monitor outbox hold`)."


def look(app: App, now: datetime) -> Alert | None:
    """Before anything is judged or sent: hold everything when the database is behind the note. Gives what was found new."""
    if app.state is None:
        return None
    unusable = before = None
    try:
        before = noted.read_note(app.state)  # before the database: another process may be about to note more
    except Unavailable as cause:
        unusable = _unusable(app, cause)
    with app.store.reading() as connection:
        known, found = rows.note(connection, RESTORED), noted.mark(connection)
    if known is not None:
        return None
    if unusable:
        return _tell(app, unusable, now)
    if before is None:
        return _tell(app, _missing(app), now) if found.ledger else None
    match standing(found, before):
        case MarkerComparison.BEHIND:
            return hold(app, _lost(app, found, before), now, instance=successor(found, before))
        case MarkerComparison.OTHER:
            return _tell(app, _other(app), now)
    return None


def note(app: App, now: datetime) -> None:
    """After a commit: note how far the database has come. That it cannot be noted is told, and stops nothing.

    A note that is ahead stays: the backup was restored under a running process, and the next `look` is to see it.
    """
    if app.state is None:
        return
    with app.store.reading() as connection:
        known, found = rows.note(connection, RESTORED), noted.mark(connection)
        told = {row.kind for row in records.standing_notices(connection)} & {UNUSABLE, MISSING, OTHER}
    if known is not None or not found.instance:
        return
    before = _read(app)
    if before and standing(found, before) is MarkerComparison.BEHIND:
        return
    try:
        if before != found:
            noted.write_note(app.state, found)
    except Unavailable as cause:
        _tell(app, _unusable(app, cause), now)
        return
    for kind in told:  # the note is good again
        with app.store.writing() as connection:
            records.resolve_notices(connection, kind, now)


@contextmanager
def changing(app: App, now: datetime) -> Iterator[Connection]:
    """The transaction of what a person changes. How far the database has come is noted after it.

    A restored backup is recognised before it: numbers that grow past the note would hide it. All other trouble with the
    note is left to the next check, which tells the operator: a person's account need not be able to write it.
    """
    _recognise(app, now)
    with app.store.writing() as connection:
        noted.name_once(connection, now, app.who)
        yield connection
    _advance(app)


def _recognise(app: App, now: datetime) -> None:
    before = _read(app) if app.state else None  # before the database: another process may be about to note more
    if before is None:
        return
    with app.store.reading() as connection:
        known, found = rows.note(connection, RESTORED), noted.mark(connection)
    if known is None and standing(found, before) is MarkerComparison.BEHIND:
        hold(app, _lost(app, found, before), now, instance=successor(found, before))


def _advance(app: App) -> None:
    """Note what was committed; again where another process has noted less after it. No note is made where one should be."""
    for _ in range(TRIES if app.state else 0):
        with app.store.reading() as connection:
            known, found = rows.note(connection, RESTORED), noted.mark(connection)
        if known is not None or not _put_forward(app, found):
            return


def _put_forward(app: App, found: RestoreMarker) -> bool:
    """Make the note say so, if it is less far and can be written; False: there was nothing to write."""
    assert app.state is not None
    try:
        before = noted.read_note(app.state)
        if before is None and found.ledger:
            return False
        if before is not None and (before == found or standing(found, before) is not MarkerComparison.ABREAST):
            return False
        noted.write_note(app.state, found)
    except Unavailable:
        return False
    return True


def hold(app: App, what: str, now: datetime, *, instance: str = "") -> Alert:
    """Hold everything that waits and everything to come, until somebody says `resume`."""
    day = last_slot(app.policy, now)
    with app.store.writing() as connection:
        if rows.note(connection, RESTORED) is None:
            rows.keep(connection, RESTORED, what)
            held.hold_waiting(connection)
            if instance:
                noted.rename(connection, instance)
        trouble = Alert.restored(day, rows.note(connection, RESTORED) or what)
        raise_all(connection, [trouble], now)
    return trouble


def hold_by_hand(app: App, now: datetime) -> Alert:
    """The operator knows what the monitor cannot: that this database is a restored backup, or that nothing may leave.

    It gets the name of one in either case: what is mailed from here on must not pass for a mail that was lost, and no
    other daemon's note is ahead of it.
    """
    with app.store.reading() as connection:
        found = noted.mark(connection)
    before = _read(app) if app.state else None
    return hold(app, BY_HAND, now, instance=successor(found, before or found) if found.instance else "")


def resume(app: App, now: datetime) -> int:
    """Judge and send as usual from here on; what is held stays held. Gives how many mails that is. Raises Refused."""
    with app.store.writing() as connection:
        _must_be_held(connection)
        rows.forget(connection, RESTORED)
        records.resolve_notices(connection, "restored", now)
        count = len(held.numbers(connection))
    _advance(app)
    return count


def must_be_held(app: App) -> None:
    """Raises Refused where there is nothing to resume."""
    with app.store.reading() as connection:
        _must_be_held(connection)


def _must_be_held(connection: Connection) -> None:
    if rows.note(connection, RESTORED) is None:
        raise Refused("Nothing is to be resumed: the database is not held as a restored backup.")


def _read(app: App) -> RestoreMarker | None:
    """The note, or None where what stands there cannot be read: it is then written anew."""
    assert app.state is not None
    try:
        return noted.read_note(app.state)
    except Unavailable:
        return None


def _tell(app: App, trouble: Alert, now: datetime) -> Alert:
    """Tell the operator, once while it stands; it is over when the note is made anew."""
    with app.store.writing() as connection:
        raise_all(connection, [trouble], now)
    return trouble


def _lost(app: App, found: RestoreMarker, before: RestoreMarker) -> str:
    missing = ", ".join(f"{count} {name}" for name, count in lost(found, before))
    what = f"{missing} that were noted" if missing else "a restore that was noted"
    return f"This database is a restored backup: it does not know {what} in {app.state}/{noted.FILE}."


def _unusable(app: App, cause: Unavailable) -> Alert:
    do = f"Let this account read and write {app.state} ([paths] state); until then a restored backup is not recognised."
    return Alert(kind=UNUSABLE, key=str(app.state), what=str(cause), do=do)


def _missing(app: App) -> Alert:
    what = f"The note {app.state}/{noted.FILE} of how far the database has come is not there; it is made anew."
    do = "If this database is a restored backup, type `monitor outbox hold` before the next slot; else nothing."
    return Alert(kind=MISSING, key=str(app.state), what=what, do=do)


def _other(app: App) -> Alert:
    what = f"The note {app.state}/{noted.FILE} is of another installation's database; it is made anew for {app.store.name}."
    do = "If that surprises you, look at [database] url: people may be told again what another database knows as said."
    return Alert(kind=OTHER, key=app.store.name, what=what, do=do)
