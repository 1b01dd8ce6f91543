"""Every verb shows what it does and asks; without anybody to ask it changes nothing."""

import re

import pytest
from database_text import contents

VERBS = {
    "add": ("c-new", "--kind", "contribution", "--title", "New", "--valid-until", "2022-12-31"),
    "correct": ("c-mali", "valid_until=2023-12-31"),
    "extend": ("c-mali", "--until", "2023-12-31"),
    "end": ("c-mali", "--on", "2022-06-30"),
    "record": ("c-mali", "--type", "document:art100-letter"),
    "mute": ("c-mali", "--reason", "said already"),
    "confirm": ("c-mali",),
    "note": ("c-mali", "a remark"),
}


@pytest.mark.parametrize("verb", VERBS)
def test_verbs_without_terminal_and_yes_refuse(filled, home, verb):
    """Without a terminal and --yes a verb refuses and changes nothing."""
    before = contents(home)
    answer = filled(verb, *VERBS[verb])
    assert answer.code == 4
    assert (
        answer.err
        == "monitor: Nothing was changed: there is no terminal to ask. Add --yes to do it without confirmation.\n"
    )
    assert contents(home) == before


@pytest.mark.parametrize("verb", VERBS)
def test_with_yes_it_saves_and_says_so(filled, verb):
    answer = filled(verb, *VERBS[verb], "--yes", "--actor", "sanne")
    assert answer.code == 0 and "Saved as change 3." in answer.out
    latest = filled("history", "--json", "--limit", "1").lines[0]
    assert (latest["verb"], latest["actor"]) == (verb, "sanne")


@pytest.mark.parametrize(("typed", "code", "changed"), [(True, 0, 1), (False, 4, 0)])
def test_on_a_terminal_it_asks_and_does_what_was_answered(filled, monkeypatch, typed, code, changed):
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("monitor.cli.terminal.confirmed", lambda *_, **__: typed)
    before = len(filled("history", "--json").lines)
    assert filled("note", "c-mali", "a remark").code == code
    assert len(filled("history", "--json").lines) == before + changed


def test_correct_shows_what_moves(filled):
    """A correction shows what moves, why, and how many reminders."""
    answer = filled("correct", "c-mali", "valid_until=2022-11-30", "--yes")
    assert re.search(r"Moves: c-mali art100-extension-letter/0, due \w{3} [-\d]{10} → \w{3} [-\d]{10}", answer.out)
    assert "30-11-2022 (end)" in answer.out and "Secured: c-mali until" in answer.out
    assert re.search(r"^\d+ reminders move[.,]", answer.out, re.MULTILINE)


def test_an_end_shows_what_stops_with_its_count(filled):
    answer = filled("end", "c-mali", "--on", "2022-06-30", "--yes")
    assert "Closes: c-mali art100-extension-letter/0" in answer.out
    assert re.search(r"^(\d+ reminders? .*, )?\d+ (reminders )?stop\.$", answer.out, re.MULTILINE)


def test_a_letter_ahead_of_its_ladder_closes_only_what_is_named(filled):
    answer = filled("record", "c-mali", "--type", "document:art100-letter", "--yes")
    assert "Closes nothing." in answer.out and "add --closes" in " ".join(answer.out.split())
    answer = filled(
        "record", "c-mali", "--type", "document:art100-letter", "--closes", "art100-extension-letter", "--yes"
    )
    assert (
        "Closes: c-mali art100-extension-letter/0" in answer.out and "Stays open: c-mali art100-debate/0" in answer.out
    )


def test_a_slip_in_the_type_of_a_letter_is_pointed_out(filled):
    answer = filled("record", "c-mali", "--type", "document:art100-leter", "--yes")
    assert (answer.code, "Did you mean document:art100-letter?" in " ".join(answer.err.split())) == (4, True)


def test_retract_opens_what_the_letter_closed(filled):
    filled("record", "c-mali", "--type", "document:art100-letter", "--closes", "art100-extension-letter", "--yes")
    answer = filled("retract", "c-mali", "document:art100-letter", "--yes")
    assert answer.code == 0 and "Begins: c-mali art100-extension-letter/0" in answer.out


def test_a_request_is_decided_and_deployed(filled):
    filled("add", "q-erbil", "--kind", "request", "--title", "Erbil", "--set", "planned_start=2022-06-01", "--yes")
    refused = filled("deploy", "q-erbil", "c-erbil", "--yes")
    assert refused.code == 4 and "only a decided request" in refused.err
    filled("record", "q-erbil", "--type", "document:art100-letter", "--yes")
    assert filled("deploy", "q-erbil", "c-erbil", "--yes").code == 0
    assert filled("show", "c-erbil", "--json").json["deployed_from"] == "q-erbil"


