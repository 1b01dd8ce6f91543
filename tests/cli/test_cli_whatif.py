"""whatif as people type it: equal to two simulates typed apart, calm to read, and nothing written."""

import json
from collections import Counter
from datetime import timedelta

import pytest
from database_text import contents
from facts import ROOT
from rich.cells import cell_len

SPAN = ("--from", "2022-01-01", "--to", "2022-12-31")
RULE = """
[rule.art100-extension-letter]
title = "Letter"
norm = "practice"
why = "To see what eighteen weeks would do."
select = { kind = ["contribution"], procedure = ["art100"], status = ["planned", "active", "expired"] }
due = { anchor = "valid_until", offset = "-18w", recess = "before" }
remind = ["-12w", "-8w", "-4w", "-2w", "-1w", "0d"]
to = ["policy-officer"]
closes_on = ["document:art100-letter"]
"""
EXTEND = {"before_first_slot_from": "2022-05-02", "verb": "extend", "entry": "c-mali", "until": "2023-12-31",
          "on": "2022-05-01"}  # fmt: skip
RECORD = {"before_first_slot_from": "2022-07-01", "verb": "record", "entry": "c-mali", "on": "2022-06-30",
          "type": "document:art100-letter"}  # fmt: skip


@pytest.fixture
def tried(home):
    """A rule of eighteen weeks, a kerstreces that starts a week earlier, and two dated actions."""
    (home / "tried").mkdir()
    (home / "tried" / "own.toml").write_text(RULE, encoding="utf-8")
    shipped = (ROOT / "rules" / "calendars" / "nl-tweede-kamer.toml").read_text(encoding="utf-8")
    assert "start = 2022-12-23" in shipped
    (home / "nl-tweede-kamer.toml").write_text(shipped.replace("start = 2022-12-23", "start = 2022-12-16"))
    (home / "changes.json").write_text(json.dumps([EXTEND, RECORD]), encoding="utf-8")
    return {"--rules": "tried", "--calendar": "nl-tweede-kamer.toml", "--changes": "changes.json"}


@pytest.mark.parametrize(
    "given", [("--rules",), ("--calendar",), ("--changes",), ("--rules", "--calendar", "--changes")]
)
def test_whatif_equals_the_difference_of_two_simulations(filled, clock, home, tried, given):
    """whatif equals the difference of two simulations and writes nothing."""
    filled("check")
    clock.at += timedelta(days=1)
    before, mails = contents(home), len(list((home / "mail").rglob("*")))
    what = [word for name in given for word in (name, tried[name])]
    answer = filled("whatif", *SPAN, *what, "--json")
    assert answer.code == 0, answer.err
    found = answer.json
    assert contents(home) == before and len(list((home / "mail").rglob("*"))) == mails

    what = ["--actions" if word == "--changes" else word for word in what]
    old = reminders(filled("simulate", *SPAN, "--system", "--json"))
    new = reminders(filled("simulate", *SPAN, "--system", "--json", *what))
    assert bag([*(item["before"] for item in found["moved"]), *found["dropped"]]) == old - new
    assert bag([*(item["after"] for item in found["moved"]), *found["added"]]) == new - old
    assert old != new, "nothing is compared here"
    for name, simulated in (("before", old), ("after", new)):
        mails = {(person, on) for person, *_, on, _ in simulated}
        assert found["mails"][name] == len(mails)
        assert sum(week["reminders"][name] for week in found["weeks"]) == simulated.total()
    assert all(item["derivation"] for item in (*found["added"], *found["dropped"]))


NAMES = ("entry", "rule", "occurrence", "rung", "on", "due")


def reminders(answer):
    return Counter(
        (person, *(item[name] for name in NAMES)) for item in answer.lines for person in item["persons"]
    )  # fmt: skip


def bag(items):
    return Counter((item["person"], *(item[name] for name in NAMES)) for item in items)


def test_what_moves_is_shown_with_both_days_and_both_reasons(filled, home, tried, monkeypatch):
    for width in (60, 80, 200):
        monkeypatch.setenv("COLUMNS", str(width))
        answer = filled("whatif", *SPAN, "--rules", "tried", "--calendar", "nl-tweede-kamer.toml")
        assert max(map(cell_len, answer.out.splitlines())) <= width, answer.out
    out = answer.out
    assert "  c-mali  art100-debate/0, due Thu 22-12-2022 → Thu 15-12-2022\n" in out
    assert "    -6w   Thu 10-11-2022 → Thu 03-11-2022  otto\n" in out
    for which, day in (("was", "22"), ("now", "15")):
        recess = f"before Christmas recess 2022-2023 (inferred) → {day}-12-2022"
        assert f"{which}: 1 week before 31-12-2022 (end) → 24-12-2022 · {recess} " in " ".join(out.split())
    assert "Weeks in which one person receives most\nweek of         person  mails  reminders\n" in out
    assert out.index("Moved:") < out.index("Added:") < out.index("\nMails: ")


def test_what_does_not_matter_says_so(filled, home, tried):
    answer = filled("whatif", "--from", "2021-03-02", "--to", "2021-03-31", "--calendar", "nl-tweede-kamer.toml")
    assert (answer.code, answer.out) == (
        0, "No reminder from Tue 02-03-2021 to Wed 31-03-2021 would be different.\n",
    )  # fmt: skip


def test_a_register_file_needs_no_database(filled, home, tried):
    filled("export", "register.json")
    (home / "monitor.db").unlink()
    answer = filled("whatif", *SPAN, "--calendar", "nl-tweede-kamer.toml", "--register", "register.json", "--json")
    assert answer.code == 0 and not (home / "monitor.db").exists()
    assert {item["after"]["rule"] for item in answer.json["moved"]} >= {"art100-debate"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (SPAN, 2, "There is nothing to compare with. Give --rules, --calendar or --changes."),
        (("--from", "2022-01-01", "--to", "2021-01-01", "--rules", "tried"), 2, "2021-01-01 is before 2022-01-01."),
        ((*SPAN, "--calendar", "tried/own.toml"), 3, "tried/own.toml:2: rule: There is no such key."),
        ((*SPAN, "--calendar", "gone.toml", "--rules", "nowhere"), 3, "gone.toml: There is no such file."),
        (
            (*SPAN, "--changes", "wrong.json"),
            3,
            "wrong.json: actions[2]: There is no entry 'c-malli'. Did you mean c-mali?",
        ),
    ],
)
def test_what_cannot_be_compared_is_said_with_its_place(filled, home, tried, words, code, said):
    (home / "wrong.json").write_text(json.dumps([EXTEND, {**EXTEND, "entry": "c-malli"}]), encoding="utf-8")
    answer = filled("whatif", *words)
    assert (answer.code, answer.out) == (code, "") and said in answer.err
    assert "Traceback" not in answer.err
