"""Types of arguments and options that several commands share."""

from __future__ import annotations

import getpass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click

from monitor.core.dates import Span, parse_day, parse_span
from monitor.core.errors import BadValue


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


DAY, SPAN = _Day(), _Span()
JSON = click.option("--json", "as_json", is_flag=True, help="For programs: JSON.")
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask.")
ACTOR = click.option("--actor", help="Who does this; default: the account's name.")


def config_of(ctx: click.Context) -> Path | None:
    """The configuration file named on the command line, if any."""
    found = ctx.find_root().obj
    assert found is None or isinstance(found, Path)
    return found


def now() -> datetime:
    """The clock, read once per command."""
    return datetime.now(UTC)


def account() -> str:
    """The name of the account that runs the command."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
