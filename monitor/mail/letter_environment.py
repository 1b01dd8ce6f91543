"""Jinja as letters use it: sandboxed, strict, and escaping by the part written, never by a file's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MethodType
from typing import Any

from jinja2 import StrictUndefined, Undefined, UndefinedError
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from monitor.core.digest import AllClear, Digest, Group, Item, Line, Moved, Notice, NoticeItem, Overview, Section
from monitor.core.people import Person
from monitor.mail.letter_clean import capital, clean, one_line, shell_word, shorten, wrap
from monitor.mail.letter_files import LetterFolder, LetterLoader
from monitor.mail.letter_words import Words

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
    "roles": ("roles", "stands_in_for", "unheld"),
    "escalated": ("escalated",),
    "last_word": ("last_word",),
}
RECORDS: Mapping[type, frozenset[str]] = {  # what letters are given → the names they may ask
    kind: frozenset(kind.__struct_fields__) | {name for name in vars(kind) if isinstance(vars(kind)[name], property)}
    for kind in (AllClear, Digest, Group, Item, Line, Moved, Notice, NoticeItem, Overview, Person, Section)
}


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, without its questions about what cannot be dangerous: our own records, our words, a template's macros.

    They were most of what a mail cost: each has a hundred such calls.
    """

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` in a template."""
        kind = type(obj)
        if attribute in RECORDS.get(kind, ()) or (kind is TemplateModule and attribute[:1] != "_"):
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`, and what filters such as map(attribute=…) ask."""
        names = RECORDS.get(type(obj))
        if names and argument in names:
            return getattr(obj, argument)
        return super().getitem(obj, argument)

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:
        """`obj(…)` in a template."""
        kind = type(__obj)
        if kind is Macro:
            args = (__context.eval_ctx, *args)
        elif not (kind is MethodType and type(__obj.__self__) is Words):
            return super().call(__context, __obj, *args, **kwargs)
        kwargs.pop("_loop_vars", None)  # Jinja's own, for functions that ask for the context
        kwargs.pop("_block_vars", None)
        return __obj(*args, **kwargs)


def letter_environment(folder: LetterFolder, *, html: bool) -> ImmutableSandboxedEnvironment:
    """An environment for one part of all letters. Jinja's own choice by suffix would miss names such as *.html.j2."""
    environment = LetterEnvironment(
        loader=LetterLoader(folder),
        autoescape=html,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
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
    environment.globals["FACTS"] = tuple(FACTS)
    return environment


def shared(lines: Sequence[Line]) -> tuple[str, ...]:
    """Names of the facts in which several lines agree, so that a letter says them once; none for a single line."""
    if len(lines) < 2:
        return ()
    return tuple(name for name, fields in FACTS.items() if len({_values(line, fields) for line in lines}) == 1)


def without(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """The names that are not among the others."""
    return tuple(name for name in names if name not in others)


def _values(line: Line, fields: Sequence[str]) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in fields)


def _finalize(value: object) -> object:
    """Last look at every value printed: nothing missing is mailed as it stands, no control character gets through."""
    if value is None:
        raise UndefinedError("a value is printed that is empty here (None)")
    if isinstance(value, str) and not isinstance(value, Markup | Undefined):
        return clean(value)
    return value
