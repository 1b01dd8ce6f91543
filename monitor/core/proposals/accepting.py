"""Accepted proposals as changes: one for each, with the quotes that stay with the entry."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
from msgspec import Struct, field

from monitor.core.calendar.dates import parse_day, parse_span
from monitor.core.errors import BadValue, Fault, Faults
from monitor.core.model.changes import Add, Change, Correct, End, Extend, Record, Stamp
from monitor.core.model.fields import read_entry, write_entry
from monitor.core.model.proposals import KEPT, Accepted, LetterRead, Parent, Proposal
from monitor.core.model.register import Register
from monitor.core.proposals.comparing import closes_of
from monitor.core.sentences import Sentence

NOTED = 200  # characters of a quote in the note of an event


class Prepared(Struct, frozen=True, kw_only=True):
    """Changes with what the history keeps beside them, and proposals that were accepted before."""

    changes: tuple[Change, ...]
    kept: tuple[Mapping[str, Any], ...]  # of each change
    before: Mapping[str, str] = field(default_factory=dict)  # proposal → the entry that it became earlier


class Accepting:
    """Makes the changes of the proposals of one letter that a person accepted."""

    def __init__(
        self, letter: LetterRead, proposals: Sequence[Proposal], register: Register, stamp: Stamp,
        earlier: Mapping[str, Accepted], *, file: str = "",
    ) -> None:  # fmt: skip
        self.letter, self.register, self.stamp, self.file = letter, register, stamp, file
        self.by_id = {proposal.id: proposal for proposal in proposals}
        self.earlier = {one.id: earlier[one.key].entry for one in proposals if one.key in earlier}
        self.chosen = [one for one in proposals if one.accept and one.id not in self.earlier]
        self.faults: list[Fault] = []
        self.quotes: dict[str, list[Proposal]] = {}
        self.corrections: dict[str, dict[str, Any]] = {}

    def prepare(self) -> Prepared:
        """Return the changes. Raises Faults, all at once."""
        made = [(change, [proposal]) for proposal in self.chosen if (change := self._change(proposal))]
        changes = [change for change, _ in made]
        kept = [self._kept(proposals) for _, proposals in made]
        for entry in dict.fromkeys((*self.corrections, *self.quotes)):
            change, proposals = self._corrected(entry)
            changes.append(change)
            kept.append(self._kept([one for one in proposals if one.action in ("correct", "same")]))
        if self.faults:
            raise Faults(self.faults)
        declined = [one for one in self.by_id.values() if one.accept is False and one.id not in self.earlier]
        if kept and declined:
            said = [*kept[0].get(KEPT, []), *(self._accepted(one, declined=True) for one in declined)]
            kept[0] = {**kept[0], KEPT: said}
        before = {id: entry for id, entry in self.earlier.items() if entry}
        return Prepared(changes=tuple(changes), kept=tuple(kept), before=before)

    def _change(self, proposal: Proposal) -> Change | None:
        """Return the change of a proposal; a correction is gathered by entry."""
        try:
            if proposal.action == "add":
                return self._add(proposal)
            entry = self._entry(proposal)
            if entry in self.register.entries:  # a new one has the quotes of its own proposal
                self.quotes.setdefault(entry, []).append(proposal)
            values = {name: read.value for name, read in proposal.fields.items()}
            match proposal.action:
                case "extend":
                    return self._extend(entry, proposal, values)
                case "end":
                    return End(stamp=self.stamp, entry=entry, on=_day(values, "ended_on"), **self._said(proposal))
                case "record":
                    on, closes = _day(values, "on"), closes_of(values)
                    said = self._said(proposal)
                    type = str(values["type"])
                    return Record(stamp=self.stamp, entry=entry, type=type, on=on, closes=closes, **said)
                case "correct":
                    self.corrections.setdefault(entry, {}).update(
                        {name: value for name, value in values.items() if name != "refs"}
                    )
            return None
        except KeyError as cause:
            self._fault(proposal, Sentence("The field {name} is missing.", name=cause.args[0]))
        except BadValue as cause:
            self._fault(proposal, cause.what, cause.accepted)
        return None

    def _add(self, proposal: Proposal) -> Add | None:
        raw: dict[str, Any] = {"id": proposal.entry, "kind": proposal.kind, "title": proposal.title}
        raw |= {name: read.value for name, read in proposal.fields.items() if read.value is not None}
        parents = [self._named(proposal, parent) for parent in proposal.depends_on]
        if parents:
            raw["depends_on"] = [id for id in dict.fromkeys(parents) if id]
        if proposal.part_of:
            raw["part_of"] = self._named(proposal, proposal.part_of)
        raw["quotes"] = list(self._quoted(proposal))
        entry, faults = read_entry(raw, self.stamp.known_on)
        for name, bad in faults:
            self._fault(proposal, bad.what, bad.accepted, name)
        return Add(stamp=self.stamp, entry=entry.id, content=entry) if entry else None

    def _extend(self, entry: str, proposal: Proposal, values: Mapping[str, Any]) -> Extend:
        until = values.get("valid_until")
        on = parse_day(self.letter.letter_date) if self.letter.letter_date else self.stamp.known_on
        return Extend(
            stamp=self.stamp, entry=entry, on=on, until=parse_span(until) if until else None,
            duration=None if until else values["duration"], **self._said(proposal),
        )  # fmt: skip

    def _corrected(self, entry: str) -> tuple[Correct, list[Proposal]]:
        """Return the one correction of an entry: its fields, and its quotes with those of the letter."""
        proposals = self.quotes.get(entry, [])
        fields = dict(self.corrections.get(entry, {}))
        held = write_entry(self.register[entry]).get("quotes", [])
        new = [quote for one in proposals for quote in self._quoted(one)]
        fields["quotes"] = [*held, *(quote for quote in new if quote not in held)]
        return Correct(stamp=self.stamp, entry=entry, fields=fields), proposals

    def _entry(self, proposal: Proposal) -> str:
        """Return the entry that a proposal changes. Raises BadValue."""
        if proposal.about:
            return self._named(proposal, Parent(proposal=proposal.about))
        if proposal.entry not in self.register.entries:
            raise BadValue("There is no entry {entry!r}.", "an entry of the register", entry=proposal.entry)
        return proposal.entry

    def _named(self, proposal: Proposal, parent: Parent) -> str:
        """Return the entry that a proposal became, or that is named. Raises BadValue."""
        if not parent.proposal:
            return parent.entry
        if parent.proposal in self.earlier:
            return self.earlier[parent.proposal]
        other = self.by_id.get(parent.proposal)
        if other is None:
            raise BadValue("There is no proposal {id!r} in this file.", ", ".join(self.by_id), id=parent.proposal)
        if not other.accept and other.entry not in self.register.entries:
            raise BadValue(
                "It depends on {other} ({title}), which is not accepted.", "both, or this one without the other",
                other=other.id, title=other.title,
            )  # fmt: skip
        return other.entry

    def _quoted(self, proposal: Proposal) -> Iterator[dict[str, Any]]:
        for quote in proposal.quotes:
            yield {"text": quote.text, "source": self.letter.source, "start": quote.start, "end": quote.end}

    def _said(self, proposal: Proposal) -> dict[str, Any]:
        """Return reference and note of an event."""
        note = proposal.quotes[0].text if proposal.quotes else ""
        values = {name: read.value for name, read in proposal.fields.items()}
        reference = str(values.get("reference") or self.letter.source)
        return {"reference": reference, "note": note if len(note) <= NOTED else f"{note[:NOTED]} …"}

    def _kept(self, proposals: Sequence[Proposal]) -> dict[str, Any]:
        return {KEPT: [self._accepted(one) for one in proposals]} if proposals else {}

    def _accepted(self, proposal: Proposal, *, declined: bool = False) -> dict[str, Any]:
        entry = proposal.entry
        if proposal.about and not declined:
            entry = self._named(proposal, Parent(proposal=proposal.about))
        found = Accepted(
            text_sha256=self.letter.text_sha256, key=proposal.key, proposal=proposal.id,
            entry="" if declined else entry, why=proposal.why, corrected=proposal.corrections,
            as_read=proposal.read, declined=declined,
        )  # fmt: skip
        plain: dict[str, Any] = msgspec.to_builtins(found)
        return plain

    def _fault(self, proposal: Proposal, what: str, accepted: str = "", name: str = "") -> None:
        key = f"{proposal.id}.{name}" if name else proposal.id
        self.faults.append(Fault(file=self.file, key=key, what=what, accepted=accepted))


def _day(values: Mapping[str, Any], name: str) -> date:
    """Return a day that must be exact. Raises BadValue or KeyError."""
    span = parse_span(values[name])
    if not span.exact or span.earliest is None:
        raise BadValue("{name}: {written} is not one day.", "a day, YYYY-MM-DD", name=name, written=span.written)
    return span.earliest
