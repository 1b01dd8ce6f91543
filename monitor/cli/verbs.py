"""What a person does to the register: each verb builds one change, shows what it does, asks, and saves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import click

from monitor.cli.options import ACTOR, DAY, DURATION, FIELDS, FIELDS_ARGUMENT, JSON, SPAN, YES, with_options
from monitor.cli.saving import carry_out
from monitor.core.calendar.dates import Span
from monitor.core.errors import Refused
from monitor.core.model import changes
from monitor.core.model.changes import Change, Stamp
from monitor.core.model.fields import read_entry
from monitor.core.model.register import ObligationKey
from monitor.core.register.state import EXTENDED

ENTRY = click.argument("entry")
OBLIGATION = click.argument("obligation", metavar="RULE[/OCCURRENCE]")
REFERENCE = click.option("--reference", default="", help="Dossier and number, or a URL.")
NOTE = click.option("--note", default="", help="A remark for the history.")


def on(text: str, *, required: bool = False) -> Callable[[Any], Any]:
    """Return the option for the day of a change; today unless it is required."""
    return click.option("--on", type=DAY, required=required, help=text)


def verb(name: str, make: Callable[..., Change], text: str, *options: Callable[[Any], Any]) -> click.Command:
    """Return the command `name`, whose arguments and options are those of `make`; `text` is its help."""

    def run(actor: str, yes: bool, as_json: bool, **given: Any) -> int:
        def change(stamp: Stamp, today: date) -> Change:
            day = {"on": given["on"] or today} if "on" in given else {}
            return make(stamp=stamp, **{**given, **day})

        return carry_out(change, actor=actor, yes=yes, as_json=as_json)

    command = click.command(name, help=text)(with_options(ACTOR, YES, JSON, *options)(run))
    assert isinstance(command, click.Command)
    return command


def _add(stamp: Stamp, entry: str, fields: dict[str, Any], **named: Any) -> Change:
    given = {name: value for name, value in named.items() if value is not None}
    written = {name: value.written if isinstance(value, Span) else value for name, value in given.items()}
    content, faults = read_entry({"id": entry, **written, **fields}, stamp.known_on)
    if content is None:
        raise click.UsageError("; ".join(f"{name}: {fault}" for name, fault in faults), click.get_current_context())
    return changes.Add(stamp=stamp, entry=entry, content=content)


def _record(stamp: Stamp, entry: str, type: str, **given: Any) -> Change:
    if type == EXTENDED:
        raise Refused(f"An extension has a new end: `monitor extend {entry} --until DAY`.")
    return changes.Record(stamp=stamp, entry=entry, type=type, **given)


def _about(make: Callable[..., Change]) -> Callable[..., Change]:
    """Return the maker of a change about one obligation; without an occurrence it is the open one due first."""

    def about(entry: str, obligation: str, **given: Any) -> Change:
        rule, _, occurrence = obligation.partition("/")
        return make(entry=entry, obligation=ObligationKey(entry=entry, rule=rule, occurrence=occurrence), **given)

    return about


add = verb(
    "add",
    _add,
    "Add ENTRY (its id) to the register.",
    ENTRY,
    click.option(
        "--kind", required=True, help="mandate, contribution, request, decision, commitment, authorisation, …"
    ),
    click.option("--title", required=True, help="Its name as people say it."),
    click.option("--valid-from", type=SPAN, help="First day, or an imprecise date such as 2021-33."),
    click.option("--valid-until", type=SPAN, help="Last day (inclusive), or an imprecise date."),
    click.option(
        "--depends-on",
        multiple=True,
        callback=lambda c, p, ids: list(ids) or None,
        metavar="ENTRY",
        help="May be repeated.",
    ),
    FIELDS,
)
correct = verb(
    "correct",
    changes.Correct,
    "Edit the last period or fields of ENTRY. `FIELD=` empties a field; the history keeps its former value.",
    ENTRY,
    FIELDS_ARGUMENT,
)
extend = verb(
    "extend",
    changes.Extend,
    "Add a period to ENTRY. Records event:extended on the old one; letters and debates still owed stay open.",
    ENTRY,
    click.option("--until", type=SPAN, help="The new last day."),
    click.option("--duration", type=DURATION, help="Instead of --until: P1Y, P6M, … from the day after the old end."),
    on("The day of the decision; default: today."),
    REFERENCE,
    NOTE,
)
end = verb(
    "end",
    changes.End,
    "Record that ENTRY ended. Closes all its obligations except those that start from the end.",
    ENTRY,
    on("Its last day in force.", required=True),
    REFERENCE,
    NOTE,
)
deploy = verb(
    "deploy",
    changes.Deploy,
    "Make contribution NEW_ID from the decided REQUEST, linked to it.",
    click.argument("entry", metavar="REQUEST"),
    click.argument("new_id"),
    click.option("--title", default="", help="Default: the request's."),
    FIELDS,
)
record = verb(
    "record",
    _record,
    "Record a letter that was sent, or an event of ENTRY. Prints what it closes and what stays open.",
    ENTRY,
    click.option("--type", required=True, metavar="TYPE", help="document:NAME (a letter) or event:NAME."),
    on("The day it happened; default: today."),
    click.option("--closes", multiple=True, metavar="RULE", help="RULE or RULE/OCCURRENCE; may be repeated."),
    REFERENCE,
    NOTE,
)
retract = verb(
    "retract",
    changes.Retract,
    "Remove EVENT (its id, or the last of a type), recorded by mistake on ENTRY, and reopen what it closed.",
    ENTRY,
    click.argument("event"),
    click.option("--reason", default="", help="Why, for the history."),
)
mute = verb(
    "mute",
    changes.Mute,
    "Keep ENTRY in the register, without reminders.",
    ENTRY,
    click.option("--reason", required=True, help="Why; shown wherever the entry is."),
)
unmute = verb("unmute", changes.Unmute, "Send reminders about ENTRY again.", ENTRY)
confirm = verb(
    "confirm",
    changes.Confirm,
    "Record that ENTRY was checked against its source.",
    ENTRY,
    on("Default: today."),
    click.option("--source", default="", help="What it was checked against."),
)
note = verb("note", changes.Note, "Add a remark on ENTRY to the history.", ENTRY, click.argument("text"))
acknowledge = verb(
    "acknowledge",
    _about(changes.Acknowledge),
    "Mark an obligation of ENTRY as seen; its next reminder is not escalated.",
    ENTRY,
    OBLIGATION,
)
snooze = verb(
    "snooze",
    _about(changes.SnoozeUntil),
    "Send no reminders of one open obligation of ENTRY until a day. It stays open; other obligations are not affected.",
    ENTRY,
    OBLIGATION,
    click.option("--until", type=DAY, required=True, help="The day from which reminders are sent again."),
    click.option("--reason", required=True, help="Why; shown in every overview."),
)
