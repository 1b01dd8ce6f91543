"""import, export and template: the register as files that people exchange."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import click

from monitor.cli.boundary import Exit
from monitor.cli.options import ACTOR, JSON, YES, account, config_of, now
from monitor.cli.output import saved, shown
from monitor.cli.reading import MAPPING, answered
from monitor.core.errors import Refused
from monitor.exchange.csv_file import SEPARATORS, Separator
from monitor.exchange.file_kind import KINDS, Kind, kind_named
from monitor.exchange.questions import ReadAs

FILE = click.Path(path_type=Path)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--quick", is_flag=True, help="Do not work out what becomes due; for very large files.")
@click.option(
    "--map", "columns", type=MAPPING, multiple=True, metavar="COLUMN=FIELD",
    help="The field that a column or key means, as einddatum=valid_until; fact keeps it as a fact. May be repeated.",
)  # fmt: skip
@click.option("--dates", type=click.Choice(["iso", "day-first"]), default="iso",
              help="day-first: 03-04-2026 is 3 April; 1 januari 2027 is read too.")  # fmt: skip
@click.option("--any-year", is_flag=True, help="Days far from today are meant, as they stand.")
@click.option("--sheet", default="", metavar="NAME", help="The sheet of a workbook; default: entries, or the only one.")
@ACTOR
@YES
@JSON
@click.pass_context
def import_file(
    ctx: click.Context, file: Path, quick: bool, columns: tuple[tuple[str, str], ...], dates: str, any_year: bool,
    sheet: str, actor: str | None, yes: bool, as_json: bool,
) -> int:  # fmt: skip
    """Take entries in from FILE: a register file or export (.json), or a table (.csv, .xlsx).

    New ids are added, entries that differ are corrected, the rest is left alone: all of it or nothing. Where the file can
    be taken in two ways it is asked; with --yes it is refused, and the answer is an option.
    """
    from monitor.actions.register.import_report import lines, plain
    from monitor.actions.register.importing import prospect
    from monitor.actions.register.saving import take_in
    from monitor.app import build
    from monitor.cli.asking import agreed
    from monitor.cli.show import print_json, say

    said = ReadAs(columns=dict(columns), day_first=dates == "day-first", any_year=any_year, sheet=sheet)
    with build(config_of(ctx)) as app:
        at = now()
        look = partial(prospect, app, file, actor or account(), at, progress=_progress, judge=not quick)
        seen = look(read_as=said) if yes else answered(look, said)
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
@click.option("--separator", type=click.Choice(list(SEPARATORS)), default="comma", show_default=True,
              help="Of CSV; a Dutch Excel opens semicolon in columns.")  # fmt: skip
@click.pass_context
def export(ctx: click.Context, file: Path, kind: Kind | None, separator: Separator) -> None:
    """Write the register to FILE, or to standard output for `-`: whole as JSON, its entries as CSV or XLSX."""
    from monitor.actions.exchange.exporting import export as act
    from monitor.app import build

    out = None if str(file) == "-" else file
    found = _kind(file, kind, "json" if out is None else None)
    if out is None and found == "xlsx" and sys.stdout.isatty():
        raise Refused("XLSX is not for the terminal: name a file.")
    with build(config_of(ctx)) as app:
        count = act(app, out, found, separator=separator)
    if out:
        saved()
    if out or shown():
        print(f"{count} entries were written{f' to {file}' if out else ''}.", file=sys.stderr)


@click.command()
@click.argument("file", type=FILE)
@click.pass_context
def template(ctx: click.Context, file: Path) -> None:
    """Write an empty table (.xlsx) to FILE, its columns explained, with lists to choose from."""
    from monitor.actions.exchange.exporting import template as act
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
