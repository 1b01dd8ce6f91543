"""Check and deliver once, in the process that asks: `monitor check`, by hand or from cron."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from monitor.actions.audit.daily import audit_all_due
from monitor.actions.check.check import CheckReport, check
from monitor.actions.delivery.deliver import DeliveryReport, deliver
from monitor.actions.delivery.results import review
from monitor.actions.operator import restore_guard
from monitor.actions.operator.daemon_guard import require_right_clock
from monitor.actions.operator.notices import queue_notices
from monitor.actions.query.coverage import cover
from monitor.app import App
from monitor.mail.transport.transport import Transport
from monitor.store import outbox


def check_and_deliver(
    app: App, clock: Callable[[], datetime], transport: Transport
) -> tuple[CheckReport, DeliveryReport]:
    """Check, deliver, and check again where an address was refused, so that its deputy is reminded in the same run.

    Returns both reports. Raises Unavailable.
    """
    require_right_clock(app, clock)
    found = check(app, clock(), who="hand")
    report = deliver(app, clock, transport)
    if report.refused:
        check(app, clock(), who="hand")
    cover(app, clock())  # after the mails, which they must not keep waiting
    audited = audit_all_due(app, clock())
    report.alerts = review(app, clock())
    if queue_notices(app, clock()) or report.refused or audited:
        more = deliver(app, clock, transport)
        report.sent += more.sent
        report.postponed += more.postponed
        report.refused += more.refused
        report.broken += more.broken
        report.relay_down = report.relay_down or more.relay_down
    with app.store.reading() as connection:
        report.held = len(outbox.held(connection))
    restore_guard.write_note(app, clock())
    return found, report
