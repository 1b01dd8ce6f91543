"""Statements of a letter to proposals: what each would change in the register as it is. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.model.policy import Policy
from monitor.core.model.proposals import Parent, Proposal, QuoteAt
from monitor.core.model.reading import FieldRead, Reading, Reference, Statement
from monitor.core.model.register import Entry, Register
from monitor.core.model.rules import Rule
from monitor.core.proposals.comparing import ANSWER, MISMATCH, against, closed_rules
from monitor.core.proposals.ids import key_of, new_id
from monitor.core.proposals.likeness import Candidate, Likeness, chosen
from monitor.core.proposals.mismatches import cost_of, reference_remarks
from monitor.core.sentences import Sentence

INSERTED = Sentence("a tracked change that is not accepted yet inserted words of this sentence")
EXTENDING = ("document:art100-letter", "document:extension-letter")  # types of letters that extend something


class Matched(Struct, frozen=True, kw_only=True):
    """A statement with the entry it is about, and those it may be about."""

    statement: Statement
    candidates: tuple[Candidate, ...]
    entry: Entry | None


def propose(reading: Reading, register: Register, policy: Policy, day: date) -> tuple[Proposal, ...]:
    """Return what a letter would change in the register, in the order of the letter.

    A letter that extends what the register holds is itself the letter that the rules ask for; one that does what was
    promised settles what is open on `day`, and is proposed for each promise that it may be about.
    """
    matched, rules = _matched(reading, register), policy.rules.rules
    ids = {one.statement.id: f"p{number}" for number, one in enumerate(matched, 1)}
    taken, entries = {*register.entries}, {one.statement.id: one.entry.id for one in matched if one.entry}
    for one in matched:
        if one.entry is None and one.statement.act not in ("sent", "answered"):
            entries[one.statement.id] = new_id(one.statement, taken)
            taken.add(entries[one.statement.id])
    known = set(register.entries)
    settled = partial(closed_rules, register, type=ANSWER, day=day, policy=policy)
    number = len(matched)
    proposals: list[Proposal] = []
    for one in matched:
        for meant in _meant(one, register, settled):
            proposal = _proposal(meant, reading, ids, entries, known, settled)
            if proposal is None:
                continue
            if meant is not one:
                number += 1
                key = f"{proposal.key}-{proposal.entry}"
                proposal = replace(proposal, id=f"p{number}", key=key, accept=None)
            proposals.append(proposal)
            if proposal.action == "extend" and (type := letter_type(register[proposal.entry], rules)):
                number += 1
                proposals += _this_letter(f"p{number}", type, proposal, reading)
    return _with_parents(proposals)


def _meant(one: Matched, register: Register, settled: Callable[[Entry], list[str]]) -> Sequence[Matched]:
    """Return a statement; one that keeps a promise, for each that is open where it is unknown which is meant."""
    if one.statement.act != "answered" or one.entry:
        return (one,)
    found = ((candidate, register[candidate.entry]) for candidate in one.candidates)
    return [replace(one, candidates=(like,), entry=entry) for like, entry in found if settled(entry)]


def _with_parents(proposals: Sequence[Proposal]) -> tuple[Proposal, ...]:
    """Return the proposals; one that depends on another is ticked only where that one is."""
    ticked = {one.id for one in proposals if one.accept}
    before = len(ticked) + 1
    while len(ticked) < before:
        before = len(ticked)
        ticked = {one.id for one in proposals if one.id in ticked and _named(one) <= ticked}
    return tuple(one if one.id in ticked else replace(one, accept=None) for one in proposals)


def _named(proposal: Proposal) -> set[str]:
    """Return the proposals that one names."""
    parents = (*proposal.depends_on, *((proposal.part_of,) if proposal.part_of else ()))
    return {id for id in (proposal.about, *(parent.proposal for parent in parents)) if id}


def _matched(reading: Reading, register: Register) -> list[Matched]:
    """Return each statement with its entry; what others depend on comes first, for it is a reason for theirs."""
    likeness = Likeness(register, reading.letter.sha256)
    entries: dict[str, Entry] = {}
    found: dict[str, Matched] = {}
    for statement in sorted(reading.statements, key=lambda one: len(one.depends_on)):
        parents = [entries[one.statement].id for one in statement.depends_on if one.statement in entries]
        if statement.act == "sent":
            entry = entries.get(statement.depends_on[0].statement)
            found[statement.id] = Matched(statement=statement, candidates=(), entry=entry)
            continue
        cited = [reading.references[place] for place in statement.references]
        candidates = likeness.candidates(statement, parents, cited)
        meant = chosen(statement, candidates)
        if meant:
            entries[statement.id] = register[meant.entry]
        found[statement.id] = Matched(
            statement=statement, candidates=tuple(candidates), entry=entries.get(statement.id)
        )
    return [found[statement.id] for statement in reading.statements]


def _proposal(
    one: Matched, reading: Reading, ids: Mapping[str, str], entries: Mapping[str, str], known: set[str],
    settled: Callable[[Entry], list[str]],
) -> Proposal | None:  # fmt: skip
    statement, entry = one.statement, one.entry
    if statement.act == "sent":
        return _sent(one, reading, ids)
    if statement.act == "answered" and entry is None:
        return None
    fields = _fields(one, reading)
    closes = settled(entry) if entry and statement.act == "answered" else ()
    judged = against(statement, entry, fields, reading, closes) if entry else ("add", fields, (), ())
    action, fields, doubts, remarks = judged
    doubts = tuple(dict.fromkeys((*statement.doubts, *doubts)))
    if entry and (wrong := reference_remarks(statement, reading, entry)):
        doubts, remarks = tuple(dict.fromkeys((*doubts, MISMATCH))), (*remarks, *wrong)
    sure = statement.certain and MISMATCH not in doubts
    if _is_inserted(statement, reading):
        sure, remarks = False, (*remarks, INSERTED)
    if one.candidates and entry is None:
        sure = False  # it may be one that is there: the person chooses
    return Proposal(
        id=ids[statement.id],
        action=action,
        kind=entry.kind if entry else statement.kind,
        title=statement.title,
        entry=entry.id if entry else entries[statement.id],
        fields=fields,
        depends_on=tuple(
            _parent(link.statement, link.condition, link.spans, ids, entries, known) for link in statement.depends_on
        ),
        part_of=_parent(statement.part_of, "", (), ids, entries, known) if statement.part_of else None,
        like=tuple(candidate.like for candidate in one.candidates),
        quotes=_quotes(statement, reading),
        doubts=doubts,
        remarks=remarks,
        accept=True if sure else None,
        key=key_of(statement),
        why=_why(fields, reading),
    )


def _is_inserted(statement: Statement, reading: Reading) -> bool:
    """Return whether a tracked change inserted something in one of the sentences."""
    inserted = reading.source.inserted if reading.source else ()
    return any(start < to and begin < end for start, end in inserted for begin, to in statement.quotes)


def _this_letter(id: str, type: str, about: Proposal, reading: Reading) -> list[Proposal]:
    """Return the letter itself, to be recorded on the entry that it extends or ends; none without its date."""
    day = reading.letter.letter_date
    if day is None:
        return []
    fields = {"type": FieldRead(value=type), "on": FieldRead(value=day)}
    key = f"{about.key}-{type}"
    return [
        replace(about, id=id, action="record", title=reading.letter.file, fields=fields, like=(), key=key, why={},
                depends_on=(), part_of=None, doubts=(), remarks=())
    ]  # fmt: skip


def letter_type(entry: Entry, rules: Sequence[Rule]) -> str:
    """Return the type of letter by which a rule for such entries hears of an extension; empty where none asks."""
    return next((type for type in EXTENDING if asks_for(entry, rules, type)), "")


def asks_for(entry: Entry, rules: Sequence[Rule], type: str) -> bool:
    """Return whether a rule for such entries is closed by a type of letter or event."""
    return any(
        type in rule.closes_on
        and (not rule.select.kind or entry.kind in rule.select.kind)
        and (not rule.select.procedure or entry.procedure in rule.select.procedure)
        for rule in rules
    )


def _parent(
    id: str, condition: str, spans: tuple[str, ...], ids: Mapping[str, str], entries: Mapping[str, str], known: set[str]
) -> Parent:
    entry = entries.get(id, "")
    if entry in known:
        return Parent(entry=entry, condition=condition, spans=spans)
    return Parent(proposal=ids[id], condition=condition, spans=spans)


def _fields(one: Matched, reading: Reading) -> dict[str, FieldRead]:
    """Return the fields that a new entry would have."""
    statement, fields = one.statement, dict(one.statement.fields)
    conditions = [link.condition for link in statement.depends_on if link.condition]
    if text := statement.condition or "; ".join(conditions):
        fields["condition"] = FieldRead(value=text, spans=tuple(s for one in statement.depends_on for s in one.spans))
    if cost := cost_of(statement, reading):
        fields["cost"] = FieldRead(value=cost)
    if refs := [_cited(reading.references[place]) for place in statement.references]:
        fields["refs"] = FieldRead(value=refs)
    return fields


def _cited(reference: Reference) -> dict[str, str]:
    found = {"dossier": reference.dossier, "nr": reference.number, "date": reference.date or ""}
    return {name: value for name, value in found.items() if value}


def _sent(one: Matched, reading: Reading, ids: Mapping[str, str]) -> Proposal | None:
    """Return a document that goes out with the letter, to be recorded on what it is about."""
    statement, entry = one.statement, one.entry
    target = statement.depends_on[0].statement
    values = {name: read.value for name, read in statement.fields.items()}
    there = entry and any(
        event.type == values["type"] and str(event.on) == values["on"] for event in entry.effective_events()
    )
    return Proposal(
        id=ids[statement.id],
        action="same" if there else "record",
        kind=statement.kind,
        title=statement.title,
        entry=entry.id if entry else "",
        about="" if entry else ids[target],
        fields=statement.fields,
        quotes=_quotes(statement, reading),
        accept=True,
        key=key_of(statement),
    )


def _quotes(statement: Statement, reading: Reading) -> tuple[QuoteAt, ...]:
    return tuple(QuoteAt(start=start, end=end, text=reading.quoted((start, end))) for start, end in statement.quotes)


def _why(fields: Mapping[str, FieldRead], reading: Reading) -> dict[str, tuple[str, ...]]:
    """Return the rows of the language table that decided the dates of each field."""
    rows = {span.id: span.why for span in reading.spans}
    found = {name: _rows(read.spans, rows) for name, read in fields.items()}
    return {name: why for name, why in found.items() if why}


def _rows(spans: Iterable[str], rows: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(rows[id] for id in spans))
