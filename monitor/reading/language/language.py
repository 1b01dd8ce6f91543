"""A language as data: rules/reading/CODE.toml, read and compiled. A third language is one more file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from monitor.core.errors import Fault, Faults
from monitor.core.sentences import Sentence
from monitor.reading.language.phrases import Grouping, PhraseRow, Phrases
from monitor.reading.language.table_faults import BadPattern, table_fault

Sense = Literal[
    "until", "until_excluded", "before", "by", "minimum", "not_before", "not_after", "after", "from", "per", "at", "of",
    "since", "about", "within", "range", "for", "earlier", "planned",
]  # fmt: skip
Fact = Literal[
    "end", "start", "document", "superseded", "denied", "possible", "reported", "other_actor", "own", "horizon",
    "condition", "duty", "past", "future", "negated", "proviso", "public", "mismatch",
    "at_least", "runs", "proposed", "hearsay", "upheld", "ceases", "ban", "asserted", "content", "decided",
    "unrelated", "state", "impersonal", "known", "wording",
]  # fmt: skip
Scope = Literal[
    "clause",  # in the same clause
    "sentence",
    "before",  # before the date in its sentence, without a word of contrast between them
    "next",  # directly after the date
    "around",  # from before the date to after it
    "label",  # directly before the date: "expiry date: 1 July"
    "heading",  # in the heading of the date's column
    "after",  # after the date and before the next, also in the next sentence
]
Kind = Literal[
    "day", "weekday", "part", "month", "quarter", "half", "season", "year", "this", "letter", "event", "duration",
    "recess", "recurrence", "undated", "open_ended", "name", "interval",
]  # fmt: skip


FIRST = r"(?=[\w<≤])"  # what a row can begin with; rules out most places before its alternatives are tried
AGAIN = "__"  # before the number of a group whose name a pattern uses again
_SPELLED = re.compile(r"\(\?P<scale(?:_\d)?>(?!\{any_scale\}\))")  # a group with words of its own
_PLACEHOLDER = re.compile(r"\{([a-z_]+\d?)\}")


class ExpressionRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to write a date. `pattern` is a regular expression with {placeholders} for the words of the language."""

    id: str
    kind: Kind
    pattern: str
    example: str
    reading: str
    value: str = ""  # a template for kinds with a fixed value: an RFC 5545 rule, a shift (-1, 0, 1) and a unit
    bare: bool = True  # counts without a connector before it


class ConnectorRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words directly before a date, and the sense that they give it."""

    id: str
    sense: Sense
    pattern: str
    example: str
    reading: str
    years: Sense | None = None  # the sense before a bare year: "voor 2025" is for that year


class CueRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Words in the date's clause (or sentence) that state a fact about it."""

    id: str
    fact: Fact
    pattern: str
    example: str
    reading: str
    scope: Scope = "clause"
    subject: bool = False  # nouns that say who acts: not behind a preposition (`oblique`)


class ReferenceRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to cite a document: groups `dossier`, `number`; its numbers and years are no dates."""

    id: str
    pattern: str
    example: str
    reading: str


class AmountRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A sum of money: group `value`, perhaps `scale`."""

    id: str
    currency: str
    pattern: str
    example: str
    reading: str


class Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One language file."""

    title: str
    recognise: list[str]  # frequent words by which a letter's language is recognised
    abbreviations: list[str]  # their full stop ends no sentence; without it
    decimal: Literal[",", "."]
    months: dict[str, int]
    weekdays: dict[str, str]  # word → RFC 5545 code
    numbers: dict[str, float]
    ordinals: dict[str, int]
    units: dict[str, str]  # word → d, w, m, y, q (quarter), h (half-year)
    seasons: dict[str, int]  # word → ISO 8601-2 code
    parts: dict[str, str]  # word → begin, mid, end, first, last
    recesses: dict[str, str]  # word → the recess's name in the calendar, without its year
    shifts: dict[str, int]  # last −1, this 0, next 1
    scales: dict[str, int] = {}  # word behind a sum → what it is multiplied by: {any_scale}
    lists: dict[str, list[str]] = {}  # words that several patterns share: {any_NAME}
    letter_date: list[str]  # patterns with {day} {month} {year} by which a letter says its own date
    clause: str  # a pattern of what separates clauses
    contrast: str  # a pattern of words after which what was said before no longer counts
    range: str  # a pattern of what may join two dates to a period, the last day included
    range_excluded: str = ""  # … the last day not included
    to_includes: bool = False  # "from 1 April to 31 March" includes the last day, unless both days have one number
    aside: str  # a pattern of words that keep a "not" or "may" beside them from a date on their other side
    listed: str = r"(?!)"  # a pattern of what joins dates of one list: "in May or June 2025"
    condition_end: str = r"(?!)"  # a pattern of what ends the clause of a condition
    oblique: str = r"(?!)"  # a pattern of words after which a noun does not say who acts: "in Norway"
    moved: str = r"(?!)"  # a pattern of words by which two dates are an old and a new one, not a period
    between: str = ""  # … joins the two days of a "between"
    duration: str  # a pattern of what may join a start and its duration
    duration_start: str  # … and a duration and its start
    per_year: str  # by which an amount is one of each year
    expression: list[ExpressionRow]
    connector: list[ConnectorRow]
    cue: list[CueRow]
    reference: list[ReferenceRow]
    amount: list[AmountRow]
    grouping: Grouping = Grouping()
    phrase: list[PhraseRow] = []


class Language(Struct, frozen=True, kw_only=True):
    """A table with its patterns compiled."""

    code: str
    table: Table
    expressions: tuple[tuple[ExpressionRow, re.Pattern[str]], ...]
    connectors: re.Pattern[str]
    cues: tuple[tuple[CueRow, re.Pattern[str]], ...]
    references: tuple[tuple[ReferenceRow, re.Pattern[str]], ...]
    amounts: tuple[tuple[AmountRow, re.Pattern[str]], ...]
    letter_dates: tuple[re.Pattern[str], ...]
    phrases: Phrases
    abbreviations: frozenset[str]
    oblique: re.Pattern[str]
    joints: Mapping[str, re.Pattern[str]]  # range, range_excluded, between, duration, duration_start, clause, per_year

    def connector(self, name: str) -> ConnectorRow:
        """Return the row of a group of `connectors`."""
        return self.table.connector[int(name[1:])]


def load_languages(folders: Iterable[Path]) -> dict[str, Language]:
    """Return all languages by code, the first folder that has a file winning. Raises Faults, all at once."""
    found: dict[str, Language | None] = {}
    faults: list[Fault] = []
    for folder in folders:
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else ():
            if path.stem in found:
                continue
            found[path.stem], content = None, path.read_bytes()
            try:
                found[path.stem] = read_language(path.stem, content)
            except (msgspec.DecodeError, UnicodeDecodeError, BadPattern) as cause:
                faults.append(table_fault(str(path), content, cause))
    if faults:
        raise Faults(faults)
    return {code: language for code, language in found.items() if language}


def read_language(code: str, content: bytes) -> Language:
    """Return the language of one file. Raises msgspec.DecodeError, UnicodeDecodeError or BadPattern."""
    table = msgspec.toml.decode(content.decode("utf-8").removeprefix("\ufeff"), type=Table)
    words = _placeholders(table)

    def compiled(pattern: str, *where: str | int) -> re.Pattern[str]:
        """Return a pattern of the key at that place of the file. Raises BadPattern."""
        used: Counter[str] = Counter()

        def group(found: re.Match[str]) -> str:
            """Return a group for a word; where it is there already, in another branch, one that is numbered."""
            name = found[1]
            if name.startswith("any_"):
                return words[name.removeprefix("any_")]
            used[name] += 1
            suffix = f"{AGAIN}{used[name]}" if used[name] > 1 else ""
            return f"(?P<{name}{suffix}>{words[name.rstrip('2')]})"

        try:
            return re.compile(_PLACEHOLDER.sub(group, pattern), re.IGNORECASE)
        except (re.error, KeyError, IndexError, ValueError, OverflowError, RecursionError) as cause:
            raise BadPattern(where, cause, ", ".join(words)) from cause

    def rows(kind: str, patterns: Iterable[str], first: str = FIRST) -> Iterator[re.Pattern[str]]:
        for number, pattern in enumerate(patterns):
            yield compiled(rf"(?<!\w){first}(?:{pattern})(?!\w)", kind, number, "pattern")

    for number, row in enumerate(table.connector):
        compiled(row.pattern, "connector", number, "pattern")
    for number, amount in enumerate(table.amount):
        if _SPELLED.search(amount.pattern) or ("scale}" in amount.pattern and not table.scales):
            said = Sentence("What multiplies a sum must be a word of [scales].")
            raise BadPattern(("amount", number, "pattern"), said, "(?P<scale>{any_scale})")
    connectors = "|".join(f"(?P<c{number}>{row.pattern})" for number, row in enumerate(table.connector))
    names = (
        "range",
        "range_excluded",
        "between",
        "listed",
        "moved",
        "condition_end",
        "duration",
        "duration_start",
        "clause",
        "contrast",
        "aside",
        "per_year",
    )
    return Language(
        code=code,
        table=table,
        expressions=tuple(
            (row, compiled(_expression(row), "expression", number, "pattern"))
            for number, row in enumerate(table.expression)
        ),
        connectors=re.compile(rf"(?<![\w-])(?:{connectors})[ ]?\Z", re.IGNORECASE),
        cues=tuple(zip(table.cue, rows("cue", (row.pattern for row in table.cue)), strict=True)),
        references=tuple(
            zip(table.reference, rows("reference", (r.pattern for r in table.reference), r"(?=[\w(])"), strict=True)
        ),
        amounts=tuple(
            (row, compiled(row.pattern, "amount", number, "pattern")) for number, row in enumerate(table.amount)
        ),
        phrases=Phrases(table.phrase, table.grouping, compiled),
        letter_dates=tuple(compiled(pattern, "letter_date", n) for n, pattern in enumerate(table.letter_date)),
        abbreviations=frozenset(word.casefold() for word in table.abbreviations),
        joints={name: compiled(getattr(table, name) or r"(?!)", name) for name in names},
        oblique=compiled(rf"(?<![\w-])(?:{table.oblique}) \Z", "oblique"),
    )


def _expression(row: ExpressionRow) -> str:
    return rf"(?<![\w/.,-]){FIRST}(?:{row.pattern})(?![\w]|[-/]\d)" if row.kind != "day" else _loose(row.pattern)


def _loose(pattern: str) -> str:
    """Return a day's pattern: a footnote mark of one or two digits may stick to its year."""
    return rf"(?<![\w/.,-]){FIRST}(?:{pattern})(?!\d{{3}}|[^\W\d]|[-/]\d|-[^\W\d])"


