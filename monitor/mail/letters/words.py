"""What templates use to form sentences: texts, days, rungs and names in one language, for the text or the HTML part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any

from markupsafe import Markup, escape

from monitor.core.calendar.dates import parse_offset
from monitor.core.errors import BadValue
from monitor.core.model.phrases import Fact, Named, Phrase, Sentences, Several, Titled
from monitor.core.planning.derivation import Step
from monitor.core.sentences import Sentence
from monitor.mail.letters.clean import clean, isolated, needs_isolation
from monitor.mail.letters.derivations import in_words
from monitor.mail.letters.texts import PLACEHOLDER, Text, Texts, not_filled
from monitor.translation import translated

Pieces = tuple[tuple[str, ...], tuple[str, ...]]  # what is around the placeholders of a sentence, and their names
CITED_DAY = re.compile(r"(?<=\()(\d{4}-\d\d-\d\d)(?=\))", re.ASCII)  # as the text of a Reference ends


class Vocabulary:
    """One language in one format. `functions` are the methods that templates know.

    `undefined`: what a template engine gives for a name that it does not know. Commands use words without an engine,
    whose import takes as long as the rest of them.
    """

    def __init__(self, texts: Texts, *, html: bool, undefined: type | tuple[()] = ()) -> None:
        self.texts = texts
        self._undefined = undefined
        self.html = html
        self.asked: set[str] = set()  # keys used so far
        self._sentences: dict[str, tuple[Text, Pieces | None]] = {}  # with the pieces of one that has a single form
        self._pieces: dict[str, Pieces] = {}

    @cached_property
    def functions(self) -> Mapping[str, Any]:
        """Return name → function. A batch of mails asks for the same days and names repeatedly, so these are kept."""
        remembered = lru_cache(maxsize=None, typed=True)  # typed: safe HTML is another kind of text
        return {
            "t": self.say, "date": remembered(self.date), "left": remembered(self.left), "rung": remembered(self.rung),
            "event": remembered(self.event), "role": remembered(self.role), "known": remembered(self.known),
            "isolate": self.isolate, "derivation": remembered(self.derivation), "cited": remembered(self.cited),
        }  # fmt: skip

    def say(self, key: str, /, **values: Any) -> str:
        """The sentence under a key with its placeholders filled; `n` decides between its forms. Raises LetterFault."""
        sentence, pieces = self._sentences.get(key) or self._ask(key)
        around, names = pieces or self._cut(_form(sentence, values))
        parts = [around[0]]
        for name, after in zip(names, around[1:], strict=True):
            value = values.get(name)
            parts += value if type(value) is Markup else self._value(sentence, name, values), after
        said = "".join(parts)
        return Markup(said) if self.html else said  # every part was escaped

    def date(self, day: date, style: str) -> str:
        """A day in words, in the style named: a key of [date] in the language's texts. In HTML hyphens do not wrap."""
        weekday, month = day.weekday(), day.month - 1
        said = self.say(
            f"date.{style}",
            d=day.day, dd=f"{day.day:02}", mm=f"{day.month:02}", yyyy=f"{day.year:04}",
            weekday=self._list("date.weekdays", 7)[weekday], month=self._list("date.months", 12)[month],
            wd=self._list("date.short_weekdays", 7)[weekday], mon=self._list("date.short_months", 12)[month],
        )  # fmt: skip
        return Markup('<span class="date">{}</span>').format(said) if self.html and "-" in said else said

    def left(self, days: int) -> str:
        """How far away a due day is: "7 days left", "due today", "3 days overdue"."""
        if days in (0, 1):
            return self.say("left.tomorrow" if days else "left.today")
        return self.say("left.days", n=days) if days > 0 else self.say("left.overdue", n=-days)

    def rung(self, name: str) -> str:
        """A rung in words: "-8w" is "8 weeks before"; a name that is no offset stays as it is."""
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

    def event(self, type: str) -> str:
        """A type of event in words: "document:art100-letter" is "Article 100 letter"."""
        return self.known("event", type.removeprefix("event:").removeprefix("document:"))

    def role(self, name: str) -> str:
        """A role in words."""
        return self.known("role", name)

    def derivation(self, steps: tuple[Step, ...]) -> str:
        """Why a due day falls where it does: the steps in one line."""
        return in_words(steps, self)

    def cited(self, documents: str) -> str:
        """Documents as the register cites them, with the day of each ("(2019-11-29)") in the reader's form."""
        parts = enumerate(CITED_DAY.split(documents))  # every second one is a day
        return self.joined((self._cited_day(part) if place % 2 else self.isolate(part) for place, part in parts), "")

    def named(self, name: str) -> str:
        """A recess or a closed day: the language's word for its name, or for the first word of it, else the name."""
        first, blank, rest = name.partition(" ")
        if self.texts.word("calendar", name) or not self.texts.word("calendar", first):
            return self.known("calendar", name)
        return self.joined((self.known("calendar", first), self.isolate(rest)), blank)

    def weekday(self, number: int) -> str:
        """The name of a weekday; Monday is 0."""
        return self.isolate(self._list("date.weekdays", 7)[number])

    def fact(self, fact: Fact) -> str:
        """What a fact says in this language: a phrase, a name, a day, an instant (UTC), a list."""
        match fact:
            case Phrase():
                return self.say(fact.key, **fact.facts)
            case Named():
                return self.named(fact.name) if fact.table == "calendar" else self.known(fact.table, fact.name)
            case Sentence():
                return self.isolate(translated(fact, self.texts.language))
            case Titled():
                return self.isolate(fact.within(self.texts.language))
            case Sentences():
                return self.joined(map(self.isolate, fact.parts), " ")
            case datetime():
                return self.joined((self.date(fact, "digits"), f"{fact:%H:%M}"), " ")
            case date():
                return self.date(fact, "digits")
            case Several():
                parts = [*map(self.isolate, fact.parts)]
                if fact.more:
                    return self.say("list.more", first=self.joined(parts, ", "), n=fact.more)
                return self.listed(parts, "or" if fact.either else "and")
            case _:
                return self.isolate(str(fact))

    def listed(self, parts: Sequence[str], how: str) -> str:
        """ "a", "a or b", "a, b or c", of words of this vocabulary. `how`: "and" or "or"."""
        *others, last = parts or [""]
        return self.say(f"list.{how}", first=self.joined(others, ", "), last=last) if others else last

    def joined(self, parts: Iterable[str], between: str) -> str:
        """Parts that are words of this vocabulary, and so escaped already, with the text between them."""
        return Markup(between).join(parts) if self.html else between.join(parts)

    def known(self, table: str, name: str) -> str:
        """The language's word for a name, or the name itself if users invented it."""
        self.asked.add(f"{table}.{name}")
        return self.isolate(self.texts.word(table, name) or name)

    def isolate(self, text: Fact) -> str:
        """A user's text for use in a sentence: cleaned, escaped, right-to-left writing isolated; or a fact in words."""
        if type(text) is str and text.isascii() and text.isprintable():  # most are: no need to clean or isolate
            return escape(text) if self.html else text
        if isinstance(text, Markup):
            return text
        if isinstance(text, Sentence) or not isinstance(text, str | int):
            return self.fact(text)
        safe = clean(str(text))
        if not self.html:
            return isolated(safe)
        return Markup("<bdi>{}</bdi>").format(safe) if needs_isolation(safe) else escape(safe)

    def _cited_day(self, text: str) -> str:
        try:
            return self.date(date.fromisoformat(text), "digits")
        except ValueError:  # kept as written: 2019-11-31
            return self.isolate(text)

    def _ask(self, key: str) -> tuple[Text, Pieces | None]:
        self.asked.add(key)
        sentence = self.texts[key]
        pieces = self._cut(sentence.value) if isinstance(sentence.value, str) else None
        self._sentences[key] = sentence, pieces
        return sentence, pieces

    def _cut(self, form: str) -> Pieces:
        """A sentence as what is around its placeholders, escaped for HTML, and their names."""
        if form not in self._pieces:
            around = PLACEHOLDER.split(form)[::2]
            names = tuple(PLACEHOLDER.findall(form))
            self._pieces[form] = tuple(str(escape(part)) if self.html else part for part in around), names
        return self._pieces[form]

    def _list(self, key: str, length: int) -> tuple[str, ...]:
        sentence, _ = self._ask(key)
        if not isinstance(sentence.value, tuple) or len(sentence.value) != length:
            raise sentence.fault("This list has the wrong length.", Sentence("a list of {length} words", length=length))
        return sentence.value

    def _value(self, sentence: Text, name: str, values: dict[str, Any]) -> str:
        if name not in values:
            given = ", ".join(f"{{{known}}}" for known in sorted(values)) or Sentence("no placeholder")
            raise sentence.fault(not_filled(name), given)
        value = values[name]
        if value is None:
            raise sentence.fault(Sentence("{name} has no value here.", name=f"{{{name}}}"))
        if isinstance(value, self._undefined):
            return str(value)  # a mistake in the template raises here, with its own line
        return self.isolate(value)


def _form(sentence: Text, values: dict[str, Any]) -> str:
    """The form for one or for other numbers, by the value of `n`."""
    if not isinstance(sentence.value, Mapping) or "n" not in values:
        raise sentence.fault("A plain sentence is needed here, not a list or forms for one and other.", '"…"')
    return sentence.value["one" if values["n"] == 1 else "other"]
