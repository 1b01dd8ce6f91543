"""What each form of the desk asks, and how what was typed becomes a change of the register."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.core.calendar.calendars import Calendar
from monitor.core.calendar.dates import Span
from monitor.core.calendar.typed_dates import Typed, read_typed, read_typed_day
from monitor.core.changes.letter import letter
from monitor.core.errors import BadValue, Refused
from monitor.core.model.changes import (
    Absent,
    Acknowledge,
    Change,
    Confirm,
    End,
    Extend,
    Mute,
    Note,
    SnoozeUntil,
    Stamp,
    Unmute,
)
from monitor.core.model.register import ObligationKey

What = Literal["day", "span", "text", "type", "person", "own"]
Values = Mapping[str, Any]  # field → what was understood; an empty one is None, or "" for a text
LONGEST = 2000  # characters of a field


class Asked(Struct, frozen=True, kw_only=True):
    """One field of a form."""

    name: str
    what: What
    must: bool = False
    must_of_several: bool = False  # it is needed where the form is about more than one
    today: bool = False  # empty is today


class Form(Struct, frozen=True, kw_only=True):
    """One form: what it asks, and the changes that it makes of the answers for the entries or obligations named."""

    fields: tuple[Asked, ...]
    make: Callable[[Stamp, Sequence[str], Values], Sequence[Change]]
    of: Literal["entries", "obligations", "person"] = "entries"

    def about(self, count: int) -> Form:
        """Return the form about so many."""
        fields = (replace(one, must=one.must or (one.must_of_several and count > 1)) for one in self.fields)
        return replace(self, fields=tuple(fields))


class Filled(Struct, kw_only=True):
    """A form as it was sent: what was typed, what was understood of it, and what is wrong."""

    typed: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    faults: dict[str, BadValue] = field(default_factory=dict)  # field → what is wrong with it


def fill(form: Form, typed: Mapping[str, str], today: Callable[[], tuple[date, Calendar]]) -> Filled:
    """Read what was typed. A date that can be two is a fault that names both."""
    found = Filled()
    for one in form.fields:
        written = typed.get(one.name, "").strip()[:LONGEST]
        found.typed[one.name] = written
        try:
            found.values[one.name] = _read(one, written, today)
        except BadValue as fault:
            found.faults[one.name] = fault
    return found


def _read(one: Asked, written: str, today: Callable[[], tuple[date, Calendar]]) -> Any:
    if not written:
        if one.must:
            raise BadValue("This is needed.")
        return today()[0] if one.today else "" if one.what in ("text", "type") else None
    if one.what not in ("day", "span"):
        return written
    typed = (read_typed_day if one.what == "day" else read_typed)(written, today)
    span = typed.one or _day_first(written, typed)
    if span is None:
        days = ", ".join(span.written for span in typed.spans)
        raise BadValue("{typed!r} can be {days}.", days, typed=written, days=days)
    return span.earliest if one.what == "day" else span


def _day_first(written: str, typed: Typed) -> Span | None:
    """Return what 11-01-2027 is with its day first, as everyone writes it with hyphens; the next page says it in words.

    None for other writing that can be several days.
    """
    first, hyphen, _ = written.partition("-")
    if not (typed.sure and hyphen and first.isdecimal() and len(first) <= 2):
        return None
    return next((span for span in typed.spans if span.earliest and span.earliest.day == int(first)), None)


def _key(named: str) -> ObligationKey:
    """Read "ENTRY:RULE/OCCURRENCE". Raises Refused."""
    entry, colon, obligation = named.partition(":")
    rule, slash, occurrence = obligation.partition("/")
    if not (colon and slash):
        raise Refused("{named!r} names no obligation.", named=named)
    return ObligationKey(entry=entry, rule=rule, occurrence=occurrence)


def _record(stamp: Stamp, entries: Sequence[str], given: Values) -> Sequence[Change]:
    return letter(stamp, entries, **given)


def _extend(stamp: Stamp, entries: Sequence[str], given: Values) -> Sequence[Change]:
    return [Extend(stamp=stamp, entry=entry, **given) for entry in entries]


def _end(stamp: Stamp, entries: Sequence[str], given: Values) -> Sequence[Change]:
    return [End(stamp=stamp, entry=entry, **given) for entry in entries]


def _acknowledge(stamp: Stamp, named: Sequence[str], given: Values) -> Sequence[Change]:
    return [Acknowledge(stamp=stamp, entry=key.entry, obligation=key, **given) for key in map(_key, named)]


def _snooze(stamp: Stamp, named: Sequence[str], given: Values) -> Sequence[Change]:
    return [SnoozeUntil(stamp=stamp, entry=key.entry, obligation=key, **given) for key in map(_key, named)]


def _absent(stamp: Stamp, persons: Sequence[str], given: Values) -> Sequence[Change]:
    deputy = given["deputy"] or None
    return [Absent(stamp=stamp, entry=one, **{**given, "deputy": deputy}) for one in persons]


def _of_entries(kind: Callable[..., Change]) -> Callable[[Stamp, Sequence[str], Values], Sequence[Change]]:
    return lambda stamp, entries, given: [kind(stamp=stamp, entry=entry, **given) for entry in entries]


ON = Asked(name="on", what="day", today=True)
REFERENCE, NOTE = Asked(name="reference", what="text"), Asked(name="note", what="text")
FORMS: Mapping[str, Form] = {
    "record": Form(fields=(Asked(name="type", what="type", must=True), ON, REFERENCE, NOTE), make=_record),
    "extend": Form(fields=(Asked(name="until", what="span", must=True), ON, REFERENCE, NOTE), make=_extend),
    "end": Form(fields=(Asked(name="on", what="day", must=True), REFERENCE, NOTE), make=_end),
    "acknowledge": Form(
        fields=(Asked(name="reason", what="text", must_of_several=True),), make=_acknowledge, of="obligations"
    ),
    "snooze": Form(
        fields=(Asked(name="until", what="day", must=True), Asked(name="reason", what="text", must=True)),
        make=_snooze,
        of="obligations",
    ),
    "confirm": Form(fields=(ON, Asked(name="source", what="text")), make=_of_entries(Confirm)),
    "note": Form(fields=(Asked(name="text", what="text", must=True),), make=_of_entries(Note)),
    "mute": Form(fields=(Asked(name="reason", what="text", must=True),), make=_of_entries(Mute)),
    "unmute": Form(fields=(), make=_of_entries(Unmute)),
    "absent": Form(
        fields=(
            Asked(name="first", what="day", must=True),
            Asked(name="last", what="day", must=True),
            Asked(name="deputy", what="person"),
        ),
        make=_absent,
        of="person",
    ),
}
