"""One field in one cell: flat text that people can read and edit, and back without loss."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from monitor.core.errors import BadValue
from monitor.exchange.columns import BY_NAME, FORMS, Form
from monitor.exchange.json_stream import STRICT

RECORDS: Mapping[Form, tuple[str, ...]] = {  # the first part is meant where a part has no name
    "refs": ("id", "dossier", "nr", "date", "kind", "url"),
    "quotes": ("text", "source", "start", "end"),
}
POSITIONS = ("start", "end")
ALONE = ("dossier", "nr")  # parts that are one number: with a comma in it, it would be several
# What a program saves for a cell that it could not work out or show, in English and Dutch.
_ERRORS = r"#(?:N/A|N/B|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|VERW!|WAARDE!|NAAM\?|DEEL/0!|GETAL!|LEEG!|#{2,})"
ERROR = re.compile(_ERRORS)
# A spreadsheet takes a cell that begins so for a formula; the full-width signs too in some languages.
_LIVE = re.compile(rf"'*(?:[=+\-@\t\r\n＝＋－＠]|{_ERRORS}\Z)")
_GUARDED = re.compile(rf"'+(?:[=+\-@\t\r\n＝＋－＠]|{_ERRORS}\Z)")
_MARKS = re.compile(r"[\\;|=]")
_OTHER_MARKS = re.compile(r"[,/|\n\t，、；،]")  # by which people separate too; in a list they are no part of a text
_IN_LIST = re.compile(r"[\\;|=,/\n\t，、；،]")
_ESCAPED = re.compile(r"\\([\\;|=,/\n\t，、；،])")


def guard(text: str) -> str:
    """The cell with an apostrophe before it where it would be taken for a formula or an error."""
    return f"'{text}" if _LIVE.match(text) else text


def unguard(text: str) -> str:
    """The cell without the apostrophe of `guard`."""
    return text[1:] if text[:1] == "'" and _GUARDED.match(text) else text


def to_cell(name: str, value: Any) -> str:
    """A written field (as in a register file) as the text of a cell; nothing is an empty cell."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    match BY_NAME[name].form if name in BY_NAME else "fact":
        case "texts":
            return "; ".join(map(_escape_item, _listed(value)))
        case "refs" | "quotes" as form:
            return "; ".join(_record(item, RECORDS[form]) for item in _listed(value))
        case "holders":
            pairs = ((role, " | ".join(map(_escape_item, _listed(who)))) for role, who in value.items())
            return "; ".join(f"{_escape(role)}={who}" for role, who in pairs)
        case "lead_times":
            return "; ".join(f"{_escape(rule)}={_escape(str(offset))}" for rule, offset in value.items())
        case "flag":
            return "yes" if value else ""
        case "fact":
            return _fact(value)
        case _:
            return str(value)


def reader_of(name: str) -> Callable[[str], Any]:
    """What a cell's text under that name, not blank, stands for as a written field. It raises BadValue."""
    return _READERS.get(BY_NAME[name].form if name in BY_NAME else "fact", str)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _record(item: Any, names: tuple[str, ...]) -> str:
    if isinstance(item, str):
        return _escape(item)
    first = [_escape(str(item[names[0]]))] if item.get(names[0]) else []
    rest = ((name, str(item[name])) for name in names[1:] if item.get(name) is not None)
    return " | ".join(
        first + [f"{name}={_escape_item(text) if name in ALONE else _escape(text)}" for name, text in rest]
    )


def _read_record(text: str, names: tuple[str, ...], form: Form) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in _split(text, "|"):
        name, sign, value = _cut(part)
        name, value = (name.strip(), _plain(value)) if sign and name.strip() in names else (names[0], _plain(part))
        if name in found:
            raise BadValue(f"{part.strip()!r} gives {name} a second time.", FORMS[form])
        if name in ALONE:
            _plain_item(part.partition("=")[2])
        found[name] = _position(value) if form == "quotes" and name in POSITIONS else value
    return found


def _position(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise BadValue(f"{value!r} is not a position.", "a whole number from 0")
    return int(value)


def _pairs(text: str, form: Form) -> Iterator[tuple[str, str]]:
    for item in _split(text, ";"):
        if item.strip():
            name, sign, value = _cut(item)
            if not sign or not name.strip() or not value.strip():
                raise BadValue(f"{item.strip()!r} has no name and value.", FORMS[form])
            yield _plain(name), value


def _fact(value: Any) -> str:
    """A text as it is, unless it would be read as something else; everything else as JSON."""
    if isinstance(value, str) and value == value.strip() and value.isprintable() and _read_fact(value) == value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _read_fact(text: str) -> Any:
    """JSON, unless the number in it would be written in another way: 1E5 is a name."""
    try:
        found = json.loads(text, **STRICT)
    except (ValueError, RecursionError):
        return text
    return text if type(found) in (int, float) and json.dumps(found) != text else found


def _escape(text: str) -> str:
    return _MARKS.sub(lambda found: f"\\{found[0]}", text)


def _escape_item(text: str) -> str:
    return _IN_LIST.sub(lambda found: f"\\{found[0]}", text)


def _plain(text: str) -> str:
    """Without the marks' backslashes; a backslash before anything else is just that."""
    return _ESCAPED.sub(r"\1", text.strip())


def _plain_item(text: str) -> str:
    """One of several. Raises BadValue where it seems to be several itself, separated by another mark."""
    found = _OTHER_MARKS.search(re.sub(r"\\.", "", text.strip(), flags=re.DOTALL))
    if found:
        mark = {"\n": "a line break", "\t": "a tab"}.get(found[0], f'"{found[0]}"')
        what = f"{text.strip()[:60]!r} has {mark} in it; several are separated by semicolons."
        raise BadValue(what, f"; between them, or \\ before {mark} where it is part of the text")
    return _plain(text)


def _split(text: str, mark: str) -> list[str]:
    """At the marks that have no backslash before them."""
    parts, start, place = [], 0, 0
    while place < len(text):
        if text[place] == "\\":
            place += 1
        elif text[place] == mark:
            parts.append(text[start:place])
            start = place + 1
        place += 1
    return [*parts, text[start:]]


def _cut(text: str) -> tuple[str, str, str]:
    """Before and after the first = without a backslash."""
    first, *rest = _split(text, "=")
    return first, "=" if rest else "", "=".join(rest)


def _read_texts(text: str) -> list[str]:
    return [_plain_item(item) for item in _split(text, ";") if item.strip()]


def _read_records(form: Form) -> Callable[[str], list[dict[str, Any]]]:
    return lambda text: [_read_record(item, RECORDS[form], form) for item in _split(text, ";") if item.strip()]


def _read_holders(text: str) -> dict[str, list[str]]:
    return {role: [_plain_item(who) for who in _split(value, "|")] for role, value in _pairs(text, "holders")}


def _read_lead_times(text: str) -> dict[str, str]:
    return {rule: _plain(value) for rule, value in _pairs(text, "lead_times")}


_READERS: Mapping[str, Callable[[str], Any]] = {  # the others are texts, which stand as they are
    "texts": _read_texts, "refs": _read_records("refs"), "quotes": _read_records("quotes"), "holders": _read_holders,
    "lead_times": _read_lead_times, "fact": _read_fact,
}  # fmt: skip
