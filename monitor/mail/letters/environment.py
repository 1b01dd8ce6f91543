"""Jinja as letters use it: strict, escaping by the part written and never by a file's name; a user's letters in a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, Undefined, UndefinedError
from jinja2.runtime import Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from monitor.core.mailing.content import ReminderLine
from monitor.mail.letters.clean import capital, clean, one_line, shell_word, shorten, wrap
from monitor.mail.letters.code import Compiled, OwnCode, ShippedCode
from monitor.mail.letters.files import LetterFolder, LetterLoader
from monitor.mail.letters.words import Vocabulary

FACTS: Mapping[str, tuple[str, ...]] = {  # what a reminder says about a line → the fields it says it from
    "rung": ("rung", "planned", "caught_up"),
    "derivation": ("derivation",),
    "imprecise": ("written",),
    "provisional": ("provisional",),
    "late": ("replaces_late", "planned"),
    "secured": ("secured_until", "binding"),
    "uncovered": ("uncovered", "secured_until"),
    "quotes": ("quotes",),
    "references": ("references",),
    "told": ("also_told",),
    "roles": ("roles", "stands_in_for", "undelivered_since", "unheld"),
    "escalated": ("escalated",),
    "last_word": ("last_word",),
}


class ShippedEnvironment(Environment):
    """For the project's own templates: no sandbox, whose questions were a third of what a mail cost."""

    code_generator_class = ShippedCode

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.printed = _printed_in_html if self.autoescape else _printed  # what each value printed goes through
        self._loaded: dict[str, Template] = {}

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """Each is loaded once: its file does not change for as long as the look at the disk holds."""
        if isinstance(name, Template) or globals:
            return super().get_template(name, parent, globals)
        if name not in self._loaded:
            self._loaded[name] = super().get_template(name, parent)
        return self._loaded[name]

    def plain_macro(self, macro: Macro) -> Callable[..., str]:
        """The macro for calls that give what it names, in order; Jinja sees to others."""
        write, count, safe = macro._func, macro._argument_count, macro._default_autoescape

        def called(*given: Any, **named: Any) -> str:
            if named or len(given) != count:
                return macro(*given, **named)
            return Markup(write(*given)) if safe else write(*given)

        return called

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Plain, where Jinja would lay one over the other and look through both: ours do not change."""
        return {**self.globals, **(d or {})}


class OwnEnvironment(ImmutableSandboxedEnvironment):
    """For a user's templates: the sandbox, as Jinja has it."""

    code_generator_class = OwnCode


def letter_environment(folder: LetterFolder, words: Vocabulary, *, own: bool = False) -> Environment:
    """An environment in which those words are spoken, in templates that others import too. `own`: in a user's.

    They say whether it is for the HTML part: Jinja's own choice by suffix would miss names such as *.html.j2.
    """
    made = OwnEnvironment if own else ShippedEnvironment
    environment = made(
        loader=LetterLoader(folder),
        bytecode_cache=folder.once(("compiled", words.html), Compiled),
        autoescape=words.html,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=not own,
    )
    environment.filters |= {
        "shorten": shorten,
        "cut": one_line,
        "capital": capital,
        "wrap": wrap,
        "shell": shell_word,
        "shared": shared,
        "without": without,
    }
    environment.globals |= {"FACTS": tuple(FACTS), **words.functions}
    return environment


def shared(lines: Sequence[ReminderLine]) -> tuple[str, ...]:
    """Names of the facts in which several lines agree, so that a letter says them once; none for a single line."""
    if len(lines) < 2:
        return ()
    return tuple(name for name, fields in FACTS.items() if len({_values(line, fields) for line in lines}) == 1)


def without(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """The names that are not among the others."""
    return tuple(name for name in names if name not in others)


def _values(line: ReminderLine, fields: Sequence[str]) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in fields)


def _printed(value: object) -> str:
    """As it stands in the text part."""
    if type(value) is not str:
        return str(_finalize(value))
    return value if value.isascii() and value.isprintable() else clean(value)


def _printed_in_html(value: object) -> str:
    """As it stands in the HTML part."""
    return value if type(value) is Markup else escape(_finalize(value))


def _finalize(value: object) -> object:
    """Last look at every value printed: nothing missing is mailed as it stands, no control character gets through."""
    if value is None:
        raise UndefinedError("a value is printed that is empty here (None)")
    if isinstance(value, str) and not isinstance(value, Markup | Undefined):
        return clean(value)
    return value
