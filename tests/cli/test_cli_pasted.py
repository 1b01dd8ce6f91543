"""What is printed can be pasted: the chores of the documentation, and each command that an answer or a mail advises."""

from __future__ import annotations

import email
import email.policy
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from terminal import Terminal

from monitor.cli.main import COMMANDS
from monitor.cli.main import cli as group

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Use it\n")[2].partition("\n## ")[0]
TASKS = (ROOT / "docs" / "using.md").read_text(encoding="utf-8").partition("\n## ")[0]
DECIDE = ("release", "drop", "hold", "resume")
ADVISED = re.compile(r"`monitor ([^`\n]+)`")
CODES = {  # command → exit codes that are no fault of the command line; others: 0. A demo holds no mail
    **{name: {0, 1, 5} for name in ("status", "check")},
    **{name: {0, 4} for name in ("outbox release", "outbox drop", "outbox resume", "watch", "inbox show")},
    "status --nagios": {0, 1, 2, 3},
}


def rows(text: str) -> list[list[str]]:
    """The commands of each row of a table of chores."""
    lines = [line.split(" | ", 1)[1] for line in text.splitlines() if line.startswith("| ") and " | " in line]
    return [found for line in lines if (found := ADVISED.findall(line))]


def run(demo, line: str) -> str:
    """Run a command as printed, with --yes for the Enter of a person, and return what it printed. It must succeed."""
    arguments = shlex.split(line)
    arguments += ["--yes"] if confirms(line) else []
    answer = demo(*arguments)
    name = next((name for name in (" ".join(arguments[:2]), arguments[0]) if name in CODES), "")
    assert answer.code in CODES.get(name, {0}), f"monitor {line}: {answer.code} {answer.err}"
    return answer.out + answer.err


def confirms(line: str) -> bool:
    """Whether a command shows what it does and asks."""
    name, *rest = shlex.split(line)
    if name == "outbox":
        return rest[0] in DECIDE if rest else False
    return any(option.name == "yes" for option in group.get_command(None, name).params)


def advised(printed: str) -> list[str]:
    """The commands of a text, those with a part left open too, which must be none."""
    return list(dict.fromkeys(ADVISED.findall(" ".join(printed.split()))))


CHORES = rows(README) + [row for row in rows(TASKS) if row not in rows(README)]


@pytest.mark.parametrize("row", CHORES, ids="; ".join)
def test_a_chore_works_on_the_demo_as_printed(demo, row):
    """Each row of the README and of docs/using.md works on a fresh demo, and so does each command that it advises."""
    printed = [run(demo, line) for line in row]
    for line in advised(" ".join(printed)):
        if line != "run" and not asks(line):  # a demo has no service
            run(demo, line)


def test_the_changes_of_the_readme_follow_each_other(demo):
    """A person goes down the table: no change makes a later one impossible."""
    for line in (
        line for row in rows(README) for line in row if confirms(line) or line.startswith(("export", "read "))
    ):
        run(demo, line)


def test_the_tables_have_no_part_to_fill_in():
    """A chore is a whole command: nothing like DAY, FILE or an ellipsis is left to the reader."""
    assert len(rows(README)) > 12 and len(rows(TASKS)) > 25
    for row in CHORES:
        for line in row:
            assert "…" not in line and not re.search(r"\b[A-Z]{3,}\b", line), line


def asks(line: str) -> bool:
    """Whether a command asks at a terminal for what its line leaves open."""
    name, *rest = shlex.split(line)
    wanted = {"extend": "--until", "end": "--on", "correct": "="}
    return (name in wanted and wanted[name] not in line) or len(rest) < {"deploy": 2, "add": 1}.get(name, 0)


def texts(folder: Path) -> Iterator[str]:
    for file in sorted(folder.rglob("new/*")):
        message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
        yield message.get_body(("plain",)).get_content()


