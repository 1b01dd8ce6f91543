"""Files that cannot be used: one sentence a fault, exit code 3, and nothing half-written."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from database_text import contents
from patience import LIMIT

SPAN = ("simulate", "--from", "2021-01-01", "--to", "2021-02-01")
ENTRY = {"id": "c-mali", "kind": "contribution", "title": "Mali", "valid_until": "2021-06-30"}


def register(*entries: dict, **more: object) -> str:
    return json.dumps({"registered_on": "2020-12-01", "entries": list(entries), **more})


BAD_FILES = {
    "empty": (b"", "The file is empty"),
    "blank": (b"\n \n", "The file is empty"),
    "not JSON": (b"{", "is not JSON"),
    "UTF-16": ("{}".encode("utf-16"), "not UTF-8"),
    "Latin-1": ('{"entries": [], "x": "één"}'.encode("latin-1"), "not UTF-8"),
    "NUL bytes": (b"\0" * 100, "is not JSON"),
    "too deep": (b"[" * 10_000 + b"]" * 10_000, "read"),
    "a fact too deep": (
        register(ENTRY).replace('"id"', '"ship": ' + "[" * 800 + "]" * 800 + ', "id"').encode(), "ship is nested",
    ),
    "a list": (b"[]", "not a register file"),
    "a number": (b"12", "not a register file"),
    "numbers for texts": (register({**ENTRY, "title": {"nl": 1}}).encode(), "is not a text"),
    "a number for an entry": (register(7).encode(), "is not an entry"),
    "a day that is none": (register({**ENTRY, "valid_until": "2021-02-30"}).encode(), "2021-02-30"),
    "an end before its start": (register({**ENTRY, "valid_from": "2022-01-01"}).encode(), "is before valid_from"),
    "a circle": (
        register({**ENTRY, "depends_on": "m-a"}, {**ENTRY, "id": "m-a", "depends_on": "c-mali"}).encode(), "→",
    ),
    "a near miss": (register({**ENTRY, "valid_untill": "2021-06-30"}).encode(), "valid_until"),
    "a near miss at the top": (register(ENTRY, registred_on="2020-01-01").encode(), "registered_on"),
    "an id twice": (register(ENTRY, ENTRY).encode(), "a second time"),
    "an unknown kind": (register({**ENTRY, "kind": "contributoin"}).encode(), "Did you mean contribution?"),
    "an event of no entry": (register(ENTRY, events=[{"entry": "c-malu", "type": "event:x"}]).encode(), "c-malu"),
    "a text for the list": (register(ENTRY, events="none").encode(), "event"),
    "a NUL in a title": (register({**ENTRY, "title": "a\0b"}).encode(), "control character"),
}  # fmt: skip


def one_sentence(answer, code: int = 3, faults: int = 1) -> str:
    assert answer.code == code, answer
    assert answer.err.startswith("monitor: ") and answer.err.count("\n") == faults and "Traceback" not in answer.err, (
        answer
    )
    return answer.err


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_register_that_cannot_be_read_is_one_sentence(cli, home, name):
    content, sentence = BAD_FILES[name]
    (home / "r.json").write_bytes(content)
    answer = cli(*SPAN, "--register", "r.json")
    said = one_sentence(answer, faults=2 if name == "a circle" else 1)
    assert sentence in said and "r.json" in said


@pytest.mark.parametrize("name", BAD_FILES)
def test_init_refuses_a_bad_register_file(cli, home, name):
    """init with a bad register file fails and leaves no entry behind."""
    (home / "r.json").write_bytes(BAD_FILES[name][0])
    answer = cli("init", "new", "--register", "r.json")
    assert answer.code == 3 and "Traceback" not in answer.err
    assert cli("--config", "new/config.toml", "list").out in ("No entries.\n", "")


@pytest.mark.parametrize("option", ["--register", "--actions"])
def test_a_folder_or_nothing_in_place_of_a_file(cli, home, option):
    (home / "r.json").write_text(register(ENTRY))
    (home / "folder").mkdir()
    rest = () if option == "--register" else ("--register", "r.json")
    assert "folder" in one_sentence(cli(*SPAN, *rest, option, "folder"))
    assert "No such file" in one_sentence(cli(*SPAN, *rest, option, "nowhere.json"))


def test_actions_that_cannot_be_read_name_the_action(cli, home):
    (home / "r.json").write_text(register(ENTRY))
    act = {"before_first_slot_from": "2021-01-04", "verb": "extend", "entry": "c-mali", "until": "2021-02-30"}
    (home / "a.json").write_text(json.dumps([act]))
    said = one_sentence(cli(*SPAN, "--register", "r.json", "--actions", "a.json"))
    assert "actions[1]" in said and "2021-02-30" in said
    (home / "a.json").write_text(json.dumps([{**act, "verb": "exend"}]))
    assert "Did you mean extend?" in one_sentence(cli(*SPAN, "--register", "r.json", "--actions", "a.json"))
    (home / "a.json").write_text(json.dumps([{**act, "entry": "c-malo", "until": "2022-01-01"}]))
    assert "Did you mean c-mali?" in one_sentence(cli(*SPAN, "--register", "r.json", "--actions", "a.json"), 3)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"[mail\n", "config.toml:1"),
        ("[mail]\n".encode("utf-16"), "UTF-8"),
        (b"\0\0\0", "config.toml"),
        (b"[mail]\ntransprt = 'smtp'\n", "Did you mean transport?"),
        (b"[database]\nurl = 7\n", "url"),
        (b"[limits]\nreminders_per_check = 'many'\n", "reminders_per_check"),
        (b"[database]\nurl = 'mysql://x'\n", "database"),
        (b"x = " + b"[" * 10_000 + b"]" * 10_000, ""),
    ],
)  # fmt: skip
def test_a_configuration_that_cannot_be_used(cli, home, content, sentence):
    (home / "config.toml").write_bytes(content)
    assert sentence in one_sentence(cli("list"))


def test_a_configuration_that_is_not_there_or_a_folder(cli, home):
    assert "nowhere.toml" in one_sentence(cli("--config", "nowhere.toml", "list"))
    assert "not a file" in one_sentence(cli("--config", ".", "list"))


def test_rules_that_cannot_be_used_are_named_with_their_line(cli, home):
    (home / "rules").mkdir()
    (home / "rules" / "mine.toml").write_text("[rule.progress-report]\nenabeld = false\n")
    answer = cli("list")
    assert answer.code == 3 and "mine.toml:2" in answer.err and "enabled" in answer.err
    assert cli("validate").code == 3


def test_a_configuration_nobody_may_read(filled, home):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (home / "config.toml").chmod(0)
    assert "cannot be read" in one_sentence(filled("list"))


def test_simulate_reads_a_register_file_alone(tmp_path):
    """simulate --register needs no configuration and opens no database."""
    (tmp_path / "r.json").write_text(register({**ENTRY, "remarkable": "a fact"}))
    before = sorted(path.name for path in tmp_path.iterdir())
    command = [sys.executable, "-m", "monitor", *SPAN[:3], "--to", "2021-06-30", "--register", "r.json", "--json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["entry"] for line in done.stdout.splitlines()]
    assert set(json.loads(done.stdout.splitlines()[0])) == {
        "on", "entry", "rule", "occurrence", "rung", "planned", "due", "roles", "persons", "derivation",
    }  # fmt: skip
    assert done.stderr == "c-mali: kept as facts, driving nothing: remarkable\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_damaged_database_and_a_folder_in_its_place(filled, home):
    for name in ("monitor.db-wal", "monitor.db-shm"):
        (home / name).unlink(missing_ok=True)
    (home / "monitor.db").write_bytes(b"this is no database, whatever its name says" * 100)
    assert "is not an SQLite database" in one_sentence(filled("list"))
    (home / "monitor.db").unlink()
    (home / "monitor.db").mkdir()
    assert "monitor.db" in one_sentence(filled("list"))


def in_a_child(home, arguments, *, room: int | None = None, user: int | None = None):
    """A command in a process whose files may grow to `room` bytes, or that is another account."""
    code = (
        "import resource, signal, os, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "from monitor.cli.main import invoke;"
        "invoke(['status']);"  # everything is imported while we may
        f"room = {room!r}; room and resource.setrlimit(resource.RLIMIT_FSIZE, (room, room));"
        f"user = {user!r}; user and (os.setgroups([]), os.setgid(user), os.setuid(user));"
        f"sys.stdout.flush(); print('---'); sys.stdout.flush(); sys.exit(invoke({list(arguments)!r}))"
    )
    return subprocess.run([sys.executable, "-c", code], cwd=home, capture_output=True, text=True, timeout=LIMIT)


@pytest.mark.parametrize("arguments", [("note", "c-mali", "x" * 20_000, "--yes"), ("check",)], ids=["save", "check"])
def test_a_full_disk_leaves_everything_as_it_was(filled, home, arguments):
    filled("add", "c-late", "--kind", "contribution", "--title", "Late", "--valid-until", "2021-05-31", "--yes")
    before = contents(home)
    done = in_a_child(home, arguments, room=4096)
    assert done.returncode == 3, done
    assert "nothing was changed" in done.stderr and done.stderr.count("\n") == 1
    assert contents(home) == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_read_only_database_refuses_a_change(filled, home):
    """A database without write permission refuses a change in one sentence."""
    place = Path(tempfile.mkdtemp())  # pytest's own folders are closed to others
    try:
        place.chmod(0o755)
        for name in ("config.toml", "monitor.db"):
            shutil.copy(home / name, place)
            (place / name).chmod(0o644)
        done = in_a_child(place, ("note", "c-mali", "x", "--yes"), user=23456)
        assert done.returncode == 3, done
        assert done.stderr.startswith("monitor: The database") and done.stderr.count("\n") == 1
    finally:
        shutil.rmtree(place)
