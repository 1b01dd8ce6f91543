"""A statement of a letter beside the entry it is about: what would change, and what does not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from msgspec.structs import replace

from monitor.core.calendar.dates import Span, parse_span
from monitor.core.changes.closing import open_obligations
from monitor.core.errors import BadValue
from monitor.core.model.policy import Policy
from monitor.core.model.proposals import Action, Proposal
from monitor.core.model.reading import FieldRead, Reading, Statement
from monitor.core.model.register import Entry, Register
from monitor.core.proposals.mismatches import cost_remark
from monitor.core.register.terms import period_end
from monitor.core.sentences import Sentence

MISMATCH = "reference_mismatch"
ANSWER = "document:letter"  # the letter that does what was promised
NEW_FACTS = ("trigger", "earlier_end", "procedure", "condition", "cost", "refs")  # of a new entry alone


Judged = tuple[Action, dict[str, FieldRead], tuple[str, ...], tuple[str, ...]]


def against(
    statement: Statement, entry: Entry, fields: Mapping[str, FieldRead], reading: Reading, closes: Sequence[str]
) -> Judged:
    """Return what a statement does to the entry it is about: the action, its fields, doubts and remarks.

    `closes`: the rules that the letter settles where it does what was promised.
    """
    remark = cost_remark(entry, fields.get("cost"))
    doubts, remarks = ((MISMATCH,), (remark,)) if remark else ((), ())
    fields = {name: read for name, read in fields.items() if name not in NEW_FACTS}
    if statement.act == "answered":
        day = reading.letter.letter_date
        if not closes and _on_record(entry, ANSWER, day):
            return "same", {}, doubts, remarks
        done = {"type": FieldRead(value=ANSWER), "on": FieldRead(value=day)}
        named = {"closes": FieldRead(value=list(closes))} if closes else {}
        return "record", {**done, **named}, doubts, remarks
    if statement.act == "ended":
        return (*_ended(entry, fields), doubts, remarks)
    if longer := _extended(statement, entry, fields):
        return "extend", longer, doubts, remarks
    changed, wrong = _changed(entry, fields)
    return "correct" if changed else "same", changed, (*doubts, *((MISMATCH,) if wrong else ())), (*remarks, *wrong)


def closed_rules(register: Register, entry: Entry, type: str, day: date, policy: Policy) -> list[str]:
    """Return the rules whose open obligations a letter or event settles, their ladder begun or not."""
    open_ones = open_obligations(register, entry, day, policy)
    return list(dict.fromkeys(item.rule.id for item in open_ones if type in item.rule.closes_on))


def without_closed(
    proposal: Proposal, register: Register, day: date, policy: Policy
) -> tuple[Proposal, tuple[str, ...]]:
    """Return a proposal without the rules that it would close and that are open no more, and those rules.

    A letter that is on record, and closes nothing more, only gives its quotes. What a person named stays as it is.
    """
    read, entry = proposal.read, register.entries.get(proposal.entry)
    proposed = read.fields.get("closes") or ()
    if proposal.action != "record" or proposal.about or entry is None or not proposed:
        return proposal, ()
    values = {name: one.value for name, one in proposal.fields.items()}
    still = closed_rules(register, entry, str(values.get("type")), day, policy)
    closed = tuple(name for name in closes_of(values) if name in proposed and name not in still)
    if not closed:
        return proposal, ()
    left = [name for name in closes_of(values) if name not in closed]
    known = not left and _on_record(entry, str(values.get("type")), values.get("on"))
    action: Action = "same" if known else "record"
    fields = {**proposal.fields, "closes": FieldRead(value=left)}
    as_read = replace(read, action=action, fields={**read.fields, "closes": left})
    return replace(proposal, action=action, fields=fields, as_read=as_read), closed


def closes_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names that a letter or event closes, as a list or as a person writes them."""
    closes = values.get("closes") or ()
    return tuple(closes.replace(",", " ").split() if isinstance(closes, str) else closes)


def _on_record(entry: Entry, type: str, day: Any) -> bool:
    """Return whether a letter or event of that day is on record."""
    return any(event.type == type and str(event.on) == str(day) for event in entry.effective_events())


def _extended(statement: Statement, entry: Entry, fields: Mapping[str, FieldRead]) -> dict[str, FieldRead]:
    """Return the new end, or by how much the old one is extended; empty for what is no extension."""
    new, old = fields.get("valid_until"), period_end(entry.current)
    if statement.act != "extended":
        return {}
    if new:
        return {"valid_until": new} if _later(_span(new.value), old) else {}
    duration = fields.get("duration")
    return {"duration": duration} if duration and old else {}


def _changed(entry: Entry, fields: Mapping[str, FieldRead]) -> tuple[dict[str, FieldRead], tuple[str, ...]]:
    """Return the fields that differ, and a sentence for each that the register has otherwise."""
    changed, wrong = {}, []
    for name, read in fields.items():
        there = period_end(entry.current) if name == "valid_until" else _there(entry, name)
        if _equal(there, read.value):
            continue
        changed[name] = read
        if there is not None:
            facts = {"name": name, "entry": entry.id, "there": _written(there), "read": read.value}
            wrong.append(Sentence("{name} of {entry} is {there}, and the letter says {read}.", **facts))
    return changed, tuple(wrong)


def _ended(entry: Entry, fields: Mapping[str, FieldRead]) -> tuple[Action, dict[str, FieldRead]]:
    """Return the end of an entry; the same where it has ended."""
    day = fields.get("ended_on") or fields.get("valid_until")
    if day is None or entry.ended_on is not None:
        return "same", {}
    return "end", {"ended_on": day}


def _there(entry: Entry, name: str) -> Any:
    if name in ("valid_from", "duration"):
        return getattr(entry.current, name)
    if name == "due_on":
        return f"before recess {entry.due_before_recess}" if entry.due_before_recess else entry.due_on
    return getattr(entry, name, None)


def _equal(there: Any, value: Any) -> bool:
    if value is None:
        return True
    span = _span(value)
    if isinstance(there, Span):
        return span is not None and _same_days(there, span)
    return bool(there == value)


def _same_days(one: Span, other: Span) -> bool:
    return one.written == other.written or (one.earliest, one.latest) == (other.earliest, other.latest)


def _later(new: Span | None, old: Span | None) -> bool:
    return bool(new and old and new.latest and old.latest and new.latest > old.latest)


def _span(value: Any) -> Span | None:
    try:
        return parse_span(value)
    except (BadValue, TypeError, AttributeError):
        return None


def _written(value: Any) -> str:
    return value.written if isinstance(value, Span) else str(value)
