"""The columns of the entries table, and a field in a cell: flat text that people can read and edit, without loss."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal

from msgspec import Struct

from monitor.core.errors import BadValue
from monitor.core.model.fields import MEANINGS, NEEDED
from monitor.core.sentences import Sentence
from monitor.exchange.json_stream import STRICT

Form = Literal["text", "date", "texts", "refs", "quotes", "flag", "holders", "lead_times"]
FORMS: Mapping[Form, str] = {  # how a cell of that form is written
    "text": "a text",
    "date": "a day (2021-03-31) or an ISO 8601-2 date such as 2021-03, 2021-33 or 2021-12-31~",
    "texts": "several, joined with ;",
    "refs": "documents joined with ; each either an id or parts as dossier=27925 | nr=752 | date=2020-11-20",
    "quotes": "sentences joined with ; each with its source as TEXT | source=DOCUMENT",
    "flag": "yes or no",
    "holders": "ROLE=PERSON | PERSON, joined with ;",
    "lead_times": "RULE=OFFSET as in extension-letter=-20w, joined with ;",
}


class Column(Struct, frozen=True, kw_only=True):
    """One column of the table; its name is the field's."""

    name: str
    form: Form = "text"
    what: str  # one sentence for people
    needed: bool = False


FORM_OF: Mapping[str, Form] = {  # the form of a field's cell; the others are texts
    **dict.fromkeys(("valid_from", "valid_until", "planned_start", "received_on", "due_on", "ended_on"), "date"),
    **dict.fromkeys(("not_before", "minimum_until"), "date"),
    **dict.fromkeys(("depends_on", "tags"), "texts"),
    "refs": "refs",
    "quotes": "quotes",
    "sensitive": "flag",
    "holders": "holders",
    "lead_times": "lead_times",
}
COLUMNS: tuple[Column, ...] = tuple(
    Column(name=name, form=FORM_OF.get(name, "text"), what=what, needed=name in NEEDED)
    for name, what in MEANINGS.items()
)
BY_NAME: Mapping[str, Column] = {column.name: column for column in COLUMNS}
RECORDS: Mapping[Form, tuple[str, ...]] = {  # a part without a name is the first of these
    "refs": ("id", "dossier", "nr", "date", "kind", "url"),
    "quotes": ("text", "source", "start", "end"),
}
POSITIONS = ("start", "end")
ALONE = ("dossier", "nr")  # parts that are one number: with a comma in it, it would be several
# What a program saves for a cell that it could not work out or show, in English and Dutch.
_ERRORS = r"#(?:N/A|N/B|REF!|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|VERW!|WAARDE!|NAAM\?|DEEL/0!|GETAL!|LEEG!|#{2,})"
ERROR = re.compile(_ERRORS)
# A spreadsheet program reads a cell that begins so as a formula; the full-width signs too in some languages.
_LIVE = re.compile(rf"'*(?:[=+\-@\t\r\n＝＋－＠]|{_ERRORS}\Z)")
_MARKS = re.compile(r"[\\;|=]")
_OTHER_MARKS = re.compile(r"[,/|\n\t，、；،]")  # other separators that people use; in a list they must be escaped
_IN_LIST = re.compile(r"[\\;|=,/\n\t，、；،]")
_ESCAPED = re.compile(r"\\([\\;|=,/\n\t，、；،])")


def guard(text: str) -> str:
    """Return the cell, with an apostrophe before what would be read as a formula or an error."""
    return f"'{text}" if _LIVE.match(text) else text


def unguard(text: str) -> str:
    """Return the cell without the apostrophe of `guard`."""
    return text[1:] if text[:1] == "'" and _LIVE.match(text) else text


def to_cell(name: str, value: Any) -> str:
    """Return the text of a cell for a written field (as in a register file); empty for nothing."""
    if value is None or value == "" or value == [] or value == {}:
        return ""
    items = list(value) if isinstance(value, (list, tuple)) else [value]
    match BY_NAME[name].form if name in BY_NAME else "fact":
        case "texts":
            return "; ".join(_escape(item, _IN_LIST) for item in items)
        case "refs" | "quotes" as form:
            return "; ".join(_record(item, RECORDS[form]) for item in items)
        case "holders":
            held = ((role, [who] if isinstance(who, str) else who) for role, who in value.items())
            return "; ".join(
                f"{_escape(role)}={' | '.join(_escape(one, _IN_LIST) for one in persons)}" for role, persons in held
            )
        case "lead_times":
            return "; ".join(f"{_escape(rule)}={_escape(str(offset))}" for rule, offset in value.items())
        case "flag":
            return "yes" if value else ""
        case "fact":  # JSON, unless the plain text is read back as it is
            plain = isinstance(value, str) and value == value.strip() and value.isprintable()
            return value if plain and _read_fact(value) == value else json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def reader_of(name: str) -> Callable[[str], Any]:
    """Return a function from the text of a cell, not blank, to the written field. It raises BadValue."""
    return _READERS.get(BY_NAME[name].form if name in BY_NAME else "fact", str)


