"""What a person does to the register: each verb builds one change, shows what it does, asks, and saves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import click

from monitor.cli.asked import asked_argument, asked_option
from monitor.cli.boundary import Exit
from monitor.cli.fields import ENTRY_FIELDS, FieldsCommand, as_written
from monitor.cli.language import _, told
from monitor.cli.options import ACTOR, DAY, DURATION, FIELDS_ARGUMENT, JSON, SPAN, YES, opened, today, with_options
from monitor.cli.saving import carry_out
from monitor.cli.terminal import print_json, say, show_day
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.letter import letter
from monitor.core.errors import Refused
from monitor.core.model.changes import VERBS, Absent, Add, Change, Deploy, Retract, Stamp
from monitor.core.model.fields import MEANINGS, read_entry
from monitor.core.model.register import Absence, ObligationKey
from monitor.core.register.terms import EXTENDED

HELP = {
    "add": "Add ENTRY (its id) to the register.",
    "correct": "Edit the last period or fields of ENTRY. `FIELD=` empties a field; the history keeps its former value.",
    "extend": "Add a period to ENTRY. Records event:extended on the old one; letters and debates still owed stay open.",
    "end": "Record that ENTRY ended. Closes all its obligations except those that start from the end.",
    "deploy": "Make contribution NEW_ID from the decided REQUEST, linked to it.",
    "record": "Record a letter that was sent, or an event, on each ENTRY. Prints what it closes and what stays open.",
    "retract": "Remove EVENT (its id, or the last of a type), recorded by mistake on ENTRY, and reopen what it closed.",
    "mute": "Keep ENTRY in the register, without reminders.",
    "unmute": "Send reminders about ENTRY again.",
    "confirm": "Record that ENTRY was checked against its source.",
    "note": "Add a remark on ENTRY to the history.",
    "acknowledge": "Mark an obligation of ENTRY as seen; its next reminder is not escalated.",
    "snooze": "Send no reminders of one open obligation of ENTRY until a day. It stays open; others are not affected.",
}
CLOSES_NONE = "no rule: it is kept, and the entry's state may follow from it"
SHIPPED_TYPES = "The configuration has faults, so these are the types of the shipped rules: see `monitor validate`."


class RecordCommand(click.Command):
    """`record`. Its help ends with the types of letters and events, also the user's own."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write each type with the rules that it closes."""
        from monitor.actions.query.event_types import event_types

        found = event_types(ctx.find_root().obj)
        with formatter.section(_("Types, with the rules they close")):
            formatter.write_dl([(type, ", ".join(rules) or _(CLOSES_NONE)) for type, rules in found.closes.items()])
            if found.shipped:
                formatter.write_paragraph()
                formatter.write_text(_(SHIPPED_TYPES))


def verb(
    name: str,
    *options: Callable[[Any], Any],
    make: Callable[..., Change | Sequence[Change]] | None = None,
    cls: type[click.Command] = click.Command,
) -> click.Command:
    """Return the command `name`; its arguments and options are the fields of the change, or arguments of `make`."""

    def run(actor: str, yes: bool, as_json: bool, **given: Any) -> int:
        def change(stamp: Stamp, today: date) -> Change | Sequence[Change]:
            day = {"on": given["on"] or today} if "on" in given else {}
            return (make or VERBS[name])(stamp=stamp, **{**given, **day})

        return carry_out(change, actor=actor, yes=yes, as_json=as_json)

    return click.command(name, cls, help=HELP[name])(with_options(*options, ACTOR, YES, JSON)(run))


def _add(stamp: Stamp, entry: str, fields: dict[str, Any], **named: Any) -> Change:
    content, faults = read_entry({"id": entry, **as_written(named, fields)}, stamp.known_on)
    if content is None:
        raise click.UsageError(
            "; ".join(f"{name}: {told(fault)}" for name, fault in faults), click.get_current_context()
        )
    return Add(stamp=stamp, entry=entry, content=content)


