"""What a person does to the register: each verb builds one change, shows what it does, asks, and saves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import update_wrapper
from typing import Any

import click

from monitor.cli.options import ACTOR, DAY, DURATION, JSON, SETTING, SPAN, YES, fields_of
from monitor.cli.saving import Spelling, carry_out
from monitor.core.calendar.dates import Span
from monitor.core.errors import Refused
from monitor.core.model.changes import (
    Add,
    Change,
    Confirm,
    Correct,
    Deploy,
    End,
    Extend,
    Mute,
    Note,
    Record,
    Retract,
    Stamp,
    Unmute,
)
from monitor.core.model.fields import read_entry
from monitor.core.register.state import EXTENDED

REFERENCE = click.option("--reference", default="", help="Dossier and number, or a URL.")
NOTE = click.option("--note", "remark", default="", help="A remark for the history.")
SET = click.option(
    "--set", "settings", multiple=True, type=SETTING, metavar="FIELD=VALUE", help="A field; may be repeated."
)


def verb(function: Callable[..., Change]) -> Callable[..., int]:
    """Options that every verb has. The function makes the change; carrying it out is the same for all."""

    def command(ctx: click.Context, /, actor: str | None, yes: bool, as_json: bool, **given: Any) -> int:
        spelling = Spelling(actor=actor, yes=yes, as_json=as_json)

        def make(stamp: Stamp, today: date) -> Change:
            if "on" in given and given["on"] is None:
                given["on"] = today
            return function(stamp, **given)

        return carry_out(ctx, make, spelling)

    update_wrapper(command, function)  # brings the function's own arguments and help along
    return ACTOR(YES(JSON(click.pass_context(command))))


@click.command()
@verb
@click.argument("entry")
@click.option("--kind", required=True, help="mandate, contribution, request, decision, commitment, authorisation, …")
@click.option("--title", required=True)
@click.option("--valid-from", type=SPAN, help="First day, or an imprecise date such as 2021-33.")
@click.option("--valid-until", type=SPAN, help="Last day (inclusive), or an imprecise date.")
@click.option("--depends-on", multiple=True, metavar="ENTRY", help="May be repeated.")
@SET
def add(stamp: Stamp, entry: str, settings: tuple[tuple[str, Any], ...], **fields: Any) -> Change:
    """Put ENTRY (its id) into the register."""
    written = {name: _written(value) for name, value in fields.items() if value not in (None, ())}
    content, faults = read_entry({"id": entry, **written, **fields_of(settings)}, stamp.known_on)
    if content is None:
        raise click.UsageError("; ".join(f"{name}: {fault}" for name, fault in faults), click.get_current_context())
    return Add(stamp=stamp, entry=entry, content=content)


@click.command()
@verb
@click.argument("entry")
@click.argument("settings", nargs=-1, required=True, type=SETTING, metavar="FIELD=VALUE...")
def correct(stamp: Stamp, entry: str, settings: tuple[tuple[str, Any], ...]) -> Change:
    """Edit the last period or fields of ENTRY. `FIELD=` empties a field; the history keeps what stood there."""
    return Correct(stamp=stamp, entry=entry, fields=fields_of(settings))


@click.command()
@verb
@click.argument("entry")
@click.option("--until", type=SPAN, help="The new last day.")
@click.option("--duration", type=DURATION, help="Instead of --until: P1Y, P6M, … from the day after the old end.")
@click.option("--on", type=DAY, help="The day of the decision; default: today.")
@REFERENCE
@NOTE
def extend(
    stamp: Stamp, entry: str, until: Span | None, duration: str | None, on: date, reference: str, remark: str
) -> Change:
    """Add a period to ENTRY. Records event:extended on the old one; letters and debates still owed stay open."""
    return Extend(
        stamp=stamp, entry=entry, on=on, until=until, duration=duration, reference=reference,
        note=remark,
    )  # fmt: skip


@click.command()
@verb
@click.argument("entry")
@click.option("--on", type=DAY, required=True, help="Its last day in force.")
@REFERENCE
@NOTE
def end(stamp: Stamp, entry: str, on: date, reference: str, remark: str) -> Change:
    """ENTRY ended. Closes everything of it but what starts from the end."""
    return End(stamp=stamp, entry=entry, on=on, reference=reference, note=remark)


@click.command()
@verb
@click.argument("request")
@click.argument("new_id")
@click.option("--title", default="", help="Default: the request's.")
@SET
def deploy(stamp: Stamp, request: str, new_id: str, title: str, settings: tuple[tuple[str, Any], ...]) -> Change:
    """Make contribution NEW_ID from the decided REQUEST, linked to it."""
    return Deploy(stamp=stamp, entry=request, new_id=new_id, title=title, fields=fields_of(settings))


@click.command()
@verb
@click.argument("entry")
@click.option("--type", "type_", required=True, metavar="TYPE", help="document:NAME (a letter) or event:NAME.")
@click.option("--on", type=DAY, help="The day it happened; default: today.")
@click.option("--closes", multiple=True, metavar="RULE", help="RULE or RULE/OCCURRENCE; may be repeated.")
@REFERENCE
@NOTE
def record(
    stamp: Stamp, entry: str, type_: str, on: date, closes: tuple[str, ...], reference: str, remark: str
) -> Change:
    """A letter went out, or something happened to ENTRY. Says what it closes and what stays open."""
    if type_ == EXTENDED:
        raise Refused(f"An extension has a new end: `monitor extend {entry} --until DAY`.")
    return Record(
        stamp=stamp, entry=entry, type=type_, on=on, closes=closes, reference=reference, note=remark
    )  # fmt: skip


@click.command()
@verb
@click.argument("entry")
@click.argument("event")
@click.option("--reason", default="", help="Why, for the history.")
def retract(stamp: Stamp, entry: str, event: str, reason: str) -> Change:
    """EVENT (its id, or the last of a type) stands wrongly on ENTRY; what it closed is open again."""
    return Retract(stamp=stamp, entry=entry, event=event, reason=reason)


@click.command()
@verb
@click.argument("entry")
@click.option("--reason", required=True, help="Why; shown wherever the entry is.")
def mute(stamp: Stamp, entry: str, reason: str) -> Change:
    """Keep ENTRY in the register, but raise nothing for it."""
    return Mute(stamp=stamp, entry=entry, reason=reason)


@click.command()
@verb
@click.argument("entry")
def unmute(stamp: Stamp, entry: str) -> Change:
    """Raise reminders for ENTRY again."""
    return Unmute(stamp=stamp, entry=entry)


@click.command()
@verb
@click.argument("entry")
@click.option("--on", type=DAY, help="Default: today.")
@click.option("--source", default="", help="What it was checked against.")
def confirm(stamp: Stamp, entry: str, on: date, source: str) -> Change:
    """ENTRY was checked against its source."""
    return Confirm(stamp=stamp, entry=entry, on=on, source=source)


@click.command()
@verb
@click.argument("entry")
@click.argument("text")
def note(stamp: Stamp, entry: str, text: str) -> Change:
    """A remark on ENTRY for the history."""
    return Note(stamp=stamp, entry=entry, text=text)


def _written(value: Any) -> Any:
    return value.written if isinstance(value, Span) else list(value) if isinstance(value, tuple) else value
