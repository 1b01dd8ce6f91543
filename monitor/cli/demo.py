"""demo: sixteen months of the shipped register, replayed in half a minute."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from monitor.cli.advice import program
from monitor.cli.language import _
from monitor.cli.output import saved
from monitor.cli.terminal import say, say_exactly, table

if TYPE_CHECKING:
    from monitor.actions.admin.demo import DemoRun

READER = "lotte"  # whose deadlines the desk of the demo shows first
NEXT = (  # command, what it shows
    ("list", "the register as it is now"),
    ("explain c-irak", "every rule with its verdict and its reason"),
    ("simulate --from 2022-02-01 --to 2022-02-28", "the reminders of the next four weeks"),
    ("outbox", "the mails that were sent"),
)


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), default=Path("demo"))
@click.option("--again", is_flag=True, help="Remove an earlier demo in the folder first.")
@click.option("--serve", is_flag=True, help="Serve the web desk of the demo afterwards, until it is stopped.")
def demo(folder: Path, again: bool, serve: bool) -> None:
    """Replay 21-09-2020 to 31-01-2022 in FOLDER: a real database, real checks, real mails in a Maildir."""
    from monitor.actions.admin.demo import set_up_demo

    say(_("Sixteen months of a real register of military mandates, slot by slot.") + "\n")
    with set_up_demo(folder, again=again) as played:
        _replay(played)
    saved()
    _print_year(played)
    config = shlex.quote(str(folder / "config.toml"))
    say(_("The mails are in {folder}, a Maildir for each person that mail clients open.", folder=folder / "mail"))
    day = played.days[-1]
    say(
        _(
            "Every command works on {day:%d-%m-%Y} here, until [demo] today in {file} is another day.",
            day=day,
            file=config,
        )
    )
    say("\n" + _("Next:"), style="bold")
    for line, why in NEXT:
        say(f"  # {_(why)}")
        say_exactly(f"  {program()} --config {config} {line}")
    if serve:
        from monitor.app import read_config
        from monitor.cli.serve import serve_until_stopped

        say("")
        file = folder / "config.toml"
        serve_until_stopped(read_config(file), file, person=READER)


def _print_year(played: DemoRun) -> None:
    """Print what happened month by month, the mails of each person, and what the outcomes rest on."""
    say("\n" + _("Timeline"), style="bold")
    table(("month", "reminders", "mails", "what happened"), played.timeline(), wide=("what happened",))
    say("\n" + _("Mails"), style="bold")
    table(("to", "roles", "mails"), played.mails(), wide=("roles",))
    reminders, mails = sum(len(slot.report.queued) for slot in played.slots), sum(played.sent().values())
    say(_("{reminders} reminders in {mails} mails.", reminders=reminders, mails=mails))
    assumed, on_record = played.basis["assumed"], played.basis["on record"]
    facts = {"count": assumed + on_record, "on_record": on_record, "assumed": assumed}
    say(_("Of {count} recorded outcomes {on_record} are on record; {assumed} are assumed.", **facts))


def _replay(played: DemoRun) -> None:
    """Replay all slots with a bar on a terminal, a line a month elsewhere."""
    from rich.console import Console
    from rich.progress import track

    console = Console(highlight=False)
    slots, month = played.replay(), ""
    if console.is_terminal:
        slots = iter(track(slots, description=_("Replaying"), total=len(played.days), console=console))
    for slot in slots:
        if f"{slot.day:%Y-%m}" != month and not console.is_terminal:
            month = f"{slot.day:%Y-%m}"
            say(f"  {month} …")
