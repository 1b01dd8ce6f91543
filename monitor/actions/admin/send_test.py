"""A test mail, past the outbox."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from monitor.actions.operator.mailing import write_mail
from monitor.actions.operator.undelivered import reachable, wake_refused
from monitor.app import App
from monitor.core.delivery.retry import Outcome, Report
from monitor.core.errors import UnknownId
from monitor.core.model.people import Person
from monitor.core.model.slots import last_slot, local_day
from monitor.mail.transport.transport import Outgoing
from monitor.store import records
from monitor.store.state import keep_reached, keep_state


class SentTest(Struct, frozen=True, kw_only=True):
    """A mail that only proves that mail arrives."""

    key: str  # its Message-ID
    subject: str
    raw: bytes


def trial_mail(app: App, to: Person, now: datetime) -> SentTest:
    """The letter "test" to that person."""
    rendered = app.letters.render("test", to.language, person=to, day=local_day(app.policy, now))
    key, raw = write_mail(app, to, rendered, key=f"test/{to.id}/{now.isoformat()}", now=now)
    return SentTest(key=key, subject=rendered.subject, raw=raw)


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
            if (
                person in reachable(app, connection).unreachable
            ):  # owed what was not delivered, and not at the next slot only
                wake_refused(app, connection, last_slot(app.policy, now))
                keep_state(connection, again="a person can be reached again")
            keep_reached(connection, person, to.address, now)
            records.resolve_notices(connection, "failed-for-good", now, only=f"{person} {to.address}")
    return report
