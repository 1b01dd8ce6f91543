"""list and history: the entries of the register, and how they came to be so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from monitor.cli.language import _, named
from monitor.cli.options import DAY, JSON, KNOWN, LIMIT, now, opened, require_order
from monitor.cli.terminal import print_json_lines, say, show_day, show_instant, show_span, table
from monitor.core.calendar.dates import parse_day
from monitor.core.errors import BadValue
from monitor.core.model.changes import VERBS
from monitor.core.model.proposals import KEPT
from monitor.core.model.register import NO_PERIOD
from monitor.core.model.rules import STATUSES

if TYPE_CHECKING:
    from monitor.actions.query.as_of import RegisterView
    from monitor.actions.query.summaries import EntrySummary
    from monitor.core.changes.history import RecordedChange

DAY_ALONE = re.compile(r"\d{4}-\d\d-\d\d")
UNKNOWN = "{actor} (unknown)"  # who made a change
CHANGED = {  # part of a change, or of what followed from it → what it is called
    "on": "day", "first": "from", "last": "until", "until": "until", "type": "type", "reference": "reference",
    "note": "remark", "closes": "closes", "fields": "fields", "before": "before", "event": "event", "closed": "closed",
    "duration": "duration", "new_id": "as", "title": "title", "reason": "reason", "obligation": "obligation",
    "source": "source", "text": "remark", "deputy": "deputy",
}  # fmt: skip
UNSAID = ("verb", "stamp", "entry", "content", "imported")  # parts that other columns show, or none
OBLIGATION = {"entry", "rule", "occurrence"}  # what an obligation's key is kept as


@click.command("list")
@click.option("--kind", help="Only this kind.")
@click.option("--state", type=click.Choice(STATUSES), metavar="STATE", help="active, expired, notified, open, …")
@click.option("--tag", help="Only entries with this tag.")
@click.option("--text", help="Only entries with this text in their id or title.")
@click.option("--on", type=DAY, help="Only what is in force on this day, past or to come.")
@KNOWN
@JSON
def list_entries(as_json: bool, **filters: Any) -> None:
    """List the register: state, end, how long each entry is secured, and what is due first.

    --on DAY asks what was in force, --known DAY what was known; together: what was then thought to be in force.
    """
    from monitor.actions.query import listing

    with opened() as app:
        seen, found = listing.list_entries(app, now(), **filters)
    if as_json:
        print_json_lines(item.plain() for item in found)
        return
    print_view(seen, filters["on"])
    dated = [item for item in found if item.end or item.term]
    undated = [item for item in found if not (item.end or item.term)]
    if dated or not undated:
        columns = ("entry", "state", "until", "secured", "first due", "for", "title")
        table(columns, [_row(item) for item in dated], empty="No entries.", wide=("for", "title"))
    if undated:
        say("\n" + _("No end date (open-ended, unknown, or of a kind that has none)"), style="bold")
        rows = [(entry, state, *rest) for entry, state, _, _, *rest in map(_row, undated)]
        table(("entry", "state", "first due", "for", "title"), rows, wide=("for", "title"))


@click.command()
@click.argument("entry", required=False)
@click.option("--actor", help="Only changes by this person or account.")
@click.option("--verb", type=click.Choice(list(VERBS)), metavar="VERB", help="Only this verb: record, extend, …")
@click.option("--from", "first", type=DAY, help="Made on this day or later.")
@click.option("--to", "last", type=DAY, help="Made on this day or earlier.")
@click.option("--known", type=DAY, metavar="DAY", help="Only what was known at the time of sending on this day.")
@click.option("--text", default="", help="Only changes with this text.")
@LIMIT
@JSON
def history(as_json: bool, **filters: Any) -> None:
    """List changes with who made them and when, newest first; of one ENTRY, or of all.

    Who is marked (unknown) is not in the configuration and was not when a check was made: an account's name, or a slip.
    """
    from monitor.actions.query.listing import changes_of

    require_order(filters["first"], filters["last"])
    with opened() as app:
        found = changes_of(app, **filters)
    if as_json:
        print_json_lines(asdict(row) for row in found)
        return
    rows = (
        (r.number, show_instant(r.at, app.policy.zone), actor_text(r), r.verb, r.entry, change_text(r)) for r in found
    )
    table(("no.", "when", "who", "verb", "entry", "what"), rows, empty="No changes.", wide=("what",))


def _row(item: EntrySummary) -> tuple[Any, ...]:
    """Return id, state, end, secured until, first due day, its rule and title."""
    state = named("value", item.state)
    state = _("{state}, muted", state=state) if item.entry.muted is not None else state
    by = f" ({item.secured.binding})" if item.secured.binding != item.entry.id else ""
    secured, first = f"{show_day(item.secured.until)}{by}", item.next_due
    due, rule = (first.due and first.due.day, first.rule.id) if first else (None, None)
    until = item.end or (_("{until}, goes on", until=show_span(item.term.end)) if item.term else None)
    return item.entry.id, state, until, secured, due, rule, item.entry.title


def print_view(seen: RegisterView, on: date | None) -> None:
    """Print as of which day and as known when the register is shown; nothing where that is today."""
    parts = [_("In force and as it was on {on}", on=show_day(on))] if on else []
    if seen.known:
        known = _("as known on {day}", day=show_day(seen.known))
        parts.append(known if parts else known[:1].upper() + known[1:])
    if parts:
        say(", ".join(parts) + (f" ({seen.basis})" if seen.basis else "") + ".\n")


def actor_text(row: RecordedChange) -> str:
    """Return who made a change, marked where that is no person of the configuration."""
    return row.actor if row.actor_known else _(UNKNOWN, actor=row.actor)


def change_text(row: RecordedChange) -> str:
    """Return a change of the history in a few words: its own fields and what followed."""
    said = {**row.body, **{name: value for name, value in row.effects.items() if name not in ("period", KEPT)}}
    parts = [f"{_(CHANGED.get(name, name))}: {short(value)}" for name, value in said.items() if name not in UNSAID]
    parts += map(_read, row.effects.get(KEPT, ()))
    parts += [_("kept for the record")] * (row.effects.get("period") == NO_PERIOD)
    return "; ".join(parts)


def _read(kept: Mapping[str, Any]) -> str:
    """Return the proposal of a letter that a change was made from, with what a person changed in it."""
    if kept["declined"]:
        return _("declined: {proposal} ({title})", proposal=kept["proposal"], title=kept["as_read"]["title"])
    text = _("from a letter: {proposal}", proposal=kept["proposal"])
    changed = ", ".join(f"{name} {short(old)} → {short(new)}" for name, (old, new) in kept["corrected"].items())
    return f"{text} ({changed})" if changed else text


def short(value: Any) -> str:
    """Return a value of the register in a few words: days with their weekday, lists and tables on one line."""
    if isinstance(value, str) and DAY_ALONE.fullmatch(value):
        with suppress(BadValue):  # a text that only looks like a day
            return show_day(parse_day(value))
    if isinstance(value, dict) and value.keys() == OBLIGATION:
        return f"{value['entry']} {value['rule']}/{value['occurrence']}"
    if isinstance(value, dict):
        return ", ".join(f"{key}={short(item)}" for key, item in value.items())
    return ", ".join(map(short, value)) if isinstance(value, list) else str(value)
