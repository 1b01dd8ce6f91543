"""The fields of an entry as options of a command, and the list of fields that its help ends with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import click

from monitor.cli.language import _
from monitor.cli.options import DURATION, FIELDS, SPAN, TABLES, TypedDate, with_options
from monitor.core.calendar.dates import Span
from monitor.core.model.fields import BEFORE_RECESS, FACTS, MEANINGS


class TypedDue(TypedDate):
    """A date as people type it, or "before recess NAME"."""

    def read(self, written: str, name: str) -> Any:
        """Return the date, or the text that names a recess. Raises BadValue."""
        return written if written.casefold().startswith(BEFORE_RECESS) else super().read(written, name)


SEVERAL: dict[str, Any] = {"multiple": True}
SHOWN: Mapping[str, tuple[str, dict[str, Any]]] = {  # field → its option, and how that is read
    "valid_from": ("--valid-from", {"type": SPAN}),
    "valid_until": ("--valid-until", {"type": SPAN}),
    "duration": ("--duration", {"type": DURATION}),
    "renews": ("--renews", {"type": DURATION}),
    "notice_period": ("--notice-period", {"type": DURATION}),
    "procedure": ("--procedure", {}),
    "owner": ("--owner", {"metavar": "PERSON_OR_ROLE"}),
    "condition": ("--condition", {}),
    "depends_on": ("--depends-on", {"metavar": "ENTRY", **SEVERAL}),
    "part_of": ("--part-of", {"metavar": "ENTRY"}),
    "received_on": ("--received-on", {"type": SPAN}),
    "planned_start": ("--planned-start", {"type": SPAN}),
    "due_on": ("--due-on", {"type": TypedDue()}),
    "not_before": ("--not-before", {"type": SPAN}),
    "minimum_until": ("--minimum-until", {"type": SPAN}),
    "size": ("--size", {}),
    "tags": ("--tag", {"metavar": "WORD", **SEVERAL}),
    "sensitive": ("--sensitive", {"is_flag": True, "default": None}),
    "muted": ("--muted", {"metavar": "REASON"}),
}
REPEATED = "{meaning} May be repeated."
FIELD_LIST = (
    "Dates may be imprecise, as 2021-03 (a month), 2021-33 (a quarter) or 2021-12-31~.",
    "Fields that FIELD=VALUE names, or FIELD alone, which is asked for: {fields}.",
    "Those with names of their own: holders.ROLE=PERSON, lead_times.RULE=-20w.",
    "Several values have commas between them.",
    "Any other name is kept as a fact that drives nothing, such as {facts}.",
)


class FieldsCommand(click.Command):
    """A command that takes FIELD=VALUE. Its help ends with the fields."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write which fields there are."""
        with formatter.section(_("Fields")):
            for sentence in FIELD_LIST:
                names = [name for name in MEANINGS if name != "id" and name not in TABLES]
                formatter.write_text(_(sentence, fields=", ".join(names), facts=", ".join(FACTS[:8])))


def _option(field: str) -> Callable[[Any], Any]:
    flag, how = SHOWN[field]
    meaning = MEANINGS[field]
    return click.option(flag, field, help=REPEATED.format(meaning=meaning) if "multiple" in how else meaning, **how)


ENTRY_FIELDS = with_options(*map(_option, SHOWN), FIELDS)


def as_written(named: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields given by options, as a register file has them, with those given by --set after them."""
    given = {name: list(value) if isinstance(value, tuple) else value for name, value in named.items()}
    written = {name: value.written if isinstance(value, Span) else value for name, value in given.items()}
    return {**{name: value for name, value in written.items() if value not in (None, [], "")}, **fields}
