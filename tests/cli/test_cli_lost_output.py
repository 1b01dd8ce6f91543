"""Output that cannot be written: a change is saved with exit code 0; a command that only reads fails."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import FileIO, TextIOWrapper
from pathlib import Path

import click
import pytest
from conftest import Cli, Clock
from database_text import contents
from patience import LIMIT
from terminal import Terminal

from monitor.actions.admin import demo
from monitor.cli.main import COMMANDS, cli, invoke
from monitor.cli.output import watched

LETTER = ("c-mali", "--type", "document:art100-letter", "--closes", "art100-extension-letter", "--yes")
RULE = ("c-mali", "art100-extension-letter")
HELD = (("outbox", "hold", "--yes"), ("check",))
LATE = datetime(2041, 3, 1, 8, 0, tzinfo=UTC)
WATCH = '[watch]\ndossiers = ["29521"]\n[watch.sources.papers]\ntype = "publications"\nplace = "papers"\n'
PAPER = (
    "<officiele-publicatie><dossiernr>29521</dossiernr><stuk><ondernummer>9</ondernummer>"
    '<datum isodatum="2021-02-01">1 februari 2021</datum>'
    "<al>De minister zal de Kamer uiterlijk 1 juli 2021 over Oak informeren.</al></stuk></officiele-publicatie>"
)
REGISTER = '{"entries": [{"id": "n", "kind": "mandate", "title": "N"}]}'

Steps = tuple[tuple[str, ...], ...]
CHANGING: dict[str, tuple[Steps, tuple[str, ...]]] = {  # command → what must come before, its arguments
    "init": ((), ("new",)),
    "demo": ((), ("played",)),
    "check": ((), ()),
    "preview": ((), ("test",)),
    "timeline": ((), ("--svg", "picture.svg")),
    "add": ((), ("n", "--kind", "mandate", "--title", "N", "--yes")),
    "correct": ((), ("c-mali", "title=Other", "--yes")),
    "extend": ((), ("c-mali", "--until", "2023-12-31", "--yes")),
    "end": ((), ("c-mali", "--on", "2022-06-30", "--yes")),
    "deploy": (
        (("add", "r", "--kind", "request", "--title", "R", "--yes"),
         ("record", "r", "--type", "document:art100-letter", "--yes")),
        ("r", "c-new", "--yes"),
    ),
    "record": ((), LETTER),
    "retract": ((("record", *LETTER),), ("c-mali", "document:art100-letter", "--yes")),
    "mute": ((), ("c-mali", "--reason", "R", "--yes")),
    "unmute": ((("mute", "c-mali", "--reason", "R", "--yes"),), ("c-mali", "--yes")),
    "confirm": ((), ("c-mali", "--yes")),
    "note": ((), ("c-mali", "N", "--yes")),
    "acknowledge": ((), (*RULE, "--yes")),
    "snooze": ((), (*RULE, "--until", "2021-04-01", "--reason", "R", "--yes")),
    "absent": ((), ("otto", "--from", "2021-04-01", "--to", "2021-04-09", "--yes")),
    "import": ((), ("register.json", "--yes")),
    "read": ((), ("letter.txt", "--output", "proposals.json")),
    "accept": ((("read", "letter.txt", "--output", "proposals.json"),), ("proposals.json", "--yes")),
    "watch": ((), ()),
    "inbox accept": ((("watch",),), ("1", "--yes")),
    "inbox dismiss": ((("watch",),), ("1",)),
    "export": ((), ("out.json",)),
    "template": ((), ("out.xlsx",)),
    "outbox hold": ((), ("--yes",)),
    "outbox resume": (HELD, ("--yes",)),
    "outbox release": (HELD, ("--yes",)),
    "outbox drop": (HELD, ("--yes",)),
    "backup": ((), ("copy.db",)),
    "prune": ((("check",),), ("--yes",)),
    "migrate": ((), ("--yes",)),
    "send-test": ((), ("otto",)),
}  # fmt: skip
READING: dict[str, tuple[str, ...]] = {
    "doctor": (),
    "check": ("--dry-run",),
    "simulate": ("--from", "2021-03-01", "--to", "2021-04-01"),
    "whatif": ("--from", "2021-03-01", "--to", "2021-04-01", "--rules", "rules"),
    "explain": ("c-mali",),
    "timeline": (),
    "read": ("letter.txt",),
    "inbox": (),
    "inbox show": ("1",),
    "list": (),
    "show": ("c-mali",),
    "history": (),
    "status": (),
    "audit": (),
    "validate": (),
    "absent": (),
    "export": ("-",),
    "outbox": (),
    "outbox show": ("1",),
    "outbox release": ("--dry-run",),
    "prune": ("--dry-run",),
}
ELSEWHERE = {"run", "serve"}  # they go on until they are stopped: tests/daemon, tests/web

Lost = Callable[..., int]


def names(group: click.Group, before: str = "") -> Iterator[str]:
    """Every command, subcommands with the name of their group."""
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        yield f"{before}{name}"
        if isinstance(command, click.Group):
            yield from names(command, f"{name} ")


def full() -> TextIOWrapper:
    return Path("/dev/full").open("w", encoding="utf-8")


def closed_pipe() -> TextIOWrapper:
    reader, writer = os.pipe()
    os.close(reader)
    return os.fdopen(writer, "w", encoding="utf-8")


OUTPUTS = {"full": full, "pipe": closed_pipe}


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> Lost:
    """One command line in this process, whose output goes where it cannot be written; gives the exit code."""

    def call(where: str, *arguments: str) -> int:
        with monkeypatch.context() as patched:
            output = OUTPUTS[where]()
            patched.setattr("sys.stdout", output)
            code = invoke(list(arguments))
            output.close()  # would raise if anything were left in it
        return code

    return call


@pytest.fixture
def ready(filled: Cli, home: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Cli:
    (home / "register.json").write_text(REGISTER, encoding="utf-8")
    (home / "letter.txt").write_text("De bijdrage duurt tot en met 30 april 2025.", encoding="utf-8")
    (home / "rules").mkdir()
    (home / "papers").mkdir()
    (home / "papers" / "a.xml").write_text(PAPER, encoding="utf-8")
    with (home / "config.toml").open("a", encoding="utf-8") as config:
        config.write(WATCH)
    monkeypatch.setattr(demo, "replay", lambda *given: iter(()))
    return filled


def state(home: Path) -> tuple[list[str], list[str]]:
    """The database and the names of all files."""
    files = (path for path in home.rglob("*") if not path.name.startswith("monitor.db"))
    return contents(home), sorted(str(path.relative_to(home)) for path in files)


def test_every_command_is_in_one_of_the_tables():
    """A new command gets a row here before it can lose a change."""
    assert set(names(cli)) == CHANGING.keys() | READING.keys() | ELSEWHERE
    assert {name.partition(" ")[0] for name in names(cli)} == set(COMMANDS)


@pytest.mark.parametrize("where", OUTPUTS)
@pytest.mark.parametrize("command", CHANGING)
def test_a_change_is_saved_and_the_exit_is_0(ready, lost, home, clock, capfd, command, where):
    before, arguments = CHANGING[command]
    for step in before:
        assert ready(*step).code in (0, 1, 5)
    if command == "prune":
        clock.at = LATE
    was = state(home)
    capfd.readouterr()
    code = lost(where, *command.split(), *arguments)
    err = capfd.readouterr().err
    assert code == 0 and (state(home) != was or command == "migrate"), err  # a schema that is at its end stays so
    told = where == "full" and command != "export"  # which prints nothing there
    assert ("No space left on device. What was to be done is done and saved." in err) == told
    assert "Traceback" not in err


@pytest.mark.parametrize("command", READING)
def test_what_only_reads_fails_on_a_full_disk_alone(ready, lost, home, capfd, command):
    before = (("check",), ("watch",)) if command.startswith("inbox") else (("check",),)
    for step in HELD if command.startswith("outbox") else before:
        ready(*step)
    was, arguments = state(home), (*command.split(), *READING[command])
    said = ready(*arguments)
    assert lost("pipe", *arguments) == said.code
    assert capfd.readouterr().err == said.err.replace("2 entries were written.\n", "")
    assert lost("full", *arguments) == 3
    assert capfd.readouterr().err.endswith("monitor: The output could not be written: No space left on device.\n")
    assert state(home) == was


@pytest.mark.parametrize("where", OUTPUTS)
def test_a_refusal_and_a_slip_keep_their_codes(ready, lost, where):
    assert lost(where, "note", "c-mali", "N") == 4
    assert lost(where, "note", "unknown", "N", "--yes") == 4
    assert lost(where, "nothing-like-it") == 2


@pytest.mark.parametrize("where", OUTPUTS)
@pytest.mark.parametrize("command", ["note", "import", "outbox hold", "prune"])
def test_what_could_not_be_shown_is_not_asked(ready, lost, home, clock, capfd, monkeypatch, command, where):
    """A person at the keyboard whose screen is a closed pipe has not seen what would be saved."""
    ready("check")
    clock.at = LATE if command == "prune" else clock.at
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("monitor.cli.terminal.confirmed", lambda *_, **__: pytest.fail("asked"))
    was = state(home)
    arguments = [word for word in CHANGING[command][1] if word != "--yes"]
    if command == "outbox hold":  # prints nothing before it asks
        monkeypatch.setattr("monitor.cli.terminal.confirmed", lambda *_, **__: False)
    assert lost(where, *command.split(), *arguments) == 4
    assert state(home) == was


def test_ctrl_c_after_the_change_says_that_it_is_saved(ready, capfd, monkeypatch):
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("monitor.cli.saving.print_json", interrupted)
    assert invoke(["note", "c-mali", "N", "--yes", "--json"]) == 0
    assert "stopped; what was done is saved" in capfd.readouterr().err
    assert "N" in ready("history").out


def test_ctrl_c_at_a_question_is_not_swallowed(tmp_path):
    """`input` ignores every error when it asks what standard output is: no signal may come to Python code there."""
    with (tmp_path / "out").open("w", encoding="utf-8") as file, pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stdout", file)
        with watched():
            raw = type(sys.stdout.buffer.raw)
            assert all(getattr(raw, name) is getattr(FileIO, name) for name in ("fileno", "isatty", "flush"))
            print("written")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "written\n"


def test_a_log_goes_on_when_there_is_room_again(tmp_path):
    """A service whose standard error is a file on a disk that was full for a while."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with (tmp_path / "log").open("a", encoding="utf-8") as file, pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.stderr", file)
        with watched():
            print("one", file=sys.stderr)
            resource.setrlimit(resource.RLIMIT_FSIZE, (4, before[1]))
            try:
                print("two", file=sys.stderr)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, before)
            print("three", file=sys.stderr)
    assert (tmp_path / "log").read_text(encoding="utf-8") == "one\nthree\n"


