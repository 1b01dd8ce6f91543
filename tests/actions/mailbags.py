"""Many mails at once for tests of delivery, straight into the outbox."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from post_office import Office

from monitor.app import Pace
from monitor.core.delivery.retry import State
from monitor.store import outbox
from monitor.store.outbox import NewMessage


def queue(office: Office, count: int) -> list[str]:
    """So many mails that wait, each to an address of its own; the addresses."""
    found = []
    with office.app.store.writing() as connection:
        for number in range(count):
            address = f"p{number}@example.org"
            found.append(address)
            draft = NewMessage(
                message_id=f"<{number}@example.org>", kind="digest", person=f"p{number}", address=address,
                day=office.now.date(), sequence=0, subject="x", raw=f"Subject: {number}\r\n\r\nx\r\n".encode(),
                state=State.QUEUED,
            )  # fmt: skip
            assert outbox.put(connection, draft, (), office.now)
    return found


def paced(office: Office, **pace: Any) -> Office:
    """The same office with other terms of sending."""
    office.app = replace(office.app, pace=Pace(**pace))
    return office


def states(office: Office) -> dict[str, int]:
    """State → mails."""
    found: dict[str, int] = {}
    for row in office.outbox():
        found[row.state] = found.get(row.state, 0) + 1
    return found
