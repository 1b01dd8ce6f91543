"""simulate and explain: what will be said, and why."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from monitor.cli.options import DAY, JSON, KNOWN, TRIED_CALENDAR, TRIED_RULES, config_of, now, span_in_order


@click.command()
@click.option("--from", "first", type=DAY, required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, inclusive.")
@click.option(
    "--register", "register", type=click.Path(path_type=Path), help="A register file instead of the database."
)
@TRIED_RULES
@TRIED_CALENDAR
@click.option("--actions", type=click.Path(path_type=Path), help="Dated actions to take on the way (JSON).")
@click.option("--system", is_flag=True, help="Also what the system rules raise.")
@JSON
@click.pass_context
def simulate(
    ctx: click.Context, first: date, last: date, register: Path | None, rules: Path | None, calendar: Path | None,
    actions: Path | None, system: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print every reminder of a span of days, as the daemon would send them. Changes nothing.

    With --register it touches no database at all.
    """
    from monitor.actions.query.simulate import simulate_file, simulate_store
    from monitor.actions.register.import_report import told
    from monitor.app import build_policy, open_app, read_config, read_people
    from monitor.core.register.event_types import unknown_types

    span_in_order(first, last)
    config = read_config(config_of(ctx))
    policy = build_policy(config, before=rules, calendar=calendar)
    if register:
        found = simulate_file(policy, first, last, register, actions=actions, named=read_people(config))
    else:
        with open_app(config) as app:
            found = simulate_store(app, policy, first, last, now(), actions=actions)
    _print([item for item in found.reminders if system or not item.system], first, last, as_json=as_json)
    for effect in found.effects:
        print(told(effect), file=sys.stderr)
    for line in unknown_types((effect.event.type for effect in found.effects), policy):
        print(line, file=sys.stderr)
    for entry, facts in found.facts.items():
        print(f"{entry}: kept as facts, driving nothing: {', '.join(facts)}", file=sys.stderr)


@click.command()
@click.argument("entry")
@click.option("--day", type=DAY, help="As of the slot of this day, past or to come; default: the last slot.")
@KNOWN
@JSON
@click.pass_context
def explain(ctx: click.Context, entry: str, day: date | None, known: date | None, as_json: bool) -> None:
    """List every rule once for an ENTRY, with its verdict and why its day falls where it does.

    With --known also the rules, calendars and people are those in force then, where a check kept them.

    \b
    Verdicts: owed, said, waiting, snoozed, stopped, listed (open);
    skipped, closed, ended, handed-over, undated, unreckonable,
    not-selected, muted, off.
    """
    from monitor.actions.query.listing import explain as act
    from monitor.app import build
    from monitor.cli.show import print_json

    with build(config_of(ctx)) as app:
        found = act(app, entry, now(), day=day, known=known)
    if as_json:
        print_json(found.plain())
    else:
        _explained(found)


def _print(reminders: list[Any], first: date, last: date, *, as_json: bool) -> None:
    from monitor.cli.show import print_json_lines, say, table

    if as_json:
        print_json_lines({key: value for key, value in asdict(item).items() if key != "system"} for item in reminders)
        return
    rows = ((r.on, r.entry, r.rule, r.occurrence, r.rung, r.due, ", ".join(r.roles)) for r in reminders)
    empty = f"Nothing is said from {first} to {last}."
    table(("day", "entry", "rule", "for", "rung", "due", "to"), rows, empty=empty, wide=("rule", "to"))
    if reminders:
        say(f"{len(reminders)} reminders.")


def _explained(found: Any) -> None:
    from monitor.cli.show import say, show_day, table
    from monitor.core.planning.verdicts import Obligation, Verdict

    entry = found.entry
    say(f"{entry.id} · {entry.title or '(no title)'}", style="bold")
    binding = "" if found.secured.binding == entry.id else f" (binding: {found.secured.binding})"
    secured = f"secured until {show_day(found.secured.until)}{binding}" if found.secured.until else "no end date known"
    say(f"{entry.kind}, {found.state}, {secured}; as of the slot of {show_day(found.day)}")
    if found.known:
        say(f"As known at the slot of {show_day(found.known)}; {found.basis}.")
    say("")
    rows: list[tuple[Any, ...]] = []
    for chief, items in found.rules():
        for item in [item for item in items if item.verdict is not Verdict.NOT_SELECTED] or [chief]:
            if isinstance(item, Obligation):
                reason = "; ".join(filter(None, (item.due.derivation, item.why)))
                rows.append((f"{item.rule.id}/{item.key.occurrence}", item.verdict, item.due.day, reason))
            else:
                rows.append((item.rule.id, item.verdict, None, item.why))
    table(("rule", "verdict", "due", "why"), rows, empty="No rules.", wide=("why",))
