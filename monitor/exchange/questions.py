"""Where a file can be read in two ways: the questions to a person, each with a fault where none can be asked."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Sequence
from itertools import islice

from monitor.core.calendar.dates import Span
from monitor.core.calendar.local_dates import LocalDate
from monitor.core.errors import Fault
from monitor.core.model.date_names import date_field
from monitor.core.model.fields import DURATIONS
from monitor.core.model.file_options import FACT, Question
from monitor.core.sentences import Sentence, joined
from monitor.exchange.columns import COLUMNS

EXAMPLES = 3  # in one question
DATE_FIELDS = tuple(column.name for column in COLUMNS if column.form == "date" or column.name in DURATIONS)


def dated_column(file: str, name: str, line: int, place: str, example: str, there: Collection[str]) -> Question:
    """Ask about a column, or a key of entries, that holds dates or is named like one and is no field.

    `there`: the fields that it cannot be, because the file has them already.
    """
    meant = date_field(name) or ""
    if example and meant == "duration":  # looptijd: 31-12-2026
        meant = "valid_until"
    proposed = "" if meant in there else meant
    named = " has the name of a duration" if meant in DURATIONS else " has the name of a date"
    holds = Sentence(" holds dates ({example})", example=example) if example else Sentence(named)
    probably = " It probably is {field}." if proposed else " It probably is {field}, which is there too."
    means = Sentence(probably, field=meant) if meant else ""
    option = f"--map '{name}'" if any(not (char.isalnum() or char in "_-") for char in name) else f"--map {name}"
    what = Sentence(
        "{name}{holds}, and is no field: nothing would become due by it.{means}", name=name, holds=holds, means=means
    )
    accepted = Sentence(
        "the name of the field, or {option}={field}; {option}={fact} keeps it as a fact",
        option=option, field=proposed or "FIELD", fact=FACT,
    )  # fmt: skip
    fault = Fault(file=file, line=line or None, key=place, what=what, accepted=accepted)
    choices = (*DATE_FIELDS, FACT)
    which = "{name}{holds}, and is no field.{means} Which field is it ({fact}: none, it is kept and drives nothing)?"
    ask = Sentence(which, name=name, holds=holds, means=means, fact=FACT)
    return Question(about="column", name=name, proposed=proposed, ask=ask, fault=fault, choices=choices)


def needed_column(file: str, name: str, line: int, field: str, absent: Sequence[str]) -> Question:
    """Ask whether a column is the id, title or kind, of which the table has none."""
    what = Sentence("There is no column {field}. {name} probably is that.", field=field, name=name)
    accepted = Sentence("a column {field}, or {option}", field=field, option=f"--map {shlex.quote(name)}={field}")
    ask = Sentence("{what} Which field is {name} ({fact}: none)?", what=what, name=name, fact=FACT)
    fault = Fault(file=file, line=line, what=what, accepted=accepted)
    return Question(about="column", name=name, proposed=field, ask=ask, fault=fault, choices=(*absent, FACT))


def kind_of_all(file: str, line: int, kinds: Sequence[str]) -> Question:
    """Ask what the entries of a table without a column kind are."""
    what = Sentence("There is no column kind.")
    accepted = Sentence("a column kind, or --kind with one of {kinds}", kinds=", ".join(kinds))
    ask = Sentence("There is no column kind. What are the entries?")
    fault = Fault(file=file, line=line, what=what, accepted=accepted)
    return Question(about="kind", ask=ask, fault=fault, choices=tuple(kinds))


def day_first(file: str, seen: Sequence[tuple[str, int, LocalDate]]) -> Question:
    """Ask whether dates are written day first. `seen`: column, line and date; first those that could be another day."""
    unsure = next((local for _, _, local in seen if not local.sure), None)
    doubt = Sentence(" In {date} the month could come first as well.", date=unsure.text) if unsure else ""
    what = Sentence("Dates are written day first or in words: {said}.{doubt}", said=examples(seen), doubt=doubt)
    place, line, _ = seen[0]
    accepted = "days as 2021-03-31, or --dates day-first"
    fault = Fault(file=file, line=line, key=place, what=what, accepted=accepted)
    return Question(about="dates", ask=Sentence("{what} Is that right for the whole file?", what=what), fault=fault)


def examples(seen: Sequence[tuple[str, int, LocalDate]]) -> Sentence:
    """Return what the first of these dates were read as. `seen`: column, line and date."""
    what = "{date} in row {line} of {column} is {day}"
    found = (Sentence(what, date=one.text, line=line, column=column, day=one.iso) for column, line, one in seen)
    return joined(islice(found, EXAMPLES), "; ")


def far_years(file: str, seen: Sequence[tuple[str, str, Span, int | None]], years: int) -> Question:
    """Ask about days more than `years` from today, which may be slips. `seen`: entry, field, date and line of each."""
    dates = (Sentence("{field} {date} of {id}", field=name, date=span.written, id=id) for id, name, span, _ in seen)
    said = joined(islice(dates, EXAMPLES), ", ")
    more = Sentence(" and {count} more", count=len(seen) - EXAMPLES) if len(seen) > EXAMPLES else ""
    what = Sentence("{said}{more}: more than {years} years from today.", said=said, more=more, years=years)
    id, name, _, line = seen[0]
    accepted = "a day nearer by, --any-year, or a larger [limits] plausible_years"
    fault = Fault(file=file, line=line, key=f"{id} {name}", what=what, accepted=accepted)
    return Question(about="years", ask=Sentence("{what} Is that meant?", what=what), fault=fault)
