"""backup, prune and migrate: what an administrator does to the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.boundary import Exit
from monitor.cli.options import FILE, YES, configured, now, opened
from monitor.cli.output import saved
from monitor.cli.terminal import must_agree, say, table

if TYPE_CHECKING:
    from monitor.actions.admin.maintenance import Prunable
    from monitor.core.model.policy import Retention


@click.command()
@click.argument("file", type=FILE)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
def backup(file: Path, force: bool) -> None:
    """Copy the whole database to FILE, consistent also while the service runs, and check the copy.

    On PostgreSQL this runs pg_dump. docs/operations.md explains how to restore.
    """
    from monitor.actions.admin.maintenance import back_up

    made = back_up(configured(), file, force=force)
    saved()
    rows = ", ".join(f"{count} rows of {name}" for name, count in made.rows.items())
    say(f"Backed up to {made.file} ({made.size / 1024:.0f} KB){f': {rows}' if rows else ''}. It was read back whole.")


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be removed; remove nothing.")
@YES
def prune(dry_run: bool, yes: bool) -> int:
    """Remove what is kept longer than [retention] says: texts of old mails, people who left, old checks.

    The register, its history and the ledger stay, and so does what is not settled.
    """
    from monitor.actions.admin import maintenance

    with opened() as app:
        found = maintenance.prunable(app, now())
        _print_prunable(found, app.retention)
        if dry_run or not found:
            return Exit.WELL
        if not yes:
            must_agree("Remove this permanently?", nothing="Nothing was removed")
        done = maintenance.prune(app, now())
        saved()
    people, checks = f"{len(done.people)} people", f"{done.checks} checks and {done.versions} versions"
    say(f"Removed: the texts of {done.mails} mails, {people}, {checks}.")
    return Exit.WELL


def _print_prunable(found: Prunable, kept: Retention) -> None:
    rows = (
        ("mail", kept.mail, f"the texts of {found.mails} settled mails ({found.size / 1024:.0f} KB)"),
        ("people", kept.people, f"names and addresses of {', '.join(found.people) or 'no one'}"),
        ("checks", kept.checks, f"{found.checks} records of checks"),
    )
    shown = ((k, str(span).removeprefix("+"), what) if span else (k, "for ever", "nothing") for k, span, what in rows)
    table(("what", "kept for", "removed"), shown, wide=("removed",))


@click.command()
@YES
def migrate(yes: bool) -> None:
    """Bring the database's schema up to date. Make a backup first."""
    from monitor.actions.admin import maintenance

    before, after = maintenance.migrate(configured(), now())
    saved()
    say(f"The schema is at {after}." if before == after else f"The schema went from {before or 'nothing'} to {after}.")
