"""The kinds of value in rule, calendar and configuration files, as pydantic fields that name what they accept."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import Annotated, Any, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
)

from monitor.core.calendar.dates import ACCEPTED_OFFSETS, Offset, parse_offset
from monitor.core.errors import BadValue, did_you_mean
from monitor.core.sentences import Sentence

T = TypeVar("T")
Lifecycle = Literal["period", "request", "decision", "commitment"]
_INTERVAL = re.compile(r"[1-9]\d{0,3}(bd|kd|[dwmy])")
_PLACEHOLDER = re.compile(  # of Jinja, format(), %, shells; of a brace alone what it encloses may be missing
    r"\{\{.*?\}\}|\{%.*?%\}|\$?\{[^{}]*\}|[{}]|\$[A-Za-z_]\w*|%(?:\(\w+\))?[-+#0]?\d*(?:\.\d+)?[sdifrxg]\b"
)
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_EVENT_TYPE = re.compile(r"(document|event):[a-z0-9]+(?:-[a-z0-9]+)*")
ACCEPTED_INTERVALS = "a whole number of at least 1 and a unit without a sign: d, w, m, y, bd, kd, as in 8w"
NAME = "lower-case letters and digits, parts joined by hyphens, as in head-of-unit"


def _without_placeholder(text: str) -> str:
    """Refuse a placeholder: mails show it as written. Raises BadValue."""
    if found := _PLACEHOLDER.search(text):
        raise BadValue(
            "{found} is a placeholder that is never filled in: mails show it as written.", "plain words", found=found[0]
        )
    return text


class Table(BaseModel):
    """A TOML table in which every key must be known and every value has the type TOML gives it."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


PlainWords = Annotated[str, AfterValidator(_without_placeholder)]


class TextByLanguage(Table):
    """One text in the languages of the letters; plain text is English."""

    nl: PlainWords | None = None
    en: PlainWords

    def by_language(self) -> dict[str, str]:
        """Return language → text, only where there is one."""
        return {language: text for language, text in (("nl", self.nl), ("en", self.en)) if text}


def is_name(text: str) -> bool:
    """Return whether a text may be the id of a rule, person, role or calendar."""
    return bool(_NAME.fullmatch(text))


def interval(text: Any) -> Offset:
    """Return a positive distance written without a sign, as "8w". Raises BadValue."""
    if not isinstance(text, str) or not _INTERVAL.fullmatch(text):
        raise BadValue("{text!r} is not an interval.", ACCEPTED_INTERVALS, text=text)
    return parse_offset(f"+{text}")


def distinct(items: list[T]) -> list[T]:
    """Return a list that has something in it and nothing twice. Raises BadValue."""
    if not items:
        raise BadValue("An empty list asks for nothing; leave the key out.", "at least one value")
    for position, item in enumerate(items):
        if item in items[:position]:
            raise BadValue("{item} is here twice.", "each value once", item=item)
    return items


def _filled(text: str) -> str:
    if not text.strip():
        raise BadValue("This is empty.", "a text")
    return text


def _day(value: Any) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    raise BadValue("{value!r} is not a day.", "a day without quotes, as 2021-12-17", value=value)


def _shaped(pattern: re.Pattern[str], what: str, accepted: str) -> Callable[[Any], str]:
    def check(text: Any) -> str:
        if not isinstance(text, str) or not pattern.fullmatch(text):
            raise BadValue("{text!r} is not {said}.", Sentence(accepted), text=text, said=Sentence(what))
        return text

    return check


def _known(what: str, place: str, advice: str = "") -> AfterValidator:
    """Require one of the names in the validation context; where that has none, every name is accepted."""

    def check(name: str, info: ValidationInfo) -> str:
        known: Collection[str] | None = (info.context or {}).get(place)
        if known is None or name in known:
            return name
        accepted = Sentence("{known}{advice}", known=", ".join(sorted(known)), advice=Sentence(advice))
        raise BadValue(
            "There is no {said} {name!r}.{hint}",
            accepted,
            said=Sentence(what),
            name=name,
            hint=did_you_mean(name, known),
        )

    return AfterValidator(check)


def _pattern(pattern: re.Pattern[str]) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": f"^(?:{pattern.pattern})$"})


_OFFSET_SCHEMA = {"type": "string", "pattern": r"^(?:[+-]\d{1,4}|0+)(?:bd|kd|[dwmy])$", "description": ACCEPTED_OFFSETS}
_LANGUAGES_SCHEMA = {
    "type": "object",
    "properties": {"nl": {"type": "string"}, "en": {"type": "string"}},
    "required": ["en"],
    "additionalProperties": False,
}
_WORDS_SCHEMA = {
    "anyOf": [{"type": "string"}, _LANGUAGES_SCHEMA],
    "description": "A text in English, or { nl = …, en = … }.",
}
OffsetField = Annotated[Offset, PlainValidator(parse_offset), WithJsonSchema(_OFFSET_SCHEMA)]
Interval = Annotated[Offset, PlainValidator(interval), _pattern(_INTERVAL)]
WordsField = Annotated[
    TextByLanguage,
    BeforeValidator(lambda given: {"en": given} if isinstance(given, str) else given),
    WithJsonSchema(_WORDS_SCHEMA),
]
Filled = Annotated[str, AfterValidator(_filled)]
Day = Annotated[date, PlainValidator(_day), WithJsonSchema({"type": "string", "format": "date"})]
Name = Annotated[str, PlainValidator(_shaped(_NAME, "a name", NAME)), _pattern(_NAME)]
Role = Annotated[Name, _known("role", "roles")]
Kind = Annotated[Name, _known("kind of entry", "kinds")]
CalendarName = Annotated[Name, _known("calendar", "calendars")]
EventType = Annotated[
    str,
    PlainValidator(_shaped(_EVENT_TYPE, "a type of event", "document:<type> or event:<type> in lower case")),
    _known("type of letter or event", "event_types", "; or add it to register.event_types"),
    _pattern(_EVENT_TYPE),
]
Status = Annotated[str, _known("status", "statuses"), WithJsonSchema({"type": "string"})]
