"""People whose mail is not delivered: since when, and whose reminders others get. All follows from the outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from msgspec.structs import replace

from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import SLOTS, WAITS, Backlog, backlog
from monitor.core.model.people import Late, People
from monitor.core.model.slots import local_day, slot_of
from monitor.store import records, refused, waiting
from monitor.store.engine import Transaction
from monitor.store.register import wake_entries
from monitor.store.waiting import Unsettled


class Undelivered(Struct, frozen=True, kw_only=True):
    """One person for whom mail waits that was tried in vain, or has waited since an earlier slot."""

    person: str
    address: str
    since: date  # slot of the oldest reminder or mail that was not delivered
    slots: int  # from then on, the latest included
    waiting: tuple[int, ...]  # numbers of the mails that wait now
    tried: datetime | None  # latest attempt that failed for this mail alone; None: there was none
    reply: str  # the relay's words then
    others: bool  # since then a relay has taken a mail, for any person
    late: Late | None  # past `undelivered_limit`: of what others are reminded as well; None: of nothing

    @property
    def key(self) -> str:
        """The key of its alerts."""
        return f"{self.person} {self.address}"

    @property
    def alarming(self) -> bool:
        """Two slots without delivery, and not only because no relay could be used."""
        return self.slots >= SLOTS and self.tried is not None


def undelivered(app: App, connection: Transaction, day: date) -> tuple[Undelivered, ...]:
    """Return the people for whom mail waits as of the slot of `day`, oldest first."""
    mails = waiting.unsettled(connection, day, waiting.check_before(connection, day) or day)
    if not mails:
        return ()
    runs: dict[str, list[tuple[str, Backlog]]] = defaultdict(list)
    for person, entry, found in _runs(connection, mails, day):
        runs[person].append((entry, found))
    latest = {mail.person: mail for mail in mails}
    now, down = waiting.mails_of(connection, runs), _down_since(connection)
    last_up = min(day, local_day(app.policy, down)) if down else day  # the days of an outage make no mail late
    made = []
    for person, theirs in runs.items():
        since = min(found.since for _, found in theirs)
        tries = waiting.last_tried(connection, sorted({id for _, found in theirs for id in found.messages}))
        last = max(tries.values(), key=lambda one: one[0], default=None)
        others = last is not None and waiting.accepted_since(connection, slot_of(app.policy, since))
        made.append(
            Undelivered(
                person=person,
                address=latest[person].address,
                since=since,
                slots=app.policy.calendar().business_days_between(since - ONE_DAY, day),
                waiting=tuple(now.get(person, ())),
                tried=last[0] if last else None,
                reply=last[1] if last else "",
                others=others,
                late=_late(app, connection, person, theirs, last_up) if others else None,
            )
        )
    return tuple(sorted(made, key=lambda one: (one.since, one.person)))


def _late(
    app: App, connection: Transaction, person: str, runs: Sequence[tuple[str, Backlog]], last_up: date
) -> Late | None:
    """Return of what others are reminded as well. `last_up`: last day on which the relay was not known to be down."""
    add, limit = app.policy.calendar().add, app.undelivered_limit
    past = [(entry, found.since) for entry, found in runs if add(found.since, limit) <= last_up]
    if not past:
        return None
    since, entries = min(day for _, day in past), frozenset(entry for entry, _ in past if entry)
    arrives = waiting.delivered_since(connection, person, slot_of(app.policy, since))
    return Late(since=since, entries=entries if arrives else None)


def reachable(app: App, connection: Transaction, day: date | None = None) -> People:
    """Return the people, with those marked whose address refused a mail permanently.

    `day`: a refusal counts for its slot; from the next on the address is tried again, and others are reminded as well,
    as where mail is late as of that slot. Without a day, what waits is taken as delivered.
    """
    known = app.people.persons
    refusals = refused.refusals(connection)
    failed = {id: one for id, one in refusals.items() if id in known and known[id].address == one.address}
    if not day:
        return replace(app.people, unreachable=frozenset(failed)) if failed else app.people
    slot = slot_of(app.policy, day)
    gone = frozenset(id for id, one in failed.items() if one.last >= slot)
    late = {one.person: one.late for one in undelivered(app, connection, day) if one.late and one.person in known}
    late |= {id: Late(since=local_day(app.policy, one.first)) for id, one in failed.items()}
    late = {id: one for id, one in late.items() if id not in gone}
    return replace(app.people, unreachable=gone, undelivered=late) if gone or late else app.people


def wake_refused(app: App, connection: Transaction, day: date) -> None:
    """Have a check look again at what people whose address refused mail are owed, and mail refused notices again."""
    records.requeue_refused(connection)
    if persons := reachable(app, connection).unreachable:
        wake_entries(connection, refused.refused_entries(connection, persons), day)


def out_of_reach(app: App, connection: Transaction, day: date) -> Mapping[str, str]:
    """Return person → address for those whom a notice would not reach: refused, or undelivered for two slots."""
    waits = () if relay_is_down(connection) else undelivered(app, connection, day)
    found = {one.person: one.address for one in waits if one.alarming}
    return found | refused.unreachable(connection, slot_of(app.policy, day))


def relay_is_down(connection: Transaction) -> bool:
    """Return whether the operator was notified that the relay takes no mail, and it has taken none since."""
    return _down_since(connection) is not None


def _down_since(connection: Transaction) -> datetime | None:
    down = (row.raised_at for row in records.open_notices(connection) if row.kind == AlertKind.RELAY_DOWN)
    return next(down, None)


def _runs(connection: Transaction, mails: Sequence[Unsettled], day: date) -> Iterator[tuple[str, str, Backlog]]:
    """Yield person, entry and age of what was not delivered: reminders by entry, overviews, other mails one by one."""
    reminded = waiting.places_in(connection, [mail.id for mail in mails])
    places = {place for found in reminded.values() for place in found}
    reminders = waiting.reminders(connection, {key.entry for key, _ in places})
    overviews = waiting.overviews(connection, {mail.person for mail in mails if mail.kind == "overview"})
    mailed = [(person, key.entry, reminders[key, person]) for key, person in places]
    mailed += [(person, "", theirs) for person, theirs in overviews.items()]
    first = min((mail.day for _, _, theirs in mailed for mail in theirs), default=day)
    checked = waiting.check_days(connection, first) if mailed else []
    for person, entry, theirs in mailed:
        if found := backlog(theirs, checked, day):
            yield person, entry, found
    for mail in mails:
        if mail.state in WAITS and mail.kind != "overview" and mail.id not in reminded:
            yield mail.person, "", Backlog(since=mail.day, messages=(mail.id,))
