"""The one place where a rendered letter becomes a mail of this monitor."""

from __future__ import annotations

from datetime import datetime

from monitor.app import App
from monitor.core.model.people import Person
from monitor.mail.letters.letters import Rendered
from monitor.mail.message import compose, message_id


def write_mail(
    app: App, to: Person, rendered: Rendered, *, key: str, now: datetime, references: str | None = None
) -> tuple[str, bytes]:
    """The Message-ID and the bytes of a mail from the monitor."""
    id = message_id(key, app.sender.domain)
    raw = compose(
        subject=rendered.subject, text=rendered.text, html=rendered.html, sender=app.sender.mailbox, to=to,
        message_id=id, date=now, reply_to=app.sender.reply_to, list_id=app.sender.list_id, references=references,
    )  # fmt: skip
    return id, raw
