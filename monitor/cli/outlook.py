"""simulate and explain: what will be said, and why."""

from __future__ import annotations

import json
import sys
from datetime import date, datetime
from pathlib import Path

import click

from monitor.cli.options import DAY, config_of


@click.command()
@click.option("--from", "first", type=DAY, required=True, help="First day, YYYY-MM-DD.")
@click.option("--to", "last", type=DAY, required=True, help="Last day, inclusive.")
@click.option(
    "--register", "register", type=click.Path(path_type=Path), help="A register file instead of the database."
)
@click.option(
    "--rules", "rules", type=click.Path(path_type=Path), help="A folder of rules that come before the others."
)
@click.option("--actions", type=click.Path(path_type=Path), help="Dated actions to take on the way (JSON).")
@click.option("--system", is_flag=True, help="Also what the system rules raise.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def simulate(
    ctx: click.Context, first: date, last: date, register: Path | None, rules: Path | None, actions: Path | None,
    system: bool, as_json: bool,
) -> None:  # fmt: skip
    """Print every reminder of a span of days, as the daemon would send them. Changes nothing."""
    from monitor.actions.outlook import simulate as act
    from monitor.app import build_outlook
    from monitor.cli.show import foreseen_table

    outlook = build_outlook(config_of(ctx), rules)
    found = act(outlook, first, last, register=register, actions=actions, system=system)
    if as_json:
        for item in found.reminders:
            print(json.dumps(item.plain(), ensure_ascii=False))
    else:
        foreseen_table(found.reminders, first, last)
    for entry, facts in found.facts.items():
        print(f"{entry}: kept as facts, driving nothing: {', '.join(facts)}", file=sys.stderr)


@click.command()
@click.argument("entry")
@click.option("--day", type=DAY, help="As of the slot of this day; default: the last slot.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.pass_context
def explain(ctx: click.Context, entry: str, day: date | None, as_json: bool) -> None:
    """List every rule once for an ENTRY with its verdict and why its day falls where it does."""
    from monitor.actions.outlook import explain as act
    from monitor.app import build
    from monitor.cli.show import explanation, print_json

    with build(config_of(ctx)) as app:
        found = act(app, entry, day, datetime.now().astimezone())
        if as_json:
            print_json(found.plain())
        else:
            explanation(found)
