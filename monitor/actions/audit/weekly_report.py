"""The weekly all-clear to the operator: without it the monitor does not work."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import date, datetime

from monitor.actions.audit.audit import AuditReport, AuditRun
from monitor.actions.check.compose import BAD_LETTER
from monitor.actions.operator.alerts import not_composed
from monitor.actions.operator.notices import facts_of, operators, queue_letter, raise_alerts
from monitor.actions.operator.undelivered import out_of_reach, undelivered
from monitor.app import App
from monitor.core.audit.findings import FindingKind
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import State
from monitor.core.forecast.simulate import slot_days
from monitor.core.mailing.content import AllClear, Waits
from monitor.core.model.phrases import Fact, phrase
from monitor.core.model.slots import last_slot, overview_of
from monitor.store import audit, chain, records
from monitor.store.engine import Transaction
from monitor.store.state import keep_state, read_state

SHOWN = 20  # findings named one by one; the rest is counted
# Gaps of the coverage may last and were mailed once, findings of an audit are listed by themselves, and people without
# delivery are listed by person.
ELSEWHERE = (AlertKind.COVERAGE, AlertKind.AUDIT, AlertKind.UNDELIVERED, AlertKind.UNDELIVERED_LATE)


def due_report(app: App, now: datetime) -> date | None:
    """Return the overview day whose all-clear is to be made: once, at its slot or the next that comes."""
    day = last_slot(app.policy, now)
    due = overview_of(app.policy, day)
    if due is None:
        return None
    with app.store.reading() as connection:
        state = read_state(connection)
    if state.checked != day or (state.all_clear is not None and state.all_clear >= due):
        return None
    return due


def report_week(app: App, due: date, now: datetime) -> Iterator[None]:
    """Audit the days since the last all-clear, a step at a time, and queue the all-clear of that overview day."""
    day = last_slot(app.policy, now)
    with app.store.reading() as connection:
        since = read_state(connection).all_clear
    found = None
    if since is not None and app.audit is not None:
        run = AuditRun(app, now, since, due - ONE_DAY)
        yield from run.steps()
        found = run.report()
    with app.store.writing() as connection:
        if read_state(connection).all_clear != since:
            return  # another daemon made it
        if since is not None:  # else this is the first week, and nothing is to be reported
            try:
                for person in operators(app.people, out_of_reach(app, connection, day)):
                    shown = _all_clear(app, connection, person, since, due, day, found)
                    queue_letter(app, connection, "all-clear", shown.to, due, now, report=shown)
            except BAD_LETTER as cause:
                raise_alerts(connection, [not_composed("", cause)], now)
                return
        keep_state(connection, all_clear=due)


def report_week_at_once(app: App, now: datetime) -> None:
    """Queue the all-clear in one go, if one is due."""
    if due := due_report(app, now):
        deque(report_week(app, due, now), maxlen=0)


def said(found: AuditReport) -> tuple[Fact, ...]:
    """Return the findings of an audit as sentences; after the first few, how many more there are.

    A slot without a check has a line of its own in the all-clear.
    """
    all_of_it = [one.what for one in found.findings if one.kind is not FindingKind.NO_CHECK]
    sentences: list[Fact] = [*all_of_it[:SHOWN]]
    rest = len(all_of_it) + found.more - len(sentences)
    return (*sentences, phrase("audit.more", n=rest)) if rest else tuple(sentences)


def _all_clear(
    app: App, connection: Transaction, person: str, since: date, due: date, day: date, found: AuditReport | None
) -> AllClear:
    last, persons = due - ONE_DAY, app.people.persons
    done, counts = audit.done(connection, since, last), records.counts(connection, since)
    head = chain.head(connection)
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
        audited=found is not None,
        owed=found.owed if found else 0,
        agreed=found.agreed if found else 0,
        unproved=found.unproved if found else 0,
        chain=str(head) if head.count else "",
        links=head.count,
        instance=head.instance,
        gaps=said(found) if found else (),
        undelivered=tuple(waits),
        troubles=tuple(facts_of(row)[0] for row in records.open_notices(connection) if row.kind not in ELSEWHERE),
    )
