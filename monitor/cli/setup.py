"""init, migrate and validate: what an administrator does once, and after every edit."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.boundary import Exit
from monitor.cli.options import JSON, YES, account, config_of, now


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path())
@click.option("--database", help="SQLite file or PostgreSQL URL; default: monitor.db in the folder.")
@click.option("--register", "register", type=click.Path(path_type=Path), help="A register file to begin with.")
@click.pass_context
def init(ctx: click.Context, folder: Path, database: str | None, register: Path | None) -> None:
    """Make FOLDER ready: config.toml with every setting explained, rules/, templates/ and the database.

    Nothing that is there already is overwritten.
    """
    from monitor.actions.setup import init as act
    from monitor.cli.show import say

    for line in act(folder, database=database, register=register, actor=account(), now=now()):
        say(line)


@click.command()
@YES
@click.pass_context
def migrate(ctx: click.Context, yes: bool) -> None:
    """Bring the database's schema up to date. Make a backup first."""
    from monitor.actions.setup import migrate as act
    from monitor.cli.show import say

    before, after = act(config_of(ctx), now())
    say(f"The schema is at {after}." if before == after else f"The schema went from {before or 'nothing'} to {after}.")


@click.command()
@JSON
@click.option("--rules", type=click.Path(path_type=Path), help="A folder of rules to check before it is put in force.")
@click.pass_context
def validate(ctx: click.Context, as_json: bool, rules: Path | None) -> int:
    """Check the configuration, rules, calendars and letters, and say which file won where two have the same name."""
    from monitor.actions.setup import validate as act
    from monitor.cli.show import print_json, say, table

    found = act(config_of(ctx), rules)
    if as_json:
        print_json({"faults": [vars(fault) for fault in found.faults], "won": found.won})
        return Exit.COULD_NOT_TELL if found.faults else Exit.WELL
    if found.faults:
        for fault in found.faults:
            say(str(fault), style="red")
        say(f"{len(found.faults)} fault(s).")
        return Exit.COULD_NOT_TELL
    table(("what", "read from"), found.won.items(), empty="", wide=("read from",))
    say(f"No faults: {found.summary}.")
    return Exit.WELL
