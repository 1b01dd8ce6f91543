"""What `monitor` alone and `monitor --help` print: the commands by subject, and those to begin with."""

from __future__ import annotations

from collections.abc import Mapping

import click

from monitor.cli.language import _

SUBJECTS: Mapping[str, str] = {  # heading → the commands under it
    "Set up": "demo init doctor validate",
    "The service": "run check status audit outbox serve",
    "See the register": "list show explain timeline history",
    "Look ahead": "simulate whatif preview send-test",
    "Change an entry": "add correct extend end deploy record retract confirm note mute unmute",
    "Answer a reminder": "acknowledge snooze absent",
    "Files": "import export template read accept",
    "The public record": "watch inbox",
    "The database": "backup prune migrate",
}
FIRST: Mapping[str, str] = {  # command → what a newcomer does with it
    "demo": "Look around in sixteen months of a real register. Nothing leaves this machine.",
    "init": "Make a folder ready for a register of your own. It asks what it needs to know.",
    "add": "Put an entry into the register. `monitor import` takes a whole table.",
    "list": "See what ends when, and which letter is due first.",
    "record": "Record that a letter was sent. Its reminders stop.",
}
LONGEST = 1000  # characters of a sentence
MORE = (
    "`monitor COMMAND --help` explains one command, `monitor --help` lists all with a sentence each.",
    "The manual is `man monitor`, and README.md with the folder docs/ in the source.",
)


def write_first_help(formatter: click.HelpFormatter, about: str) -> None:
    """Write the help of `monitor` without a command: short enough for one screen."""
    formatter.write_text(" ".join(about.split()))
    with formatter.section(_("Begin with one of these")):
        formatter.write_dl([(f"monitor {name}", _(what)) for name, what in FIRST.items()])
    with formatter.section(_("All commands")):
        formatter.write_dl([(_(heading), names.replace(" ", ", ")) for heading, names in SUBJECTS.items()])
    formatter.write_paragraph()
    for sentence in MORE:
        formatter.write_text(_(sentence))


def write_commands(formatter: click.HelpFormatter, group: click.Group, ctx: click.Context) -> None:
    """Write all commands by subject, each with the first sentence of its help, whole: click would cut it."""
    for heading, names in SUBJECTS.items():
        with formatter.section(_(heading)):
            found = [(name, group.get_command(ctx, name)) for name in names.split()]
            formatter.write_dl([(name, one.get_short_help_str(limit=LONGEST)) for name, one in found if one])
