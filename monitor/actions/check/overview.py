"""The weekly overviews of a check: who is to get one now, and what it is made from."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.check.compose import BAD_LETTER, ComposedMail, Failure, compose_overview
from monitor.actions.check.due_date_changes import DueDateChanges
from monitor.actions.operator.alerts import alert
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.mailing.content import Digest, OverviewLine
from monitor.core.mailing.digest import Reminder, by_person, digest, in_mails, portions
from monitor.core.mailing.due_date_changes import moved_due_day
from monitor.core.mailing.overview import LOOK_AHEAD, OverviewInput, lines, look_ahead, overview
from monitor.core.mailing.volume_limit import PriorDecisions
from monitor.core.model.people import People
from monitor.core.model.register import Register
from monitor.core.model.slots import overview_of, slot_of
from monitor.core.planning.plan import plan
from monitor.core.planning.verdicts import SentReminder
from monitor.store import ledger, outbox, records
from monitor.store.engine import Transaction
from monitor.store.register import load_register, overview_candidates
from monitor.store.state import keep_state, read_state

LONG_AWAY = timedelta(days=92)  # whoever never had an overview is told of absences that ended this recently


class OverviewBatch(Struct, frozen=True, kw_only=True):
    """What the overviews of one check are made from."""

    day: date | None = None  # the overview day that is due; None: no overview is made now
    persons: tuple[str, ...] = ()  # who is to get one, if there is anything to say
    outlook: OverviewInput | None = None
    placed: tuple[OverviewLine, ...] = ()
    sequences: dict[str, int] = field(default_factory=dict)


def read(app: App, connection: Transaction, people: People, day: date) -> OverviewBatch:
    """Whom an overview is due to at the slot of `day`, with everything it says. Empty on most days."""
    due = overview_of(app.policy, day)
    if due is None:
        return OverviewBatch()
    made = read_state(connection).overviewed
    standing = outbox.overviews_since(connection, due, day)
    first = made is None or made < due
    persons = tuple(
        person for person in people.persons
        if person not in people.unreachable and ((first and not standing.get(person)) or standing.get(person) is False)
    )  # fmt: skip
    if not persons:
        return OverviewBatch(day=due if first else None)
    outlook = _outlook(app, connection, people, day, persons)
    return OverviewBatch(
        day=due, persons=persons, outlook=outlook, placed=lines(outlook),
        sequences=outbox.next_sequences(connection, "overview", persons, day),
    )  # fmt: skip


def compose(
    app: App, week: OverviewBatch, goes: Sequence[Reminder], register: Register, moving: DueDateChanges, now: datetime, *,
    instance: str, before: PriorDecisions,
) -> tuple[list[ComposedMail], list[Failure], tuple[Reminder, ...]]:  # fmt: skip
    """One mail per person that has anything in it, and which reminders are left for digests of their own.

    Those are what is too much for one mail, and everything of who cannot be written to here: no reminder hangs on an
    overview.
    """
    drafts, failures, theirs = [], [], by_person(goes)
    for person in week.persons if week.outlook else ():
        items, *others = in_mails(theirs.get(person, [])) or [()]
        try:
            draft = _compose_one(app, week, person, items, register, moving, now, instance=instance, before=before)
        except BAD_LETTER as cause:
            failures.append(Failure(entries=(), trouble=alert(AlertKind.NOT_COMPOSED, person, cause=cause)))
            continue
        if draft:
            drafts.append(draft)
            theirs[person] = [item for part in others for item in part]
    return drafts, failures, tuple(item for items in theirs.values() for item in items)


def write(connection: Transaction, week: OverviewBatch, failed: Collection[Failure]) -> None:
    """The overviews of that day are made; one that failed is tried again at the next check."""
    if week.day is not None and not failed:
        keep_state(connection, overviewed=week.day)


def _compose_one(
    app: App, week: OverviewBatch, person: str, items: Sequence[Reminder], register: Register,
    moving: DueDateChanges, now: datetime, *, instance: str, before: PriorDecisions,
) -> ComposedMail | None:  # fmt: skip
    assert week.outlook is not None
    outlook, titles = week.outlook, app.sender.titles_in_subject
    to, (moved, *_) = (
        outlook.people.persons[person],
        portions(moving.of(person)) or [()],
    )  # others wait for the next mail
    plain = Digest(to=to, day=outlook.day, groups=(), show_titles_in_subject=titles)
    told = digest(person, items, register, outlook.people, titles_in_subject=titles) if items else plain
    told = replace(told, moved=tuple(moved_due_day(move, moving.register, app.policy, to) for move in moved))
    shown = overview(person, outlook, week.placed, told)
    if not shown.worth_sending:
        return None
    return compose_overview(
        app, shown, items, moved, now, instance=instance, sequence=week.sequences[person], before=before
    )


def _outlook(app: App, connection: Transaction, people: People, day: date, persons: Sequence[str]) -> OverviewInput:
    register = load_register(connection, overview_candidates(connection, day + LOOK_AHEAD))
    said = ledger.said(connection, list(register.entries))
    made = plan(register, day, app.policy, people, said)
    away, instead = _away(connection, register, persons, day), _instead(app, connection, persons, day)
    told = [one for theirs in (*away.values(), *instead.values()) for one in theirs]
    more = {one.obligation.entry for one in told} - register.entries.keys()
    wider = load_register(connection, more) if more else Register()
    return OverviewInput(
        plan=made, register=replace(register, entries={**wider.entries, **register.entries}), policy=app.policy,
        people=people, ahead=look_ahead(made, register, app.policy, people, said), away=away,
        instead=instead,
    )  # fmt: skip


def _away(
    connection: Transaction, register: Register, persons: Sequence[str], day: date
) -> Mapping[str, tuple[SentReminder, ...]]:
    """What was said while they were away, for those who came back since their last overview."""
    found: dict[str, tuple[SentReminder, ...]] = {}
    for absence in register.absences:
        back = absence.person in persons and absence.last < day
        gone = any(one.first <= day <= one.last for one in register.absences if one.person == absence.person)
        since = outbox.last_overview(connection, absence.person, day) or day - LONG_AWAY if back and not gone else day
        if since <= absence.last:
            told = ledger.told_between(connection, absence.first, absence.last)
            found[absence.person] = (*found.get(absence.person, ()), *told)
    return found


def _instead(
    app: App, connection: Transaction, persons: Sequence[str], day: date
) -> Mapping[str, tuple[SentReminder, ...]]:
    """What others were told while mail to these people was not delivered, since the last overview that they got."""
    long_ago = day - LONG_AWAY
    late = {
        key.partition(" ")[0]
        for key in records.notices_since(connection, AlertKind.UNDELIVERED_LATE, slot_of(app.policy, long_ago))
    }
    return {
        person: tuple(
            ledger.told_instead(connection, person, outbox.last_read_overview(connection, person) or long_ago)
        )
        for person in persons
        if person in late
    }
