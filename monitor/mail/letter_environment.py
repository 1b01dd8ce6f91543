"""Jinja as letters use it: sandboxed, strict, and escaping by the part written, never by a file's name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import css_inline
from jinja2 import StrictUndefined, Undefined, UndefinedError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from monitor.core.digest import AllClear, Digest, Group, Item, Line, Moved, Notice, NoticeItem, Overview, Section
from monitor.core.people import Person
from monitor.mail.letter_clean import capital, clean, one_line, shell_word, shorten, wrap
from monitor.mail.letter_files import LetterFolder, LetterLoader

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
RECORDS = frozenset({AllClear, Digest, Group, Item, Line, Moved, Notice, NoticeItem, Overview, Person, Section})
_INLINER_SETTINGS: Mapping[str, Any] = {
    "keep_style_tags": False,
    "keep_at_rules": True,  # dark colours and narrow screens are media queries, which cannot be inlined
    "load_remote_stylesheets": False,  # a letter never reaches for the network or for other files
}


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, which need not ask whether a plain record of ours is dangerous: that was most of a mail's cost."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` in a template."""
        if type(obj) in RECORDS and attribute in type(obj).__dataclass_fields__:
            return getattr(obj, attribute)
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`obj[argument]`, and what filters such as map(attribute=…) ask."""
        if type(obj) in RECORDS and argument in type(obj).__dataclass_fields__:
            return getattr(obj, argument)
        return super().getitem(obj, argument)


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
    }
    environment.globals["FACTS"] = tuple(FACTS)
    return environment


def shared(lines: Sequence[Line]) -> tuple[str, ...]:
    """Names of the facts in which several lines agree, so that a letter says them once; none for a single line."""
    if len(lines) < 2:
        return ()
    return tuple(name for name, fields in FACTS.items() if len({_values(line, fields) for line in lines}) == 1)


def inlined(html: str) -> str:
    """The rendered mail with its styles written into the elements: half of the mail clients ignore style sheets."""
    return css_inline.CSSInliner(**_INLINER_SETTINGS).inline(html)


def _values(line: Line, fields: Sequence[str]) -> tuple[object, ...]:
    return tuple(getattr(line, name) for name in fields)


def _finalize(value: object) -> object:
    """Last look at every value printed: nothing missing is mailed as it stands, no control character gets through."""
    if value is None:
        raise UndefinedError("a value is printed that is empty here (None)")
    if isinstance(value, str) and not isinstance(value, Markup | Undefined):
        return clean(value)
    return value