def of_mails(folder: Path) -> list[str]:
    """Every different command of the demo's mails, each on one line: alone, or within a sentence."""
    found = []
    for text in texts(folder):
        within = ADVISED.findall(text)
        assert len(within) == text.count("`monitor"), text
        found += [*re.findall(r"^ *monitor (\S.*)$", text, re.M), *within]
    return list(dict.fromkeys(found))


def test_every_command_of_the_mails_can_be_pasted(demo, played):
    """Each different command in the mails of the year is accepted; what is missing is asked for at a terminal."""
    lines = of_mails(played / "mail")
    assert len(lines) > 80 and {line.split()[0] for line in lines} > {"record", "extend", "end", "deploy", "confirm"}
    for line in lines:
        name, *arguments = shlex.split(line)
        assert name in COMMANDS, line
        if not asks(line):
            answer = demo(name, *arguments, *(["--yes"] if name in ("record", "confirm") else []))
            assert answer.code in (0, 4), f"{line}: {answer.err}"  # 4: the entry has gone on since


ASKED = {  # command as printed → question, what a person types, what the preview says
    "extend c-emasoh": ("The new last day", "31-12-2022", "Saturday 31 December 2022"),
    "end c-pawa": ("Its last day in force", "gisteren", "Sunday 30 January 2022"),
    "deploy q-erbil": ("Id of the new contribution", "c-erbil", "Begins: c-erbil"),
    "correct m-minusma valid_until": ("valid_until", "2022-06-30", "Begins: m-minusma mandate-outcome"),
    "record c-emasoh": ("What was sent or happened", "document:extension-letter", "Closes: c-emasoh"),
}


@pytest.mark.parametrize("line", ASKED)
def test_what_a_pasted_command_leaves_open_is_asked(demo, line):
    """A day or an id that nobody can know beforehand is asked for, and what it does is shown before it is saved."""
    question, typed, seen = ASKED[line]
    with Terminal(*shlex.split(line), cwd=Path.cwd()) as terminal:
        terminal.answer(question, typed)
        terminal.see(seen)
        terminal.answer("Save this?", "y")
        assert terminal.end() == 0, terminal.shown


def test_an_answer_that_is_none_is_asked_again(demo):
    """A slip at a question is explained, and the question comes back."""
    with Terminal("end", "c-pawa", cwd=Path.cwd()) as terminal:
        terminal.answer("Its last day in force", "31-31-2021")
        terminal.answer("Its last day in force", "31-12-2021")
        terminal.answer("Save this?", "y")
        assert terminal.end() == 0, terminal.shown


def test_without_a_terminal_what_is_missing_is_an_error(demo):
    """A script is not kept waiting for an answer."""
    for line in ("end c-pawa", "deploy q-erbil", "record c-emasoh", "correct m-minusma valid_until"):
        assert demo(*shlex.split(line)).code == 2, line


def test_a_deputy_is_named_for_the_absence_on_record(demo):
    """`absent PERSON --deputy` alone is about the current or next absence."""
    assert demo("absent", "lotte", "--deputy", "idris", "--yes").code == 4
    run(demo, "absent lotte --from 2022-02-14 --to 2022-02-25")
    run(demo, "absent lotte --deputy idris")
    (absence,) = demo("absent", "lotte", "--json").json
    assert absence == {"person": "lotte", "from": "2022-02-14", "to": "2022-02-25", "deputy": "idris"}


def test_the_demo_prints_commands_that_work(tmp_path, monkeypatch, capfd):
    """What the demo prints at its end names the program and the configuration, and works where it was typed."""
    from monitor.actions.admin import demo as action
    from monitor.cli.main import invoke

    monkeypatch.setattr(action, "replay", lambda *given: iter(()))
    monkeypatch.chdir(tmp_path)
    assert invoke(["demo", "my demo"]) == 0
    lines = re.findall(r"^  monitor (.+)$", capfd.readouterr().out, re.M)
    assert len(lines) == 4
    for line in lines:
        assert invoke(shlex.split(line)) == 0, line
