"""Types of arguments and options that several commands share."""

from __future__ import annotations

import getpass
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import click

from monitor.clock import now as now  # taken from here by the commands
from monitor.core.calendar.dates import Span, parse_day, parse_duration, parse_span
from monitor.core.errors import BadValue
from monitor.core.model.fields import read_field


class _Day(click.ParamType[date]):
    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """YYYY-MM-DD."""
        if isinstance(value, date):
            return value
        try:
            return parse_day(value)
        except BadValue as fault:
            self.fail(str(fault), param, ctx)


class _Span(click.ParamType[Span]):
    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Span:
        """A day or an imprecise date in ISO 8601-2."""
        if isinstance(value, Span):
            return value
        try:
            return parse_span(value)
        except BadValue as fault:
            self.fail(str(fault), param, ctx)


class _Duration(click.ParamType[str]):
    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """ISO 8601, as P1Y or P6M."""
        try:
            parse_duration(value)
        except BadValue as fault:
            self.fail(str(fault), param, ctx)
        return str(value)


class _Setting(click.ParamType[tuple[str, Any]]):
    name = "FIELD=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Any]:
        """A field of an entry with its value as written; lists are written with commas, nothing empties the field."""
        if isinstance(value, tuple):
            return value
        name, sign, written = (part.strip() for part in value.partition("="))
        if not sign or not name:
            self.fail(f"{value!r} is not FIELD=VALUE.", param, ctx)
        table, dot, key = name.partition(".")
        if dot and table not in TABLES:
            self.fail(f"{name}: only {' and '.join(TABLES)} have names behind a dot.", param, ctx)
        if table in LISTS and any(mark in written for mark in (";", "|")):
            self.fail(f"{name}: several are written with commas between them.", param, ctx)
        given: Any = (
            [part.strip() for part in written.split(",") if part.strip()] if table in LISTS else written or None
        )
        given = {key: given} if dot else given
        try:
            read_field(table, given)
        except BadValue as fault:
            self.fail(f"{name}: {fault}", param, ctx)
        return table, given


def fields_of(settings: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """All settings of a command together; those of one table are one field."""
    found: dict[str, Any] = {}
    for name, value in settings:
        found[name] = {**found.get(name, {}), **value} if isinstance(value, dict) else value
    return found


LISTS = ("depends_on", "tags", "holders")  # fields of several values, written with commas
TABLES = ("holders", "lead_times")  # fields with names of their own: holders.ROLE=PERSON, lead_times.RULE=-20w
DAY, SPAN, DURATION, SETTING = _Day(), _Span(), _Duration(), _Setting()
LIMIT = click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(min=1), help="At most so many, newest first."
)
JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
KNOWN = click.option(
    "--known", type=DAY, metavar="DAY", help="As it was known at the slot of this day; default: as known now."
)
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
ACTOR = click.option("--actor", help="Who does this; default: the account's name.")


TRIED_RULES = click.option(
    "--rules", type=click.Path(path_type=Path), help="A folder of rules that come before the others."
)
TRIED_CALENDAR = click.option(
    "--calendar", type=click.Path(path_type=Path), help="A calendar file in place of the one of the same name."
)


def span_in_order(first: date | None, last: date | None) -> None:
    """Refuse a span that ends before it begins, as the command line says it. Raises BadParameter."""
    if first and last and last < first:
        raise click.BadParameter(f"{last} is before {first}.", param_hint="--to")


def config_of(ctx: click.Context) -> Path | None:
    """The configuration file named on the command line, if any."""
    found = ctx.find_root().obj
    assert found is None or isinstance(found, Path)
    return found


def account() -> str:
    """The name of the account that runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
