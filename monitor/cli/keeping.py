"""backup and prune: what is kept safe, and what is kept no longer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.asking import must_agree
from monitor.cli.boundary import Exit
from monitor.cli.options import YES, config_of, now
from monitor.cli.output import saved

if TYPE_CHECKING:
    from monitor.actions.admin.maintenance import Prunable
    from monitor.app import App


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.pass_context
def backup(ctx: click.Context, file: Path, force: bool) -> None:
    """Copy the whole database to FILE, consistent also while the service runs, and check the copy.

    On PostgreSQL this runs pg_dump. How to restore stands in docs/operations.md.
    """
    from monitor.actions.admin.maintenance import back_up
    from monitor.cli.show import say

    made = back_up(config_of(ctx), file, force=force)
    saved()
    counted = ", ".join(f"{count} rows of {name}" for name, count in made.rows.items())
    say(
        f"Backed up to {made.file} ({made.size / 1024:.0f} KB){f': {counted}' if counted else ''}. It was read back whole."
    )


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would go; remove nothing.")
@YES
@click.pass_context
def prune(ctx: click.Context, dry_run: bool, yes: bool) -> int:
    """Remove what is kept longer than [retention] says: texts of old mails, people who left, old checks.

    The register, its history and the ledger stay, and so does what is not settled.
    """
    from monitor.actions.admin.maintenance import prunable
    from monitor.actions.admin.maintenance import prune as act
    from monitor.app import build
    from monitor.cli.show import say

    with build(config_of(ctx)) as app:
        found = prunable(app, now())
        _show(app, found)
        if dry_run or not found:
            return Exit.WELL
        if not yes:
            must_agree("Remove this permanently?", nothing="Nothing was removed")
        done = act(app, now())
        saved()
    people, checks = f"{len(done.people)} people", f"{done.checks} checks and {done.versions} versions"
    say(f"Removed: the texts of {done.mails} mails, {people}, {checks}.")
    return Exit.WELL


def _show(app: App, found: Prunable) -> None:
    from monitor.cli.show import table

    kept, people = app.retention, ", ".join(found.people) or "nobody"
    rows = (
        ("mail", kept.mail, f"the texts of {found.mails} settled mails ({found.size / 1024:.0f} KB)"),
        ("people", kept.people, f"names and addresses of {people}"),
        ("checks", kept.checks, f"{found.checks} records of checks"),
    )
    told = (
        (kind, str(span).removeprefix("+") if span else "for ever", goes if span else "nothing")
        for kind, span, goes in rows
    )
    table(("what", "kept for", "goes"), told, empty="", wide=("goes",))