def _record(item: Any, names: tuple[str, ...]) -> str:
    if isinstance(item, str):
        return _escape(item)
    parts = [(name, str(item[name])) for name in names if item.get(name) is not None]
    return " | ".join(
        _escape(text) if name == names[0] else f"{name}={_escape(text, _IN_LIST if name in ALONE else _MARKS)}"
        for name, text in parts
        if text or name != names[0]
    )


def _read_record(text: str, names: tuple[str, ...], form: Form) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in _split(text, "|"):
        name, *rest = _split(part, "=")
        named = bool(rest) and name.strip() in names
        name, value = (name.strip(), _plain("=".join(rest))) if named else (names[0], _plain(part))
        if name in found:
            raise BadValue("{part!r} gives {name} a second time.", FORMS[form], part=part.strip(), name=name)
        if name in ALONE:
            _plain_item(part.partition("=")[2])
        position = form == "quotes" and name in POSITIONS
        if position and not (value.isascii() and value.isdigit() and len(value) < 10):
            raise BadValue("{value!r} is not a position.", "a whole number from 0", value=value)
        found[name] = int(value) if position else value
    return found


def _pairs(text: str, form: Form) -> Iterator[tuple[str, str]]:
    """Yield the names and values of several NAME=VALUE. Raises BadValue."""
    for item in _split(text, ";"):
        if item.strip():
            name, *rest = _split(item, "=")
            if not name.strip() or not "=".join(rest).strip():
                raise BadValue("{item!r} has no name and value.", FORMS[form], item=item.strip())
            yield _plain(name), "=".join(rest)


def _read_fact(text: str) -> Any:
    """Read JSON, unless its number would be written in another way: 1E5 is a name."""
    try:
        found = json.loads(text, **STRICT)
    except (ValueError, RecursionError):
        return text
    return text if type(found) in (int, float) and json.dumps(found) != text else found


def _escape(text: str, marks: re.Pattern[str] = _MARKS) -> str:
    return marks.sub(lambda found: f"\\{found[0]}", text)


def _plain(text: str) -> str:
    """Return the text without the backslashes before marks; before anything else a backslash is text."""
    return _ESCAPED.sub(r"\1", text.strip())


def _plain_item(text: str) -> str:
    """Return one of several texts. Raises BadValue for what seems to be several, with another separator."""
    found = _OTHER_MARKS.search(re.sub(r"\\.", "", text.strip(), flags=re.DOTALL))
    if found:
        named = {"\n": Sentence("a line break"), "\t": Sentence("a tab")}
        mark = named.get(found[0], f'"{found[0]}"')
        what = Sentence(
            "{text!r} has {mark} in it; several are separated by semicolons.", text=text.strip()[:60], mark=mark
        )
        raise BadValue(what, Sentence("; between them, or \\ before {mark} where it is part of the text", mark=mark))
    return _plain(text)


def _split(text: str, mark: str) -> list[str]:
    """Split at the marks that have no backslash before them."""
    parts, start = [], 0
    for part in re.sub(r"\\.", "\0\0", text, flags=re.DOTALL).split(mark):
        parts.append(text[start : start + len(part)])
        start += len(part) + 1
    return parts


def _records(form: Form) -> Callable[[str], list[dict[str, Any]]]:
    return lambda text: [_read_record(item, RECORDS[form], form) for item in _split(text, ";") if item.strip()]


_READERS: Mapping[str, Callable[[str], Any]] = {  # the others are plain texts
    "texts": lambda text: [_plain_item(item) for item in _split(text, ";") if item.strip()],
    "refs": _records("refs"),
    "quotes": _records("quotes"),
    "holders": lambda text: {
        role: [_plain_item(who) for who in _split(value, "|")] for role, value in _pairs(text, "holders")
    },
    "lead_times": lambda text: {rule: _plain(value) for rule, value in _pairs(text, "lead_times")},
    "fact": _read_fact,
}
