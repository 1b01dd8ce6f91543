"""Types of arguments, options that several commands share, and what every command opens: configuration, database."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import click

from monitor.cli.language import _, listed, told
from monitor.cli.output import shown
from monitor.cli.terminal import long_span, must_confirm
from monitor.core.calendar.dates import Span, duration_of
from monitor.core.calendar.typed_dates import Typed, is_plain, read_typed, read_typed_day
from monitor.core.errors import BadValue, MonitorError
from monitor.core.model.fields import BEFORE_RECESS, DATES, MEANINGS, READERS, read_field
from monitor.core.sentences import Sentence

if TYPE_CHECKING:
    from monitor.app import App, Config
    from monitor.core.calendar.calendars import Calendar

LISTS = ("depends_on", "tags", "holders")  # fields of several values, written with commas
TABLES = ("holders", "lead_times")  # fields with names of their own: holders.ROLE=PERSON, lead_times.RULE=-20w
LONGEST_NAME = 200  # characters
CONFIG, ANNOUNCED = "monitor.config", "monitor.announced"  # in the meta of a command's context
T = TypeVar("T")


class Parsed(click.ParamType[T], Generic[T]):
    """A text that `parse` reads. Its MonitorError is an error of usage; a value that is no text was read before."""

    def __init__(self, name: str, parse: Callable[[str], T]) -> None:
        self.name, self.parse = name, parse

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> T:
        """Return the value that the text means."""
        try:
            return self.parse(value) if isinstance(value, str) else value
        except MonitorError as fault:
            self.fail(told(fault), param, ctx)


class TypedDate(click.ParamType[Span]):
    """A date as people type it. What was understood is printed; where it can mean several days, a person is asked."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the date that the text means; a value that is no text was read before."""
        if not isinstance(value, str) or (ctx and ctx.resilient_parsing):
            return value
        try:
            return self.read(value, param.opts[0] if param else "")
        except BadValue as fault:
            self.fail(told(fault), param, ctx)

    def read(self, written: str, name: str) -> Any:
        """Return the date; `name` is what it is typed for. Raises BadValue."""
        return understood(written, name, read_typed(written, today))


class TypedDay(TypedDate):
    """One day as people type it."""

    name = "day"

    def read(self, written: str, name: str) -> date:
        """Return the day. Raises BadValue."""
        day = understood(written, name, read_typed_day(written, today)).earliest
        assert day is not None
        return day


def understood(written: str, name: str, found: Typed) -> Span:
    """Return the date that is meant, printed on standard error unless it was typed as it is kept.

    Raises BadValue where it can be several and there is no terminal to ask.
    """
    if is_plain(written):
        return found.spans[0]
    meant = found.one or _asked(written, found)
    said = _("{typed} is {date}.", typed=written, date=long_span(meant))
    print(f"{name and f'{name}: '}{said}", file=sys.stderr)
    return meant


def _asked(written: str, found: Typed) -> Span:
    said = [long_span(span) for span in found.spans]
    if not sys.stdin.isatty() or not shown():
        kept = listed((span.written for span in found.spans), _("or"))
        if said[1:]:
            raise BadValue("{typed!r} can be {days}.", kept, typed=written, days=listed(said, _("or")))
        raise BadValue("{typed!r} can only be {day}, with the month first.", kept, typed=written, day=said[0])
    if not said[1:]:
        must_confirm(_("{typed} can only be {day}. Is that meant?", typed=written, day=said[0]))
        return found.spans[0]
    click.echo(_("{typed} can be:", typed=written), err=True)
    for number, one in enumerate(said, 1):
        click.echo(f"  {number}  {one}", err=True)
    return found.spans[click.prompt(_("Which is meant"), type=click.IntRange(1, len(said)), err=True) - 1]


def today() -> tuple[date, Calendar]:
    """Return today in the register's zone and its calendar, by which +10bd counts. Raises Faults."""
    from monitor.app import build_policy, clock_of
    from monitor.core.model.slots import local_day

    config = _read()
    policy = build_policy(config)
    return local_day(policy, clock_of(config)()), policy.calendar()


def _duration(written: str) -> str:
    return duration_of(written)


def _setting(given: str) -> tuple[str, Any]:
    """Return a field of an entry with its value as written; lists have commas, nothing empties the field."""
    name, sign, written = (part.strip() for part in given.partition("="))
    if not sign and name.partition(".")[0] in READERS and sys.stdin.isatty():
        sign, written = "=", click.prompt(name, err=True).strip()
    if not sign or not name:
        fields = Sentence("a field, = and its value. Fields are {fields}", fields=", ".join(MEANINGS))
        raise BadValue("{given!r} is not FIELD=VALUE.", fields, given=given)
    table, dot, key = name.partition(".")
    if dot and table not in TABLES:
        raise BadValue("{name}: only {tables} have names behind a dot.", name=name, tables=listed(TABLES, _("and")))
    if table in LISTS and any(mark in written for mark in (";", "|")):
        raise BadValue("{name}: several are written with commas between them.", name=name)
    try:
        if table in DATES and written and not written.casefold().startswith(BEFORE_RECESS):
            written = understood(written, table, read_typed(written, today)).written
        value: Any = split_list(written) if table in LISTS else written or None
        value = {key: value} if dot else value
        read_field(table, value)
    except BadValue as fault:
        raise BadValue("{name}: {fault}", name=name, fault=fault.sentence) from fault
    return table, value


