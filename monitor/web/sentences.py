"""Errors and other sentences of the core in the language of a person; each request may speak another one."""

from __future__ import annotations

import gettext
from functools import lru_cache
from pathlib import Path
from typing import Any

import monitor
from monitor.core.errors import Fault, MonitorError
from monitor.core.sentences import Sentence

CATALOGUES = Path(monitor.__file__).parent / "cli" / "locale"


@lru_cache(maxsize=8)
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("monitor", CATALOGUES, [language], fallback=True)


def told(value: object, language: str) -> str:
    """Return a sentence, an error or a fault in that language; any other value as its text."""
    match value:
        case MonitorError() | Fault():
            return told(value.sentence, language)
        case Sentence():
            facts: dict[str, Any] = {
                name: told(fact, language) if isinstance(fact, Sentence | MonitorError) else fact
                for name, fact in value.facts.items()
            }
            words = _catalogue(language)
            if value.plural:
                found = words.ngettext(value.template, value.plural, facts["count"])
            else:
                found = words.gettext(value.template) if value.template else ""
            return found.format(**facts) if facts else found
    return str(value)
