"""What an item of the inbox says, in one sentence for people."""

from __future__ import annotations

from datetime import date

from monitor.core.model.phrases import Fact, Sentences, Several, phrase
from monitor.core.model.watching import Debate, Item, LetterCame, Promised, RecessLine

LONGEST = 300  # characters of a text


def headline(item: Item) -> Fact:
    """Return the sentence."""
    match item.record:
        case Promised():
            return _promise(item, item.record)
        case LetterCame(document=document):
            facts = {"dossiers": _list(item.record.dossiers), "letter": document.reference, "title": document.title}
            return phrase("inbox.letter_of", day=_day(document.day), **facts) if document.day else _letter(facts)
        case Debate() as found:
            said = phrase(
                "inbox.debate", dossiers=_list(found.dossiers), kind=found.kind, number=found.number,
                day=_day(found.day), status=found.status, title=found.title,
            )  # fmt: skip
            other = found.replaced_by
            return Sentences(parts=(said, phrase("inbox.replaced_by", number=other))) if other else said
        case RecessLine() as line:
            return phrase("inbox.recess", name=line.number, first=line.first, last=line.last)
    return phrase("inbox.removed", number=item.record.number, entry=item.entry)


def _promise(item: Item, record: Promised) -> Fact:
    facts: dict[str, Fact] = {"number": record.number, "text": _short(record.text)}
    letter = record.letters[-1] if record.letters else None
    status = phrase("inbox.status_is" if item.status_known else "inbox.status_unknown", status=record.status)
    match item.kind:
        case "promise" if item.entry:
            return phrase("inbox.corrected", entry=item.entry, **facts)
        case "promise":
            if record.due_on:
                facts |= {"dossiers": _list(record.dossiers), "due": _day(record.due_on)}
                return phrase("inbox.term", **facts)
            by = record.by or record.ministry or record.committee
            said = phrase("inbox.promise_of", by=by, day=_day(record.day), **facts) if record.day else None
            return Sentences(parts=(said or phrase("inbox.promise", by=by, **facts), status))
        case "met" if letter:
            return phrase("inbox.met", letter=letter.reference, **facts)
        case "met":
            return Sentences(parts=(phrase("inbox.met_without", **facts), status))
        case "lapsed":
            return Sentences(parts=(phrase("inbox.lapsed", **facts), status))
    parts: list[Fact] = [phrase("inbox.status", number=record.number, entry=item.entry), status]
    parts += [phrase("inbox.letter_named", letter=letter.reference)] if letter else []
    return Sentences(parts=tuple(parts))


def _letter(facts: dict[str, Fact]) -> Fact:
    return phrase("inbox.letter", **facts)


def _day(written: str) -> Fact:
    return date.fromisoformat(written)


def _list(parts: tuple[str, ...]) -> Fact:
    return Several(parts=parts)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rpartition(' ')[0]} …"
