"""A day is typed as people write it, at every option; what was understood is printed, and what is unsure is asked."""

import pytest
from terminal import Terminal

TYPED = {  # as typed → as understood; today is Monday 1 March 2021
    "28-02-2022": "Monday 28 February 2022",
    "28 februari 2022": "Monday 28 February 2022",
    "morgen": "Tuesday 2 March 2021",
    "+6w": "Monday 12 April 2021",
}


@pytest.mark.parametrize("typed", TYPED)
@pytest.mark.parametrize(
    "command",
    [
        ("list", "--on"), ("list", "--known"), ("show", "c-mali", "--on"), ("explain", "c-mali", "--day"),
        ("timeline", "--to"), ("history", "--to"), ("check", "--as-of"), ("confirm", "c-mali", "--yes", "--on"),
        ("simulate", "--from", "2021-03-01", "--to"), ("absent", "otto", "--yes", "--from", "2021-03-01", "--to"),
        ("correct", "c-mali", "--yes", "valid_until="),
    ],
    ids=" ".join,
)  # fmt: skip
def test_every_option_takes_a_typed_day(filled, command, typed):
    """It is printed in full on standard error, with its option or field."""
    *words, last = command
    answer = filled(*words, *([last + typed] if last.endswith("=") else [last, typed]))
    assert f"{last.rstrip('=')}: {typed} is {TYPED[typed]}." in answer.err, answer.err
    assert answer.code in (0, 1)


def test_a_typed_day_is_kept_as_a_day(filled):
    assert filled("correct", "c-mali", "valid_until=28 feb 2022", "--yes").code == 0
    assert filled("extend", "c-mali", "--until", "februari 2023", "--on", "gisteren", "--yes").code == 0
    periods = filled("show", "c-mali", "--json").json["periods"]
    assert [one["valid_until"]["written"] for one in periods] == ["2022-02-28", "2023-02"]


def test_json_holds_nothing_of_the_echo(filled):
    answer = filled("list", "--on", "morgen", "--json")
    assert len(answer.lines) == 2 and "morgen" not in answer.out
    assert answer.err == "--on: morgen is Tuesday 2 March 2021.\n"


def test_a_day_as_it_is_kept_is_not_echoed(filled):
    assert filled("list", "--on", "2021-03-02").err == ""


@pytest.mark.parametrize(
    ("typed", "readings"),
    [
        ("03/04/2021", "can be Saturday 3 April 2021 or Thursday 4 March 2021"),
        ("12/31", "can be Thursday 31 December 2020 or Friday 31 December 2021"),
        ("12/31/2021", "can only be Friday 31 December 2021, with the month first"),
    ],
)
def test_without_a_terminal_two_readings_are_refused(filled, typed, readings):
    answer = filled("end", "c-mali", "--on", typed, "--yes")
    assert answer.code == 2 and answer.err.count("\n") == 1
    for part in readings.split(" or "):
        assert part.removeprefix("can be ") in answer.err
    assert filled("show", "c-mali", "--json").json.get("ended_on") is None


def test_an_imprecise_date_is_refused_where_a_day_is_needed(filled):
    answer = filled("end", "c-mali", "--on", "feb 2022", "--yes")
    assert (answer.code, "'feb 2022' is not one day." in answer.err) == (2, True)


def test_before_recess_is_left_as_it_is(filled):
    answer = filled("correct", "c-mali", "due_on=before recess zomerreces 2021", "--yes")
    assert answer.code == 0 and answer.err == "", answer.err


def test_on_a_terminal_it_asks_which_is_meant(filled, home):
    """The numbered day is taken; with the month first, a no ends the command."""
    with Terminal("confirm", "c-mali", "--on", "03/04/2021", cwd=home) as terminal:
        terminal.see("1  Thursday 4 March 2021")
        terminal.answer("Which is meant", "2")
        terminal.see("--on: 03/04/2021 is Saturday 3 April 2021.")
        terminal.answer("Save this?", "y")
        assert terminal.end() == 0
    with Terminal("confirm", "c-mali", "--on", "12/31/2021", cwd=home) as terminal:
        terminal.answer("can only be Friday 31 December 2021. Is that meant?", "n")
        assert terminal.end() == 4
