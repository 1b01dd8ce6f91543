"""People whose mail is not delivered: since when, and in whose place others are reminded. All follows from the outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from msgspec import Struct
from sqlalchemy import Connection

from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.waiting import SLOTS, WAITS, Run, run
from monitor.core.model.people import Late
from monitor.core.model.slots import local_day, slot_of
from monitor.store import records, waiting
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
    others: bool  # since then a relay has taken a mail, for whichever person
    late: Late | None  # past `undelivered_limit`: of what others are reminded as well; None: of nothing

    @property
    def key(self) -> str:
        """What the operator's notices call this trouble by."""
        return f"{self.person} {self.address}"

    @property
    def alarming(self) -> bool:
        """Two slots without delivery, and not only because no relay could be used."""
        return self.slots >= SLOTS and self.tried is not None


def undelivered(app: App, connection: Connection, day: date) -> tuple[Undelivered, ...]:
    """The people for whom mail waits as of the slot of `day`, oldest first."""
    mails = waiting.unsettled(connection, day, waiting.check_before(connection, day) or day)
    if not mails:
        return ()
    theirs: dict[str, list[tuple[str, Run]]] = defaultdict(list)
    for person, entry, waits in _runs(connection, mails, day):
        theirs[person].append((entry, waits))
    latest = {mail.person: mail for mail in mails}
    now, down = waiting.mails_of(connection, theirs), _down_since(connection)
    worked = min(day, local_day(app.policy, down)) if down else day  # the days of an outage make no mail late
    made = [
        _undelivered(app, connection, latest[id], found, now.get(id, ()), day, worked) for id, found in theirs.items()
    ]
    return tuple(sorted(made, key=lambda one: (one.since, one.person)))


def late(app: App, connection: Connection, day: date) -> Mapping[str, Late]:
    """Those in whose place others are reminded too."""
    return {one.person: one.late for one in undelivered(app, connection, day) if one.late}


def relay_is_down(connection: Connection) -> bool:
    """The operator was notified that the relay takes no mail, and it has taken none since."""
    return _down_since(connection) is not None


def _down_since(connection: Connection) -> datetime | None:
    down = (row.raised_at for row in records.standing_notices(connection) if row.kind == "relay-down")
    found: datetime | None = next(down, None)
    return found


def out_of_reach(app: App, connection: Connection, day: date) -> Mapping[str, str]:
    """Person → the address at which a notice would be lost or wait: refused permanently, or undelivered for two slots."""
    waits = () if relay_is_down(connection) else undelivered(app, connection, day)
    found = {one.person: one.address for one in waits if one.alarming}
    return found | records.unreachable(connection, slot_of(app.policy, day))


def _runs(connection: Connection, mails: Sequence[Unsettled], day: date) -> Iterator[tuple[str, str, Run]]:
    """What each person has not received, with its age: reminders with their entry, overviews, other mails one by one."""
    said = waiting.said_in(connection, [mail.id for mail in mails])
    places = {place for found in said.values() for place in found}
    reminders = waiting.reminders(connection, {key.entry for key, _ in places})
    overviews = waiting.overviews(connection, {mail.person for mail in mails if mail.kind == "overview"})
    mailed = [(person, key.entry, reminders[key, person]) for key, person in places]
    mailed += [(person, "", theirs) for person, theirs in overviews.items()]
    first = min((mail.day for _, _, theirs in mailed for mail in theirs), default=day)
    checked = waiting.check_days(connection, first) if mailed else []
    for person, entry, theirs in mailed:
        if waits := run(theirs, checked, day):
            yield person, entry, waits
    for mail in mails:
        if mail.state in WAITS and mail.kind != "overview" and mail.id not in said:
            yield mail.person, "", Run(since=mail.day, messages=(mail.id,))


def _undelivered(
    app: App, connection: Connection, latest: Unsettled, runs: Sequence[tuple[str, Run]], now: Sequence[int], day: date,
    worked: date,
) -> Undelivered:  # fmt: skip
    """`worked`: the last day on which the relay was not known to be down."""
    since = min(found.since for _, found in runs)
    tries = waiting.last_tried(connection, sorted({id for _, found in runs for id in found.messages}))
    last = max(tries.values(), key=lambda one: one.at, default=None)
    calendar, began = app.policy.calendar(), slot_of(app.policy, since)
    others = last is not None and waiting.accepted_since(connection, began)
    late = None
    if others and calendar.add(since, app.undelivered_limit) <= worked:
        past = {entry for entry, found in runs if entry and calendar.add(found.since, app.undelivered_limit) <= worked}
        arrives = waiting.delivered_since(connection, latest.person, began)
        late = Late(since=since, entries=frozenset(past) if arrives else None)
    return Undelivered(
        person=latest.person, address=latest.address, since=since,
        slots=calendar.business_days_between(since - ONE_DAY, day), waiting=tuple(now),
        tried=last.at if last else None, reply=last.reply if last else "", others=others, late=late,
    )  # fmt: skip
