"""demo: sixteen months of the shipped register, lived in half a minute."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import click

from monitor.cli.output import saved


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"))
@click.option("--again", is_flag=True, help="Begin anew: remove an earlier demo in the folder.")
def demo(folder: Path, again: bool) -> None:
    """Replay 21-09-2020 to 31-01-2022 in FOLDER: a real database, real checks, real mails in a Maildir."""
    from monitor.actions.admin.demo import play
    from monitor.cli.show import say

    say("Sixteen months of a real register of military mandates, slot by slot.\n")
    with play(folder, again=again) as played:
        for _ in _with_progress(played):
            pass
    saved()
    _told(played, folder)


def _with_progress(played: Any) -> Any:
    """A bar on a terminal; a line a month elsewhere."""
    from rich.console import Console
    from rich.progress import track

    from monitor.cli.show import say

    console = Console(highlight=False)
    if console.is_terminal:
        yield from track(played.replay(), description="Replaying", total=len(played.days), console=console)
        return
    month = ""
    for slot in played.replay():
        if f"{slot.day:%Y-%m}" != month:
            month = f"{slot.day:%Y-%m}"
            say(f"  {month} …")
        yield slot


def _told(played: Any, folder: Path) -> None:
    from monitor.cli.show import say, table

    say("\nTimeline", style="bold")
    table(("month", "reminders", "mails", "what happened"), played.timeline(), empty="", wide=("what happened",))
    say("\nMails", style="bold")
    table(("to", "roles", "mails"), played.mails(), empty="", wide=("roles",))
    assumed, on_record = played.basis["assumed"], played.basis["on record"]
    reminders = sum(len(slot.report.said) for slot in played.slots)
    say(f"{reminders} reminders in {sum(played.sent().values())} mails.")
    say(f"Of {assumed + on_record} recorded outcomes {on_record} are on record; {assumed} are assumed.")
    say(f"They lie in {folder / 'mail'}, a Maildir for each person: `mutt -f {folder}/mail/<address>` opens one.\n")
    say("Next:", style="bold")
    config = folder / "config.toml"
    for command, why in (
        (f"list --config {config}", "the register as it stands"),
        (f"explain c-irak --day 2022-01-31 --config {config}", "every rule with its verdict and its reason"),
        (f"outbox --config {config}", "the mails that were sent"),
    ):
        verb, _, rest = command.partition(" --config ")
        say(f"  {_program()} --config {rest} {verb:<32} # {why}")


def _program() -> str:
    """How this program was called, so that the commands shown can be typed as they stand."""
    return "monitor" if shutil.which("monitor") else sys.argv[0]
