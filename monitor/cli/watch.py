"""watch: ask the sources of the public record now, or read recess dates from parliament's page."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.app import in_english
from monitor.cli.boundary import Exit
from monitor.cli.language import _, several, told
from monitor.cli.options import FILE, JSON, clock, now, opened
from monitor.cli.output import saved
from monitor.cli.terminal import print_json, say, say_beside, show_day, show_instant
from monitor.core.errors import Refused

if TYPE_CHECKING:
    from monitor.actions.watch.asking import Asked
    from monitor.actions.watch.inbox import Listed
    from monitor.actions.watch.recess import RecessRead


@click.command()
@click.option("--source", multiple=True, metavar="NAME", help="Only this source of [watch.sources]. May be repeated.")
@click.option(
    "--recess", type=FILE, metavar="FILE", help="Read recess dates from a saved page of parliament; ask none."
)
@click.option(
    "--output", "-o", "out", type=FILE, metavar="PATH", help="With --recess: write the calendar with these dates."
)
@JSON
def watch(source: tuple[str, ...], recess: Path | None, out: Path | None, as_json: bool) -> int:
    """Ask the sources of the public record what is new; what concerns the register waits in the inbox.

    Nothing is registered. Exit code 3: a source gave no whole answer; what came is in the inbox all the same.
    """
    from monitor.actions.watch.asking import ask, watch_of
    from monitor.actions.watch.inbox import listed

    if out and not recess:
        raise click.UsageError(_("--output goes with --recess."), click.get_current_context())
    if recess:
        return _read_recess(recess, out, as_json)
    with opened() as app:
        names = source or watch_of(app).names
        found = [(name, ask(app, name, clock(), lambda: False)) for name in names]
        saved()
        zone = app.policy.zone
    if as_json:
        print_json([_json(name, one) for name, one in found])
    for name, one in () if as_json else found:
        _print(name, one, [listed(item) for item in one.new] if one else [], zone)
    whole = all(one is not None and not one.troubles for _name, one in found)
    return Exit.WELL if whole else Exit.COULD_NOT_TELL


def _json(name: str, found: Asked | None) -> dict[str, object]:
    if found is None:
        return {"source": name, "asked": False}
    return {
        "source": name, "asked": True, "whole": not found.troubles, "complete_at": found.complete_at,
        "records": found.records, "new": [item.number for item in found.new],
        "troubles": [{"kind": one.kind, "part": one.part, "what": in_english(one.said)} for one in found.troubles],
    }  # fmt: skip


def _print(name: str, found: Asked | None, new: list[Listed], zone: str) -> None:
    if found is None:
        busy = "{source} was not asked: it was asked less than a minute ago, or another process asks it now."
        say(_(busy, source=name), style="yellow")
        return
    items = several("{count} new item in the inbox", "{count} new items in the inbox", len(new))
    if found.troubles:
        last = show_instant(found.complete_at, zone) if found.complete_at else _("never")
        say(_("{source} gave no whole answer: {items}. Last whole answer: {at}.", source=name, items=items, at=last),
            style="bold red")  # fmt: skip
        for trouble in found.troubles:
            say_beside("", told(trouble.said), style="red")
    else:
        say(_("{source} gave a whole answer: {items}.", source=name, items=items), style="bold")
    print_items(new)
    if new:
        say(_("`monitor inbox show NUMBER` shows what an item proposes."))


def print_items(found: Sequence[Listed], *, with_state: bool = False) -> None:
    """Print each item in a sentence beside its number."""
    for one in found:
        state = f" ({_(one.item.state)})" if with_state else ""
        say_beside(str(one.item.number), f"{told(one.what)}{state}")


def _read_recess(file: Path, out: Path | None, as_json: bool) -> int:
    from monitor.actions.watch.recess import read_recess, write_calendar

    if out and out.exists():
        raise Refused("{file} is there already; it was left as it is. Name another file.", file=out)
    with opened() as app:
        found = read_recess(app, file, now())
        if out:
            write_calendar(app, found, out)
        saved()
    if as_json:
        lines = [{"name": one.name, "start": one.first, "end": one.last} for one in found.differing]
        new = [one.item.number for one in found.new]
        print_json({"read": found.read, "differing": lines, "unread": found.unread, "new": new})
    else:
        _print_recess(found)
    if out:
        said = _("The calendar was written to {file}. `monitor whatif --calendar {file}` shows what it would move; "
                 "in calendars/ of your rules folder it is in force.", file=out)  # fmt: skip
        print(said, file=sys.stderr) if as_json else say(said)
    return Exit.COULD_NOT_TELL if found.unread or not found.read else Exit.WELL


def _print_recess(found: RecessRead) -> None:
    for line in found.unread:
        say(_("Not understood: {line}", line=line), style="yellow")
    say(several("{count} recess was read.", "{count} recesses were read.", found.read))
    if not found.differing:
        say(_("The calendar has the same days."))
        return
    many = several("{count} differs from the calendar:", "{count} differ from the calendar:", len(found.differing))
    say(many)
    for one in found.differing:
        say_beside("", f"{one.name}: {show_day(one.first)} – {show_day(one.last)}")
    print_items(found.new)
