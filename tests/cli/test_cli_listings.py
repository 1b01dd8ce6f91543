"""What the commands print: tables that fit, JSON that parses, no colour where there is no terminal."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import date, timedelta

import pytest
from database_text import contents
from patience import LIMIT
from rich.cells import cell_len

from monitor.cli.layout import TableColumn, laid_out, wrapped
from monitor.cli.main import COMMANDS
from monitor.cli.main import cli as group
from monitor.core.planning.verdicts import Verdict

LISTINGS = (
    ("list",),
    ("history",),
    ("outbox",),
    ("simulate", "--from", "2022-01-01", "--to", "2022-12-31", "--system"),
)
DOCUMENTS = (
    ("status",), ("show", "c-mali"), ("explain", "c-mali"), ("check", "--dry-run"), ("validate",),
    ("check", "--as-of", "2022-11-03"), ("timeline",), ("show", "c-mali", "--known", "2021-03-01"),
)  # fmt: skip
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@pytest.mark.parametrize("command", LISTINGS, ids=" ".join)
def test_json_of_a_listing_is_an_object_a_line_with_iso_dates(filled, clock, command):
    filled("add", "c-late", "--kind", "contribution", "--title", "Late", "--valid-until", "2021-03-31", "--yes")
    clock.at += timedelta(days=1)
    filled("check")
    answer = filled(*command, "--json")
    assert answer.code == 0 and answer.lines and all(isinstance(line, dict) for line in answer.lines)
    assert DATE.search(answer.out) and not re.search(r'"\d\d-\d\d-\d{4}"', answer.out)


@pytest.mark.parametrize("command", DOCUMENTS, ids=" ".join)
def test_json_of_one_thing_is_one_document(filled, command):
    assert isinstance(filled(*command, "--json").json, dict)


@pytest.mark.parametrize("command", [*LISTINGS, *DOCUMENTS], ids=" ".join)
def test_no_line_is_wider_than_the_terminal_and_no_id_is_cut(filled, command, monkeypatch):
    filled("add", "c-a-rather-long-id-that-nobody-would-choose", "--kind", "contribution", "--title", "T " * 80,
           "--valid-until", "2022-12-31", "--yes")  # fmt: skip
    for width in (60, 80, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        answer = filled(*command)
        assert max(map(cell_len, answer.out.splitlines())) <= width, answer.out
        assert "\x1b" not in answer.out + answer.err
        if command == ("list",):
            assert "c-a-rather-long-id-that-nobody-would-choose" in answer.out


def test_colour_only_on_a_terminal_that_wants_it(filled, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # as a terminal would be
    assert "\x1b[1m" in filled("list").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert not re.search(r"\x1b\[[\d;]*3\d", filled("explain", "c-mali").out)


def test_explain_gives_each_rule_one_verdict(filled):
    """Every rule is explained once, with a verdict of the documented list."""
    rules = filled("explain", "c-mali", "--json").json["rules"]
    names = [rule["rule"] for rule in rules]
    assert len(names) == len(set(names)) == 19
    assert {rule["verdict"] for rule in rules} <= set(Verdict)
    letter = next(rule for rule in rules if rule["rule"] == "art100-extension-letter")
    assert letter["derivation"].startswith("31-12-2022 (valid_until)") and date.fromisoformat(letter["due"])


def test_the_help_of_explain_lists_all_verdicts(cli):
    """The help lists exactly the verdicts that exist."""
    text = cli("explain", "--help").out.partition("Verdicts:")[2].partition("Options:")[0]
    assert set(re.findall(r"[a-z-]+", text.replace("(open)", ""))) == set(Verdict)


def test_check_as_of_a_day_writes_nothing(filled, home):
    before = contents(home)
    answer = filled("check", "--as-of", "2022-11-03")
    assert "c-mali" in answer.out and "A rehearsal: nothing was written or sent." in answer.out
    assert filled("check", "--as-of", "2022-11-03", "--json").json["said"][0]["planned"]
    assert contents(home) == before and not (home / "mail").exists()


def test_check_tells_well_overdue_and_could_not_tell_apart(filled, home):
    assert filled("check").code == 0
    filled("add", "c-late", "--kind", "contribution", "--title", "Late", "--valid-until", "2020-01-31", "--yes")
    assert filled("check", "--as-of", "2022-01-06").code == 1
    (home / "monitor.db").write_bytes(b"not a database" * 1000)
    for name in ("monitor.db-wal", "monitor.db-shm"):
        (home / name).unlink(missing_ok=True)
    assert filled("check").code == 3


def test_an_empty_register_says_so(cli):
    assert cli("list").out == "No entries.\n"
    assert cli("history").out == "No changes.\n" and cli("outbox").out == "No mails.\n"
    assert cli("list", "--json").out == ""


def test_titles_and_replies_cannot_steer_the_terminal(filled, home):
    filled("correct", "c-mali", "condition=red\tor [bold]not[/]", "--yes")
    assert "[bold]not[/]" in filled("show", "c-mali").out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_produced(home, shell):
    done = subprocess.run(
        [sys.executable, "-m", "monitor"], env={"_MONITOR_COMPLETE": f"{shell}_source", "PATH": "/usr/bin:/bin"},
        capture_output=True, text=True, timeout=LIMIT,
    )  # fmt: skip
    assert done.returncode == 0 and "_MONITOR_COMPLETE" in done.stdout


def test_completion_offers_commands(home):
    env = {"_MONITOR_COMPLETE": "bash_complete", "COMP_WORDS": "monitor ex", "COMP_CWORD": "1", "PATH": "/usr/bin:/bin"}
    done = subprocess.run([sys.executable, "-m", "monitor"], env=env, capture_output=True, text=True, timeout=LIMIT)
    assert {line.partition(",")[2] for line in done.stdout.splitlines()} == {"explain", "export", "extend"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_that_fits(cli, command):
    answer = cli(command, "--help")
    assert answer.code == 0 and "Usage: monitor" in answer.out
    assert all(option.help for option in group.get_command(None, command).params if option.param_type_name == "option"
               and option.name not in ("title",))  # fmt: skip
    assert max(map(len, answer.out.splitlines())) <= 80


def test_a_closed_pipe_is_no_error(filled):
    command = f"{sys.executable} -m monitor history --json | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=LIMIT)
    assert (done.returncode, done.stderr) == (0, "")


def test_tables_wrap_between_words():
    """Words are never broken, and what does not fit is put below its row."""
    head = [TableColumn(name="id"), TableColumn(name="why", wide=True)]
    lines = laid_out(head, [["c-irak", "word " * 30]], 40)
    assert all(len(line) <= 40 for line in lines) and lines[1].startswith("c-irak  word")
    lines = laid_out(
        [TableColumn(name="id"), TableColumn(name="on"), *head[1:]], [["x" * 30, "2021-01-01", "why it is so"]], 44
    )
    assert lines[2] == "    why it is so"
    assert wrapped("  " + "x" * 90, 20) == ["  " + "x" * 90], "an id is longer than the line rather than broken"


def test_tables_print_words_longer_than_a_column():
    """A word too long for columns that are all wide does not stop the table."""
    head = [TableColumn(name="what", wide=True), TableColumn(name="do", wide=True)]
    lines = laid_out(head, [["lies in " + "/x" * 40, "look there"]], 40)
    assert lines[0] == "what" and any("/x/x" in line for line in lines) and any("look there" in line for line in lines)


def test_json_of_a_read_only_listing_is_the_same_twice(filled):
    assert filled("list", "--json").out == filled("list", "--json").out
    assert json.loads(filled("list", "--json").out.splitlines()[1])["until"] == "2022-12-31"


def test_a_check_that_holds_says_what_to_do_and_exits_with_five(cli, home, clock):
    (home / "config.toml").write_text((home / "config.toml").read_text() + "\n[limits]\nreminders_per_check = 1\n")
    for number in range(7):
        cli("add", f"c-{number}", "--kind", "contribution", "--title", "T", "--valid-until", "2021-03-31", "--yes")
    clock.at += timedelta(hours=2)
    answer = cli("check", "--dry-run")
    assert answer.code == 5 and "A check would hold" in answer.out
    answer = cli("check")
    assert answer.code == 5 and "`monitor outbox release` sends all, `monitor outbox drop` none" in " ".join(
        answer.out.split()
    )
    assert "and 2 more; `monitor status` lists them." in " ".join(answer.out.split())
    assert cli("status").code == 5
    assert cli("outbox", "release").code == 4 and cli("outbox", "--state", "held", "--json").lines
    assert "`monitor check` at once" in " ".join(cli("outbox", "release", "--yes").out.split())
    assert cli("check").code == 1 and not cli("outbox", "--state", "held", "--json").lines


def test_outbox_show_of_a_pruned_mail(cli, home, clock):
    """A mail whose text was pruned is shown with a sentence that says so."""
    cli("add", "c-1", "--kind", "contribution", "--title", "T", "--valid-until", "2021-03-31", "--yes")
    clock.at += timedelta(hours=2)
    cli("check")
    with closing(sqlite3.connect(home / "monitor.db")) as database:
        database.execute("UPDATE messages SET raw = x''")
        database.commit()
    answer = cli("outbox", "show", "1")
    assert answer.code == 0 and "otto@example.org" in answer.out and "is kept no longer" in answer.out
    assert cli("outbox", "show", "1", "--raw").code == 4


def test_status_says_which_daemons_run_stand_aside_or_are_gone(cli, home, clock):
    seen = clock.at.replace(tzinfo=None)
    rows = [
        ("a:1:x", '{"rules": "s"}', seen, ""),
        ("b:2:y", '{"rules": "t"}', seen, "The clock is wrong."),
        ("c:3:z", '{"rules": "u"}', seen - timedelta(hours=1), ""),
    ]
    cli("status")
    with closing(sqlite3.connect(home / "monitor.db")) as database:
        for who, settings, at, trouble in rows:
            database.execute(
                "INSERT INTO daemons VALUES (?, 'a:/etc/config.toml', '0.1', '0003', ?, ?, ?, ?, ?)",
                (who, settings, *[f"{at}.0"] * 3, trouble),
            )
        database.commit()
    out = " ".join(cli("status").out.split())
    name = "(version 0.1, a:/etc/config.toml)"
    assert f"Runs: a:1:x {name}, since Mon 01-03-2021" in out and f"Gone: c:3:z {name}, last seen" in out
    assert f"Suspended: b:2:y {name}. The clock is wrong." in out and "give them one configuration" in out
    assert out.count("Its rules are not those of the configuration here.") == 2, "not of a daemon that is gone"
    listed = cli("status", "--json").json["daemons"]
    assert [(daemon["alive"], daemon["not_on_disk"]) for daemon in listed] == [
        (at, ["rules"]) for at in (False, True, True)
    ]


def test_tables_show_every_day_in_one_form(filled):
    """A day is a weekday and dd-mm-yyyy in every table; an imprecise date is as written; no table has ISO 8601."""
    filled("add", "m-vague", "--kind", "mandate", "--title", "V", "--valid-until", "2022-33", "--yes")
    filled("extend", "m-eutm", "--until", "2023-12-31", "--on", "2021-02-26", "--yes")
    filled("note", "m-eutm", "2021-02-30", "--yes")
    assert "Sat 31-12-2022" in filled("list").out and "2022-33" in filled("list").out
    for command in (("list",), ("show", "c-mali"), ("show", "m-eutm"), ("history", "--verb", "extend"), ("status",),
                    ("outbox",), ("explain", "c-mali"), ("check", "--as-of", "2022-11-03")):  # fmt: skip
        found = filled(*command).out.replace("remark: 2021-02-30", "")
        assert not re.search(r"\d{4}-\d\d-\d\d", found), found
    assert "day: Fri 26-02-2021; until: Sun 31-12-2023" in " ".join(filled("history", "--verb", "extend").out.split())
    assert "remark: 2021-02-30" in filled("history", "--verb", "note").out
