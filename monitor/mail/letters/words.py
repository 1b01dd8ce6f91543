"""What templates call to speak: sentences, days, rungs and names in one language, for the text or the HTML part."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from jinja2 import Undefined
from markupsafe import Markup, escape

from monitor.core.calendar.dates import parse_offset
from monitor.core.errors import BadValue
from monitor.mail.letters.clean import clean, isolated, needs_isolation
from monitor.mail.letters.texts import PLACEHOLDER, Sentence, Texts


class Vocabulary:
    """One language, spoken in one format. Every method is a function in the templates."""

    def __init__(self, texts: Texts, *, html: bool) -> None:
        self.texts = texts
        self.html = html
        self.asked: set[str] = set()  # keys said so far
        self._pieces: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {}  # sentence → what stands around its names
        self._sentences: dict[str, Sentence] = {}  # those asked for so far
        self._plain: dict[str, str] = {}  # key of a sentence without placeholders → as said
        self._days: dict[tuple[date, str], str] = {}  # (day, style) → in words
        # (table, kind of text, name that rules or the configuration use) → in words; safe HTML is another kind of text
        self._known: dict[tuple[str, type, str], str] = {}

    @cached_property
    def functions(self) -> Mapping[str, Any]:
        """The names under which templates know these."""
        return {
            "t": self.say, "date": self.date, "left": self.left, "rung": self.rung,
            "event": self.event, "role": self.role, "known": self.known, "isolate": self.isolate,
        }  # fmt: skip

    def say(self, key: str, /, **values: Any) -> str:
        """The sentence under a key with its placeholders filled; `n` decides between its forms. Raises LetterFault."""
        if not values and key in self._plain:
            return self._plain[key]
        sentence = self._sentences.get(key) or self._ask(key)
        form = sentence.value if isinstance(sentence.value, str) else _form(sentence, values)
        around, names = self._pieces.get(form) or self._cut(form)
        parts = [around[0]]
        for name, after in zip(names, around[1:], strict=True):
            value = values.get(name)
            parts += value if type(value) is Markup else self._value(sentence, name, values), after
        said = "".join(parts)
        said = Markup(said) if self.html else said  # every part was escaped
        if not values:
            self._plain[key] = said
        return said

    def date(self, day: date, style: str) -> str:
        """A day in words, in the style named: the keys of [date] in the language's texts."""
        known = self._days.get((day, style))
        if known is None:
            weekday, month = day.weekday(), day.month - 1
            known = self._days[day, style] = self.say(
                f"date.{style}",
                d=day.day, dd=f"{day.day:02}", mm=f"{day.month:02}", yyyy=f"{day.year:04}",
                weekday=self._list("date.weekdays")[weekday], month=self._list("date.months")[month],
                wd=self._list("date.short_weekdays")[weekday], mon=self._list("date.short_months")[month],
            )  # fmt: skip
        return known

    def left(self, days: int) -> str:
        """How far away a due day is: "7 days left", "due today", "3 days overdue"."""
        if days in (0, 1):
            return self.say("left.tomorrow" if days else "left.today")
        return self.say("left.days", n=days) if days > 0 else self.say("left.overdue", n=-days)

    def rung(self, name: str) -> str:
        """A rung in words: "-8w" is "8 weeks before"; a name that is no offset stays as it is."""
        known = self._known.get(("rung", type(name), name))
        if known is None:
            known = self._known["rung", type(name), name] = self._rung(name)
        return known

    def event(self, type: str) -> str:
        """A type of event in words: "document:art100-letter" is "Article 100 letter"."""
        return self.known("event", type.removeprefix("event:").removeprefix("document:"))

    def role(self, name: str) -> str:
        """A role in words."""
        return self.known("role", name)

    def known(self, table: str, name: str) -> str:
        """The language's word for a name, or the name itself where users invented it."""
        known = self._known.get((table, type(name), name))
        if known is None:
            self.asked.add(f"{table}.{name}")
            known = self._known[table, type(name), name] = self.isolate(self.texts.word(table, name) or name)
        return known

    def isolate(self, text: str) -> str:
        """A user's text as it may stand in a sentence: cleaned, escaped, right-to-left writing kept to itself."""
        if (
            type(text) is str and text.isascii() and text.isprintable()
        ):  # most are: there is nothing to clean or to isolate
            return escape(text) if self.html else text
        if isinstance(text, Markup):
            return text
        safe = clean(str(text))
        if not self.html:
            return isolated(safe)
        return Markup("<bdi>{}</bdi>").format(safe) if needs_isolation(safe) else escape(safe)

    def _ask(self, key: str) -> Sentence:
        self.asked.add(key)
        found = self._sentences[key] = self.texts[key]
        return found

    def _rung(self, name: str) -> str:
        if name == "late":
            return self.say("rung.late")
        try:
            offset = parse_offset(name)
        except BadValue:
            return self.isolate(name)
        if not offset.amount:
            return self.say("rung.day")
        span = self.say(f"unit.{offset.unit}", n=abs(offset.amount))
        return self.say("rung.before" if offset.amount < 0 else "rung.after", span=span)

    def _cut(self, form: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """A sentence as what stands around its placeholders, escaped where it must be, and their names."""
        around = PLACEHOLDER.split(form)[::2]
        found = tuple(str(escape(part)) if self.html else part for part in around), tuple(PLACEHOLDER.findall(form))
        self._pieces[form] = found
        return found

    def _list(self, key: str) -> tuple[str, ...]:
        words = self._ask(key)
        wanted = 7 if "weekdays" in key else 12
        if not isinstance(words.value, tuple) or len(words.value) != wanted:
            raise words.fault("This list has the wrong length.", f"a list of {wanted} words")
        return words.value

    def _value(self, sentence: Sentence, name: str, values: dict[str, Any]) -> str:
        if name not in values:
            given = ", ".join(f"{{{known}}}" for known in sorted(values)) or "no placeholder"
            raise sentence.fault(f"{{{name}}} is not filled in here.", given)
        value = values[name]
        if value is None:
            raise sentence.fault(f"{{{name}}} has no value here.")
        if type(value) is Markup or isinstance(value, Undefined):
            return str(value)  # a mistake in the template raises here, with its own line
        return self.isolate(value)


def _form(sentence: Sentence, values: dict[str, Any]) -> str:
    assert not isinstance(sentence.value, str), "a plain sentence has one form"
    if isinstance(sentence.value, tuple) or "n" not in values:
        raise sentence.fault("A plain sentence is needed here, not a list or forms for one and other.", '"…"')
    return sentence.value["one" if values["n"] == 1 else "other"]
