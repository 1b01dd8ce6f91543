"""timeline: the register as a picture, in the terminal or as SVG, and as data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.language import _, several, spoken
from monitor.cli.options import DAY, JSON, KNOWN, now, opened, require_order
from monitor.cli.output import saved
from monitor.cli.terminal import print_json, say, show_day

if TYPE_CHECKING:
    from monitor.core.forecast.timeline import Timeline, TimelineRow
    from monitor.core.register.periods import PeriodSpan


@click.command()
@click.argument("entries", nargs=-1)
@click.option("--from", "first", type=DAY, help="First day; default: two months back.")
@click.option("--to", "last", type=DAY, help="Last day; default: a year ahead.")
@click.option("--kind", help="Only this kind.")
@click.option(
    "--svg",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Write SVG to this file; - prints it.",
)
@KNOWN
@JSON
def timeline(svg: Path | None, as_json: bool, **wanted: Any) -> None:
    """Draw ENTRIES (default: all) over time: periods, until when secured, imprecise ends, due days, recess, today."""
    from monitor.actions.query.listing import timeline_of
    from monitor.cli.timeline_text import print_timeline

    require_order(wanted["first"], wanted["last"])
    with opened() as app:
        shown = timeline_of(app, now(), **wanted)
    if svg:
        _write(svg, shown)
    elif as_json:
        print_json(_json(shown))
        return
    else:
        print_timeline(shown)
    if shown.elsewhere and str(svg) != "-":
        say("\n" + _("Nothing in this span: {elsewhere}.", elsewhere=", ".join(shown.elsewhere)))


def _write(path: Path, shown: Timeline) -> None:
    from monitor.actions.query.listing import draw_timeline

    if str(path) == "-":
        print(draw_timeline(shown, language=spoken()), end="")
        return
    draw_timeline(shown, path, language=spoken())
    saved()
    entries = several("{count} entry", "{count} entries", len(shown.rows))
    say(
        _(
            "{path}: {entries}, {first} to {last}.",
            path=path,
            entries=entries,
            first=show_day(shown.first),
            last=show_day(shown.last),
        )
    )


def _json(shown: Timeline) -> dict[str, Any]:
    """Return all that the picture shows, as data. A bound that is not known, or that there is not, is null."""
    return {
        "from": shown.first,
        "to": shown.last,
        **{name: getattr(shown, name) for name in ("day", "today", "known")},
        "recesses": [
            {"name": one.name, "from": one.start, "to": one.end, "certainty": one.certainty} for one in shown.recesses
        ],
        "entries": [_row(row, shown.day) for row in shown.rows],
        "nothing_in_span": list(shown.elsewhere),
    }


def _row(row: TimelineRow, day: date) -> dict[str, Any]:
    return {
        "id": row.entry,
        **{name: getattr(row, name) for name in ("title", "kind", "state", "muted")},
        "secured_until": row.secured,
        "binding": row.binding,
        "periods": [_bar(bar) for bar in row.bars],
        "due": [
            {"day": item.due.day, "rule": item.rule.id, "occurrence": item.key.occurrence}
            | {"heading": item.rule.heading("en"), "derivation": item.due.derivation}
            | {"overdue": item.overdue_on(day), "provisional": item.due.provisional}
            for item in row.due
        ],
    }


def _bar(bar: PeriodSpan) -> dict[str, Any]:
    days = {"from": bar.first, "surely_from": bar.surely_from, "surely_until": bar.surely_until, "to": bar.last}
    known = {name: None if day in (date.min, date.max) else day for name, day in days.items()}
    bounds = {"valid_from": bar.start, "valid_until": bar.end}
    written = {name: bound and bound.written for name, bound in bounds.items()}
    return {**known, **written, "approximate": any(bound and bound.approximate for bound in bounds.values())}
