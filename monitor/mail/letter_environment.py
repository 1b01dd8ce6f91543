"""Jinja as letters use it: sandboxed, strict, and escaping by the part written, never by a file's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, MutableMapping, Sequence
from datetime import timedelta
from functools import cached_property
from types import MethodType
from typing import Any

from jinja2 import StrictUndefined, Template, Undefined, UndefinedError
from jinja2.environment import TemplateModule
from jinja2.runtime import Context, LoopContext, Macro
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from monitor.core.digest import AllClear, Digest, Group, Item, Line, Moved, Notice, NoticeItem, Overview, Section, Waits
from monitor.core.people import Person
from monitor.mail.letter_clean import capital, clean, one_line, shell_word, shorten, wrap
from monitor.mail.letter_code import Compiled, LetterCode
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
    "roles": ("roles", "stands_in_for", "undelivered_since", "unheld"),
    "escalated": ("escalated",),
    "last_word": ("last_word",),
}
RECORDS: Mapping[type, frozenset[str]] = {  # what letters are given → the names they may ask
    kind: frozenset(kind.__struct_fields__)
    | {name for name in vars(kind) if isinstance(vars(kind)[name], property | cached_property)}
    for kind in (AllClear, Digest, Group, Item, Line, Moved, Notice, NoticeItem, Overview, Person, Section, Waits)
} | {timedelta: frozenset(("days",)), LoopContext: frozenset(("last",))}

NOTHING: frozenset[str] = frozenset()


class LetterEnvironment(ImmutableSandboxedEnvironment):
    """The sandbox, without its questions about what cannot be dangerous: our own records, our words, a template's macros.

    They were most of what a mail cost: each has a hundred such calls.
    """

    code_generator_class = LetterCode

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

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """Plain, where Jinja would lay one over the other and look through both: ours do not change."""
        return {**self.globals, **(d or {})}

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`obj.attribute` in a template."""
        kind = type(obj)
        if attribute in RECORDS.get(kind, NOTHING) or (kind is TemplateModule and attribute[:1] != "_"):
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
        if kind is MethodType and type(__obj.__self__) is Words:
            return __obj(*args, **kwargs)
        if kind is Macro:
            return __obj(__context.eval_ctx, *args, **kwargs)
        return super().call(__context, __obj, *args, **kwargs)


def letter_environment(folder: LetterFolder, words: Words) -> LetterEnvironment:
    """An environment in which those words are spoken, in templates that others import too.

    They say whether it is for the HTML part: Jinja's own choice by suffix would miss names such as *.html.j2.
    """
    environment = LetterEnvironment(
        loader=LetterLoader(folder),
        bytecode_cache=folder.once(("compiled", words.html), Compiled),
        autoescape=words.html,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=False,
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


def _printed(value: object) -> str:
    """As it stands in the text part."""
    return clean(value) if type(value) is str else str(_finalize(value))


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
