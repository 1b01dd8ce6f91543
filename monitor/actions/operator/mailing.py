"""From a rendered letter to a mail of this monitor, and into the outbox."""

from __future__ import annotations

from datetime import date, datetime

from monitor.app import App
from monitor.core.delivery.retry import State
from monitor.core.model.people import Person
from monitor.mail.letters.answers import Rendered
from monitor.mail.message import compose, message_id
from monitor.store import outbox
from monitor.store.engine import Transaction
from monitor.store.state import read_state


def write_mail(
    app: App, to: Person, rendered: Rendered, *, key: str, now: datetime, references: str | None = None
) -> tuple[str, bytes]:
    """Return the Message-ID and the bytes of a mail from the monitor."""
    id, sender = message_id(key, app.sender.domain), app.sender
    raw = compose(
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        sender=sender.mailbox,
        to=to,
        message_id=id,
        date=now,
        reply_to=sender.reply_to,
        list_id=sender.list_id,
        references=references,
    )
    return id, raw


def new_message(
    app: App,
    kind: str,
    to: Person,
    rendered: Rendered,
    now: datetime,
    *,
    day: date,
    sequence: int,
    instance: str,
    state: State = State.QUEUED,
    references: str | None = None,
) -> outbox.NewMessage:
    """Return a mail for the outbox; its Message-ID follows from installation, kind, person, day and sequence."""
    key = f"{instance}/{kind}/{to.id}/{day}/{sequence}"
    id, raw = write_mail(app, to, rendered, key=key, now=now, references=references)
    return outbox.NewMessage(
        message_id=id,
        kind=kind,
        person=to.id,
        address=to.address,
        day=day,
        sequence=sequence,
        subject=rendered.subject,
        raw=raw,
        state=state,
    )


def queue_letter(
    app: App, connection: Transaction, kind: str, to: Person, day: date, now: datetime, **values: object
) -> int:
    """Render a letter to an operator and queue it; return the number of the message, 0 when it is queued already."""
    rendered = app.letters.render(kind, to.language, **values)
    sequence = outbox.next_sequence(connection, kind, to.id, day)
    instance = read_state(connection).instance
    message = new_message(app, kind, to, rendered, now, day=day, sequence=sequence, instance=instance)
    return outbox.put(connection, message, (), now) or 0
