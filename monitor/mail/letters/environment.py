"""Jinja as letters use it: strict, escaping by the part and not by a file's name; a user's letters in a sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, MutableMapping, Sequence
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, Undefined, UndefinedError, pass_context
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from monitor.core.mailing.content import OverviewLine, ReminderLine
from monitor.mail.letters.clean import capital, clean, one_line, shell_word, shorten, wrap
from monitor.mail.letters.files import LetterFolder
from monitor.mail.letters.loader import LetterLoader
from monitor.mail.letters.words import Vocabulary

FACTS: Mapping[str, tuple[str, ...]] = {  # fact about a line of a reminder → the fields it comes from
    "rung": ("rung", "planned", "caught_up", "waited"),
    "derivation": ("steps",),
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
OVERVIEW_FACTS = tuple(  # what a line of an overview says apart from which entry it is about
    name for name in OverviewLine.__struct_fields__ if name not in ("entry", "title", "occurrence", "reminder")
)

FORMULA = ("=", "+", "-", "@", "\t")  # what a formula begins with


class ShippedContext(Context):
    """Calls what a template calls, without asking whether it wants a context: nothing that the letters call does."""

    def call(self, called: Callable[..., Any], /, *args: Any, **values: Any) -> Any:
        """Call a macro or a function; blocks and loops hand over variables that only a context would need."""
        values.pop("_block_vars", None)
        values.pop("_loop_vars", None)
        return called(*args, **values)


class ShippedEnvironment(Environment):
    """For the project's own templates, which are trusted: a sandbox would take a third of a mail's time."""

    context_class = ShippedContext

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._templates: dict[str, Template] = {}

    def get_template(
        self, name: str | Template, parent: str | None = None, globals: MutableMapping[str, Any] | None = None
    ) -> Template:
        """A letter asks eighteen times for a part of it: one look, without a weak reference to the loader."""
        if globals or not isinstance(name, str):
            return super().get_template(name, parent, globals)
        found = self._templates.get(name)
        if found is None:
            found = self._templates[name] = super().get_template(name, parent)
        return found

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """One dict; Jinja's ChainMap, for globals that change, takes longer to look up."""
        return {**self.globals, **(d or {})}


def letter_environment(folder: LetterFolder, words: Vocabulary, *, own: bool = False) -> Environment:
    """An environment in which templates can use the words, as filters and as functions. `own`: for a user's templates.

    These run in a sandbox, and nothing of them is computed before rendering: `9 ** (9 ** 9)` would have no line then.
    In the shipped ones a sentence without values is looked up once, when its template is compiled.
    Escaping depends on the part (`words.html`): Jinja's own choice by suffix would miss names such as *.html.j2.
    """
    made = ImmutableSandboxedEnvironment if own else ShippedEnvironment
    environment = made(
        loader=LetterLoader(folder),
        autoescape=words.html,
        undefined=StrictUndefined,
        finalize=pass_context(_finalize_late) if own else _finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        optimized=not own,
        auto_reload=False,  # files do not change for as long as the look at the disk holds
        cache_size=-1,
    )
    environment.filters |= {
        "shorten": shorten,
        "cut": one_line,
        "capital": capital,
        "wrap": wrap,
        "shell": shell_word,
        "shared": shared,
        "alike": alike,
        "without": without,
        "row": lambda cells: table_row(cells, words),
        **words.functions,
    }
    environment.globals |= {"FACTS": tuple(FACTS), **words.functions}
    return environment


def table_row(cells: Iterable[object], words: Vocabulary) -> str:
    """A line of an attached CSV table, with the language's separator. What would be a formula stays text."""
    plain = [clean(str(cell)).replace("\n", " ") for cell in cells]
    separator = words.say("table.separator")
    safe = [f"'{cell}" if cell.startswith(FORMULA) and not number(cell) else cell for cell in plain]
    return separator.join('"' + cell.replace('"', '""') + '"' for cell in safe)


def number(cell: str) -> bool:
    """Whether a cell is a whole number, such as -9."""
    return cell.removeprefix("-").isdecimal()


def shared(lines: Sequence[ReminderLine]) -> tuple[str, ...]:
    """Names of the facts in which several lines agree, so that a letter says them once; none for a single line."""
    if len(lines) < 2:
        return ()
    values = {
        name: {tuple(getattr(line, field) for field in fields) for line in lines} for name, fields in FACTS.items()
    }
    return tuple(name for name, found in values.items() if len(found) == 1)


def alike(
    lines: Sequence[ReminderLine | OverviewLine], names: Sequence[str]
) -> tuple[tuple[ReminderLine | OverviewLine, ...], ...]:
    """Return lines that differ in their entries alone together, so that a letter says their facts once.

    In the order of the first of each. `names`: facts shown of a reminder; of an overview's line everything counts.
    """
    found: dict[tuple[object, ...], list[ReminderLine | OverviewLine]] = {}
    for line in lines:
        reminder = line.reminder if isinstance(line, OverviewLine) else line
        key = tuple(getattr(line, name) for name in OVERVIEW_FACTS) if reminder is not line else ()
        if reminder:
            key += tuple(getattr(reminder, field) for name in names for field in FACTS[name])
            key += (reminder.closes_on,)
        found.setdefault(key, []).append(line)
    return tuple(map(tuple, found.values()))


def without(names: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """The names that are not among the others."""
    return tuple(name for name in names if name not in others)


def _finalize(value: object) -> object:
    """Check every value printed: an empty one is an error, and control characters are made visible."""
    if type(value) is str:
        return value if value.isascii() and value.isprintable() else clean(value)  # mostly there is nothing to clean
    if type(value) is Markup:
        return value
    if value is None:
        raise UndefinedError("a value is printed that is empty here (None)")
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup | Undefined) else value


def _finalize_late(context: Context, value: object) -> object:
    """The same; Jinja computes no value early that is finalized with its context."""
    return _finalize(value)
