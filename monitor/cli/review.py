"""Go through the proposals of a file at the terminal; every answer is kept in the file at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec.structs import replace

from monitor.cli.language import _, told
from monitor.cli.proposals import print_proposal
from monitor.cli.terminal import say, say_beside
from monitor.core.errors import MonitorError, Refused
from monitor.core.model.proposals import Proposal, ProposalFile
from monitor.core.proposals.deciding import edited, extends, same_as

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.core.model.register import Register

ANSWERS = {  # what is typed → what it means
    "y": "yes", "n": "no", "e": "edit", "s": "same as an entry", "x": "extends an entry", "l": "later",
    "q": "stop here",
}  # fmt: skip


def walk(app: App, file: Path, found: ProposalFile) -> ProposalFile:
    """Return the proposals with what a person answered. Raises Refused where there is no terminal to ask."""
    from monitor.actions.reading.accept import became, register_of, write_file

    if not sys.stdin.isatty():
        raise Refused("There is no terminal to ask. Change `accept` in the file, or name proposals with --only.")
    register = register_of(app)
    say(_("{letter}: every answer is kept in {file} at once.", letter=found.letter.file, file=file))
    for place, proposal in enumerate(found.proposals):
        say("")
        earlier = became(app, found.letter.text_sha256)  # another person may accept meanwhile
        print_proposal(proposal, earlier=earlier.get(proposal.key))
        if proposal.key in earlier:
            continue
        for quote in proposal.quotes:
            say_beside("", f"“{quote.text}”")
        answered = _answer(proposal, register)
        if answered is None:
            break
        proposals = (*found.proposals[:place], answered, *found.proposals[place + 1 :])
        found = replace(found, proposals=proposals)
        write_file(file, found)
    say("")
    return found


def _answer(proposal: Proposal, register: Register) -> Proposal | None:
    """Return the proposal as a person decides; None to stop."""
    default = "y" if proposal.accept else "l" if proposal.accept is None else "n"
    question = ", ".join(f"{key} {_(meaning)}" for key, meaning in ANSWERS.items())
    while True:
        key = click.prompt(question, default=default, type=click.Choice([*ANSWERS]), show_choices=False, err=True)
        try:
            match key:
                case "q":
                    return None
                case "y":
                    return replace(proposal, accept=True)
                case "n":
                    return replace(proposal, accept=False)
                case "l":
                    return proposal
                case "s" | "x":
                    like = proposal.like[0].entry if proposal.like else proposal.entry
                    entry = click.prompt(_("entry"), default=like if like in register.entries else None, err=True)
                    return (same_as if key == "s" else extends)(proposal, entry, register)
            proposal = _edit(proposal)
            default = "y"
        except MonitorError as wrong:
            say(told(wrong), style="yellow")


def _edit(proposal: Proposal) -> Proposal:
    """Return the proposal with fields as a person writes them, until an empty line."""
    say(_("FIELD=VALUE, as valid_until=2025-04-30 or title=Name; nothing behind = takes it away; Enter ends."))
    while written := click.prompt(_("field"), default="", show_default=False, err=True).strip():
        name, sign, value = (part.strip() for part in written.partition("="))
        if not sign:
            say(_("{written!r} is not FIELD=VALUE.", written=written), style="yellow")
            continue
        try:
            proposal = edited(proposal, name, value)
        except MonitorError as wrong:
            say(told(wrong), style="yellow")
    print_proposal(proposal)
    return proposal
