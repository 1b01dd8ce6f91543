"""docs/commands.md, written from the commands' own help. `python tests/cli/commands_page.py` writes it."""

from __future__ import annotations

from pathlib import Path

import click

from monitor.cli.main import COMMANDS, cli

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
EXAMPLE = PAGE.parents[1] / "config.example.toml"  # some help lists what a configuration has
HEAD = """# Every command and option

What `monitor COMMAND --help` says, on one page. The [README](../README.md) explains how they go together.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        parts.append(_section(f"monitor {name}", command))
        if isinstance(command, click.Group):
            parts += [_section(f"monitor {name} {sub}", command.commands[sub]) for sub in sorted(command.commands)]
    return "\n".join(parts)


def _section(title: str, command: click.Command) -> str:
    context = click.Context(
        command, info_name=title, max_content_width=80, terminal_width=80, help_option_names=["-h", "--help"],
        obj=EXAMPLE,
    )  # fmt: skip
    return f"## {title}\n\n```text\n{command.get_help(context)}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
