"""preview: a mail as it will be, before anybody gets it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from monitor.cli.options import DAY, JSON, config_of, now
from monitor.cli.output import saved


@click.command()
@click.argument("letter")
@click.option("--person", help="To this person; default: everybody who gets one at that slot.")
@click.option("--day", type=DAY, help="At the slot of this day; default: the next slot at which there is one.")
@click.option(
    "--out", "folder", type=click.Path(path_type=Path, file_okay=False), default=Path("preview"), show_default=True,
    help="The folder for the files.",
)  # fmt: skip
@JSON
@click.pass_context
def preview(ctx: click.Context, letter: str, person: str | None, day: date | None, folder: Path, as_json: bool) -> None:
    """Write the mails of LETTER as text, HTML and .eml: reminder, overview, all-clear, notice or test.

    These are the real mails: the coming slots are lived on a copy of the database, with the check that the service
    uses. Nothing is sent, and nothing is written but the files. Of a day that has passed it is the mail that was made.
    """
    from monitor.actions.admin.preview import preview_letter
    from monitor.app import build
    from monitor.cli.show import print_json_lines, say
    from monitor.mail.mail_files import write_mail_files

    with build(config_of(ctx)) as app:
        found = preview_letter(app, letter, now(), person=person, day=day)
    names = _names(found)
    written = [write_mail_files(folder, name, item.raw) for name, item in zip(names, found, strict=True)]
    saved()
    if as_json:
        print_json_lines(_plain(item, paths) for item, paths in zip(found, written, strict=True))
        return
    for item, paths in zip(found, written, strict=True):
        say(f"{item.subject}", style="bold")
        say(f"  {item.letter} to {item.person} <{item.address}>, slot of {item.day:%a %d-%m-%Y}{_state(item.state)}")
        for path in paths:
            say(f"  {path}")


def _names(found: list[Any]) -> list[str]:
    """A file name for each: one of several to the same person is numbered."""
    names: list[str] = []
    for item in found:
        name = f"{item.day}-{item.letter}-{item.person}"
        count = sum(known.partition("+")[0] == name for known in names)
        names.append(f"{name}+{count + 1}" if count else name)
    return names


def _state(state: str) -> str:
    return {"queued": "", "held": "; the brake would hold it"}.get(state, f"; made already: {state}")


def _plain(item: Any, paths: tuple[Path, ...]) -> dict[str, Any]:
    return {
        "letter": item.letter, "person": item.person, "address": item.address, "day": item.day,
        "subject": item.subject, "state": item.state, **{path.suffix[1:]: str(path) for path in paths},
    }  # fmt: skip
