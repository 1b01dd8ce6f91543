"""A mail of the outbox beside what the ledger and the relays say of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from monitor.core.audit.findings import Finding, FindingKind
from monitor.core.delivery.retry import State
from monitor.core.model.phrases import Fact, Named, phrase

UNSENT = (State.FAILED, State.WITHDRAWN)  # states of a mail whose reminders do not count


class AuditedMail(Struct, frozen=True, kw_only=True):
    """A mail of the outbox, with what the ledger and the relays say of it."""

    id: int
    message_id: str
    kind: str  # digest, overview, notice, all-clear, test
    person: str
    day: date  # of the slot
    state: str
    lines: int  # reminders of the ledger in it
    standing: int  # of these, how many count as sent
    accepted: bool  # a relay is on record as having accepted it


def mail_findings(mail: AuditedMail) -> Iterator[Finding]:
    """Report what does not agree: no line for a digest, a state that no relay's reply bears out, a reply against it."""
    if mail.kind == "digest" and not mail.lines:
        yield _finding(FindingKind.NO_LINE, mail)
    if mail.state == State.SENT and not mail.accepted:
        yield _finding(FindingKind.UNACCEPTED, mail)
    if mail.state != State.SENT and mail.accepted:
        yield _finding(FindingKind.CONTRADICTED, mail, state=Named(table="state", name=mail.state))
    if mail.state in UNSENT and mail.standing:
        yield _finding(FindingKind.UNSENT, mail, n=mail.standing, state=Named(table="state", name=mail.state))


def _finding(kind: FindingKind, mail: AuditedMail, **facts: Fact) -> Finding:
    said = phrase(f"audit.{kind}", person=mail.person, day=mail.day, mail=mail.id, **facts)
    return Finding(kind=kind, day=mail.day, what=said, person=mail.person, mail=mail.id)
