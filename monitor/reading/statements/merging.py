"""Drafts that are about one thing, made one: what a letter says twice, vaguely and exactly."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.core.model.reading import FieldRead
from monitor.reading.dates.values import bounds
from monitor.reading.statements.fields import ASKED, Draft, in_order

RECENT = 40  # drafts among which one is looked for that is the same: a letter has tens of them


def merged(drafts: Sequence[Draft]) -> list[Draft]:
    """Return the drafts in order, those of one thing joined; what depends on them depends on what they became."""
    kept: list[Draft] = []
    became: dict[int, Draft] = {}
    for draft in drafts:
        twin = next((one for one in reversed(kept[-RECENT:]) if _same(one, draft)), None)
        if twin is None:
            kept.append(draft)
        else:
            _join(twin, draft)
        became[id(draft)] = twin or draft
    for draft in kept:
        parents = [(became[id(parent)], text, spans) for parent, text, spans in draft.parents]
        draft.parents = [one for one in parents if one[0] is not draft]
        own = (text for parent, text, _ in parents if parent is draft)  # "the mandate runs …, subject to its extension"
        draft.condition = draft.condition or next(own, "")
    return kept


def _same(one: Draft, other: Draft) -> bool:
    """Return whether two drafts are about one thing and agree: its dates as far as both have them."""
    if one.kind != other.kind or one.certain != other.certain or (one.act == "ended") != (other.act == "ended"):
        return False
    if one.kind == "commitment":
        return _due_alike(one, other)
    if one.kind in ASKED and one.hit and other.hit and one.title != other.title:
        return False  # each asks for something of its own
    if one.names and other.names:
        alike = bool({*one.names} & {*other.names}) and (
            not one.hit or not other.hit or (one.own and other.own) or one.title == other.title
        )
    else:
        near = one.sentence.block == other.sentence.block
        alike = near and one.hit is not None and other.hit is not None and one.hit.row.id == other.hit.row.id
    return (
        alike
        and in_order({**one.fields, **other.fields})
        and all(_agree(one.fields[name], other.fields[name]) for name in one.fields if name in other.fields)
    )


def _due_alike(one: Draft, other: Draft) -> bool:
    """Return whether two promises are one: about the same names, by days that can be the same."""
    if "due_on" not in one.fields or "due_on" not in other.fields or one.act != other.act:
        return False
    words = [{word for word in draft.title.casefold().split() if len(word) > 5} for draft in (one, other)]
    shared = len(words[0] & words[1]) * 2 >= min(map(len, words)) > 0
    return shared and {*one.names} == {*other.names} and _agree(one.fields["due_on"], other.fields["due_on"])


def _agree(one: FieldRead, other: FieldRead) -> bool:
    if one.value == other.value:
        return True
    first, second = bounds(str(one.value)), bounds(str(other.value))
    if not first or not second or not (first.earliest and first.latest and second.earliest and second.latest):
        return False
    return first.earliest <= second.latest and second.earliest <= first.latest


def _join(one: Draft, other: Draft) -> None:
    for name, read in other.fields.items():
        known = one.fields.get(name)
        if known is None:
            one.fields[name] = read
        else:
            exact = read if _days(read) < _days(known) else known
            one.fields[name] = FieldRead(value=exact.value, spans=(*known.spans, *read.spans))
    one.quotes += [quote for quote in other.quotes if quote not in one.quotes]
    one.doubts += [doubt for doubt in other.doubts if doubt not in one.doubts]
    one.parents += other.parents
    if one.hit is None and other.hit is not None:
        one.hit, one.title, one.named = other.hit, other.title, other.named
    one.names = tuple(dict.fromkeys((*one.names, *other.names)))
    one.condition = one.condition or other.condition
    if other.act == "extended" and one.act == "runs":
        one.act = "extended"


def _days(read: FieldRead) -> int:
    span = bounds(str(read.value))
    return (span.latest - span.earliest).days if span and span.earliest and span.latest else 10**6
