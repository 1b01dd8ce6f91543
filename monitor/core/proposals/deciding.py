"""What a person may answer to a proposal: yes, no, another value, the same as an entry, an extension of one."""

from __future__ import annotations

from msgspec.structs import replace

from monitor.core.errors import BadValue, Refused, UnknownId
from monitor.core.model.fields import read_field
from monitor.core.model.proposals import Proposal
from monitor.core.model.reading import FieldRead
from monitor.core.model.register import Register

EVENT_FIELDS = ("type", "on", "reference", "closes")  # of a document that is recorded; they are no fields of an entry
NAMED = ("title", "kind", "entry")  # of a proposal itself


def edited(proposal: Proposal, name: str, written: str) -> Proposal:
    """Return a proposal with one field as a person writes it; empty takes it away. Raises BadValue."""
    if name in NAMED:
        if not written:
            raise BadValue("{name} is missing.", "a text", name=name)
        return replace(proposal, **{name: written})
    fields = dict(proposal.fields)
    spans = fields[name].spans if name in fields else ()
    if not written:
        fields.pop(name, None)
        return replace(proposal, fields=fields)
    if name not in EVENT_FIELDS:
        read_field(name, written)
    fields[name] = FieldRead(value=written, spans=spans)
    return replace(proposal, fields=fields)


def same_as(proposal: Proposal, entry: str, register: Register) -> Proposal:
    """Return a proposal that only gives its source to an entry that is there. Raises UnknownId."""
    if entry not in register.entries:
        raise UnknownId("entry", entry, register.entries)
    return replace(proposal, action="same", entry=entry, about="", accept=True)


def extends(proposal: Proposal, entry: str, register: Register) -> Proposal:
    """Return a proposal that extends an entry that is there. Raises UnknownId, or Refused without a new end."""
    if entry not in register.entries:
        raise UnknownId("entry", entry, register.entries)
    kept = {name: read for name, read in proposal.fields.items() if name in ("valid_until", "duration") and read.value}
    if not kept:
        raise Refused("{proposal} names no new end, so it extends nothing.", proposal=proposal.id)
    return replace(proposal, action="extend", entry=entry, about="", fields=kept, accept=True)
