"""accept: proposals of a letter into the register, after they were looked at."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.app import in_english
from monitor.cli.boundary import Exit
from monitor.cli.language import _, several, told
from monitor.cli.options import ACTOR, FILE, JSON, YES, now, opened
from monitor.cli.output import saved
from monitor.cli.proposals import headline, shift_text
from monitor.cli.terminal import agreed, print_json, say, say_beside, show_day

if TYPE_CHECKING:
    from monitor.actions.reading.accept import AcceptPreview
    from monitor.app import App
    from monitor.core.model.proposals import ProposalFile


@click.command()
@click.argument("file", type=FILE)
@click.option("--only", multiple=True, metavar="ID", help="This proposal alone, ticked or not; may be repeated.")
@click.option("--review", is_flag=True, help="Go through the proposals one by one; the answers are kept in FILE.")
@ACTOR
@YES
@JSON
def accept(file: Path, only: tuple[str, ...], review: bool, actor: str, yes: bool, as_json: bool) -> int:
    """Register the proposals in FILE that are accepted in it: a file of `monitor read --output`.

    What would change is shown first. Each entry keeps its quotes, with their place and the letter's hash. Accepting a
    file again changes nothing.
    """
    from monitor.actions.reading import accept as action

    with opened() as app:
        at = now()
        found = action.read_file(file)
        if review:
            from monitor.cli.review import walk

            found = walk(app, file, found)
        return decide(app, found, at, file=file, only=only, actor=actor, yes=yes, as_json=as_json)


def decide(
    app: App, found: ProposalFile, at: datetime, *, file: Path, only: Collection[str], actor: str, yes: bool,
    as_json: bool,
) -> int:  # fmt: skip
    """Show what proposals would change, ask, and save it; return the exit code."""
    from monitor.actions.reading import accept as action

    seen = action.preview(app, found, actor, at, file=file, only=only)
    if not as_json:
        _print_preview(seen)
    if not seen.seen.saved:
        if as_json:
            print_json(_json(seen) | {"number": seen.seen.version, "withdrawn": 0})
        return Exit.WELL
    if not yes and not agreed():
        say(_("Nothing was changed."))
        return Exit.REFUSED
    kept = action.save(app, seen, at)
    saved()
    if as_json:
        print_json(_json(seen) | {"number": kept.number, "withdrawn": kept.withdrawn})
        return Exit.WELL
    say(_("Saved up to change {number}.", number=kept.number))
    if kept.withdrawn:
        say(several("{count} unsent mail was withdrawn.", "{count} unsent mails were withdrawn.", kept.withdrawn))
    return Exit.WELL


def _print_preview(seen: AcceptPreview) -> None:
    for id, entry in seen.before.items():
        say(_("{proposal}: accepted before, as {entry}.", proposal=id, entry=entry))
    for proposal in seen.proposals:
        say(f"{proposal.id}: {headline(proposal)}")
        if gone := seen.closed.get(proposal.id):
            say_beside("", _("closed meanwhile, so not by this: {names}", names=", ".join(gone)), style="yellow")
    difference = seen.difference
    titles = (_("Begins"), difference.begun), (_("Moves"), difference.moved), (_("Stops"), difference.stopped)
    for title, shifts in titles:
        for shift in shifts:
            say(f"{title}: {shift.key.entry}, {shift_text(shift)}")
    for id, old, new in difference.secured:
        say(_("Secured: {entry} until {old} → {new}", entry=id, old=show_day(old.until), new=show_day(new.until)))
    for gap in seen.unwatched:
        say(told(gap.what), style="yellow")
    if seen.undecided:
        ids = ", ".join(seen.undecided)
        say(_("Not ticked, so not accepted: {ids}. --only and --review accept them.", ids=ids))
    if not seen.seen.saved:
        say(_("Nothing changes: there is nothing to accept that was not accepted before."))


def _json(seen: AcceptPreview) -> dict[str, object]:
    difference = seen.difference
    due = [(f"{s.key.entry} {s.key.rule}/{s.key.occurrence}", s.after and s.after.due.day) for s in difference.begun]
    return {
        "accepted": {one.id: one.entry or one.about for one in seen.proposals},
        "before": dict(seen.before),
        "closed_meanwhile": {id: list(names) for id, names in seen.closed.items()},
        "undecided": list(seen.undecided),
        "begun": [{"obligation": name, "due": day} for name, day in due],
        "unwatched": [in_english(gap.what) for gap in seen.unwatched],
    }
