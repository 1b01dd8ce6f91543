"""list, show and history: the register as it stands and how it came to be so."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from msgspec.structs import asdict

from monitor.cli.options import DAY, JSON, KNOWN, LIMIT, config_of, now, span_in_order
from monitor.cli.words import say_sight, what
from monitor.core.model.changes import VERBS
from monitor.core.model.rules import STATUSES


@click.command("list")
@click.option("--kind", help="Only this kind.")
@click.option(
    "--state", type=click.Choice(STATUSES), metavar="STATE",
    help="Only entries in this state: active, expired, notified, open, …",
)  # fmt: skip
@click.option("--tag", help="Only entries with this tag.")
@click.option("--text", help="Only entries with this text in their id or title.")
@click.option("--on", type=DAY, help="Only what is in force on this day, as it stood then; it may lie ahead.")
@KNOWN
@JSON
@click.pass_context
def list_entries(ctx: click.Context, /, as_json: bool, **filters: Any) -> None:
    """List the register: state, end, how long each entry is secured, and what is due first.

    --on DAY asks what was in force, --known DAY what was known; together: what was then thought to be in force.
    """
    from monitor.actions.query.listing import list_entries as act
    from monitor.app import build
    from monitor.cli.show import print_json_lines, say, table

    with build(config_of(ctx)) as app:
        seen, found = act(app, now(), **filters)
    if as_json:
        print_json_lines(_plain(item) for item in found)
        return
    say_sight(seen, filters["on"])
    dated, undated = [item for item in found if item.end], [item for item in found if not item.end]
    columns = ("entry", "state", "until", "secured", "first due", "for", "title")
    if dated or not undated:
        table(columns, map(_row, dated), empty="No entries.", wide=("for", "title"))
    if undated:
        say("\nNo end date (open-ended, unknown, or of a kind that has none)", style="bold")
        table(("entry", "state", "first due", "for", "title"), map(_undated, undated), empty="", wide=("for", "title"))


@click.command()
@click.argument("entry")
@click.option("--on", type=DAY, help="As it stood on this day.")
@KNOWN
@JSON
@click.pass_context
def show(ctx: click.Context, entry: str, on: date | None, known: date | None, as_json: bool) -> None:
    """Show ENTRY: its periods as written, what it stands on, gaps, what is open, what was said, and its last changes."""
    from monitor.actions.query.listing import entry_details
    from monitor.app import build
    from monitor.cli.entry import print_entry
    from monitor.cli.entry_json import entry_json
    from monitor.cli.show import print_json

    with build(config_of(ctx)) as app:
        found = entry_details(app, entry, now(), on=on, known=known)
    if as_json:
        print_json({**entry_json(found), **_plain(found.listed)})
    else:
        say_sight(found.seen, on)
        print_entry(found, app.policy.zone)


@click.command()
@click.argument("entry", required=False)
@click.option("--actor", help="Only changes by this person or account.")
@click.option("--verb", type=click.Choice(list(VERBS)), metavar="VERB", help="Only this verb: record, extend, …")
@click.option("--from", "first", type=DAY, help="Made on this day or later.")
@click.option("--to", "last", type=DAY, help="Made on this day or earlier.")
@click.option("--known", type=DAY, metavar="DAY", help="Only what the slot of this day knew.")
@click.option("--text", default="", help="Only changes that say this.")
@LIMIT
@JSON
@click.pass_context
def history(ctx: click.Context, /, as_json: bool, **filters: Any) -> None:
    """What was changed, when and by whom, newest first; of one ENTRY, or of all."""
    from monitor.actions.query.listing import changes_of
    from monitor.app import build
    from monitor.cli.show import print_json_lines, show_instant, table

    span_in_order(filters["first"], filters["last"])
    with build(config_of(ctx)) as app:
        found = changes_of(app, **filters)
    if as_json:
        print_json_lines(asdict(row) for row in found)
        return
    rows = (
        (row.number, show_instant(row.at, app.policy.zone), row.actor, row.verb, row.entry, what(row)) for row in found
    )
    table(("no.", "when", "who", "verb", "entry", "what"), rows, empty="No changes.", wide=("what",))


def _plain(item: Any) -> dict[str, Any]:
    due = item.next_due
    return {
        "id": item.entry.id,
        "kind": item.entry.kind,
        "title": item.entry.title,
        "state": item.state,
        "until": item.end and item.end.written,
        "secured_until": item.secured.until,
        "binding": item.secured.binding,
        "first_due": due and due.due.day,
        "rule": due and due.rule.id,
        "derivation": due and due.due.derivation,
        "muted": item.entry.muted,
    }


def _row(item: Any) -> tuple[Any, ...]:
    secured = item.secured
    by = f" ({secured.binding})" if secured.binding != item.entry.id else ""
    until = item.end.written
    return item.entry.id, _state(item), until, f"{secured.until or '–'}{by}", *_due(item), item.entry.title


def _undated(item: Any) -> tuple[Any, ...]:
    return item.entry.id, _state(item), *_due(item), item.entry.title


def _state(item: Any) -> str:
    return f"{item.state}, muted" if item.entry.muted is not None else str(item.state)


def _due(item: Any) -> tuple[str, str]:
    return (str(item.next_due.due.day), item.next_due.rule.id) if item.next_due else ("–", "–")
