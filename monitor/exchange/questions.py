"""Where a file can be read in two ways: the questions to a person, each with a fault where none can be asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from monitor.core.calendar.dates import Span
from monitor.core.calendar.local_dates import LocalDate
from monitor.core.errors import Fault
from monitor.core.model.date_names import date_field
from monitor.core.model.file_options import FACT, Question
from monitor.exchange.columns import COLUMNS

EXAMPLES = 3  # in one question
DATE_FIELDS = tuple(column.name for column in COLUMNS if column.form == "date" or column.name == "duration")


def dated_column(file: str, name: str, line: int, place: str, example: str, there: Collection[str]) -> Question:
    """Ask about a column, or a key of entries, that holds dates or is named like one and is no field.

    `there`: the fields that it cannot be, because the file has them already.
    """
    meant = date_field(name) or ""
    if example and meant == "duration":  # looptijd: 31-12-2026
        meant = "valid_until"
    proposed = "" if meant in there else meant
    named = " has the name of a duration" if meant == "duration" else " has the name of a date"
    holds = f" holds dates ({example})" if example else named
    means = f" It probably is {meant}{', which is there too' if not proposed else ''}." if meant else ""
    option = f"--map '{name}'" if any(not (char.isalnum() or char in "_-") for char in name) else f"--map {name}"
    what = f"{name}{holds}, and is no field: nothing would become due by it.{means}"
    accepted = f"the name of the field, or {option}={proposed or 'FIELD'}; {option}={FACT} keeps it as a fact"
    ask = f"{name}{holds}, and is no field.{means} Which field is it ({FACT}: none, it is kept and drives nothing)?"
    fault = Fault(file=file, line=line or None, key=place, what=what, accepted=accepted)
    choices = (*DATE_FIELDS, FACT)
    return Question(about="column", name=name, proposed=proposed, ask=ask, fault=fault, choices=choices)


def day_first(file: str, seen: Sequence[tuple[str, int, LocalDate]]) -> Question:
    """Ask whether dates are written day first. `seen`: column, line and date; first those that could be another day."""
    said = "; ".join(f"{local.text} in row {line} of {place} is {local.iso}" for place, line, local in seen[:EXAMPLES])
    unsure = next((local for _, _, local in seen if not local.sure), None)
    doubt = f" In {unsure.text} the month could come first as well." if unsure else ""
    what = f"Dates are written day first or in words: {said}.{doubt}"
    place, line, _ = seen[0]
    accepted = "days as 2021-03-31, or --dates day-first"
    fault = Fault(file=file, line=line, key=place, what=what, accepted=accepted)
    return Question(about="dates", ask=f"{what} Is that right for the whole file?", fault=fault)


def far_years(file: str, seen: Sequence[tuple[str, str, Span, int | None]], years: int) -> Question:
    """Ask about days more than `years` from today, which may be slips. `seen`: entry, field, date and line of each."""
    said = ", ".join(f"{name} {span.written} of {id}" for id, name, span, _ in seen[:EXAMPLES])
    more = f" and {len(seen) - EXAMPLES} more" if len(seen) > EXAMPLES else ""
    what = f"{said}{more}: more than {years} years from today."
    id, name, _, line = seen[0]
    accepted = "a day nearer by, --any-year, or a larger [limits] plausible_years"
    fault = Fault(file=file, line=line, key=f"{id} {name}", what=what, accepted=accepted)
    return Question(about="years", ask=f"{what} Is that meant?", fault=fault)
