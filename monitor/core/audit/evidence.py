"""What is on record of past checks: what each judged with, the lines of the ledger, and what became of their mails."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from enum import Enum, auto

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.delivery.retry import State
from monitor.core.model.people import Late, People
from monitor.core.planning.verdicts import LedgerLine


class Circumstances(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a check knew of the delivery of earlier mails. It is kept with the check."""

    unreachable: tuple[str, ...] = ()  # persons whose address refused a mail permanently
    undelivered: Mapping[str, Late] = field(default_factory=dict)  # persons whose mail has waited too long
    restored: bool = False  # everything was held, and no overview was made

    def of(self, people: People) -> People:
        """Return the people as that check saw them."""
        return replace(people, unreachable=frozenset(self.unreachable), undelivered=self.undelivered)


class PastCheck(Struct, frozen=True, kw_only=True):
    """One check as it is on record."""

    number: int
    day: date  # of the slot
    at: datetime
    register: int  # the last change that it knew
    hashes: Mapping[str, str]  # rules, calendars, people, limits → content hash
    circumstances: Circumstances


class KeptMail(Struct, frozen=True, kw_only=True):
    """A mail of the outbox, without its text."""

    id: int
    state: str
    created_at: datetime  # by a check: the instant of that check
    settled_at: datetime | None
    last_tried: datetime | None
    accepted: bool  # by a relay


class Counts(Enum):
    """Whether a line of the ledger counted as sent at a later check."""

    YES = auto()
    NO = auto()
    UNKNOWN = auto()  # it was taken back, or arrived late, and the record does not say exactly when


class KeptLine(Struct, frozen=True, kw_only=True):
    """A line of the ledger with its mail."""

    number: int
    line: LedgerLine
    standing: bool  # it counts now
    message: int
    mail: KeptMail | None  # None: the outbox does not have it

    @property
    def was_unsaid(self) -> bool:
        """Whether it does not count although a relay took its mail."""
        return not self.standing and self.mail is not None and self.mail.state == State.SENT

    def made_by(self, check: PastCheck) -> bool:
        """Whether the line is of that check; one without a mail is of the checks of its slot."""
        if self.mail is None:
            return self.line.day == check.day
        return self.mail.created_at == check.at

    def counted_at(self, check: PastCheck) -> Counts:
        """Return whether the line, of an earlier check, counted at that one."""
        mail = self.mail
        if mail is None:
            return Counts.YES if self.standing else Counts.UNKNOWN
        if self.standing:
            late = mail.state == State.SENT and mail.settled_at is not None and mail.settled_at > check.at
            return Counts.UNKNOWN if late else Counts.YES  # taken back once, and then it arrived all the same
        if mail.state == State.FAILED and mail.settled_at is not None:
            return Counts.NO if mail.settled_at <= check.at else Counts.YES
        tried = mail.last_tried is not None and mail.last_tried > check.at
        return Counts.UNKNOWN if tried or mail.state == State.SENT or self.line.day >= check.day else Counts.NO

    @property
    def lasts(self) -> bool:
        """Whether it counts at every later check, as it arrived or a person dropped it."""
        return self.standing and self.mail is not None and self.mail.state in (State.SENT, State.DROPPED)
