"""backup, prune and migrate: what an administrator does to the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.boundary import Exit
from monitor.cli.language import _
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
    rows = ", ".join(_("{count} rows of {name}", count=count, name=name) for name, count in made.rows.items())
    what = "Backed up to {file} ({size:.0f} KB){rows}. It was read back whole."
    say(_(what, file=made.file, size=made.size / 1024, rows=f": {rows}" if rows else ""))


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be removed; remove nothing.")
@YES
def prune(dry_run: bool, yes: bool) -> int:
    """Remove what is kept longer than [retention] says: texts of old mails, and people who left.

    The register, its history and the ledger stay, and so does what is not settled.
    """
    from monitor.actions.admin import maintenance

    with opened() as app:
        found = maintenance.prunable(app, now())
        _print_prunable(found, app.retention)
        if dry_run or not found:
            return Exit.WELL
        if not yes:
            must_agree(_("Remove this permanently?"), nothing=_("Nothing was removed"))
        done = maintenance.prune(app, now())
        saved()
    people = _("{people} people", people=len(done.people))
    say(_("Removed: the texts of {mails} mails, {people}.", mails=done.mails, people=people))
    return Exit.WELL


def _print_prunable(found: Prunable, kept: Retention) -> None:
    rows = (
        (
            "mail",
            kept.mail,
            _("the texts of {mails} settled mails ({size:.0f} KB)", mails=found.mails, size=found.size / 1024),
        ),
        ("people", kept.people, _("names and addresses of {names}", names=", ".join(found.people) or _("no one"))),
    )
    shown = (
        (k, str(span).removeprefix("+"), what) if span else (k, _("for ever"), _("nothing")) for k, span, what in rows
    )
    table(("what", "kept for", "removed"), shown, wide=("removed",))


@click.command()
@YES
def migrate(yes: bool) -> None:
    """Bring the database's schema up to date. Make a backup first."""
    from monitor.actions.admin import maintenance

    before, after = maintenance.migrate(configured(), now())
    saved()
    say(
        _("The schema is at {after}.", after=after)
        if before == after
        else _("The schema went from {before} to {after}.", before=before or _("nothing"), after=after)
    )