def _placeholders(table: Table) -> dict[str, str]:
    """Return the pattern of each placeholder's words."""
    numbers = rf"(?:\d{{1,3}}(?:[.,]5)?|{_any(table.numbers)})(?: ?\(\d{{1,3}}\))?"  # "thirty (30) days"
    year = r"(?:(?:19|20)\d\d|[\x27’][0-4]\d(?!\d))"  # 2024, ’24
    plain = {
        "day": r"(?:[12]\d|3[01]|0?[1-9])(?:ste|de|e|st|nd|rd|th)?(?!\d)",
        "month": _months(table.months),
        "monthnumber": r"(?:1[0-2]|0?[1-9])",
        "year": year,
        "weekday": _any(table.weekdays),
        "number": numbers,
        "nth": _any(table.ordinals),
        "unit": _any(table.units),
        "season": _any(table.seasons),
        "part": _any(table.parts),
        "recess": _any(table.recesses),
        "shift": _any(table.shifts),
        "scale": _any(table.scales),
    }
    return {name: f"(?:{word})" for name, word in {**plain, **{n: _any(w) for n, w in table.lists.items()}}.items()}


def _months(months: dict[str, int]) -> str:
    """Return a pattern for the months; one that is short for another of the same number may have a full stop."""
    short = {word for word, number in months.items() if any(months[w] == number and len(w) > len(word) for w in months)}
    return rf"(?:{_any(set(months) - short)}|{_any(short)}\.?)" if short else _any(months)


def _any(words: Iterable[str]) -> str:
    """Return a pattern for these words, the longest first; a word that begins with a capital is written with one."""
    ordered = sorted(words, key=lambda word: (-len(word), word))
    parts = (re.escape(w).replace(r"\ ", " ") for w in ordered)
    return "(?:" + "|".join(f"(?-i:{part[0]}){part[1:]}" if part[0].isupper() else part for part in parts) + ")"
