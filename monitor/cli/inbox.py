"""inbox: what the public record says that concerns the register, until a person decides."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from monitor.cli.language import _, several, told
from monitor.cli.options import ACTOR, FILE, JSON, YES, now, opened
from monitor.cli.output import saved
from monitor.cli.proposals import print_proposals
from monitor.cli.terminal import print_json, print_json_lines, say
from monitor.cli.watch import print_items
from monitor.core.errors import Refused

NUMBER = click.argument("number", type=int)


@click.group(invoke_without_command=True)
@click.option("--all", "everything", is_flag=True, help="Also what was decided, or overtaken by something newer.")
@JSON
@click.pass_context
def inbox(ctx: click.Context, everything: bool, as_json: bool) -> None:
    """List what sources of the public record said and no one has decided; or show, accept or dismiss an item."""
    from monitor.actions.watch.inbox import list_items

    if ctx.invoked_subcommand:
        return
    with opened() as app:
        found = list_items(app, everything=everything)
    if as_json:
        print_json_lines(one.plain() for one in found)
        return
    print_items(found, with_state=everything)
    if not found:
        say(_("Nothing waits in the inbox."))


@inbox.command()
@NUMBER
@click.option(
    "--output",
    "-o",
    "out",
    type=FILE,
    metavar="PATH",
    help="Write a proposal file, to edit it and `monitor accept` it.",
)
@JSON
def show(number: int, out: Path | None, as_json: bool) -> None:
    """Show one item: what the source says, and what it would change in the register as it is now."""
    from monitor.actions.reading.accept import write_file
    from monitor.actions.watch.inbox import open_item

    if out and out.exists():
        raise Refused("{file} is there already; it was left as it is. Name another file.", file=out)
    with opened() as app:
        found = open_item(app, number, now())
        proposals = found.proposed.proposals
        if out and not proposals:
            raise Refused("Item {number} proposes nothing; it only informs.", number=number)
        if out:
            write_file(out, found.proposed.file())
            saved()
    if as_json:
        print_json({**found.plain(), **found.proposed.document()})
    else:
        say(told(found.what), style="bold")
        if address := getattr(found.item.item.record, "url", ""):
            say(_("It is at {address}.", address=address))
        print_proposals(found.proposed)
        state = _("It is {state}.", state=_(found.item.state))
        if found.item.state != "open":
            say("\n" + state + (f" {found.item.decided_by}: {found.item.reason}" if found.item.reason else ""))
        elif proposals:
            say("\n" + _("`monitor inbox accept {number}` registers what is ticked.", number=number))
        else:
            say("\n" + _("It proposes nothing. `monitor inbox dismiss {number}` lays it aside.", number=number))
    if out:
        said = _("`monitor accept {file}` registers those that are ticked in it.", file=out)
        print(said, file=sys.stderr) if as_json else say(said)


@inbox.command("accept")
@NUMBER
@click.option("--only", multiple=True, metavar="ID", help="This proposal alone, ticked or not; may be repeated.")
@ACTOR
@YES
@JSON
def accept_item(number: int, only: tuple[str, ...], actor: str, yes: bool, as_json: bool) -> int:
    """Register what an item proposes and is ticked; what would change is shown first."""
    from monitor.actions.watch.inbox import open_item, require_open
    from monitor.cli.accept import decide

    with opened() as app:
        at = now()
        found = open_item(app, number, at)
        require_open(found.item)
        if not found.proposed.proposals:
            raise Refused("Item {number} proposes nothing; it only informs.", number=number)
        file = Path(found.proposed.letter.file)
        return decide(
            app, found.proposed.file(), at, file=file, only=only, actor=actor, yes=yes, as_json=as_json
        )  # fmt: skip


@inbox.command()
@click.argument("numbers", type=int, nargs=-1, required=True)
@click.option("--reason", default="", help="Why, for who asks later.")
@ACTOR
@JSON
def dismiss(numbers: tuple[int, ...], reason: str, actor: str, as_json: bool) -> None:
    """Say no to items, or lay aside what only informs: the same is not proposed again."""
    from monitor.actions.watch.inbox import dismiss as act

    with opened() as app:
        for number in numbers:
            act(app, number, actor, reason, now())
        saved()
    if as_json:
        print_json({"dismissed": numbers})
        return
    say(several("{count} item was dismissed.", "{count} items were dismissed.", len(numbers)))
