"""The questions about a file, each with what to do where no person can be asked: in the drop folder, or with --yes."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from monitor.core.calendar.dates import Span
from monitor.core.errors import Fault
from monitor.core.model.date_names import date_field
from monitor.exchange.local_dates import Local
from monitor.exchange.read_as import FACT, Question

SHOWN = 3  # examples in one question


def dated_column(file: str, name: str, line: int, place: str, example: str, there: Collection[str]) -> Question:
    """A column, or a key of entries, that holds dates or is called like one, and is no field. `there`: fields it cannot be."""
    meant = date_field(name) or ""
    if example and meant == "duration":  # looptijd: 31-12-2026
        meant = "valid_until"
    proposed = "" if meant in there else meant
    named = " has the name of a duration" if meant == "duration" else " has the name of a date"
    holds = f" holds dates ({example})" if example else named
    field = proposed or "FIELD"
    means = f" It probably is {meant}{', which is there too' if not proposed else ''}." if meant else ""
    return Question(
        about="column", name=name, proposed=proposed,
        ask=f"{name}{holds}, and is no field.{means} Which field is it ({FACT}: none, it is kept and drives nothing)?",
        fault=Fault(
            file=file, line=line or None, key=place,
            what=f"{name}{holds}, and is no field: nothing would become due by it.{means}",
            accepted=f"the name of the field, or --map {_quoted(name)}={field}; --map {_quoted(name)}={FACT} keeps it as a fact",
        ),
    )  # fmt: skip


def day_first(file: str, seen: Sequence[tuple[str, int, Local]]) -> Question:
    """Dates with the day first, as understood. `seen`: column, line, date; first those that could mean another day."""
    said = "; ".join(f"{local.text} in row {line} of {place} is {local.iso}" for place, line, local in seen[:SHOWN])
    unsure = [local for _, _, local in seen if not local.sure]
    doubt = f" In {unsure[0].text} the month could come first as well." if unsure else ""
    first = seen[0]
    what = f"Dates are written day first or in words: {said}.{doubt}"
    return Question(
        about="dates", ask=f"{what} Is that right for the whole file?",
        fault=Fault(file=file, line=first[1], key=first[0], what=what,
                    accepted="days as 2021-03-31, or --dates day-first"),
    )  # fmt: skip


def far_years(file: str, seen: Sequence[tuple[str, str, Span, int | None]], count: int, years: int) -> Question:
    """Days so far from today that they may be slips. `seen`: entry, field, date, line; `count`: how many there are."""
    said = ", ".join(f"{name} {span.written} of {id}" for id, name, span, _ in seen[:SHOWN])
    more = f" and {count - SHOWN} more" if count > SHOWN else ""
    id, name, _, line = seen[0]
    what = f"{said}{more}: more than {years} years from today."
    return Question(
        about="years", ask=f"{what} Is that meant?",
        fault=Fault(file=file, line=line, key=f"{id} {name}", what=what,
                    accepted="a day nearer by, --any-year, or a larger [limits] plausible_years"),
    )  # fmt: skip


def _quoted(name: str) -> str:
    return f"'{name}'" if any(not (char.isalnum() or char in "_-") for char in name) else name
