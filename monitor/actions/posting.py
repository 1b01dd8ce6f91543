"""Acts on the outbox: let held mails go, drop them, send a test mail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from monitor.actions.mailing import write_mail
from monitor.app import App
from monitor.core.delivery import Outcome, Report
from monitor.core.errors import Refused, UnknownId
from monitor.core.people import Person
from monitor.core.slots import local_day
from monitor.mail.transport import Outgoing
from monitor.store import outbox, records


def release(app: App, ids: Collection[int], now: datetime) -> int:
    """Send held mails after all (none named: all of them). Raises Refused when nothing is held."""
    with app.store.writing() as connection:
        count = outbox.let_go(connection, ids or outbox.held(connection), now)
        _settle_notice(connection, now)
    return _some(count)


def drop(app: App, ids: Collection[int], now: datetime) -> int:
    """Never send held mails (none named: all of them); what they said counts as said. Raises Refused when none is held."""
    with app.store.writing() as connection:
        count = outbox.drop(connection, ids or outbox.held(connection), now)
        _settle_notice(connection, now)
    return _some(count)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A mail that only proves that mail arrives."""

    key: str  # its Message-ID
    subject: str
    raw: bytes


def trial_mail(app: App, to: Person, now: datetime) -> Trial:
    """The letter "test" to that person."""
    rendered = app.letters.render("test", to.language, person=to, day=local_day(app.policy, now))
    key, raw = write_mail(app, to, rendered, key=f"test/{to.id}/{now.isoformat()}", now=now)
    return Trial(key=key, subject=rendered.subject, raw=raw)


def send_test(app: App, person: str, now: datetime) -> Report:
    """Send one mail to a person at once, past the outbox, and say what the relay answered. Raises UnknownId."""
    if person not in app.people.persons:
        raise UnknownId("person", person, app.people.persons)
    to = app.people.persons[person]
    trial = trial_mail(app, to, now)
    envelope = app.sender.envelope or app.sender.mailbox.address
    with app.transport() as transport:
        report = transport.send(
            Outgoing(envelope_sender=envelope, recipient=to.address, raw=trial.raw, key=trial.key)
        )  # fmt: skip
    if report.outcome is Outcome.ACCEPTED:
        with app.store.writing() as connection:
            records.reached(connection, person, to.address, now)
            records.resolve_notices(connection, "failed-for-good", now, only=f"{person} {to.address}")
    return report


def _settle_notice(connection: Connection, now: datetime) -> None:
    """The trouble is over when nothing is held any more."""
    if not outbox.held(connection):
        records.resolve_notices(connection, "held", now)


def _some(count: int) -> int:
    if not count:
        raise Refused("No mail is held, or none with that number.")
    return count
