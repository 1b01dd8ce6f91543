"""What a spreadsheet cell shows of its value, by its number format (ISO/IEC 29500-1, 18.8.30 and 18.8.31)."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache
from typing import Literal

from monitor.core.errors import BadValue

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
    """Return whether a number is shown as a day or a time; letters beside places for digits are an exponent or a word."""
    letters = {text[0] for kind, text in section if kind == "letters"}
    elapsed = any(kind == "bracket" and text and set(text) <= set("hms") for kind, text in section)
    return elapsed or bool(letters & set("ymdhsq")) or (bool(letters) and all(kind != "digit" for kind, _ in section))


def shown_date(section: Section, day: date) -> str:
    """Return a day as shown, in ISO 8601-2: 2026-12-31, 2026-12 for `mmmm yyyy`, 2026 for `yyyy`, 2026-36 for a quarter.

    Raises BadValue where the cell shows something else, or less than a year.
    """
    parts = _date_parts(section)
    if _names_quarter(section, day) or "q" in parts:
        if "y" not in parts or parts & {"d", "m"}:
            raise BadValue("This cell shows a quarter in a way that cannot be read.", AS_TEXT)
        return f"{day.year:04}-{33 + (day.month - 1) // 3}"
    for name, what in (("y", "year"), ("m", "month")):
        if name not in parts and (name == "y" or "d" in parts):
            raise BadValue(f"This cell shows its date without the {what}.", "a cell that shows the whole day")
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
            raise BadValue(f"The format of this cell has {run!r} in it, which cannot be read.", AS_TEXT)
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
    raise BadValue(f"This cell shows the words {said.strip()!r}, which come from its format.", AS_TEXT)


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