def test_mute_and_unmute_undo_each_other(filled):
    filled("mute", "c-mali", "--reason", "quiet", "--yes")
    assert "muted" in filled("list").out
    filled("unmute", "c-mali", "--yes")
    assert "muted" not in filled("list").out


def test_json_of_a_verb_is_one_document(filled):
    found = filled("correct", "c-mali", "valid_until=2022-11-30", "--yes", "--json").json
    assert found["number"] == 3 and found["moved"][0]["after"] < found["moved"][0]["before"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("exend", "c-mali"), 2, "Did you mean extend?"),
        (("extend", "c-mali", "--unil", "2023-01-01"), 2, "--until"),
        (("extend", "c-mali", "--until", "2021-02-30"), 2, "2021-02-30 is not a day of the calendar"),
        (("extend", "c-mali", "--duration", "1 yaer"), 2, "'1 yaer'"),
        (("correct", "c-mali", "valid_until=2021-02-30"), 2, "2021-02-30 is not a day of the calendar"),
        (("correct", "c-mali", "titel=X"), 2, "title"),
        (("correct", "c-mali", "title"), 2, "'title' is not FIELD=VALUE"),
        (("correct", "c-mali", "kind=contributoin", "--yes"), 4, "Did you mean contribution?"),
        (("correct", "c-mali", "depends_on=m-eutn", "--yes"), 4, "Did you mean m-eutm?"),
        (("correct", "m-eutm", "depends_on=c-mali", "--yes"), 4, "m-eutm → c-mali → m-eutm"),
        (("correct", "c-mali", "valid_from=2023-01-01", "--yes"), 4, "is before valid_from"),
        (("extend", "c-mali", "--until", "2022-06-01", "--yes"), 4, "is not after"),
        (("extend", "c-mali", "--yes"), 4, "needs a new end"),
        (("show", "c-mal"), 4, "Did you mean c-mali?"),
        (("explain", "c-mal"), 4, "Did you mean c-mali?"),
        (("note", "zzz", "x", "--yes"), 4, "There is no entry 'zzz'"),
        (("send-test", "oto"), 4, "Did you mean otto?"),
        (("record", "c-mali", "--type", "letter", "--yes"), 4, "document:NAME"),
        (("record", "c-mali", "--type", "document:art100-letter", "--closes", "art100-debat", "--yes"), 4,
         "art100-debate"),
        (("retract", "c-mali", "c-mali#9", "--yes"), 4, "c-mali#9"),
        (("add", "c mali", "--kind", "contribution", "--title", "X", "--yes"), 2, "cannot be an id"),
        (("add", "c-mali", "--kind", "contribution", "--title", "X", "--yes"), 4, "already an entry c-mali"),
        (("add", "c-x", "--kind", "contribution", "--title", "a\x00b", "--yes"), 2, "control character"),
        (("outbox", "--state", "hold"), 2, "held"),
        (("outbox", "show", "99"), 4, "There is no mail '99'"),
        (("outbox", "release", "--yes"), 4, "No mail is held"),
        (("outbox", "drop", "7", "--yes"), 4, "No mail is held"),
        (("simulate", "--from", "2022-01-01", "--to", "2021-01-01"), 2, "is before"),
        (("history", "--limit", "-1"), 2, "x>=1"),
    ],
)  # fmt: skip
def test_bad_input_is_one_sentence(filled, home, arguments, code, sentence):
    """Bad input gives one sentence with the right exit code and changes nothing."""
    before = contents(home)
    answer = filled(*arguments)
    assert answer.code == code, answer
    assert sentence in answer.err and answer.err.startswith("monitor: ")
    assert answer.err.count("\n") == 1 and "Traceback" not in answer.err
    assert contents(home) == before


REQUIRED = {
    "--kind": ("add", "c-new", "--title", "New"),
    "--title": ("add", "c-new", "--kind", "contribution"),
    "--on": ("end", "c-mali"),
    "--type": ("record", "c-mali"),
    "--reason": ("mute", "c-mali"),
    "--until": ("snooze", "c-mali", "art100-extension-letter", "--reason", "no"),
}
SNOOZE = ("snooze", "c-mali", "art100-extension-letter", "--until", "2021-12-01")


@pytest.mark.parametrize(("option", "arguments"), [*REQUIRED.items(), ("--reason", SNOOZE)])
def test_a_required_option_left_out_is_named(filled, home, option, arguments):
    """A verb without an option that it requires is an error of usage; nothing is changed."""
    before = contents(home)
    answer = filled(*arguments, "--yes")
    assert answer.code == 2
    assert answer.err == f"monitor: Missing option '{option}'. `monitor {arguments[0]} --help` shows how.\n"
    assert contents(home) == before
