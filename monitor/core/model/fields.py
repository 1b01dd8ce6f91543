"""Entries as people write them (register file, import, command line) and back: one list of fields and their lengths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from monitor.core.calendar.dates import Span, duration_of, parse_offset, parse_span
from monitor.core.errors import BadValue, nearest
from monitor.core.model.register import Entry, Period, Quote, Reference

BEFORE_RECESS = "before recess "
_NOT_IN_ID = re.compile(r"""[\s\x1c-\x1f/\\'"<>]""")
NEEDED = ("id", "kind", "title")  # what no entry is without
SEVERAL = (",", ";", "|", "\n")  # marks by which people separate several
NO_REASON = frozenset(("yes", "no", "ja", "nee", "true", "false", "waar", "onwaar", "j", "n", "y", "x", "0", "1", "-"))
PERIOD_FIELDS = ("valid_from", "valid_until", "duration")
# Dates, exact or imprecise; due_on may also be "before recess NAME"
DATES = (*PERIOD_FIELDS[:2], "planned_start", "received_on", "due_on", "ended_on", "not_before", "minimum_until")
FACTS = (  # fields that drive nothing but are known by name
    *("issuer", "requester", "requested_on", "note", "personnel", "cost", "milestones", "trigger", "links", "implied"),
    *("open_question", "outside_the_letter", "legal_basis", "actual"),
)
# Characters. More is a mistake, and every mail, page and query would carry it. Ids have a limit of their own.
DURATIONS = ("duration", "renews", "notice_period")
LONGEST = {
    "title": 1000,
    "kind": 200,
    "procedure": 200,
    "owner": 200,
    "reference": 1000,
    **dict.fromkeys(DURATIONS, 50),
}
ELSE = 32_767  # any other field: what a cell of a spreadsheet holds
NESTED = 200  # levels of lists and tables in a fact: every command must read it back within Python's recursion limit


def read_entry(
    raw: Mapping[str, Any], known_on: date, *, position: int = 0, imported: bool = False
) -> tuple[Entry | None, list[tuple[str, BadValue]]]:
    """Make an Entry from its written fields, or the faults as (field, what). Unknown fields are kept as facts."""
    values, wrong = read_fields(raw, limited=True)
    if faults := [(name, missing(name)) for name in NEEDED if not raw.get(name)] + wrong:
        return None, faults
    return entry_of(values, known_on, position=position, imported=imported), []


def read_fields(raw: Mapping[str, Any], *, limited: bool = False) -> tuple[dict[str, Any], list[tuple[str, BadValue]]]:
    """The values of written fields, and the faults as (field, what). `limited`: one that is too long is a fault."""
    values: dict[str, Any] = {}
    faults: list[tuple[str, BadValue]] = []
    for name, value in raw.items():
        try:
            if limited:
                check_length(name, value)
            values[name] = read_field(name, value)
        except BadValue as fault:
            faults.append((name, fault))
    return values, faults


def missing(name: str) -> BadValue:
    """A field that every entry needs is not there, or empty."""
    return BadValue("{name} is missing.", "a text", name=name)


def read_field(name: str, value: Any) -> Any:
    """The value of one field as Entry or Period holds it; None stays None. Raises BadValue."""
    if name not in READERS:
        if resembles := unknown_field(name):
            what, accepted = "{name} is not a field; {field} is.", "{field}, or a name that is not like any field"
            raise BadValue(what, accepted, name=name, field=resembles)
        return value
    return None if value is None else READERS[name](value)


@lru_cache(maxsize=1024)
def unknown_field(name: str) -> str | None:
    """The known field that an unknown name resembles so much that it must be a slip; None: it is a fact."""
    if name in READERS or name in FACTS:
        return None
    plain = folded(name)
    return plain if plain in READERS else nearest(plain, (*READERS, *FACTS), cutoff=0.8)


def folded(name: str) -> str:
    """A name as fields are spelled: "Valid until" → valid_until."""
    return name.casefold().replace("-", "_").replace(" ", "_")


def write_entry(entry: Entry) -> dict[str, Any]:
    """The fields of an entry as a register file has them; empty ones are left out."""
    written = {name: _plain(getattr(entry, name)) for name in READERS if name in Entry.__struct_fields__}
    written |= {name: _plain(getattr(entry.current, name)) for name in PERIOD_FIELDS}
    if entry.due_before_recess:
        written["due_on"] = BEFORE_RECESS + entry.due_before_recess
    kept = {name: value for name, value in written.items() if value not in (None, "", [], {}, False)}
    return {**kept, **entry.facts}


def _plain(value: Any) -> Any:
    if isinstance(value, Span):
        return value.written
    if isinstance(value, Quote | Reference):
        return {name: found for name in value.__struct_fields__ if (found := getattr(value, name)) not in ("", None)}
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def entry_of(values: Mapping[str, Any], known_on: date, *, position: int = 0, imported: bool = False) -> Entry:
    """The entry with these fields as `read_field` gives them; None leaves a field out. Unknown ones are facts."""
    known, facts = {}, {}
    for name, value in values.items():
        if name not in READERS:
            facts[name] = value
        elif value is not None and name not in PERIOD_FIELDS:
            known[name] = value
    if facts:
        known["facts"] = facts
    if isinstance(known.get("due_on"), str):  # "before recess NAME"; no field of its own in a file
        known["due_before_recess"] = known.pop("due_on")
    period = Period(**{name: values.get(name) for name in PERIOD_FIELDS}, known_on=known_on)
    return Entry(**known, periods=(period,), registered_on=known_on, position=position, imported=imported)


def text(value: Any) -> str:
    """A text; a number is taken as written."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise BadValue("{value!r} is not a text.", "a text", value=value)
    found = str(value).strip()
    if not found.isprintable() and any(ord(char) < 32 and char not in "\n\t" for char in found):
        raise BadValue("the text has a control character in it.", "printable text")
    return found


def reason(value: Any) -> str:
    """Why an entry is muted. `nee` in that column would mute it as well as any other text."""
    found = text(value)
    if found.casefold() in NO_REASON:
        what = "{found!r} is no reason: any text here mutes the entry."
        raise BadValue(what, "why it is muted; empty: it is not", found=found)
    return found


def texts(value: Any) -> tuple[str, ...]:
    """One text or a list of them. A text that seems to be several is refused, for it would be one tag of that name."""
    if isinstance(value, str) and any(mark in value for mark in SEVERAL):
        raise BadValue("{value!r} is one text; several are a list.", '["one", "another"]', value=value[:60])
    return tuple(text(item) for item in value) if isinstance(value, (list, tuple)) else (text(value),)


def _id(value: Any) -> str:
    found = text(value)
    if not found or len(found) > 200 or _NOT_IN_ID.search(found):
        raise BadValue("{found!r} cannot be an id.", "letters, digits, hyphens and dots, without spaces", found=found)
    return found


def _span(value: Any) -> Span:
    return parse_span(value.isoformat() if isinstance(value, date) else value)


def _due_on(value: Any) -> Span | str:
    if isinstance(value, str) and value.casefold().startswith(BEFORE_RECESS):
        return value[len(BEFORE_RECESS) :].strip()
    try:
        return _span(value)
    except BadValue as fault:
        raise BadValue(fault.what, '{accepted}, or "before recess NAME"', accepted=fault.accepted) from fault


def _flag(value: Any) -> bool:
    words = {"true": True, "yes": True, "false": False, "no": False}
    found = words.get(value.casefold()) if isinstance(value, str) else value
    if not isinstance(found, bool):
        raise BadValue("{value!r} is neither true nor false.", "true or false", value=value)
    return found


def _many(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda value: tuple(map(read, value if isinstance(value, list | tuple) else [value]))


def _records(kind: type[Quote] | type[Reference]) -> Callable[[Any], tuple[Any, ...]]:
    names = kind.__struct_fields__

    def read(value: Any) -> Quote | Reference:
        given: Any = {names[0]: value} if isinstance(value, str) else value
        if not isinstance(given, Mapping) or not set(given) <= set(names):
            what, accepted = "{value!r} is not a {name}.", "a text, or a table of {names}"
            raise BadValue(what, accepted, value=value, name=kind.__name__.lower(), names=", ".join(names))
        return kind(**{key: item for key, item in given.items() if item is not None})

    return _many(read)


def _holders(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, Mapping):
        raise BadValue("{value!r} names no holders.", "a table: role → person or list of persons", value=value)
    return {text(role): texts(persons) if persons else () for role, persons in value.items()}


def _lead_times(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping):
        raise BadValue("{value!r} gives no lead times.", "a table: rule → offset, as in -20w", value=value)
    return {text(rule): str(parse_offset(offset)) if offset else "" for rule, offset in value.items()}


READERS: Mapping[str, Callable[[Any], Any]] = {
    "id": _id,
    **dict.fromkeys(("kind", "title"), text),
    **dict.fromkeys(("valid_from", "valid_until"), _span),
    **dict.fromkeys(DURATIONS, duration_of),
    "procedure": text,
    "depends_on": _many(_id),
    "part_of": _id,
    **dict.fromkeys(("planned_start", "received_on"), _span),
    "due_on": _due_on,
    **dict.fromkeys(("ended_on", "not_before", "minimum_until"), _span),
    **dict.fromkeys(("condition", "size", "owner"), text),
    "tags": texts,
    "refs": _records(Reference),
    "quotes": _records(Quote),
    "sensitive": _flag,
    "muted": reason,
    "deployed_from": _id,
    "holders": _holders,
    "lead_times": _lead_times,
}


MEANINGS: Mapping[str, str] = {  # field → a sentence for people, in the order of the columns of a table
    "id": "The entry's short name; letters, digits, hyphens and dots. Never changes.",
    "kind": "What it is: mandate, contribution, request, decision, commitment, authorisation, or a kind of your own.",
    "title": "Its name as people say it.",
    "valid_from": "First day in force; without one it is in force already.",
    "valid_until": "Last day in force, inclusive; without one no end is known.",
    "duration": "How long from the first day, instead of a last day: P1Y, P6M, P30D.",
    "renews": "By how much it goes on after its end unless it is cancelled: P1Y, P6M, 1 year.",
    "notice_period": "How long before an end it must be cancelled: P3M, 3 months.",
    "procedure": "The procedure that applies: art100, none, or your own.",
    "depends_on": "Ids of the entries that it depends on.",
    "part_of": "Id of the whole whose end it shares.",
    "planned_start": "When it is meant to begin.",
    "received_on": "When the request came in.",
    "due_on": 'When a promise must be kept; also "before recess NAME".',
    "ended_on": "Its last day in force, once it has ended.",
    "not_before": "A lower bound; raises no alarm.",
    "minimum_until": "A minimum, before which it cannot be cancelled; raises no alarm.",
    "condition": "What it is subject to.",
    "size": "How large it is.",
    "owner": "The person or role that owns it.",
    "tags": "Words to group entries by.",
    "refs": "Documents it cites (id, dossier, nr, date, kind, url).",
    "quotes": "Sentences it rests on (text, source, start, end).",
    "sensitive": "Whether mails name it by its id alone.",
    "muted": "A reason not to raise anything for it; without one it is not muted.",
    "deployed_from": "Id of the request it was made from. Never changes.",
    "holders": "Who holds a role for this entry alone.",
    "lead_times": "Other lead times for this entry alone.",
}


def check_length(name: str, value: Any) -> None:
    """Raise BadValue for a field that is too long, with all that is in lists and tables, or nested too deeply."""
    longest, length = LONGEST.get(name, ELSE), len(value) if isinstance(value, str) else 0
    if isinstance(value, str) and length <= longest:
        return
    for level, items in enumerate(() if isinstance(value, str) else levels(value), 1):
        if level > NESTED:
            raise BadValue(
                "{name} is nested too deeply.", "at most {most} levels of lists and tables", name=name, most=NESTED
            )
        length += sum(len(item) if isinstance(item, str) else 1 for item in items if not _is_nest(item))
        if length > ELSE * 100:
            break
    if length > longest:
        raise BadValue("{name} has {length:,} characters.", "at most {most:,}", name=name, length=length, most=longest)


def levels(value: Any) -> Iterator[list[Any]]:
    """Yield what is in the lists and tables of a value, level by level and without recursion."""
    nests = [value] if _is_nest(value) else []
    while nests:
        items = [item for nest in nests for item in ((*nest, *nest.values()) if isinstance(nest, Mapping) else nest)]
        yield items
        nests = [item for item in items if _is_nest(item)]


def _is_nest(value: Any) -> bool:
    return isinstance(value, list | tuple | Mapping)
