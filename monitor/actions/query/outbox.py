"""The mails of the outbox: a list of them, or one with its text and the attempts to send it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec import Struct

from monitor.app import App
from monitor.core.errors import UnknownId
from monitor.store import records
from monitor.store.records import ListedMessage, RecordedAttempt, StoredMessage


class MailDetails(Struct, frozen=True, kw_only=True):
    """One mail with the attempts to send it."""

    mail: StoredMessage
    attempts: Sequence[RecordedAttempt]

    def text(self) -> str:
        """Return the plain text of the mail; empty for a mail without."""
        from email import message_from_bytes, policy

        body = message_from_bytes(self.mail.raw, policy=policy.default).get_body(("plain",))
        return str(body.get_content()) if body else ""


def list_mails(
    app: App, *, states: Collection[str] = (), person: str | None = None, limit: int
) -> Sequence[ListedMessage]:
    """Return mails, newest first: those in one of these states, to this person or address."""
    with app.store.reading() as connection:
        return records.outbox(connection, states=states, person=person, limit=limit)


def mail_details(app: App, number: int) -> MailDetails:
    """Return one mail. Raises UnknownId."""
    with app.store.reading() as connection:
        mail, attempts = records.message(connection, number), records.attempts_of(connection, number)
    if mail is None:
        raise UnknownId("mail", str(number), ())
    return MailDetails(mail=mail, attempts=attempts)
