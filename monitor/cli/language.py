"""The language a command speaks, and the texts in it. Names (commands, options, JSON, log events) have none."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from inspect import cleandoc
from pathlib import Path
from typing import Any

import click

from monitor.config_file import find_config, language_in
from monitor.core.model.phrases import Named, Phrase, Sentences, Several, Titled
from monitor.translation import DOMAIN, FOLDER, LANGUAGES, filled, translated

LOCALE, GETTEXT = ("LC_ALL", "LC_MESSAGES", "LANG"), "LANGUAGE"  # variables


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
    return filled(template, "", facts, spoken())


def several(one: str, more: str, /, count: int, **facts: Any) -> str:
    """Return the text for one or for several; `count` is a fact of both."""
    return filled(one, more, {"count": count, **facts}, spoken())


def listed(parts: Iterable[object], last: str = "") -> str:
    """Return parts with commas between them; before the last one `last`, such as "and"."""
    found = [told(part) for part in parts]
    return f"{', '.join(found[:-1])} {last} {found[-1]}" if last and found[1:] else ", ".join(found)


def told(value: object) -> str:
    """Return a fact, a sentence, an error or a fault in the language spoken; any other value as its text."""
    if isinstance(value, Phrase | Named | Titled | Sentences | Several):
        from monitor.app import words_in

        return words_in(spoken()).isolate(value)
    return translated(value, spoken())


def named(table: str, name: str) -> str:
    """Return the word for a name in the language spoken, as mails have it, or the name where it has none."""
    return told(Named(table=table, name=name))


def cited(documents: str) -> str:
    """Return documents as the register cites them, with their days as mails write them."""
    from monitor.app import words_in

    return words_in(spoken()).cited(documents)


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
