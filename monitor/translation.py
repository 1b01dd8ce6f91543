"""The texts of the source in a reader's language. English is the texts themselves.

The catalogue is gettext's, as click's own texts are: locale/nl/LC_MESSAGES/monitor.po, written and compiled by
`python tests/cli/catalogue.py`. The words of mails are not here but in `templates/`, where users can change them.
"""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from monitor.core.errors import Fault, MonitorError
from monitor.core.sentences import Sentence

LANGUAGES = ("en", "nl")
DOMAIN = "monitor"
FOLDER = Path(__file__).parent / "locale"


def translated(value: object, language: str) -> str:
    """Return a sentence, an error or a fault in a language; any other value as its text."""
    if isinstance(value, MonitorError | Fault):
        value = value.sentence
    if not isinstance(value, Sentence):
        return str(value)
    return filled(value.template, value.plural, value.facts, language)


def filled(template: str, plural: str, facts: Mapping[str, Any], language: str) -> str:
    """Return a text in a language with its facts; with a plural, for one or for several by its fact `count`."""
    found = template
    if plural:
        found = _catalogue(language).ngettext(template, plural, facts["count"])
    elif template:
        found = _catalogue(language).gettext(template)
    return found.format(**{name: _fact(fact, language) for name, fact in facts.items()}) if facts else found


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, FOLDER, [language], fallback=True)


class _Day:
    """A day or instant as a fact: the names of its weekday and month are translated too."""

    def __init__(self, day: date, language: str) -> None:
        self._day, self._language = day, language

    def __str__(self) -> str:
        return str(self._day)

    def __format__(self, form: str) -> str:
        for name in ("%a", "%A", "%B"):
            if name in form:
                form = form.replace(name, filled(self._day.strftime(name), "", {}, self._language))
        return format(self._day, form)


def _fact(fact: Any, language: str) -> Any:
    if isinstance(fact, Sentence | MonitorError | Fault):
        return translated(fact, language)
    return _Day(fact, language) if isinstance(fact, date) else fact
