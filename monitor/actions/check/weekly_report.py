"""The weekly all-clear to the operator: silence is never ambiguous."""

from __future__ import annotations

from datetime import date, datetime

from monitor.actions.check.compose import BAD_LETTER
from monitor.actions.operator.alerts import alert
from monitor.actions.operator.mailing import write_mail
from monitor.actions.operator.notices import operators, raise_alerts
from monitor.actions.operator.undelivered import out_of_reach, undelivered
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import State
from monitor.core.forecast.simulate import slot_days
from monitor.core.mailing.content import AllClear, Waits
from monitor.core.model.slots import overview_of
from monitor.store import audit, outbox, records
from monitor.store.engine import Transaction
from monitor.store.state import keep_state, read_state

# What the register does not cover may last; it was told, and no week is the worse for it. The others are told by person.
ELSEWHERE = (AlertKind.COVERAGE, AlertKind.UNDELIVERED, AlertKind.UNDELIVERED_LATE)


def tell_all_clear(app: App, day: date, now: datetime) -> bool:
    """Once for each overview day, at its slot or the next that comes: what was done since the one before."""
    due = overview_of(app.policy, day)
    if due is None:
        return False
    with app.store.writing() as connection:
        before = read_state(connection).all_clear
        if before is not None and before >= due:
            return False
        if before is None:  # nothing was lived through yet; from here on a week counts
            keep_state(connection, all_clear=due)
            return False
        try:
            for person in operators(app.people, out_of_reach(app, connection, day)):
                _put(app, connection, _all_clear(app, connection, person, before, due, day), now)
        except BAD_LETTER as cause:
            raise_alerts(connection, [alert(AlertKind.NOT_COMPOSED, "the operator", cause=cause)], now)
            return False
        keep_state(connection, all_clear=due)
    return True


def _all_clear(app: App, connection: Transaction, person: str, since: date, due: date, day: date) -> AllClear:
    last = due - ONE_DAY
    done, proof = audit.done(connection, since, last), audit.proof(connection, since, last)
    counts = records.counts(connection, since)
    began = max(since, audit.first_check(connection) or since)
    return AllClear(
        to=app.people.persons[person], day=due, since=since, checks=done.checks,
        missed=tuple(slot for slot in slot_days(app.policy, began, last) if slot not in done.days),
        looked_at=done.looked_at, reminders=done.reminders, mails=tuple(sorted(done.mails.items())),
        waiting=counts[State.QUEUED] + counts[State.CLAIMED], held=counts[State.HELD],
        agreed=proof.agreed, unproved=proof.unproved, gaps=proof.gaps,
        undelivered=tuple(
            Waits(name=_name(app, one.person), since=one.since, slots=one.slots, mails=len(one.waiting))
            for one in undelivered(app, connection, day) if one.since < day
        ),
        troubles=tuple(row.what for row in records.standing_notices(connection) if row.kind not in ELSEWHERE),
    )  # fmt: skip


def _name(app: App, person: str) -> str:
    """As the configuration has it; who left it is known by id."""
    return app.people.persons[person].name if person in app.people.persons else person


def _put(app: App, connection: Transaction, shown: AllClear, now: datetime) -> None:
    sequence = outbox.next_sequence(connection, "all-clear", shown.to.id, shown.day)
    rendered = app.letters.render("all-clear", shown.to.language, report=shown)
    key = f"{read_state(connection).instance}/all-clear/{shown.to.id}/{shown.day}/{sequence}"
    id, raw = write_mail(app, shown.to, rendered, key=key, now=now)
    draft = outbox.NewMessage(
        message_id=id, kind="all-clear", person=shown.to.id, address=shown.to.address, day=shown.day,
        sequence=sequence, subject=rendered.subject, raw=raw, state=State.QUEUED,
    )  # fmt: skip
    outbox.put(connection, draft, (), now)
