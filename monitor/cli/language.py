"""The language a command speaks, and the texts in it. Names (commands, options, JSON, log events) have none.

The catalogue is gettext's, as click's own texts are: locale/nl/LC_MESSAGES/monitor.po, written and compiled by
`python tests/cli/catalogue.py`. English is the texts themselves.
"""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from datetime import date
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from monitor.config_file import find_config, language_in
from monitor.core.errors import Fault, MonitorError
from monitor.core.sentences import Sentence

LANGUAGES = ("en", "nl")
DOMAIN = "monitor"
LOCALE, GETTEXT = ("LC_ALL", "LC_MESSAGES", "LANG"), "LANGUAGE"  # variables
FOLDER = Path(__file__).parent / "locale"


def chosen(config: Path | None, environ: Mapping[str, str]) -> str:
    """Return the language: $MONITOR_LANG, else `[register] language`, else that of the locale, else English."""
    given = environ.get("MONITOR_LANG") or language_in(find_config(config, environ), environ)
    given = given or next((environ[name] for name in LOCALE if environ.get(name)), "")
    code = given.casefold()[:2]
    return code if code in LANGUAGES else LANGUAGES[0]


def speak(config: Path | None) -> None:
    """Give all texts from here on, click's too, in the chosen language.

    gettext, which click calls itself, takes the language from the environment alone.
    """
    os.environ[GETTEXT] = chosen(config, os.environ)
    gettext.textdomain(DOMAIN)


def spoken() -> str:
    """Return the code of the language spoken: en or nl."""
    return os.environ[GETTEXT] if gettext.textdomain() == DOMAIN else LANGUAGES[0]


@contextmanager
def one_command() -> Iterator[None]:
    """Leave nothing of a command's language behind."""
    before, domain = os.environ.get(GETTEXT), gettext.textdomain()
    gettext.bindtextdomain(DOMAIN, FOLDER)
    try:
        yield
    finally:
        gettext.textdomain(domain)
        os.environ.pop(GETTEXT, None)
        if before is not None:
            os.environ[GETTEXT] = before


def config_named(arguments: Sequence[str]) -> Path | None:
    """Return the configuration that a command line names before its command."""
    for option, value in zip(arguments, [*arguments[1:], ""], strict=False):
        if option == "--config":
            return Path(value)
        if option.startswith("--config="):
            return Path(option.partition("=")[2])
        if not option.startswith("-"):
            return None
    return None


def _(template: str, /, **facts: Any) -> str:
    """Return a text in the language spoken, with its facts filled in."""
    found = gettext.gettext(template) if template and spoken() != LANGUAGES[0] else template
    return found.format(**_told(facts)) if facts else found


def several(one: str, more: str, /, count: int, **facts: Any) -> str:
    """Return the text for one or for several; `count` is a fact of both."""
    return gettext.ngettext(one, more, count).format(count=count, **_told(facts))


def listed(parts: Iterable[str], last: str = "") -> str:
    """Return parts with commas between them; before the last one `last`, such as "and"."""
    found = [told(part) for part in parts]
    return f"{', '.join(found[:-1])} {last} {found[-1]}" if last and found[1:] else ", ".join(found)


def told(value: object) -> str:
    """Return a sentence, an error or a fault in the language spoken; any other value as its text."""
    match value:
        case Sentence():
            if value.plural:
                return several(value.template, value.plural, **value.facts)
            return _(value.template, **value.facts)
        case MonitorError() | Fault():
            return told(value.sentence)
    return str(value)


def in_language(command: click.Command) -> click.Command:
    """Return a copy of a command with its help in the language spoken; its names and meaning stay."""
    made = copy(command)
    made._help_option = None  # click keeps it in the language that was spoken first
    made.help, made.epilog = (text and _(cleandoc(text)) for text in (command.help, command.epilog))
    made.params = [_in_language(param) for param in command.params]
    if isinstance(made, click.Group) and isinstance(command, click.Group):
        made.commands = {name: in_language(one) for name, one in command.commands.items()}
    return made


def _in_language(param: click.Parameter) -> click.Parameter:
    if not isinstance(param, click.Option) or not param.help:
        return param
    made = copy(param)
    made.help = _(param.help)
    return made


class _Day:
    """A day or instant as a fact: the names of its weekday and month are translated too."""

    def __init__(self, day: date) -> None:
        self._day = day

    def __str__(self) -> str:
        return str(self._day)

    def __format__(self, form: str) -> str:
        for name in ("%a", "%A", "%B"):
            form = form.replace(name, _(self._day.strftime(name))) if name in form else form
        return format(self._day, form)


def _told(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _fact(fact) for name, fact in facts.items()}


def _fact(fact: Any) -> Any:
    if isinstance(fact, Sentence | MonitorError):
        return told(fact)
    return _Day(fact) if isinstance(fact, date) else fact
