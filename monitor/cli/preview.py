"""preview and send-test: a mail as it will be, and one real mail."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from monitor.cli.boundary import Exit
from monitor.cli.language import _, named, told
from monitor.cli.options import DAY, JSON, now, opened
from monitor.cli.output import saved
from monitor.cli.terminal import print_json_lines, say, show_day

FOLDER = click.Path(path_type=Path, file_okay=False)
STATES = {"queued": "", "held": "; the brake would hold it"}


@click.command()
@click.argument("letter")
@click.option("--person", help="To this person; default: all who receive one at that slot.")
@click.option("--day", type=DAY, help="At the slot of this day; default: the next slot at which there is one.")
@click.option(
    "--out",
    "folder",
    type=FOLDER,
    metavar="DIRECTORY",
    default=Path("preview"),
    show_default=True,
    help="Where files are written.",
)
@JSON
def preview(letter: str, person: str | None, day: date | None, folder: Path, as_json: bool) -> None:
    """Write the mails of LETTER as text, HTML and .eml: reminder, overview, all-clear, notice or test.

    These are the real mails: the check that the service uses runs through the coming slots on a copy of the database.
    Nothing is sent, and nothing is written but the files. Of a day that has passed it is the mail that was made.
    """
    from monitor.actions.admin.preview import preview_letter, write_previews

    with opened() as app:
        found = preview_letter(app, letter, now(), person=person, day=day)
    written = write_previews(folder, found)
    saved()
    if as_json:
        names = ("letter", "person", "address", "day", "subject", "state")
        print_json_lines(
            {name: getattr(item, name) for name in names} | {path.suffix[1:]: str(path) for path in paths}
            for item, paths in written
        )
        return
    for item, paths in written:
        state = _(STATES[item.state]) if item.state in STATES else _("; made already: {state}", state=item.state)
        say(item.subject, style="bold")
        say(
            "  "
            + _(
                "{letter} to {person} <{address}>, slot of {day}{state}",
                letter=named("letter", item.letter),
                person=item.person,
                address=item.address,
                day=show_day(item.day),
                state=state,
            )
        )
        for path in paths:
            say(f"  {path}")


@click.command("send-test")
@click.argument("person")
def send_test(person: str) -> int:
    """Send PERSON one mail at once and print the relay's reply."""
    from monitor.actions.admin import preview as action
    from monitor.core.delivery.retry import Outcome

    with opened() as app:
        report = action.send_test(app, person, now())
    if report.outcome is Outcome.ACCEPTED:
        saved()
    say(f"{_(report.outcome)}: {told(report.reply)}")
    return Exit.WELL if report.outcome is Outcome.ACCEPTED else Exit.COULD_NOT_TELL
