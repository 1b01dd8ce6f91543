"""import, export and template: the register as files that people exchange."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.boundary import Exit
from monitor.cli.language import _, several, spoken, told
from monitor.cli.options import ACTOR, FILE, JSON, YES, Parsed, configured, now, opened
from monitor.cli.output import saved, shown
from monitor.cli.terminal import agreed, confirmed, print_json, say
from monitor.core.errors import BadValue, Refused
from monitor.core.model.fields import READERS, folded
from monitor.core.model.file_options import (
    FACT,
    SEPARATORS,
    WRITTEN,
    Question,
    ReadAs,
    Separator,
    Unsure,
    WrittenFormat,
)

if TYPE_CHECKING:
    from monitor.actions.register.importing import ImportPreview

MAP = "The field that a column or key means, as einddatum=valid_until; fact keeps it as a fact. May be repeated."
DATES = "day-first: 03-04-2026 is 3 April; 1 januari 2027 is read too."
SEPARATOR = "Of CSV; a Dutch Excel opens semicolon in columns."


def _mapping(written: str) -> tuple[str, str]:
    """Return a name in the file and the field that it means."""
    name, sign, field = (part.strip() for part in written.rpartition("="))
    field = folded(field)
    if not sign or not name:
        raise BadValue("{given!r} is not COLUMN=FIELD.", given=written)
    if field not in READERS and field != FACT:
        raise BadValue("There is no field {name!r}.", f"{', '.join(READERS)}, {FACT}", name=field)
    return name, field


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--quick", is_flag=True, help="Do not compute what becomes due; for very large files.")
@click.option("--map", "columns", multiple=True, type=Parsed("COLUMN=FIELD", _mapping), help=MAP)
@click.option("--dates", type=click.Choice(["iso", "day-first"]), default="iso", help=DATES)
@click.option("--any-year", is_flag=True, help="Accept days far from today.")
@click.option("--kind", default="", metavar="KIND", help="What the entries of a table without a column kind are.")
@click.option("--sheet", default="", metavar="NAME", help="The sheet of a workbook; default: entries, or the only one.")
@ACTOR
@YES
@JSON
def import_file(
    file: Path, quick: bool, columns: Any, dates: str, actor: str, yes: bool, as_json: bool, **given: Any
) -> int:
    """Import entries from FILE: a register file or export (.json), or a table (.csv, .xlsx).

    New ids are added, entries that differ are corrected, the rest is left alone: all of it or nothing. Where the file
    can be read in two ways it asks; with --yes it refuses, and an option gives the answer.
    """
    from monitor.actions.register.import_report import report_json, report_lines
    from monitor.actions.register.importing import preview_import
    from monitor.actions.register.saving import save_import

    read_as = ReadAs(columns=dict(columns), day_first=dates == "day-first", **given)
    with opened() as app:
        at = now()
        look = partial(preview_import, app, file, actor, at, progress=_progress, judge=not quick)
        seen = look(read_as=read_as) if yes else _asked(look, read_as)
        for line in () if as_json else report_lines(seen, language=spoken()):
            say(line)
        if seen.saved and not yes and not agreed():
            say(_("Nothing was changed."))
            return Exit.REFUSED
        taken = save_import(app, seen, at, progress=_progress)
        if seen.saved:
            saved()
    if as_json:
        print_json(report_json(seen) | {"number": taken.number, "withdrawn": taken.withdrawn})
    elif seen.saved:
        one, more = " {count} unsent mail was withdrawn.", " {count} unsent mails were withdrawn."
        mails = several(one, more, taken.withdrawn) if taken.withdrawn else ""
        say(_("Saved up to change {number}.{mails}", number=taken.number, mails=mails))
    return Exit.WELL


def _asked(look: Callable[..., ImportPreview], read_as: ReadAs) -> ImportPreview:
    """Return what the file would do, after its questions. Raises Unsure where no answer can come, or Refused."""
    while True:
        try:
            return look(read_as=read_as)
        except Unsure as unsure:
            if not sys.stdin.isatty() or not shown():
                raise
            for question in unsure.questions:
                read_as = read_as.answered(question, _answer(question))


def _answer(question: Question) -> str:
    if question.choices:
        fields = click.Choice(question.choices)
        return str(click.prompt(told(question.ask), type=fields, default=question.proposed or None, err=True))
    if not confirmed(told(question.ask), default=False):
        raise Refused("Nothing was changed.")
    return ""


@click.command()
@click.argument("file", type=FILE)
@click.option("--format", "kind", type=click.Choice(WRITTEN), help="Default: by the end of the name.")
@click.option("--separator", type=click.Choice([*SEPARATORS]), default="comma", show_default=True, help=SEPARATOR)
def export(file: Path, kind: WrittenFormat | None, separator: Separator) -> None:
    """Write the register to FILE, or to standard output for `-`: whole as JSON, its entries as CSV or XLSX.

    As ICS it is a calendar of the deadlines: what is open, and for two weeks what is no longer.
    """
    from monitor.actions.exchange import exporting

    out = None if str(file) == "-" else file
    found = exporting.format_of(out, kind)
    if out is None and found == "xlsx" and sys.stdout.isatty():
        raise Refused("XLSX is not for the terminal: name a file.")
    one, more = "{count} entry was written{where}.", "{count} entries were written{where}."
    with opened() as app:
        if found == "ics":
            from monitor.actions.query.agenda import export_agenda  # its library takes its time to import

            count = export_agenda(app, out, now(), spoken())
            one, more = "{count} deadline was written{where}.", "{count} deadlines were written{where}."
        else:
            count = exporting.export(app, out, found, separator=separator)
    if out:
        saved()
    if out or shown():
        where = _(" to {file}", file=file) if out else ""
        print(several(one, more, count, where=where), file=sys.stderr)


@click.command()
@click.argument("file", type=FILE)
def template(file: Path) -> None:
    """Write an empty table (.xlsx) to FILE, its columns explained, with lists to choose from."""
    from monitor.actions.exchange import exporting

    if file.suffix.casefold() != ".xlsx":
        raise Refused("{file} does not end in .xlsx; a template is a workbook.", file=file)
    if file.exists():
        raise Refused("{file} is there already; it was left as it is.", file=file)
    exporting.template(configured(), file, spoken())
    saved()
    what = "Wrote {file}. Fill in the sheet entries, then `monitor import {typed}`."
    say(_(what, file=file, typed=shlex.quote(str(file))))


def _progress(what: str, done: int, of: int) -> None:
    """Write a line on standard error that is written over; only on a terminal, or where the work is long."""
    on_terminal, total = sys.stderr.isatty(), _(" of {count:,}", count=of) if of else ""
    what = _(what)
    if of and done >= of:
        print(f"\r{' ' * 60}\r" if on_terminal else "", end="", file=sys.stderr, flush=True)
    elif on_terminal:
        print(f"\r{done:,}{total} {what:<40}", end="", file=sys.stderr, flush=True)
    elif done and done % 10_000 == 0:
        print(f"{done:,}{total} {what}", file=sys.stderr, flush=True)
