"""whatif: what other rules, another calendar or a few actions would change in everybody's mails."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.options import DAY, JSON, TRIED_CALENDAR, TRIED_RULES, config_of, now, span_in_order

if TYPE_CHECKING:
    from monitor.core.forecast.simulate import ForecastReminder
    from monitor.core.forecast.whatif import Comparison, Load, ReminderChange

MOST = 50  # obligations of one kind that a person is shown
RUNGS = 8  # days of one obligation
WEEKS = 8  # weeks in which somebody gets most


@click.command()
@click.option("--from", "first", type=DAY, required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, inclusive.")
@TRIED_RULES
@TRIED_CALENDAR
@click.option("--changes", type=click.Path(path_type=Path), help="Dated actions, as `simulate --actions` takes them.")
@click.option("--register", type=click.Path(path_type=Path), help="A register file instead of the database.")
@JSON
@click.pass_context
def whatif(
    ctx: click.Context, first: date, last: date, rules: Path | None, calendar: Path | None, changes: Path | None,
    register: Path | None, as_json: bool,
) -> None:  # fmt: skip
    """Compare what will be said with what would be said under other rules, another calendar or after some changes.

    Shows every reminder that moves, comes or goes, with why, how many mails that makes, and the weeks in which
    somebody gets most. Changes nothing.
    """
    from monitor.cli.show import print_json

    span_in_order(first, last)
    if not (rules or calendar or changes):
        raise click.UsageError("There is nothing to compare with. Give --rules, --calendar or --changes.")
    found = _compared(ctx, first, last, rules, calendar, changes, register)
    if as_json:
        print_json(plain(found))
    else:
        _print(found, first, last)


def _compared(
    ctx: click.Context, first: date, last: date, rules: Path | None, calendar: Path | None, changes: Path | None,
    register: Path | None,
) -> Comparison:  # fmt: skip
    from monitor.actions.query.simulate import whatif_file, whatif_store
    from monitor.actions.register.import_report import told
    from monitor.app import build_policy, open_app, read_config, read_people
    from monitor.core.register.event_types import unknown_types

    config = read_config(config_of(ctx))
    other = build_policy(config, before=rules, calendar=calendar)
    if register:
        policy, named = build_policy(config), read_people(config)
        found = whatif_file(policy, other, first, last, register, actions=changes, named=named)
    else:
        with open_app(config) as app:
            found = whatif_store(app, other, first, last, now(), actions=changes)
    for effect in found.effects:
        print(told(effect), file=sys.stderr)
    for line in unknown_types((effect.event.type for effect in found.effects), other):
        print(line, file=sys.stderr)
    return found


def plain(found: Comparison) -> dict[str, Any]:
    """For --json."""
    return {
        "moved": [{"before": _plain(turn, turn.before), "after": _plain(turn, turn.after)} for turn in found.moved],
        "added": [_plain(turn, turn.after) for turn in found.added],
        "dropped": [_plain(turn, turn.before) for turn in found.dropped],
        "mails": {
            "before": found.mails[0], "after": found.mails[1],
            "moved": [{"person": old.person, "before": old.on, "after": new.on} for old, new in found.mails_moved],
            "added": [slip._asdict() for slip in found.mails_added],
            "dropped": [slip._asdict() for slip in found.mails_dropped],
        },
        "weeks": [
            {"person": load.person, "week": load.week, "mails": _both(load.mails), "reminders": _both(load.reminders)}
            for load in found.loads
        ],
        "unwatched": [{"entries": gap.concerns, "count": gap.count, "what": gap.what} for gap in found.unwatched],
    }  # fmt: skip


def _both(counts: tuple[int, int]) -> dict[str, int]:
    return {"before": counts[0], "after": counts[1]}


def _plain(turn: ReminderChange, side: ForecastReminder | None) -> dict[str, Any] | None:
    names = ("on", "entry", "rule", "occurrence", "rung", "planned", "due", "derivation")
    return None if side is None else {"person": turn.name.person, **{name: getattr(side, name) for name in names}}


def _print(found: Comparison, first: date, last: date) -> None:
    from monitor.cli.show import say, show_day, table

    for gap in found.unwatched:
        say(gap.what, style="yellow")
    if found.nothing:
        say(f"No reminder from {show_day(first)} to {show_day(last)} would be different.")
        return
    for title, turns in (("Moved", found.moved), ("Added", found.added), ("Dropped", found.dropped)):
        for line, style in _of_kind(title, turns):
            say(line, style=style)
    before, after = found.mails
    counts = f"{len(found.mails_added)} more, {len(found.mails_moved)} on another day, {len(found.mails_dropped)} fewer"
    say(f"Mails: {before} → {after} ({counts}).", style="bold")
    say("\nWeeks in which somebody gets most", style="bold")
    table(("week of", "person", "mails", "reminders"), map(_load, found.loads[:WEEKS]), empty="")


def _load(load: Load) -> tuple[Any, ...]:
    return (load.week, load.person, _change(*load.mails), _change(*load.reminders))


def _change(before: object, after: object) -> str:
    return f"{before}" if before == after else f"{before} → {after}"


def _of_kind(title: str, turns: Sequence[ReminderChange]) -> Iterator[tuple[str, str]]:
    """Lines with their style: for each obligation who is told what on which day, and why."""
    groups = _by_obligation(turns)
    if groups:
        count = len(turns)
        yield f"{title}: {count} reminder{'s' if count > 1 else ''}", "bold"
    for group in groups[:MOST]:
        yield from ((line, "") for line in _obligation(group))
    if len(groups) > MOST:
        yield f"… and {len(groups) - MOST} more obligations; --json has them all.", ""
    if groups:
        yield "", ""


def _by_obligation(turns: Iterable[ReminderChange]) -> list[list[ReminderChange]]:
    found: dict[tuple[Any, ...], list[ReminderChange]] = {}
    for turn in turns:
        name = turn.name
        dues = tuple(side and side.due for side in (turn.before, turn.after))
        found.setdefault((name.entry, name.rule, name.occurrence, *dues), []).append(turn)
    return list(found.values())


def _obligation(group: Sequence[ReminderChange]) -> Iterator[str]:
    from monitor.cli.layout import INDENT, TableColumn, laid_out
    from monitor.cli.show import console, show_day

    turn = group[-1]
    old, new = turn.before or turn.after, turn.after or turn.before
    assert old is not None and new is not None
    due = _change(show_day(old.due), show_day(new.due))
    yield f"  {new.entry}  {new.rule}/{new.occurrence}, due {due}"
    rungs = _rungs(group)
    head = [TableColumn(name=""), TableColumn(name=""), TableColumn(name="", wide=True)]
    rows = [(*told, ", ".join(persons)) for told, persons in rungs.items()]
    for line in laid_out(head, rows[:RUNGS], console().width - len(INDENT))[1:]:
        yield INDENT + line
    if len(rungs) > RUNGS:
        last = max(turn.shown.on for turn in group)
        yield f"    … and {len(rungs) - RUNGS} more, the last on {show_day(last)}"
    if old.derivation == new.derivation:
        yield f"    why: {old.derivation}"
    else:
        yield f"    was: {old.derivation}"
        yield f"    now: {new.derivation}"


def _rungs(group: Iterable[ReminderChange]) -> dict[tuple[str, str], list[str]]:
    """Rung and days, ("-8w", "Thu 04-11-2021 → Mon 01-11-2021") → who is told."""
    from monitor.cli.show import show_day

    found: dict[tuple[str, str], list[str]] = {}
    for turn in group:
        days = [show_day(side.on) for side in (turn.before, turn.after) if side]
        found.setdefault((turn.shown.rung, _change(days[0], days[-1])), []).append(turn.name.person)
    return found
