"""One cell of a workbook as people see it: its value, as far as the number format shows it.

Number formats: ISO/IEC 29500-1, 18.8.30 and 18.8.31.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal

from openpyxl.utils.datetime import from_excel

from monitor.core.errors import BadValue
from monitor.core.sentences import Sentence
from monitor.exchange.sheet import Dated, Number
from monitor.exchange.xlsx_parts import GENERAL

YEARS = range(1900, 2201)  # a number that is a year: as a day it would lie in 1905
_CODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
Kind = Literal["literal", "letters", "bracket", "digit", "mark", "general"]
Token = tuple[Kind, str]
Section = tuple[Token, ...]
AS_TEXT = "the same as a text, or as a plain day"
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|\\(?P<escaped>.)|[_*].|\[(?P<bracket>[^\]]*)\]|(?P<general>general|standaard)|(?P<noon>am/pm|a/p)'
    r"|(?P<letters>([a-z])\7*)|(?P<digit>[0#?])|(?P<section>;)|(?P<mark>.)",
    re.IGNORECASE | re.DOTALL,
)
_QUARTER = re.compile(r"(?:q|kwartaal|quarter)\s*([1-4])|([1-4])(?:e|th|st|nd|rd)?\s*(?:q\b|kwartaal|quarter)", re.I)
_JOINING = frozenset({"de", "van", "of"})  # words between the parts of a date that change nothing
_MARKS = frozenset("-: ()+,.'")  # marks that a number format shows as they are


def read_cell(cell: Any, epoch: datetime, formats: Sequence[str]) -> Any:
    """Return the value as a Row has it; BadValue for a cell that cannot be read in any column.

    `formats`: the number format of each style of the workbook.
    """
    value = cell.value
    if value is None:
        return None
    plain = isinstance(value, (str, int, float)) or hasattr(value, "isoformat")  # an array formula is an object
    if cell.data_type == "f" or not plain:
        return BadValue("This cell has a formula in it.", "the value itself")
    if cell.data_type == "e":
        return BadValue("This cell has the error {value} in it.", "a value", value=value)
    if isinstance(value, bool):
        return value
    style = cell._style_id
    code = formats[style] if 0 <= style < len(formats) else GENERAL
    try:
        if isinstance(value, str):
            return _text(value, code)
        if not isinstance(value, (int, float)):  # an ISO date, which only other programs write
            return _dated(value, section_for(code, 1))
        section = section_for(code, value)
        if is_date(section):
            return _day(value, section, cell.coordinate, epoch)
        if code == GENERAL and value == int(value) and abs(value) < 1e11:
            return Number(value=value, shown=str(int(value)), format=code)
        return Number(value=value, shown=shown_number(section, value), format=code)
    except BadValue as fault:
        return BadValue(fault.what, fault.accepted)  # without its traceback, which holds the row


def _day(value: float, section: Section, place: str, epoch: datetime) -> Dated:
    if value in YEARS:
        what = Sentence(
            "{place} holds the number {value}, which as a date is a day in {year}.",
            place=place,
            value=value,
            year=1900 + int(value // 365.25),
        )
        raise BadValue("{fault} Was the year {year} meant?", "a text as 2026, or a day", fault=what, year=int(value))
    try:
        found = from_excel(value, epoch) if value >= 1 else None
    except (OverflowError, ValueError):
        found = None
    if not isinstance(found, datetime):
        what = Sentence("The number {value} in {place} is formatted as a date, but is none.", value=value, place=place)
        raise BadValue(what, "a cell formatted as a date, or a text as 2021-03-31")
    return _dated(found, section)


def _text(value: str, code: str) -> str:
    text = _CODED.sub(_decoded, value)
    shown = text if code in (GENERAL, "@") else shown_text(code, text)
    if shown != text:
        what = "This cell shows {shown!r} and holds {text!r}." if shown else "This cell hides its text."
        raise BadValue(what, "the same in both", shown=shown, text=text[:60])
    return text


def _dated(value: Any, section: Section) -> Dated:
    """Return a whole day. Raises BadValue for a time."""
    if isinstance(value, (time, timedelta)):
        raise BadValue("{value} is a time of day.", "a day alone", value=value)
    if isinstance(value, datetime) and value.time() != time():
        raise BadValue("{value} has a time of day.", "a day alone", value=value)
    day = value.date() if isinstance(value, datetime) else value
    assert isinstance(day, date)
    return Dated(shown=shown_date(section, day) if is_date(section) else day.isoformat())


def _decoded(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return found[0] if 0xD800 <= number <= 0xDFFF else chr(number)  # half a character is none


@lru_cache(maxsize=1024)
def sections(code: str) -> tuple[Section, ...]:
    """Return the sections of a format: one for all numbers, or positive; negative; zero; text."""
    found: list[list[Token]] = [[]]
    for match in _TOKEN.finditer(code):
        kind = match.lastgroup
        if kind == "section":
            found.append([])
        elif kind in ("quoted", "escaped"):
            found[-1].append(("literal", match[kind]))
        elif kind in ("bracket", "letters", "digit", "mark", "general"):
            found[-1].append((kind, match[kind].casefold()))  # type: ignore[arg-type]
        elif kind == "noon":
            found[-1].append(("letters", "h"))
    return tuple(map(tuple, found))


def section_for(code: str, value: float) -> Section:
    """Return the section that shows this number."""
    parts = sections(code)
    if len(parts) == 1:
        return parts[0] or (("general", ""),)
    return parts[1 if value < 0 else 2 if value == 0 and len(parts) > 2 else 0]


def is_date(section: Section) -> bool:
    """Return whether a number is shown as a day or time; letters beside places for digits are an exponent or a word."""
    letters = {text[0] for kind, text in section if kind == "letters"}
    elapsed = any(kind == "bracket" and text and set(text) <= set("hms") for kind, text in section)
    return elapsed or bool(letters & set("ymdhsq")) or (bool(letters) and all(kind != "digit" for kind, _ in section))


def shown_date(section: Section, day: date) -> str:
    """Return a day as shown, in ISO 8601-2: 2026-12-31, 2026-12 for `mmmm yyyy`, 2026 for `yyyy`, 2026-36 for `Q4`.

    Raises BadValue where the cell shows something else, or less than a year.
    """
    parts = _date_parts(section)
    if _names_quarter(section, day) or "q" in parts:
        if "y" not in parts or parts & {"d", "m"}:
            raise BadValue("This cell shows a quarter in a way that cannot be read.", AS_TEXT)
        return f"{day.year:04}-{33 + (day.month - 1) // 3}"
    for name, part in (("y", Sentence("year")), ("m", Sentence("month"))):
        if name not in parts and (name == "y" or "d" in parts):
            raise BadValue("This cell shows its date without the {part}.", "a cell that shows the whole day", part=part)
    if "m" not in parts:
        return f"{day.year:04}"
    return f"{day:%Y-%m-%d}" if "d" in parts else f"{day:%Y-%m}"


def _date_parts(section: Section) -> set[str]:
    """Return which of y, m, d, q are shown. Raises BadValue for other letters, and for a condition."""
    runs = [text for kind, text in section if kind == "letters"]
    found = set()
    for place, run in enumerate(runs):
        first = run[0]
        if first not in "ymdqhs":
            raise BadValue("The format of this cell has {run!r} in it, which cannot be read.", AS_TEXT, run=run)
        minutes = (place and runs[place - 1][0] == "h") or (place + 1 < len(runs) and runs[place + 1][0] == "s")
        weekday = first == "d" and len(run) > 2
        if first in "ymdq" and not weekday and not (first == "m" and minutes):
            found.add(first)
    if any(kind == "bracket" and _decides(text) for kind, text in section):
        raise BadValue("The format of this cell cannot be read.", AS_TEXT)
    return found


def _decides(bracket: str) -> bool:
    """Return whether it is a condition, an elapsed time or another calendar than ours; not a colour or a language."""
    if bracket in ("$-x-sysdate", "$-x-systime"):  # the system's long date
        return False
    if bracket.startswith("$"):
        code = bracket.rpartition("-")[2]
        return len(code) > 4 and code[-6:-4].lstrip("0") not in ("", "1")
    return bracket[:1] in ("<", ">", "=") or set(bracket) <= set("hms")


def _names_quarter(section: Section, day: date) -> bool:
    """Return whether a text in the format names the quarter of the day. Raises BadValue for any other words."""
    said = " ".join(text for kind, text in section if kind == "literal")
    words = re.findall(r"\w+", said)
    if not words or all(word.casefold() in _JOINING for word in words):
        return False
    match = _QUARTER.fullmatch(" ".join(said.split()))
    if match and int(match[1] or match[2]) == (day.month - 1) // 3 + 1:
        return True
    raise BadValue("This cell shows the words {said!r}, which come from its format.", AS_TEXT, said=said.strip())


def shown_number(section: Section, value: float) -> str | None:
    """Return a number as shown, `007` for 7 in `000`; None where that depends on the country or is rounded.

    Raises BadValue for a format that shows nothing.
    """
    if not section:
        raise BadValue("This cell shows nothing: its format hides what is in it.", "a cell that shows it")
    if value != int(value) or not 0 <= value < 1e11:  # from twelve digits on a plain cell shows powers of ten
        return None
    if any(kind == "general" or (kind, text) == ("mark", "@") for kind, text in section):
        return str(int(value)) if len(section) == 1 else None
    if not any(kind == "digit" for kind, _ in section) or not all(_plain(token, value) for token in section):
        return None
    return _digits([token for token in section if token != ("mark", ",") and token[0] != "bracket"], int(value))


def _plain(token: Token, value: float) -> bool:
    """Return whether a part of a format shows the same in every country."""
    kind, text = token
    if kind == "bracket":
        return not text.startswith(("$", "<", ">", "=")) or text.startswith("$-")
    if kind == "mark":
        return text in _MARKS - {"."} and (text != "," or abs(value) < 1000)
    return kind in ("digit", "literal")


def _digits(section: list[Token], value: int) -> str:
    """Put digits into their places from the right; the rest goes before the first place."""
    digits, shown = list(str(value)), []
    first = next(place for place, (kind, _) in enumerate(section) if kind == "digit")
    for place in range(len(section) - 1, -1, -1):
        kind, text = section[place]
        if kind != "digit":
            shown.append(text)
        elif digits:
            shown.append("".join(digits) if place == first else digits.pop())
        elif text == "0":
            shown.append("0")
    return "".join(reversed(shown))


def shown_text(code: str, text: str) -> str | None:
    """Return a text as shown; None where it is not shown at all."""
    parts = sections(code)
    section = parts[3] if len(parts) > 3 else next((part for part in parts if ("mark", "@") in part), None)
    if section is None:
        return text
    shown = "".join(
        text if token == ("mark", "@") else token[1] for token in section if token[0] in ("literal", "mark")
    )
    return shown or None
