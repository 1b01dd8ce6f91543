"""What an item of the record proposes: the text that is read, and from its reading the changes of the register."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from monitor.core.model.proposals import Proposal, QuoteAt
from monitor.core.model.reading import FieldRead, Reading, Statement
from monitor.core.model.watching import Debate, Document, Item, LetterCame, Promised, RecessLine
from monitor.core.proposals.comparing import ANSWER, closed_rules
from monitor.core.proposals.likeness import Candidate
from monitor.core.proposals.proposing import propose
from monitor.core.proposals.watched import COMMITMENT, DEBATE_HELD, HELD, Watched, digest
from monitor.core.sentences import Sentence

SETTLED = "event:commitment-settled"  # what was promised is over, by no letter
PROMISE = "toezegging"  # the kind of document that an entry cites


def text_of(item: Item) -> str:
    """Return the text of an item, in which the offsets of its quotes count."""
    match item.record:
        case Promised() if item.kind in ("met", "lapsed"):
            return "\n\n".join((item.record.text, *map(_line, item.record.letters)))
        case Promised():
            return item.record.text
        case LetterCame():
            return item.record.text or _line(item.record.document)
        case Debate():
            return f"{item.record.kind}: {item.record.title}"
        case RecessLine():
            return item.record.line
    return item.record.number


def day_of(item: Item) -> str:
    """Return the day that the text counts from, YYYY-MM-DD; empty where there is none."""
    match item.record:
        case Promised() if item.kind == "met" and item.record.letters:
            return item.record.letters[-1].day
        case Promised() | Debate():
            return item.record.day
        case LetterCame():
            return item.record.document.day
    return ""


def proposals_of(item: Item, reading: Reading, watched: Watched) -> tuple[Proposal, ...]:
    """Return what an item would change; nothing for what only informs."""
    record = item.record
    match record:
        case Promised() if item.kind == "promise":
            return _new(record, reading, watched)
        case Promised() if item.kind in ("met", "lapsed"):
            return tuple(_settled(item, record, reading, watched))
        case LetterCame() if record.text:
            return propose(reading, watched.register, watched.policy, watched.day)
        case Debate() if record.status.casefold() == HELD:
            return tuple(_held(record, reading, watched))
    return ()


def _new(record: Promised, reading: Reading, watched: Watched) -> tuple[Proposal, ...]:
    """Return a commitment, due when its text says; what the reader takes for something else is one all the same."""
    whole = ((0, len(record.text)),)
    said = [one for one in reading.statements if one.kind == COMMITMENT]
    if record.due_on or not said:
        fields = {"due_on": FieldRead(value=record.due_on)} if record.due_on else {}
        title = record.text.rstrip(".")
        said = [Statement(id="g1", kind=COMMITMENT, act="promised", title=title, fields=fields, quotes=whole)]
    reading = replace(reading, statements=tuple(replace(one, depends_on=(), part_of=None) for one in said))
    cited = FieldRead(value=[{"id": record.number, "kind": PROMISE, **({"date": record.day} if record.day else {})}])
    return tuple(
        replace(one, fields={**one.fields, "refs": cited}) if one.action == "add" else one
        for one in propose(reading, watched.register, watched.policy, watched.day)
    )


def _settled(item: Item, record: Promised, reading: Reading, watched: Watched) -> Iterator[Proposal]:
    """Yield the closure of each commitment that a promise may be, by the last letter; ticked where that is certain."""
    letter = record.letters[-1] if record.letters else None
    entry = watched.entry_of(record)
    may_be: Sequence[Candidate | None] = (None,) if entry else watched.like(record)
    met = item.kind == "met" and letter is not None and bool(letter.day)
    day = letter.day if met and letter else record.settled_on or (record.changed_on if item.kind == "lapsed" else "")
    type = ANSWER if met else SETTLED
    fields = {"type": type, **({"on": day} if day else {})}
    fields["reference"] = letter.reference if met and letter else record.number
    remarks: tuple[str, ...] = ()
    if item.kind == "lapsed":
        remarks = (Sentence("The record says: {status}. The day is that of the record.", status=record.status),)
    elif not met:
        remarks = (Sentence("The record says: {status}, and names no letter.", status=record.status),)
    for number, candidate in enumerate(may_be, 1):
        meant = watched.register[candidate.entry] if candidate else entry
        if meant is None or not watched.is_open(meant):
            continue
        closes = closed_rules(watched.register, meant, type, watched.day, watched.policy)
        yield Proposal(
            id=f"p{number}",
            action="record",
            kind=meant.kind,
            title=letter.title if met and letter else record.text,
            entry=meant.id,
            fields=_read({**fields, "closes": closes} if closes else fields),
            like=(candidate.like,) if candidate else (),
            quotes=_quotes(reading),
            remarks=remarks,
            accept=True if met and candidate is None else None,
            key=_key(item, meant.id),
        )


def _held(record: Debate, reading: Reading, watched: Watched) -> Iterator[Proposal]:
    """Yield the debate, to be recorded on what it may have been about: a person says so."""
    fields = {"type": DEBATE_HELD, "on": record.day, "reference": record.number}
    for number, candidate in enumerate(watched.debated(record), 1):
        entry = watched.register[candidate.entry]
        yield Proposal(
            id=f"p{number}", action="record", kind=entry.kind, title=record.title, entry=entry.id,
            fields=_read(fields), like=(candidate.like,),
            quotes=_quotes(reading), key=digest(f"{record.number} {record.day} {entry.id}")[:16],
        )  # fmt: skip


def _read(fields: Mapping[str, Any]) -> dict[str, FieldRead]:
    return {name: FieldRead(value=value) for name, value in fields.items()}


def _line(letter: Document) -> str:
    """Return a letter in one line."""
    return ", ".join(filter(None, (letter.kind, letter.reference, letter.day, letter.title)))


def _quotes(reading: Reading) -> tuple[QuoteAt, ...]:
    source = reading.source
    return tuple(
        QuoteAt(start=one.start, end=one.end, text=reading.quoted((one.start, one.end)))
        for one in (source.blocks if source else ())
    )


def _key(item: Item, entry: str) -> str:
    return digest(f"{item.key} {entry}")[:16]
