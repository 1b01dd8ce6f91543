"""demo: sixteen months of the shipped register, replayed in half a minute."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.advice import program
from monitor.cli.output import saved
from monitor.cli.terminal import say, say_exactly, table

if TYPE_CHECKING:
    from monitor.actions.admin.demo import DemoRun

NEXT = (  # command, what it shows
    ("list", "the register as it is now"),
    ("explain c-irak", "every rule with its verdict and its reason"),
    ("simulate --from 2022-02-01 --to 2022-02-28", "the reminders of the next four weeks"),
    ("outbox", "the mails that were sent"),
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"))
@click.option("--again", is_flag=True, help="Remove an earlier demo in the folder first.")
def demo(folder: Path, again: bool) -> None:
    """Replay 21-09-2020 to 31-01-2022 in FOLDER: a real database, real checks, real mails in a Maildir."""
    from monitor.actions.admin.demo import set_up_demo

    say("Sixteen months of a real register of military mandates, slot by slot.\n")
    with set_up_demo(folder, again=again) as played:
        _replay(played)
    saved()
    say("\nTimeline", style="bold")
    table(("month", "reminders", "mails", "what happened"), played.timeline(), wide=("what happened",))
    say("\nMails", style="bold")
    table(("to", "roles", "mails"), played.mails(), wide=("roles",))
    assumed, on_record = played.basis["assumed"], played.basis["on record"]
    say(f"{sum(len(slot.report.said) for slot in played.slots)} reminders in {sum(played.sent().values())} mails.")
    say(f"Of {assumed + on_record} recorded outcomes {on_record} are on record; {assumed} are assumed.")
    mail = folder / "mail"
    say(f"The mails are in {mail}, a Maildir for each person that mail clients open.")
    config = shlex.quote(str(folder / "config.toml"))
    day = played.days[-1]
    say(f"Every command works on {day:%d-%m-%Y} here, until [demo] today in {config} is another day.\n")
    say("Next:", style="bold")
    for line, why in NEXT:
        say(f"  # {why}")
        say_exactly(f"  {program()} --config {config} {line}")


def _replay(played: DemoRun) -> None:
    """Replay all slots with a bar on a terminal, a line a month elsewhere."""
    from rich.console import Console
    from rich.progress import track

    console = Console(highlight=False)
    slots, month = played.replay(), ""
    if console.is_terminal:
        slots = iter(track(slots, description="Replaying", total=len(played.days), console=console))
    for slot in slots:
        if f"{slot.day:%Y-%m}" != month and not console.is_terminal:
            month = f"{slot.day:%Y-%m}"
            say(f"  {month} …")
