"""The weekly all-clear to the operator: without it the monitor does not work."""

from __future__ import annotations

from datetime import date, datetime

from monitor.actions.check.compose import BAD_LETTER
from monitor.actions.operator.alerts import not_composed
from monitor.actions.operator.notices import facts_of, operators, queue_letter, raise_alerts
from monitor.actions.operator.undelivered import out_of_reach, undelivered
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import State
from monitor.core.forecast.simulate import slot_days
from monitor.core.mailing.content import AllClear, Waits
from monitor.core.model.slots import overview_of
from monitor.store import audit, records
from monitor.store.engine import Transaction
from monitor.store.state import keep_state, read_state

# Gaps of the coverage may last and were mailed once; people without delivery are listed by person.
ELSEWHERE = (AlertKind.COVERAGE, AlertKind.UNDELIVERED, AlertKind.UNDELIVERED_LATE)


def queue_all_clear(app: App, day: date, now: datetime) -> None:
    """Queue the all-clear once for each overview day, at its slot or the next that comes."""
    due = overview_of(app.policy, day)
    if due is None:
        return
    with app.store.writing() as connection:
        since = read_state(connection).all_clear
        if since is not None and since >= due:
            return
        if since is not None:  # else this is the first week, and nothing is to be reported
            try:
                for person in operators(app.people, out_of_reach(app, connection, day)):
                    shown = _all_clear(app, connection, person, since, due, day)
                    queue_letter(app, connection, "all-clear", shown.to, due, now, report=shown)
            except BAD_LETTER as cause:
                raise_alerts(connection, [not_composed("", cause)], now)
                return
        keep_state(connection, all_clear=due)


def _all_clear(app: App, connection: Transaction, person: str, since: date, due: date, day: date) -> AllClear:
    last, persons = due - ONE_DAY, app.people.persons
    done, proof = audit.done(connection, since, last), audit.proof(connection, since, last)
    counts = records.counts(connection, since)
    began = max(since, audit.first_check(connection) or since)
    waits = []
    for one in undelivered(app, connection, day):
        if one.since < day:
            name = persons[one.person].name if one.person in persons else one.person
            waits.append(Waits(name=name, since=one.since, slots=one.slots, mails=len(one.waiting)))
    return AllClear(
        to=persons[person],
        day=due,
        since=since,
        checks=done.checks,
        missed=tuple(slot for slot in slot_days(app.policy, began, last) if slot not in done.days),
        looked_at=done.looked_at,
        reminders=done.reminders,
        mails=tuple(sorted(done.mails.items())),
        waiting=counts[State.QUEUED] + counts[State.CLAIMED],
        held=counts[State.HELD],
        agreed=proof.agreed,
        unproved=proof.unproved,
        gaps=proof.gaps,
        undelivered=tuple(waits),
        troubles=tuple(facts_of(row)[0] for row in records.open_notices(connection) if row.kind not in ELSEWHERE),
    )
