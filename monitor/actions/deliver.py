"""Delivery: claim under a lease, send with no transaction open, settle. One recipient's failure holds nobody else."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from monitor.actions.check import CheckReport, check
from monitor.actions.coverage import cover
from monitor.actions.noted import AGAIN
from monitor.actions.notices import Trouble, raise_all, tell_operator
from monitor.app import App
from monitor.core.delivery import Outcome, Report, next_try
from monitor.core.errors import BadValue
from monitor.core.slots import last_slot
from monitor.mail.transport import Outgoing, Transport
from monitor.store import outbox, records
from monitor.store import register as rows
from monitor.store.outbox import Claimed

BATCH = 10  # messages under claim at once: few, so that a killed process leaves few to repeat


@dataclass(kw_only=True)
class DeliveryReport:
    """What one run of delivery did."""

    sent: int = 0
    postponed: int = 0
    refused: int = 0
    relay_down: str = ""  # what the relay said, when it could not be used


def deliver(
    app: App, clock: Callable[[], datetime], transport: Transport, *, stop: Callable[[], bool] = lambda: False
) -> DeliveryReport:
    """Send everything whose time has come. Returns when nothing is left, the relay is down, or `stop()` says so."""
    report = DeliveryReport()
    while not stop() and not report.relay_down:
        with app.store.writing() as connection:
            claimed = outbox.claim(connection, app.who, clock(), BATCH)
        if not claimed:
            break
        for message in claimed:
            _deliver_one(app, message, clock, transport, report, stop)
    return report


def check_and_deliver(
    app: App, clock: Callable[[], datetime], transport: Transport
) -> tuple[CheckReport, DeliveryReport]:
    """What a person asks for by hand, or a cron job: when somebody turns out unreachable, others are told in the same go."""
    found = check(app, clock(), who="hand")
    report = deliver(app, clock, transport)
    if report.refused:
        check(app, clock(), who="hand")
    cover(app, clock())  # after the mails, which it must not keep waiting
    if tell_operator(app, clock()) or report.refused:
        more = deliver(app, clock, transport)
        report.sent += more.sent
        report.postponed += more.postponed
        report.refused += more.refused
        report.relay_down = report.relay_down or more.relay_down
    return found, report


def _deliver_one(
    app: App, message: Claimed, clock: Callable[[], datetime], transport: Transport, report: DeliveryReport,
    stop: Callable[[], bool],
) -> None:  # fmt: skip
    """Send one message, unless the relay just failed or the process is to end: then it only gives the claim back."""
    if report.relay_down or stop():
        with app.store.writing() as connection:
            outbox.give_back(connection, message.id, app.who)
        return
    with app.store.writing() as connection:
        if not outbox.renew(connection, message.id, app.who, clock()):
            return  # the lease ran out meanwhile and somebody else has it
    _settle(app, message, _send(app, message, transport), clock(), report)


def _send(app: App, message: Claimed, transport: Transport) -> Report:
    """Hand the message to the transport. An address that no relay can take is refused for good, like a relay's 5yz."""
    envelope = app.sender.envelope or app.sender.mailbox.address
    try:
        outgoing = Outgoing(
            envelope_sender=envelope, recipient=message.address, raw=message.raw, key=message.message_id
        )  # fmt: skip
    except BadValue as fault:
        return Report(outcome=Outcome.REFUSED, reply=str(fault))
    return transport.send(outgoing)


def _settle(app: App, message: Claimed, said: Report, now: datetime, report: DeliveryReport) -> None:
    later = next_try(message.attempts + 1, now, random.random())
    with app.store.writing() as connection:
        known = message.person in records.unreachable(connection)
        unsaid = outbox.settle(connection, message.id, app.who, said, now, later)
        rows.wake(connection, unsaid, last_slot(app.policy, now))
        match said.outcome:
            case Outcome.ACCEPTED:
                report.sent += 1
                records.resolve_notices(connection, "relay-down", now)
                records.resolve_notices(connection, "failed-for-good", now, only=f"{message.person} {message.address}")
            case Outcome.POSTPONED:
                report.postponed += 1
            case Outcome.REFUSED:
                report.refused += 1
                if not known:  # somebody else is told at once; a refusal that was known waits for the next slot
                    rows.keep(connection, AGAIN, "a recipient was refused for good")
                raise_all(connection, [Trouble.failed_for_good(message.person, message.address, said.reply)], now)
            case Outcome.RELAY_DOWN:
                report.relay_down = said.reply or "no answer"
                raise_all(connection, [Trouble.relay_down(said.reply)], now)
