"""The README is under test: it names every command, every verb it shows can be typed, every exit code is true."""

import re
import shlex
from pathlib import Path

import click
import pytest
from commands_page import PAGE, page

from monitor.cli.boundary import Exit
from monitor.cli.main import COMMANDS
from monitor.cli.main import cli as group

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TASKS = (ROOT / "docs" / "using.md").read_text(encoding="utf-8")
TYPED = list(dict.fromkeys(re.findall(r"`monitor ([^`…]+)`", README + TASKS)))


def commands() -> dict[str, click.Command]:
    context = click.Context(group)
    return {name: group.get_command(context, name) for name in COMMANDS}  # type: ignore[misc]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_stands_in_the_readme(name):
    assert re.search(rf"\b(monitor|bin/monitor --config \S+) {re.escape(name)}\b", README), name


def test_the_page_of_commands_equals_the_help():
    """docs/commands.md has every command and option as its help prints it."""
    assert "(docs/commands.md)" in README
    assert PAGE.read_text(encoding="utf-8") == page(), "run python tests/cli/commands_page.py"


@pytest.mark.parametrize("line", TYPED)
def test_what_the_readme_types_can_be_typed(line):
    name, *rest = shlex.split(line)
    if name.startswith("-"):
        return
    command = commands()[name]
    command.make_context(name, [(part == "DAY" and "2021-01-01") or part for part in rest], resilient_parsing=False)


def test_every_exit_code_stands_in_the_readme():
    table = dict(re.findall(r"^\| (\d) \| (.+) \|$", README, re.MULTILINE))
    assert set(map(int, table)) == {int(code) for code in Exit}
