"""A draft of a statement, and the fields of an entry that a date fills in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct, field

from monitor.core.calendar.dates import parse_span
from monitor.core.model.reading import Act, FieldRead, ReadSpan
from monitor.reading.dates.values import ONE_DAY, bounds
from monitor.reading.language.phrases import Hit, Says
from monitor.reading.spans.case import REGISTERED
from monitor.reading.statements.subjects import PROMISES, Date, Sentence

MISMATCH = "reference_mismatch"
PERIODS = ("mandate", "contribution", "authorisation")
CHANGED: tuple[Says, ...] = ("extended", "ended")
ASKED = ("request", "decision")
ALWAYS_PROMISED = ("undated", "relative", "recurrence", "before_recess", "after_recess", "condition", "event")


class Draft(Struct, kw_only=True):
    """One thing that a sentence speaks of; several drafts of one thing become one statement."""

    kind: str
    act: Act
    hit: Hit | None
    sentence: Sentence
    title: str
    names: tuple[str, ...]
    named: str
    own: bool = True  # the names are in its own phrase, not only near it
    fields: dict[str, FieldRead] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)
    certain: bool = True
    condition: str = ""
    parents: list[tuple[Draft, str, tuple[str, ...]]] = field(default_factory=list)
    quotes: list[Sentence] = field(default_factory=list)
    references: list[int] = field(default_factory=list)


def take(draft: Draft, date: Date) -> None:
    """Put a date into the fields of a draft."""
    span = date.span
    for name, value in _fields(draft, date):
        known = draft.fields.get(name)
        if known is None:
            draft.fields[name] = FieldRead(value=value, spans=(span.id,))
        elif name == "valid_until":
            _two_ends(draft, known, value, span)
        else:
            draft.fields[name] = FieldRead(value=known.value, spans=(*known.spans, span.id))
    draft.doubts += [doubt for doubt in span.doubts if doubt not in draft.doubts]
    draft.certain = draft.certain and span.register
    if not in_order(draft.fields):
        draft.certain = False
        draft.doubts += [MISMATCH] if MISMATCH not in draft.doubts else []


def in_order(fields: Mapping[str, FieldRead]) -> bool:
    """Return whether a start is not after the end."""
    names = ("valid_from", "valid_until")
    start, end = (bounds(str(fields[name].value)) if name in fields else None for name in names)
    return not (start and end and start.earliest and end.latest and start.earliest > end.latest)


def counts(span: ReadSpan) -> bool:
    """Return whether a date can be one of an entry: it is proposed, or would be but for a doubt."""
    sure = span.role in REGISTERED and bool(span.doubts) and bool(span.edtf)
    return span.register or (sure and span.role not in ("event", "condition") and bool(_holding(span)))


def _holding(span: ReadSpan) -> set[str]:
    return {*span.doubts} & {"actor_unclear", "negated_or_contrast", "reference_mismatch"}


def kind_of(date: Date, hit: Hit | None) -> str:
    span = date.span
    if date.extension and hit and hit.row.says == "subject":
        return hit.row.value
    if hit and hit.row.says == "frame" and span.role not in ("undated", "before_recess", "after_recess", "recurrence"):
        return hit.row.value
    if span.role in ALWAYS_PROMISED or (hit and hit.row.says in PROMISES) or (hit is None and date.deadline):
        return "commitment"
    return hit.row.value if hit else "contribution"


def _fields(draft: Draft, date: Date) -> Iterator[tuple[str, Any]]:
    """Yield the fields that a date fills, as a register file has them."""
    span, role = date.span, date.span.role
    if draft.act == "ended" and role == "past_event":
        yield "ended_on", span.edtf
    elif draft.kind == "commitment":
        yield from _due(span)
    elif date.extension and not span.edtf:
        yield "duration", date.duration
    elif role in ("minimum", "not_before"):
        yield ("minimum_until" if role == "minimum" else role), (span.edtf or "").removesuffix("/..")
    elif role == "period":
        yield ("planned_start" if draft.kind in ASKED else "valid_from"), span.edtf_start
        if date.duration:
            yield "duration", date.duration
        else:
            yield "valid_until", span.edtf_end
    elif role in ("start", "event"):
        yield ("planned_start" if draft.kind in ASKED else "valid_from"), span.edtf
    else:  # end; condition: of the mandate that a contribution depends on; open_ended: without a value
        yield "valid_until", span.edtf if role != "open_ended" else None


def _due(span: ReadSpan) -> Iterator[tuple[str, Any]]:
    if span.role in ("undated", "relative") or not span.edtf:
        yield "trigger", span.quote
    elif span.role == "recurrence":
        yield "trigger", f"{span.quote} ({span.edtf})"
        if span.earliest:
            yield "due_on", span.earliest  # the next time
    elif span.role == "before_recess" and span.anchor:
        yield "due_on", span.anchor
    else:
        yield "due_on", span.edtf_end or span.edtf.removesuffix("/..")


def _two_ends(draft: Draft, known: FieldRead, value: Any, span: ReadSpan) -> None:
    """Keep the later of two ends where the sentence extends the earlier; else keep the first, with a doubt."""
    old, new = bounds(known.value or ""), bounds(value or "")
    if old is None or new is None or old.latest is None or new.latest is None or old.latest == new.latest:
        draft.fields["valid_until"] = FieldRead(value=known.value or value, spans=(*known.spans, span.id))
        return
    later = FieldRead(value=value, spans=(span.id,))
    first, last = (known, later) if old.latest < new.latest else (later, known)
    if draft.act == "extended":
        draft.fields["valid_until"], draft.fields["earlier_end"] = last, first
        return
    draft.fields["valid_until"] = FieldRead(value=known.value, spans=(*known.spans, span.id))
    draft.doubts.append(MISMATCH)
    draft.certain = False


def day_after(edtf: str) -> str | None:
    """Return an open start on the day after a period ends."""
    end = parse_span(edtf).latest
    return f"{end + ONE_DAY}/.." if end else None
