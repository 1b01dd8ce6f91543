"""import, export and template: the register as files that people exchange."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from monitor.cli.boundary import Exit
from monitor.cli.options import ACTOR, JSON, YES, account, config_of, now
from monitor.cli.output import saved, shown
from monitor.core.errors import Refused
from monitor.exchange.kinds import KINDS, Kind, kind_named

FILE = click.Path(path_type=Path)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--quick", is_flag=True, help="Do not work out what becomes due; for very large files.")
@ACTOR
@YES
@JSON
@click.pass_context
def import_file(ctx: click.Context, file: Path, quick: bool, actor: str | None, yes: bool, as_json: bool) -> int:
    """Take entries in from FILE: a register file or export (.json), or a table (.csv, .xlsx).

    New ids are added, entries that differ are corrected, the rest is left alone: all of it or nothing.
    """
    from monitor.actions.import_report import lines, plain
    from monitor.actions.importing import prospect
    from monitor.actions.taking_in import take_in
    from monitor.app import build
    from monitor.cli.asking import agreed
    from monitor.cli.show import print_json, say

    with build(config_of(ctx)) as app:
        at = now()
        seen = prospect(app, file, actor or account(), at, progress=_progress, judge=not quick)
        if not as_json:
            for line in lines(seen):
                say(line)
        if seen.saved and not yes and not agreed():
            say("Nothing was changed.")
            return Exit.REFUSED
        taken = take_in(app, seen, at, progress=_progress)
        if seen.saved:
            saved()
    if as_json:
        print_json(plain(seen) | {"number": taken.number, "withdrawn": taken.withdrawn})
    elif seen.saved:
        back = f" {taken.withdrawn} unsent mail(s) were taken back." if taken.withdrawn else ""
        say(f"Saved up to change {taken.number}.{back}")
    return Exit.WELL


@click.command()
@click.argument("file", type=FILE)
@click.option("--format", "kind", type=click.Choice(KINDS), help="Default: what the name ends in.")
@click.pass_context
def export(ctx: click.Context, file: Path, kind: Kind | None) -> None:
    """Write the register to FILE, or to standard output for `-`: whole as JSON, its entries as CSV or XLSX."""
    from monitor.actions.exporting import export as act
    from monitor.app import build

    out = None if str(file) == "-" else file
    found = _kind(file, kind, "json" if out is None else None)
    if out is None and found == "xlsx" and sys.stdout.isatty():
        raise Refused("XLSX is not for the terminal: name a file.")
    with build(config_of(ctx)) as app:
        count = act(app, out, found)
    if out:
        saved()
    if out or shown():
        print(f"{count} entries were written{f' to {file}' if out else ''}.", file=sys.stderr)


@click.command()
@click.argument("file", type=FILE)
@click.pass_context
def template(ctx: click.Context, file: Path) -> None:
    """Write an empty table (.xlsx) to FILE, its columns explained, with lists to choose from."""
    from monitor.actions.exporting import template as act
    from monitor.cli.show import say

    if file.suffix.casefold() != ".xlsx":
        raise Refused(f"{file} does not end in .xlsx; a template is a workbook.")
    if file.exists():
        raise Refused(f"{file} is there already; it was left as it is.")
    act(config_of(ctx), file)
    saved()
    say(f"Wrote {file}. Fill in the sheet entries, then `monitor import {file}`.")


def _kind(file: Path, given: Kind | None, otherwise: Kind | None) -> Kind:
    found = given or kind_named(file) or otherwise
    if found is None:
        raise Refused(f"{file} does not say its format. Name it .json, .csv or .xlsx, or add --format.")
    return found


def _progress(what: str, done: int, of: int) -> None:
    """A line on standard error that is written over; only where somebody looks, or the work is long."""
    if of and done >= of:
        end = f"\r{' ' * 60}\r" if sys.stderr.isatty() else ""
        print(end, end="", file=sys.stderr, flush=True)
    elif sys.stderr.isatty():
        print(f"\r{done:,}{f' of {of:,}' if of else ''} {what:<40}", end="", file=sys.stderr, flush=True)
    elif done and done % 10_000 == 0:
        print(f"{done:,}{f' of {of:,}' if of else ''} {what}", file=sys.stderr, flush=True)
