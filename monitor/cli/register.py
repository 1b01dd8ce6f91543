"""list, show and history: the register as it stands and how it came to be so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import click

from monitor.cli.options import DAY, JSON, LIMIT, config_of, now
from monitor.core.changes import VERBS
from monitor.core.rules import STATUSES


@click.command("list")
@click.option("--kind", help="Only this kind.")
@click.option(
    "--state", type=click.Choice(STATUSES), metavar="STATE",
    help="Only entries in this state: active, expired, notified, open, …",
)  # fmt: skip
@click.option("--tag", help="Only entries with this tag.")
@click.option("--text", help="Only entries with this text in their id or title.")
@JSON
@click.pass_context
def list_entries(ctx: click.Context, /, as_json: bool, **filters: str | None) -> None:
    """List the register: state, end, how long each entry is secured, and what is due first."""
    from monitor.actions.look import list_entries as act
    from monitor.app import build
    from monitor.cli.show import print_json_lines, say, table

    with build(config_of(ctx)) as app:
        found = act(app, now(), **filters)
    if as_json:
        print_json_lines(_plain(item) for item in found)
        return
    dated, undated = [item for item in found if item.end], [item for item in found if not item.end]
    columns = ("entry", "state", "until", "secured", "first due", "for", "title")
    if dated or not undated:
        table(columns, map(_row, dated), empty="No entries.", wide=("for", "title"))
    if undated:
        say("\nNo end date (open-ended, unknown, or of a kind that has none)", style="bold")
        table(("entry", "state", "first due", "for", "title"), map(_undated, undated), empty="", wide=("for", "title"))


@click.command()
@click.argument("entry")
@JSON
@click.pass_context
def show(ctx: click.Context, entry: str, as_json: bool) -> None:
    """Show ENTRY: its periods, what it stands on, what is open, what was said, and its history."""
    from monitor.actions.look import show as act
    from monitor.app import build
    from monitor.cli.entry import print_entry
    from monitor.cli.show import print_json
    from monitor.core.fields import write_entry

    with build(config_of(ctx)) as app:
        found = act(app, entry, now())
    if as_json:
        events = [
            {"id": e.id, "type": e.type, "on": e.on, "reference": e.reference, "retracted_on": e.retracted_on}
            for e in found.listed.entry.events
        ]
        print_json({**write_entry(found.listed.entry), **_plain(found.listed), "events": events})
    else:
        print_entry(found)


@click.command()
@click.argument("entry", required=False)
@click.option("--actor", help="Only changes by this person or account.")
@click.option("--verb", type=click.Choice(list(VERBS)), metavar="VERB", help="Only this verb: record, extend, …")
@click.option("--from", "first", type=DAY, help="From this day on.")
@click.option("--to", "last", type=DAY, help="Up to and including this day.")
@LIMIT
@JSON
@click.pass_context
def history(
    ctx: click.Context, entry: str | None, actor: str | None, verb: str | None, first: date | None, last: date | None,
    limit: int, as_json: bool,
) -> None:  # fmt: skip
    """What was changed, when and by whom; of one ENTRY, or of all."""
    from monitor.app import build
    from monitor.cli.show import print_json_lines, show_instant, table
    from monitor.store.records import history as query

    with build(config_of(ctx)) as app, app.store.reading() as connection:
        found = query(
            connection, entry=entry, actor=actor, verb=verb, first=_midnight(first), last=_midnight(last, days=1),
            limit=limit,
        )  # fmt: skip
    if as_json:
        print_json_lines(dict(row._mapping) for row in found)
        return
    rows = (
        (row.number, show_instant(row.at, app.policy.zone), row.actor, row.verb, row.entry, what(row)) for row in found
    )
    table(("no.", "when", "who", "verb", "entry", "what"), rows, empty="No changes.", wide=("what",))


def what(row: Any) -> str:
    """A change in a few words: its own fields and what followed."""
    hidden = ("verb", "stamp", "entry", "content", "imported")
    said = [f"{key}={_short(value)}" for key, value in row.body.items() if key not in hidden]
    return "; ".join(said + [f"{key}: {_short(value)}" for key, value in row.effects.items()])


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}={_short(item)}" for key, item in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


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


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    return datetime.fromordinal(day.toordinal() + days).replace(tzinfo=UTC) if day else None
