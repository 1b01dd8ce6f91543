"""Score the reader on files of passages: `python tests/reading/score.py [--figures] FILE...`.

A span is found when it overlaps the expected one by at least 0.2 (intersection over union, white space left out) and
its date is right: the same string, or the same first and last possible day. `--figures` prints no text of a passage.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from monitor.core.calendar.dates import parse_span
from monitor.core.errors import BadValue
from monitor.core.model.reading import ReadSpan
from monitor.files import Files
from monitor.reading.language.language import load_languages
from monitor.reading.reader import Reader
from monitor.settings.rules.calendars import load_calendars

HERE = Path(__file__).parent
RULES = HERE.parents[1] / "rules"
OPEN = (HERE / "examples.jsonl", HERE / "passages_nl.jsonl", HERE / "passages_en.jsonl")
LETTER_DATE = date(2024, 3, 15)  # of the examples
LEAST_OVERLAP = 0.2
TRAPS = {"personnel", "amount", "name", "not_a_date"}
FREE = {"duration", "recurrence"}  # beside the expected ones they cost nothing unless they are registered


@cache
def reader() -> Reader:
    """The reader with the shipped tables and calendar."""
    calendars = load_calendars([RULES], "nl-tweede-kamer", Files())
    return Reader(languages=load_languages([RULES / "reading"]), calendar=calendars.named(None))


class Score(Struct, kw_only=True):
    """Counts over passages, and the classes of what was missed."""

    right: int = 0  # dated spans found with the right date
    missed: int = 0
    extra: int = 0  # dates on nothing, on a trap, or wrong
    registrable: int = 0
    proposed: int = 0  # registrable and registered with the right date
    wrong_date: int = 0  # registered with a wrong date
    false: int = 0  # registered where nothing must be
    role_right: int = 0
    role_counted: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    lines: list[str] = field(default_factory=list)

    @property
    def f1(self) -> float:
        """F1 over all dated spans."""
        return 2 * self.right / max(1, 2 * self.right + self.missed + self.extra)

    @property
    def share(self) -> float:
        """Share of the registrable spans that was proposed with the right date."""
        return self.proposed / max(1, self.registrable)

    def __str__(self) -> str:
        return (
            f"F1 {self.f1:.3f} ({self.right} right, {self.missed} missed, {self.extra} extra)"
            f" · false reminders {self.false} · proposed with a wrong date {self.wrong_date}"
            f" · proposed {self.share:.3f} of {self.registrable}"
            f" · role {self.role_right}/{self.role_counted}"
        )


def passages(files: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Yield the passages of the files, each span with its range."""
    for file in files:
        for line in file.read_text(encoding="utf-8").splitlines():
            passage = json.loads(line)
            if "file" in passage:
                passage["text"] = (file.parent / passage["file"]).read_text(encoding="utf-8")
            for span in passage["spans"]:
                start = -1
                for _ in range(span.get("nth", 1)):
                    start = passage["text"].index(span["quote"], start + 1)
                span["start"], span["end"] = start, start + len(span["quote"])
            yield passage


def read(passage: dict[str, Any]) -> tuple[ReadSpan, ...]:
    """The spans of one passage."""
    day = passage["letter_date"]
    return reader().read(passage["text"], lang=passage["lang"], letter_date=day and date.fromisoformat(day)).spans


def score(passage: dict[str, Any], total: Score) -> None:
    """Add one passage to the total."""
    text, spans = passage["text"], read(passage)
    left = list(spans)
    for wanted in passage["spans"]:
        best = max(left, key=lambda got: overlap(text, wanted, got), default=None)
        got = best if best and overlap(text, wanted, best) >= LEAST_OVERLAP else None
        if got:
            left.remove(got)
        _count(passage, wanted, got, total)
    for got in left:
        if got.register:
            total.false += 1
        if got.edtf and (got.register or got.role not in FREE):
            total.extra += 1
        if got.register or (got.edtf and got.role not in FREE):
            _note(passage, None, got, total, "extra")


def _count(passage: dict[str, Any], wanted: dict[str, Any], got: ReadSpan | None, total: Score) -> None:
    dated, right = bool(wanted["edtf"]), got is not None and same(wanted["edtf"], got.edtf)
    if got and wanted["role"] not in TRAPS:
        total.role_counted += 1
        total.role_right += got.role == wanted["role"]
    if dated:
        total.right += right
        total.missed += not right
        total.extra += bool(got and got.edtf and not right)
    elif got and got.edtf and got.role not in FREE:
        total.extra += 1
    right = right or (not dated and got is not None and not got.edtf)
    kind = "" if right or (not dated and wanted["role"] in TRAPS | {"undated", "relative"} and not got) else "date"
    if wanted["register"]:
        total.registrable += 1
        proposed = bool(got and got.register and right)
        total.proposed += proposed
        total.wrong_date += bool(got and got.register and not right)
        kind = kind or ("" if proposed else "not proposed")
    elif got and got.register:
        total.false += 1
        kind = "FALSE"
    if kind:
        _note(passage, wanted, got, total, kind)


def _note(passage: dict[str, Any], wanted: Any, got: ReadSpan | None, total: Score, kind: str) -> None:
    role = wanted["role"] if wanted else got and got.role
    total.classes[f"{kind} · {passage.get('family', 'example')} · {role}"] += 1
    want = wanted and (wanted["quote"], wanted["role"], wanted["edtf"], wanted["register"])
    have = got and (got.quote, got.role, got.edtf, got.register, got.why, got.doubts)
    total.lines.append(f"{kind} {passage['id']} [{passage['letter_date']}] {passage['text']!r}\n    {want}\n    {have}")


def overlap(text: str, wanted: dict[str, Any], got: ReadSpan) -> float:
    """Intersection over union of two ranges, white space left out."""

    def size(first: int, last: int) -> int:
        return len("".join(text[first:last].split())) if last > first else 0

    both = size(max(wanted["start"], got.start), min(wanted["end"], got.end))
    return both / max(1, size(wanted["start"], wanted["end"]) + size(got.start, got.end) - both)


def same(wanted: str | None, got: str | None) -> bool:
    """Whether two values are the same string, or have the same first and last possible day."""
    if wanted == got:
        return True
    if not wanted or not got or "FREQ" in f"{wanted}{got}":
        return {wanted, got} == {"P6M", "FREQ=MONTHLY;INTERVAL=6"}
    try:
        return all(_bounds(one) == _bounds(other) for one, other in zip(_sides(wanted), _sides(got), strict=True))
    except (BadValue, ValueError):
        return False


def _sides(value: str) -> list[str]:
    return value.split("/") if ".." not in value.split("/") else [value]


def _bounds(value: str) -> tuple[date | None, date | None]:
    span = parse_span(value)
    return span.earliest, span.latest


def main(arguments: list[str]) -> None:
    """Print the figures of the files named, or of the open ones; and what was missed unless only figures are asked."""
    figures = "--figures" in arguments
    files = [Path(name) for name in arguments if name != "--figures"] or [file for file in OPEN if file.exists()]
    for file in files:
        total = Score()
        for passage in passages([file]):
            score(passage, total)
        if not figures:
            print("\n".join(total.lines))
        print(f"{file.name}: {total}")
        if figures:
            print("\n".join(f"  {count:3d} {name}" for name, count in total.classes.most_common()))


if __name__ == "__main__":
    main(sys.argv[1:])