def split_list(written: str) -> list[str]:
    """Return values that are written with commas between them."""
    return [part.strip() for part in written.split(",") if part.strip()]


def _fields(ctx: click.Context, param: click.Parameter, settings: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return all settings of a command together; those of one table are one field."""
    found: dict[str, Any] = {}
    for name, value in settings:
        found[name] = {**found.get(name, {}), **value} if isinstance(value, dict) else value
    return found


def with_options(*options: Callable[[Callable[..., Any]], Callable[..., Any]]) -> Callable[[Any], Any]:
    """Return a decorator that gives a command these arguments and options, in this order."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


DAY, SPAN = TypedDay(), TypedDate()
DURATION, SETTING = Parsed("duration", _duration), Parsed("FIELD=VALUE", _setting)
FILE = click.Path(path_type=Path)
LIMIT = click.option(
    "--limit", default=100, show_default=True, type=click.IntRange(min=1), help="At most so many, newest first."
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
KNOWN = click.option(
    "--known",
    type=DAY,
    metavar="DAY",
    help="As it was known at the time of sending on this day; default: as known now.",
)
YES = click.option("--yes", "-y", is_flag=True, help="Do not ask for confirmation.")
ACTOR = click.option(
    "--actor",
    metavar="PERSON",
    callback=lambda ctx, param, name: _checked_actor(name or "") or who_types(),
    help="Who does this; default: MONITOR_ACTOR, else the account that called sudo, else the account.",
)
SETTINGS: dict[str, Any] = {"type": SETTING, "callback": _fields}
SET = "Any field by its name, also one without an option of its own. May be repeated. The fields are listed below."
FIELDS = click.option("--set", "fields", multiple=True, help=SET, **SETTINGS)
FIELDS_ARGUMENT = click.argument("fields", nargs=-1, required=True, metavar="FIELD=VALUE...", **SETTINGS)
SPAN_OF_DAYS = with_options(
    click.option(
        "--from", "first", type=DAY, required=True, help="First day: 2027-02-28, 28 feb 2027, tomorrow, +6w, …"
    ),
    click.option("--to", "last", type=DAY, required=True, help="Last day, inclusive."),
)
TRIED = with_options(
    click.option("--rules", type=FILE, metavar="PATH", help="A folder of rules that take precedence over the others."),
    click.option(
        "--calendar", type=FILE, metavar="PATH", help="A calendar file that replaces the one of the same name."
    ),
)
REGISTER = click.option("--register", type=FILE, metavar="PATH", help="A register file instead of the database.")


def require_order(first: date | None, last: date | None) -> None:
    """Raise BadParameter for a span of days that ends before it begins."""
    if first and last and last < first:
        raise click.BadParameter(_("{last} is before {first}.", last=last, first=first), param_hint="--to")


def config_file() -> Path | None:
    """Return the configuration file named on the command line, if any."""
    found = click.get_current_context().find_root().obj
    assert found is None or isinstance(found, Path)
    return found


def configured() -> Config:
    """Return the configuration of a command whose arguments were read; print the day of a demo once. Raises Faults."""
    context, config = click.get_current_context(), _read()
    if config.demo.today and not (ANNOUNCED in context.meta or context.params.get("as_json")):
        context.meta[ANNOUNCED] = True
        print(_("demo: today is {day:%d-%m-%Y}", day=config.demo.today), file=sys.stderr)
    return config


def _read() -> Config:
    """Return the configuration, read once for a command. Raises Faults."""
    meta = click.get_current_context().meta
    if CONFIG not in meta:
        from monitor.app import read_config

        meta[CONFIG] = read_config(config_file())
    found: Config = meta[CONFIG]
    return found


def clock() -> Callable[[], datetime]:
    """Return the clock of the configuration, which of a demo is not this machine's. Raises Faults."""
    from monitor.app import clock_of

    return clock_of(configured())


def now() -> datetime:
    """Return the instant by the clock of the configuration. Raises Faults."""
    return clock()()


def opened() -> App:
    """Return the application of the configuration, its database open. Raises Faults, Refused or Unavailable."""
    from monitor.app import open_app

    return open_app(configured())


def who_types() -> str:
    """Return who runs the command: MONITOR_ACTOR, else the account that called sudo, else the account.

    Raises BadParameter for a MONITOR_ACTOR that cannot be a name.
    """
    given = _checked_actor(os.environ.get("MONITOR_ACTOR", ""), "MONITOR_ACTOR")
    if given or (given := os.environ.get("SUDO_USER", "").strip()):
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return f"uid {os.getuid()}"


def _checked_actor(name: str, where: str = "--actor") -> str:
    """Return a name without blanks around it; empty: none was given. Raises BadParameter."""
    if not name.isprintable() or len(name) > LONGEST_NAME:
        accepted = _("a person's id or a name, at most {most} printable characters", most=LONGEST_NAME)
        raise click.BadParameter(told(BadValue("This cannot be a name.", accepted)), param_hint=where)
    return name.strip()
