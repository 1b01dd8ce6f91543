"""What the public record says against the register: which of it is for the inbox, and once alone."""

from __future__ import annotations

import hashlib
import re
from datetime import date

from msgspec.structs import replace

from monitor.core.model.policy import Policy
from monitor.core.model.reading import Statement
from monitor.core.model.register import Entry, Register
from monitor.core.model.watching import Debate, Followed, Item, ItemKind, LetterCame, Promised, RecessLine, Record
from monitor.core.proposals.likeness import Candidate, Likeness, chosen
from monitor.core.proposals.proposing import asks_for

COMMITMENT = "commitment"
HELD = "uitgevoerd"  # a status of a debate, in lower case
DEBATE_HELD = "event:debate-held"
HASH = re.compile(r"\b[0-9a-f]{64}\b")


class Watched:
    """The register as the record is compared with it. `day`: today."""

    def __init__(self, register: Register, policy: Policy, followed: Followed, day: date) -> None:
        self.register, self.policy, self.followed, self.day = register, policy, followed, day
        self.rules, self.calendar = policy.rules.rules, policy.calendars.named(None)
        self._likeness = Likeness(register, "")
        self._closing = {type for rule in self.rules for type in rule.closes_on if COMMITMENT in rule.select.kind}
        self._by_name: dict[str, Entry] = {}  # number, or hash of a text → the entry made of it
        for entry in register:
            names = [ref.id for ref in entry.refs if ref.id]
            for quote in entry.quotes:
                names += [quote.source.partition(" (")[0], *HASH.findall(quote.source)]
            self._by_name |= dict.fromkeys(names, entry)

    def item(self, record: Record) -> Item | None:
        """Return what a record is for the inbox; None: nothing that the register does not know, or does not follow."""
        match record:
            case Promised():
                return self._promise(record)
            case LetterCame():
                return _item("letter", record, "") if self.followed.dossier(record.dossiers) else None
            case Debate():
                return self._debate(record)
            case RecessLine():
                return self._recess(record)
        return None

    def entry_of(self, promise: Promised) -> Entry | None:
        """Return the entry that was made of a promise: it names its number, or quotes its very text."""
        return self._by_name.get(promise.number) or self._by_name.get(digest(promise.text))

    def registered(self, number: str) -> Entry | None:
        """Return the entry that names a number of the record."""
        return self._by_name.get(number)

    def like(self, promise: Promised) -> tuple[Candidate, ...]:
        """Return the open commitments that a promise may be, the one that is clearly meant first and alone."""
        statement = Statement(id="", kind=COMMITMENT, act="answered", title=promise.text)
        found = [one for one in self._likeness.candidates(statement, (), ()) if self.is_open(self.register[one.entry])]
        meant = chosen(statement, found)
        return (meant,) if meant else tuple(found)

    def is_open(self, entry: Entry) -> bool:
        """Return whether nothing is recorded that ends a commitment."""
        return entry.kind == COMMITMENT and not any(event.type in self._closing for event in entry.effective_events())

    def debated(self, debate: Debate) -> tuple[Candidate, ...]:
        """Return the entries that a debate may be about, and for which a rule asks for one."""
        found: list[Candidate] = []
        for kind in sorted({entry.kind for entry in self.register}):
            statement = Statement(id="", kind=kind, act="runs", title=debate.title)
            found += self._likeness.candidates(statement, (), ())
        wanted = (one for one in found if asks_for(self.register[one.entry], self.rules, DEBATE_HELD))
        return tuple({one.entry: one for one in wanted}.values())

    def _promise(self, record: Promised) -> Item | None:
        entry, outcome = self.entry_of(record), self.followed.outcome(record.status)
        if entry is None and not self.followed.promise(record):
            return None
        letters = " ".join(one.number for one in record.letters)
        if outcome in ("met", "lapsed"):
            if entry is None and not self.like(record):
                return None  # it is over, and no entry is about it
            if entry and not self.is_open(entry):
                return None
            return _item(outcome, record, letters, entry)
        if entry is None:
            return replace(_item("promise", record, ""), status_known=outcome is not None)
        if outcome != "open" or letters:
            found = _item("status", record, f"{record.status} {letters}", entry)
            return replace(found, status_known=outcome is not None) if self.is_open(entry) else None
        if digest(record.text) in self._by_name or not self.is_open(entry):
            return None  # it is as it was registered
        return _item("promise", record, digest(record.text)[:16], entry)

    def _debate(self, record: Debate) -> Item | None:
        if not self.followed.dossier(record.dossiers):
            return None
        status = record.status.casefold()
        wanted = bool(self.debated(record)) if status == HELD else record.day >= self.day.isoformat()
        wanted = wanted and bool(record.day)
        return _item("debate", record, f"{record.day} {status} {record.replaced_by}") if wanted else None

    def _recess(self, record: RecessLine) -> Item | None:
        known = ((one.name.casefold(), one.start, one.end, one.certainty) for one in self.calendar.recesses)
        if (record.number.casefold(), record.first, record.last, "A") in known:
            return None
        return _item("recess", record, f"{record.first} {record.last}")


def digest(text: str) -> str:
    """Return the hash by which a quote names the text that it is from."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _item(kind: ItemKind, record: Record, content: str, entry: Entry | None = None) -> Item:
    return Item(
        kind=kind, key=f"{kind} {record.number} {content}".strip(), record=record, entry=entry.id if entry else ""
    )
