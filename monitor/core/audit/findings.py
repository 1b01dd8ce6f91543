"""What an audit finds: each gap, and each mail that was not owed, as a value with its cause."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from msgspec import Struct

from monitor.core.model.phrases import Fact, Phrase, phrase, titled
from monitor.core.model.register import ObligationKey
from monitor.core.model.rules import Rule, SystemRule

MOST = 1000  # findings that are named; the rest is counted


class FindingKind(StrEnum):
    """The values are printed by `audit --json`."""

    MISSING = "missing"  # a reminder was owed and the ledger does not have it
    NOT_OWED = "not-owed"  # the ledger has a reminder that was not owed
    DIFFERS = "differs"  # the reminder that was sent names another rung or due day than the one owed
    UNSAID = "unsaid"  # a line no longer counts, although a relay took its mail
    MAIL_GONE = "mail-gone"  # the ledger names a mail that the outbox does not have
    NO_LINE = "no-line"  # a mail of reminders of which the ledger has none
    UNSENT = "unsent"  # a line counts whose mail failed or was taken back
    UNACCEPTED = "unaccepted"  # a mail is marked as sent, and no relay is on record as having accepted it
    CONTRADICTED = "contradicted"  # a relay took a mail that is not marked as sent
    NO_CHECK = "no-check"  # a slot without a check
    ALTERED = "altered"  # rules, calendars, people or limits are not what was kept
    GONE = "gone"  # or are not kept any more
    BACKDATED = "backdated"  # a check names what was kept only after it
    UNREADABLE = "unreadable"  # this version of the monitor cannot read what was kept


class Finding(Struct, frozen=True, kw_only=True):
    """One gap, or one mail that was not owed. What does not matter for its kind is empty."""

    kind: FindingKind
    day: date  # of the slot
    what: Phrase  # with its cause
    obligation: ObligationKey | None = None
    person: str = ""
    rung: str = ""
    mail: int | None = None  # number of the mail
    about: str = ""  # what else tells two findings of one kind and day apart

    @property
    def key(self) -> str:
        """The same trouble has the same key in each audit."""
        parts = (self.kind, self.day, self.obligation, self.person, self.rung, self.mail, self.about)
        return " ".join(str(part) for part in parts if part not in (None, ""))


class Place(Struct, frozen=True, kw_only=True):
    """A reminder that a finding is about."""

    obligation: ObligationKey
    person: str
    day: date  # of the slot
    rung: str
    due: date | None
    rule: Rule | SystemRule | None = None  # None: no rule of that id was in force
    mail: int | None = None

    def finding(self, kind: FindingKind, what: Phrase) -> Finding:
        """Return a finding about it."""
        return Finding(
            kind=kind, day=self.day, what=what, obligation=self.obligation, person=self.person, rung=self.rung,
            mail=self.mail,
        )  # fmt: skip

    def missing(self, cause: Phrase) -> Finding:
        """It was owed, and the ledger does not have it."""
        sentence = phrase(
            "audit.missing", rung=self.rung, rule=self._title, entry=self.obligation.entry, person=self.person,
            day=self.day, due=self.due or self.day, cause=cause,
        )  # fmt: skip
        return self.finding(FindingKind.MISSING, sentence)

    def not_owed(self, cause: Phrase) -> Finding:
        """It is in the ledger, and was not owed."""
        sentence = phrase(
            "audit.not-owed", rung=self.rung, rule=self._title, entry=self.obligation.entry, person=self.person,
            day=self.day, mail=self.mail or 0, cause=cause,
        )  # fmt: skip
        return self.finding(FindingKind.NOT_OWED, sentence)

    def differs(self, owed: Place) -> Finding:
        """It is in the ledger with another rung or due day than was owed."""
        sentence = phrase(
            "audit.differs", rule=self._title, entry=self.obligation.entry, person=self.person, day=self.day,
            mail=self.mail or 0, rung=self.rung, due=self.due or self.day, owed=owed.rung,
            owed_due=owed.due or owed.day,
        )  # fmt: skip
        return self.finding(FindingKind.DIFFERS, sentence)

    def unsaid(self) -> Finding:
        """It no longer counts, although a relay took its mail."""
        sentence = phrase(
            "audit.unsaid", rung=self.rung, rule=self._title, entry=self.obligation.entry, person=self.person,
            day=self.day, mail=self.mail or 0,
        )  # fmt: skip
        return self.finding(FindingKind.UNSAID, sentence)

    @property
    def _title(self) -> Fact:
        return titled(self.rule) if self.rule else self.obligation.rule