def _deploy(stamp: Stamp, entry: str, new_id: str, title: str, fields: dict[str, Any], **named: Any) -> Change:
    return Deploy(stamp=stamp, entry=entry, new_id=new_id, title=title, fields=as_written(named, fields))


def _record(stamp: Stamp, entries: tuple[str, ...], type: str, **given: Any) -> Sequence[Change]:
    if type == EXTENDED:
        raise Refused("An extension has a new end: `monitor extend {entry}` asks for it.", entry=entries[0])
    return letter(stamp, entries, type, **given)


def _retract(stamp: Stamp, entry: str, event: str, reason: str, everywhere: bool) -> Sequence[Change]:
    from monitor.actions.register.letters import recorded_together

    if not everywhere:
        return [Retract(stamp=stamp, entry=entry, event=event, reason=reason)]
    with opened() as app:
        found = recorded_together(app, entry, event)
    return [Retract(stamp=stamp, entry=one.entry, event=one.event, reason=reason) for one in found]


def _about(name: str) -> Callable[..., Change]:
    """Return the maker of a change about one obligation; without an occurrence it is the open one due first."""

    def about(entry: str, obligation: str, **given: Any) -> Change:
        rule, _, occurrence = obligation.partition("/")
        return make(entry=entry, obligation=ObligationKey(entry=entry, rule=rule, occurrence=occurrence), **given)

    make: Callable[..., Change] = VERBS[name]
    return about


def day(name: str, text: str, *, required: bool = False) -> Callable[[Any], Any]:
    """Return an option for a day; --on is today unless it is required."""
    return (asked_option if required else click.option)(name, type=DAY, required=required, help=text)


def span(name: str, text: str) -> Callable[[Any], Any]:
    """Return an option for a day or an imprecise date."""
    return click.option(name, type=SPAN, help=text)


def words(name: str, text: str, *, required: bool = False) -> Callable[[Any], Any]:
    """Return an option for a text; empty unless it is required."""
    default: dict[str, Any] = {} if required else {"default": ""}  # to click, None given as a default is a value
    return (asked_option if required else click.option)(name, required=required, help=text, **default)


ENTRY, TEXT = asked_argument("entry", "Entry (its id)"), asked_argument("text", "Remark")
EVENT = asked_argument("event", "Event (its id, or its type for the last of that type)")
DEPUTY = "Who receives the mails; default: the fallback role. Alone: during the current or next absence on record."
REQUEST = asked_argument("entry", "Request (its id)", metavar="REQUEST")
NEW_ID = asked_argument("new_id", "Id of the new contribution")
OBLIGATION = asked_argument("obligation", "Rule, as explain lists it", metavar="RULE[/OCCURRENCE]")
KIND, TITLE = (words(f"--{name}", MEANINGS[name], required=True) for name in ("kind", "title"))
REFERENCE, NOTE = words("--reference", "Dossier and number, or a URL."), words("--note", "A remark for the history.")
TYPE = asked_option("--type", required=True, metavar="TYPE", help="What was sent or happened; listed below.")
CLOSES = click.option(
    "--closes",
    multiple=True,
    metavar="RULE",
    help="RULE or RULE/OCCURRENCE of every ENTRY, ENTRY:RULE of one; may be repeated.",
)
ENTRIES = asked_argument("entries", "Entries (their ids)", nargs=-1, required=True, metavar="ENTRY...")
EVERYWHERE = click.option(
    "--all", "everywhere", is_flag=True, help="Also on the entries on which the same letter was recorded with it."
)
LENGTH = click.option(
    "--duration", type=DURATION, help="Instead of --until: P1Y, P6M, … from the day after the old end."
)