def process(shell: str, **more: str) -> subprocess.CompletedProcess[str]:
    """A line of bash in which $M is the program."""
    env = {**os.environ, "M": f"{sys.executable} -m monitor", **more}
    return subprocess.run(["bash", "-c", shell], env=env, capture_output=True, text=True, timeout=LIMIT)


@pytest.mark.parametrize(
    ("shell", "codes"),
    [
        ("$M note c-mali 'reader that left' --yes | true; echo ${PIPESTATUS[0]}", "0"),
        ("$M note c-mali 'reader that left' --yes >&-; echo $?", "0"),
        ("$M note c-mali 'reader that left' --yes >&- 2>&- <&-; echo $?", "0"),
        ("unset COLUMNS; $M note c-mali 'reader that left' --yes >&- </dev/null; echo $?", "0"),
        ("unset COLUMNS; $M note c-mali 'reader that left' --yes >&- 2>&- <&-; echo $?", "0"),
        ("$M note c-mali 'reader that left' --yes >/dev/full 2>/dev/full; echo $?", "0"),
        ("$M note c-mali 'reader that left' --yes 2>&1 | true; echo ${PIPESTATUS[0]}", "0"),
        ("$M note c-mali 'reader that left' --yes --json | true; echo ${PIPESTATUS[0]}", "0"),
    ],
)
def test_a_verb_whose_reader_left_has_saved(ready, shell, codes):
    """Real processes: nothing is left for the interpreter to write when it ends, so its 120 never shows."""
    done = process(shell)
    assert (done.stdout.strip(), done.stderr.replace("monitor: The output could not be written: Bad file descriptor. "
            "What was to be done is done and saved.\n", "")) == (codes, "")  # fmt: skip
    assert "reader that left" in ready("history", "c-mali", "--text", "reader that left").out


def test_a_status_keeps_its_code_for_a_reader_that_left(ready, home):
    for code in ready("status").code, ready("status", "--json").code:
        assert code == 3, "the slot was not checked"
    done = process("$M status | true; echo ${PIPESTATUS[0]}; $M list 2>&- >/dev/full; echo $?; $M --help >&-; echo $?")
    assert done.stdout.split() == ["3", "3", "3"]
    assert done.stderr == "monitor: The output could not be written: Bad file descriptor.\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "ascii:strict"])
def test_a_character_that_the_encoding_lacks_loses_nothing(ready, encoding):
    """A question mark on the screen, an escape in JSON, the character itself in the history."""
    done = process("$M note c-mali 'naïef → ✓' --yes; echo $?", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert (done.stdout.splitlines()[-1], done.stderr) == ("0", "")
    done = process("$M history c-mali --json", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert "naïef → ✓" in done.stdout.encode().decode("unicode_escape")
    assert "naïef → ✓" in ready("history", "c-mali").out


def test_a_closed_terminal_is_no_answer(ready, home):
    """The person closes the window at the question: nothing is saved."""
    was = contents(home)
    with Terminal("note", "c-mali", "N", cwd=home) as terminal:
        terminal.see("Save this?")
    assert contents(home) == was
