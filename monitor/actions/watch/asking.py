"""Ask a source of the public record what is new, under a lease, and put into the inbox what concerns the register."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime

from msgspec import Struct

from monitor.actions.operator.alerts import source_silent
from monitor.actions.operator.notices import end_alerts, raise_alerts
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.errors import Refused, UnknownId
from monitor.core.model.register import Register
from monitor.core.model.slots import known_on
from monitor.core.model.watching import Answer, Followed, Item, Question, Record, Removed, Trouble
from monitor.core.proposals.recorded import text_of
from monitor.core.proposals.watched import Watched, digest
from monitor.store import inbox, records, sources
from monitor.store.engine import Transaction
from monitor.store.inbox import InboxItem, InboxState, NewItem
from monitor.store.register import load_register
from monitor.store.sources import LEASE, SourceState
from monitor.watch_wiring import Watch

LONGEST = LEASE.total_seconds() * 0.8  # of one question; then no further page is asked for
Stop = Callable[[], bool]


class Asked(Struct, frozen=True, kw_only=True):
    """What came of asking one source."""

    source: str
    troubles: tuple[Trouble, ...]  # without any the answer was whole
    records: int  # that came
    new: tuple[InboxItem, ...]
    complete_at: datetime | None  # the last whole answer, this one or an earlier


def watch_of(app: App) -> Watch:
    """Return what is followed. Raises Refused where no source is configured."""
    if app.watch is None or not app.watch.names:
        raise Refused(
            "No source of the public record is configured: name one in [watch.sources] (docs/watch.md), "
            "or read recess dates with --recess."
        )
    return app.watch


def ask(app: App, name: str, clock: Callable[[], datetime], stop: Stop) -> Asked | None:
    """Ask one source; None: another process asks it, or it was asked less than a minute ago.

    What came is put into the inbox, also when something is missing; only a whole answer counts as an answer.
    Raises Faults for its settings, UnknownId, Unavailable.
    """
    watch, until = watch_of(app), time.monotonic() + LONGEST
    if name not in watch.names:
        raise UnknownId("source", name, watch.names)
    source = watch.sources()[name]
    with app.store.posting() as connection:
        claimed = sources.claim(connection, name, app.who, app.store.now(connection, clock()))
    if claimed is None:
        return None
    try:
        question = Question(cursor=claimed.cursor, since=clock() - watch.first)
        answer = source.ask(question, lambda: stop() or time.monotonic() > until)
        return _kept(app, claimed, answer, clock())
    except BaseException:
        with app.store.posting() as connection:
            sources.release(connection, name, app.who)
        raise


def _kept(app: App, claimed: SourceState, answer: Answer, now: datetime) -> Asked:
    """Put in what an answer brings, and keep how far the source was read, in one transaction."""
    with app.store.reading() as connection:
        register = load_register(connection)
    watched = watched_by(app, register, now)
    with app.store.writing() as connection:
        numbers = put_records(connection, claimed.name, answer.records, watched, now)
        clock = app.store.now(connection, now)
        settled = sources.settle(connection, claimed.name, app.who, answer, clock)
        if settled and answer.whole:
            records.resolve_notices(connection, AlertKind.SOURCE_SILENT, now, only=claimed.name)
        new = tuple(filter(None, (inbox.find(connection, number) for number in numbers)))
    complete_at = clock if settled and answer.whole else claimed.complete_at
    return Asked(
        source=claimed.name, troubles=answer.troubles, records=len(answer.records), new=new, complete_at=complete_at
    )


def watched_by(app: App, register: Register, now: datetime) -> Watched:
    """Return what the record is compared with."""
    followed = app.watch.followed if app.watch else Followed()
    return Watched(register, app.policy, followed, known_on(app.policy, now))


def put_records(
    connection: Transaction, source: str, found: Iterable[Record], watched: Watched, now: datetime
) -> list[int]:
    """Put into the inbox what concerns the register; return the numbers of what is new."""
    known = inbox.of_source(connection, source)
    waiting = {one.item.record.number for one in known if one.state == InboxState.OPEN and one.item.kind != "removed"}
    by_id = {one.item.record.id: one for one in known}
    numbers: list[int] = []
    for record in found:
        if isinstance(record, Removed) and record.id in by_id:
            record = Removed(number=by_id[record.id].item.record.number, id=record.id)
        item = _removed(record, watched) if isinstance(record, Removed) else watched.item(record)
        if record.number in waiting and (item is None or item.kind == "removed"):
            inbox.overtake(connection, source, record.number, now)  # nothing is left to decide about it
        if item:
            numbers += inbox.put(connection, source, NewItem(item=item, text_sha256=digest(text_of(item))), now)
    return numbers


def _removed(record: Removed, watched: Watched) -> Item | None:
    """Return that a registered promise was removed from the record."""
    entry = watched.registered(record.number)
    return Item(kind="removed", key=f"removed {record.number}", entry=entry.id, record=record) if entry else None


def due(app: App, now: datetime) -> list[str]:
    """Return the sources whose turn to be asked has come."""
    if app.watch is None or not app.watch.names:
        return []
    with app.store.reading() as connection:
        known, clock = sources.known(connection), app.store.now(connection, now)
    asked = {name: found.asked_at for name, found in known.items()}
    every = app.watch.every
    return [name for name in app.watch.names if (at := asked.get(name)) is None or abs(clock - at) >= every]


def report_silence(app: App, now: datetime) -> None:
    """Notify the operator of sources that have given no whole answer for long; end what is no longer so."""
    if app.watch is None:
        return
    with app.store.reading() as connection:
        known, clock = sources.known(connection), app.store.now(connection, now)
        raised = {row.key for row in records.open_notices(connection) if row.kind == AlertKind.SOURCE_SILENT}
    silent = [one for name in app.watch.names if (one := known.get(name)) and is_silent(one, app.watch, clock)]
    if raised == {one.name for one in silent}:
        return
    with app.store.writing() as connection:
        end_alerts(
            connection, [AlertKind.SOURCE_SILENT], now, but=[(AlertKind.SOURCE_SILENT, one.name) for one in silent]
        )
        alerts = [source_silent(one.name, one.silent_since, [t.said for t in one.troubles]) for one in silent]
        raise_alerts(connection, alerts, now)


def is_silent(found: SourceState, watch: Watch, clock: datetime) -> bool:
    """Return whether a source has given no whole answer for too long."""
    return clock - found.silent_since > watch.old_after
