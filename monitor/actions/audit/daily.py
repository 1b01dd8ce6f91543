"""Audits that run by themselves: each slot over a window, each month over everything, and the week's for the all-clear.

They run after the mails of a slot have left, a few seconds at a time, so that they delay no mail.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, datetime

from msgspec import Struct, json

from monitor.actions.audit.audit import AuditReport, AuditRun
from monitor.actions.audit.weekly_report import SHOWN, due_report, report_week
from monitor.actions.operator.alerts import Alert, audit_found, audit_found_more
from monitor.actions.operator.notices import raise_alerts
from monitor.app import App
from monitor.core.calendar.dates import Offset
from monitor.core.delivery.alerts import AlertKind
from monitor.core.model.slots import last_slot
from monitor.store import audit as evidence
from monitor.store import records
from monitor.store.state import keep_state, read_state

BUDGET = 2.0  # seconds of one round of the service


class LastAudit(Struct, frozen=True, kw_only=True):
    """The latest audit that ran by itself, as it is kept."""

    day: date  # the slot after which it ran
    first: date | None
    last: date | None
    checks: int
    owed: int
    findings: int


class Auditing(Struct, kw_only=True):
    """The audits of a service: called after each delivery, it goes on for a few seconds."""

    under_way: Iterator[None] | None = None
    ended: int = 0  # how many came to an end
    reported: date | None = (
        None  # the slot at which the all-clear was tried; one that cannot be made waits for the next
    )

    def advance(self, app: App, now: datetime, budget: float = BUDGET) -> bool:
        """Begin what is due, or go on with what is under way. True: it ended, and mails may have been queued."""
        steps, self.under_way = self.under_way or self._due(app, now), None  # what fails half-way starts again
        if steps is None:
            return False
        until = time.monotonic() + budget
        for _ in steps:
            if time.monotonic() > until:
                self.under_way = steps
                return False
        self.ended += 1
        return True

    def _due(self, app: App, now: datetime) -> Iterator[None] | None:
        """The all-clear's comes first, then that of the slot."""
        day = last_slot(app.policy, now)
        if self.reported != day and (due := due_report(app, now)):
            self.reported = day
            return report_week(app, due, now)
        return _slot_due(app, now, day) if app.audit else None


def audit_all_due(app: App, now: datetime) -> bool:
    """Do all audits that are due in one go, for a check by hand. True: mails may have been queued."""
    ran, audits = False, Auditing()
    while audits.advance(app, now, float("inf")):
        ran = True
    return ran


def _slot_due(app: App, now: datetime, day: date) -> Iterator[None] | None:
    assert app.audit
    with app.store.reading() as connection:
        state = read_state(connection)
    if state.checked != day or state.audited == day:
        return None
    last = state.audited_whole
    back = Offset(amount=-app.audit.window.amount, unit=app.audit.window.unit)
    whole = last is None or (last.year, last.month) != (day.year, day.month)
    return _slot(app, now, day, None if whole else app.policy.calendar().add(day, back))


def _slot(app: App, now: datetime, day: date, first: date | None) -> Iterator[None]:
    """Audit up to that slot; notify the operator of what was not found before."""
    run = AuditRun(app, now, first, day)
    yield from run.steps()
    found = run.report()
    latest = LastAudit(
        day=day, first=found.first, last=found.last, checks=found.checks, owed=found.owed,
        findings=len(found.findings) + found.more,
    )  # fmt: skip
    with app.store.writing() as connection:
        known = evidence.reported(connection)
        raise_alerts(connection, _alerts(found, known, day), now)
        keys = {one.key for one in found.findings}
        for row in records.open_notices(connection):
            if row.kind == AlertKind.AUDIT and row.key not in keys:
                records.resolve_notices(connection, AlertKind.AUDIT, now, only=row.key)
        whole = {"audited_whole": day} if first is None else {}
        keep_state(connection, audited=day, audit=json.encode(latest).decode(), **whole)


def _alerts(found: AuditReport, known: set[str], day: date) -> list[Alert]:
    """Return an alert for each finding that is new; beyond the first few one for all."""
    new = [one for one in found.findings if one.key not in known]
    alerts = [audit_found(one) for one in new[:SHOWN]]
    if len(new) > SHOWN:
        alerts.append(audit_found_more(day, len(new) - SHOWN + found.more))
    return alerts