add = verb("add", ENTRY, KIND, TITLE, ENTRY_FIELDS, make=_add, cls=FieldsCommand)
correct = verb("correct", ENTRY, FIELDS_ARGUMENT, cls=FieldsCommand)
decided = day("--on", "The day of the decision; default: today.")
new_end = asked_option("--until", type=SPAN, unless="duration", help="The new last day.")
extend = verb("extend", ENTRY, LENGTH, new_end, decided, REFERENCE, NOTE)
end = verb("end", ENTRY, day("--on", "Its last day in force.", required=True), REFERENCE, NOTE)
own_title = words("--title", "Default: the request's.")
deploy = verb("deploy", REQUEST, NEW_ID, own_title, ENTRY_FIELDS, make=_deploy, cls=FieldsCommand)
happened = day("--on", "The day it happened; default: today.")
record = verb("record", ENTRIES, TYPE, happened, CLOSES, REFERENCE, NOTE, make=_record, cls=RecordCommand)
retract = verb("retract", ENTRY, EVENT, EVERYWHERE, words("--reason", "Why, for the history."), make=_retract)
mute = verb("mute", ENTRY, words("--reason", "Why; shown wherever the entry is.", required=True))
unmute = verb("unmute", ENTRY)
confirm = verb("confirm", ENTRY, day("--on", "Default: today."), words("--source", "What it was checked against."))
note = verb("note", ENTRY, TEXT)
acknowledge = verb("acknowledge", ENTRY, OBLIGATION, make=_about("acknowledge"))
until = day("--until", "The day from which reminders are sent again.", required=True)
reason = words("--reason", "Why; shown in every overview.", required=True)
snooze = verb("snooze", ENTRY, OBLIGATION, until, reason, make=_about("snooze"))


@click.command()
@ACTOR
@YES
@JSON
@click.argument("person", required=False, default="")
@click.option("--from", "first", type=DAY, help="The first day away.")
@click.option("--to", "last", type=DAY, help="The last day away.")
@click.option("--deputy", metavar="PERSON", help=DEPUTY)
@click.option("--until", type=DAY, help="End the current or next absence on this day (its last).")
def absent(
    person: str, first: date | None, last: date | None, deputy: str | None, until: date | None, **how: Any
) -> int:
    """Record that PERSON is away; the deputy receives the mails. Without days: list the absences on record.

    One with the same --from replaces the earlier one. --until a day before it starts cancels it.
    """
    if until is not None and (first or last or deputy):
        raise click.UsageError(_("--until ends an absence on record; it goes without --from, --to and --deputy."))
    if until is None and first is None and last is None and deputy is None:
        return _list(person, as_json=how["as_json"])
    if not person:
        raise click.UsageError(_("Name the person who is away."))
    if until is not None:
        found = _on_record_after(person, until)
        first, last, deputy = found.first, max(until, found.first - ONE_DAY), found.deputy
    elif first is None and last is None:
        found = _on_record_after(person, today()[0] - ONE_DAY)
        first, last = found.first, found.last
    elif first is None or last is None:
        raise click.UsageError(_("An absence needs both --from and --to."))
    away: dict[str, Any] = {"entry": person, "first": first, "last": last, "deputy": deputy}
    return carry_out(lambda stamp, today: Absent(stamp=stamp, **away), **how)


def _on_record(person: str) -> tuple[Absence, ...]:
    from monitor.actions.register.change import absences

    with opened() as app:
        return absences(app, person)


def _on_record_after(person: str, day: date) -> Absence:
    """Return the earliest absence that goes on after that day. Raises Refused."""
    longer = [item for item in _on_record(person) if item.last > day]
    if not longer:
        what = "{person} has no absence on record that goes on after {day}."
        raise Refused(what, person=person, day=show_day(day))
    return min(longer, key=lambda item: item.first)


def _list(person: str, *, as_json: bool) -> int:
    found = _on_record(person)
    if as_json:
        print_json([{"person": i.person, "from": i.first, "to": i.last, "deputy": i.deputy} for i in found])
        return Exit.WELL
    for item in found:
        first, last, deputy = show_day(item.first), show_day(item.last), item.deputy or _("the fallback role")
        away = "{person}: {first} to {last}, deputy {deputy}"
        say(_(away, person=item.person, first=first, last=last, deputy=deputy))
    if not found:
        say(_("No absence is on record."))
    return Exit.WELL
