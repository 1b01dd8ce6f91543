"""Looking back and asking ahead, as it is typed: --on, --known, history, preview and timeline."""

import json
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from xml.etree.ElementTree import parse

import pytest
from database_text import contents
from rich.cells import cell_len

WIDTHS = ("40", "60", "80", "200")


@pytest.fixture
def revised(filled, clock):
    """A letter recorded on 2 March and an extension on 5 March 2021; it is 8 March."""
    for days, arguments in (
        (1, ("note", "c-mali", "Gebeld met de ambassade")),
        (4, ("extend", "m-eutm", "--until", "2023-12-31", "--on", "2021-03-05")),
    ):
        clock.at += timedelta(days=days - (clock.at.day - 1))
        answer = filled(*arguments, "--yes")
        assert answer.code == 0, answer.err
    clock.at += timedelta(days=3)
    return filled


def text(answer):
    assert answer.code == 0, answer.err
    return " ".join(answer.out.split())


def test_list_on_a_day_and_as_known_on_one(revised):
    assert [item["id"] for item in revised("list", "--on", "2022-12-31", "--json").lines] == ["m-eutm", "c-mali"]
    assert [item["id"] for item in revised("list", "--on", "2023-06-01", "--json").lines] == ["m-eutm"]
    assert revised("list", "--on", "2023-06-01", "--known", "2021-03-04", "--json").lines == []
    assert text(revised("list", "--on", "2023-06-01")).startswith("In force and as it was on Thu 01-06-2023.")
    assert text(revised("list", "--known", "2021-03-04")).startswith(
        "As known on Thu 04-03-2021 (no check kept what was in force on 04-03-2021: judged with"
    )


def test_show_gives_the_wording_the_chain_and_the_gaps(revised):
    revised("correct", "m-eutm", "valid_until=2023-33", "--yes")
    revised("correct", "c-mali", "valid_from=2021-01-01", "valid_until=2023-06-30", "--yes")
    said = text(revised("show", "c-mali"))
    assert "Depends on" in said and "m-eutm c-mali 2023-33 (earliest Sun 01-01-2023, latest Fri 31-03-2023)" in said
    assert "gap: may be not covered by m-eutm Mon 02-01-2023 – Fri 31-03-2023 (89 days)" in said
    assert "gap: not covered by m-eutm Sat 01-04-2023 – Fri 30-06-2023 (91 days)" in said
    assert "Last changes" in said and "Gebeld met de ambassade" in said
    assert "period 1: Sun 01-01-2023 – 2023-33 (earliest Sun 01-01-2023, latest Fri 31-03-2023)" in text(
        revised("show", "m-eutm")
    )
    revised("add", "p-staf", "--kind", "contribution", "--title", "S", "--set", "part_of=c-mali", "--yes")
    assert "period 0: … – Fri 30-06-2023, the end of c-mali" in text(revised("show", "p-staf"))
    revised("correct", "p-staf", "valid_from=2021-33", "duration=P1Y", "--yes")
    assert "– 2021-33 + P1Y (earliest Fri 31-12-2021, latest Wed 30-03-2022)" in text(revised("show", "p-staf"))
    found = revised("show", "c-mali", "--json").json
    assert [gap["certain"] for gap in found["gaps"]] == [False, True] and found["stands_on"][0]["entry"] == "m-eutm"
    before = revised("show", "m-eutm", "--known", "2021-03-04", "--json").json
    assert [period["valid_until"]["written"] for period in before["periods"]] == ["2022-12-31"]
    assert before["known"] == "2021-03-04" and "no check kept" in before["basis"]


@pytest.mark.parametrize(
    ("on", "said"), [("2022-12-31", "active, in force"), ("2023-01-01", "expired, not in force")]
)  # fmt: skip
def test_show_says_whether_it_is_in_force_on_that_day(revised, on, said):
    assert f"contribution, {said}" in text(revised("show", "c-mali", "--on", on))


def test_show_quotes_the_words_an_end_rests_on(home, filled):
    register = {"entries": [{
        "id": "c-q", "kind": "contribution", "title": "Q", "valid_until": "2021-12-31",
        "quotes": [{"text": "De inzet eindigt op 31 december.", "source": "brief, p. 3"}],
    }]}  # fmt: skip
    (home / "more.json").write_text(json.dumps(register))
    answer = filled("import", "more.json", "--yes")
    assert answer.code == 0, answer.err
    assert "“De inzet eindigt op 31 december.” brief, p. 3" in text(filled("show", "c-q"))


def test_explain_any_day_as_known_on_any_day(revised):
    later = text(revised("explain", "m-eutm", "--day", "2022-12-01"))
    assert "31-12-2023 (end)" in later and "as of the slot of Thu 01-12-2022" in later
    before = text(revised("explain", "m-eutm", "--day", "2022-12-01", "--known", "2021-03-04"))
    assert "31-12-2022 (end)" in before and "31-12-2023" not in before
    assert "As known on Thu 04-03-2021; no check kept what was in force" in before


def test_history_filters_and_days_of_the_registers_own_zone(revised, clock):
    verbs = [item["verb"] for item in revised("history", "--json").lines]
    assert verbs == ["extend", "note", "add", "add"]
    assert [i["verb"] for i in revised("history", "--text", "AMBASSADE", "--json").lines] == ["note"]
    assert [i["verb"] for i in revised("history", "--known", "2021-03-02", "--json").lines] == ["add", "add"]
    assert [i["verb"] for i in revised("history", "m-eutm", "--limit", "1", "--json").lines] == ["extend"]
    clock.at = clock.at.replace(day=8, hour=23, minute=30)  # 00:30 on the 9th in Amsterdam
    revised("note", "c-mali", "nachtwerk", "--yes")
    assert [i["verb"] for i in revised("history", "--from", "2021-03-09", "--json").lines] == ["note"]
    assert "nachtwerk" not in revised("history", "--to", "2021-03-08").out
    answer = revised("history", "c-malo")
    assert answer.code == 4 and "Did you mean c-mali?" in answer.err
    assert revised("history", "otto").code == 0  # a person may have been away
    assert revised("history", "--from", "2021-03-09", "--to", "2021-03-08").code == 2
    clock.at = clock.at.replace(day=9, hour=10)
    answer = revised("snooze", "c-mali", "art100-debate", "--until", "2022-12-22", "--reason", "druk", "--yes")
    assert answer.code == 0, answer.err
    assert "obligation: c-mali art100-debate/0; until: Thu 22-12-2022; reason: druk" in text(
        revised("history", "--limit", "1")
    )


def test_preview_writes_the_real_mail(revised, home, clock):
    """preview writes the real mail as text, HTML and .eml, and nothing else."""
    clock.at -= timedelta(days=3)
    assert revised("check").code in (0, 1)  # the first one names the installation, and with it every Message-ID
    clock.at += timedelta(days=3)
    before = contents(home)
    answer = revised("preview", "overview", "--person", "otto", "--out", "letters", "--json")
    assert answer.code == 0, answer.err
    (found,) = answer.lines
    assert found["state"] == "queued" and found["day"] == "2021-03-08"
    mail = message_from_bytes((home / found["eml"]).read_bytes(), policy=policy.default)
    assert mail["Subject"] == found["subject"] and mail["To"].addresses[0].addr_spec == "otto@example.org"
    plain, rich = mail.get_body(("plain",)).get_content(), mail.get_body(("html",)).get_content()
    assert [(home / found[name]).read_bytes().decode() for name in ("txt", "html")] == [
        part.replace("\r\n", "\n") for part in (plain, rich)
    ]  # fmt: skip
    assert (home / found["eml"]).stat().st_mode & 0o077 == 0
    assert contents(home) == before
    assert revised("check").code in (0, 1)
    made = {row["message_id"]: row["subject"] for row in revised("outbox", "--json").lines if row["kind"] == "overview"}
    assert made[mail["Message-ID"]] == found["subject"]


def test_preview_says_where_the_files_are_or_why_there_are_none(revised, home):
    said = text(revised("preview", "test"))
    assert (
        "test mail to otto <otto@example.org>, slot of Mon 08-03-2021" in said
        and "preview/2021-03-08-test-otto.eml" in said
    )
    assert sorted(path.suffix for path in (home / "preview").iterdir()) == [".eml", ".html", ".txt"]
    for arguments, sentence in (
        (("overviews",), "There is no letter 'overviews'. Did you mean overview?"),
        (("reminder", "--person", "oto"), "Did you mean otto?"),
        (("reminder", "--day", "2021-03-06"), "There is no slot on 06-03-2021, a closed day"),
        (("reminder", "--day", "2021-03-09"), "No reminder goes to anybody on 09-03-2021."),
    ):
        answer = revised("preview", *arguments)
        assert answer.code == 4 and sentence in answer.err, answer


@pytest.mark.parametrize("width", WIDTHS)
def test_a_timeline_is_as_wide_as_the_terminal_and_cuts_no_id(revised, monkeypatch, width):
    long = "c-a-rather-long-id-that-nobody-would-choose"
    revised("add", long, "--kind", "contribution", "--title", "T", "--valid-until", "2021-06-30", "--yes")
    monkeypatch.setenv("COLUMNS", width)
    answer = revised("timeline")
    assert long in answer.out and "\x1b" not in answer.out
    widest = max(cell_len(line) for line in answer.out.splitlines() if long not in line)
    assert widest <= int(width)
    (mali,) = [line for line in answer.out.splitlines() if line.split() and line.split()[0] == "c-mali"]
    assert set("◂━▸│") <= set(mali)


def test_timeline_in_ascii_without_colour(revised, monkeypatch):
    """Without Unicode and colour a timeline still distinguishes everything."""
    revised("correct", "m-eutm", "valid_until=2023-33", "--yes")
    revised("correct", "c-mali", "valid_until=2023-06-30", "--yes")
    monkeypatch.setattr("rich.console.Console.encoding", "ascii")
    answer = revised("timeline", "--from", "2022-06-01", "--to", "2023-12-31", "--known", "2021-03-09")
    assert answer.code == 0 and answer.out.isascii()
    mali = next(line for line in answer.out.splitlines() if line.startswith("  c-mali"))
    assert mali.count("=") > 5 and mali.count("-") > 5 and "*" in mali
    eutm = next(line for line in answer.out.splitlines() if line.startswith("  m-eutm"))
    assert "~" in eutm and "+" in eutm
    assert "= in force, secured" in answer.out and "~ start or end imprecise" in answer.out


def test_a_timeline_as_a_picture_and_as_data(revised, home):
    assert "plan.svg: 2 entries" in text(revised("timeline", "--svg", "plan.svg"))
    assert parse(home / "plan.svg").getroot().tag.endswith("svg")
    assert revised("timeline", "--svg", "-").out == (home / "plan.svg").read_text()
    found = revised("timeline", "--from", "2022-01-01", "--to", "2022-12-31", "--json").json
    (mali,) = [entry for entry in found["entries"] if entry["id"] == "c-mali"]
    assert mali["secured_until"] == "2022-12-31" and mali["periods"][0]["from"] is None
    assert {mark["rule"] for mark in mali["due"]} >= {"art100-debate"} and mali["due"][0]["derivation"]
    assert [entry["id"] for entry in revised("timeline", "--kind", "mandate", "--json").json["entries"]] == ["m-eutm"]


def test_a_timeline_of_nothing_and_of_what_there_is_not(revised, cli):
    assert "Nothing in this span: m-eutm, c-mali." in text(
        revised("timeline", "--from", "2050-01-01", "--to", "2051-01-01")
    )
    answer = revised("timeline", "c-malo")
    assert answer.code == 4 and "Did you mean c-mali?" in answer.err
    said = text(revised("timeline", "c-mali", "--from", "2050-01-01", "--to", "2051-01-01", "--svg", "none.svg"))
    assert said.startswith("none.svg: 0 entries") and said.endswith("Nothing in this span: c-mali.")
    assert revised("timeline", "--from", "2022-01-01", "--to", "2021-01-01").code == 2
    assert revised("timeline", "--from", "0001-01-01", "--to", "9999-12-31").code == 0
    assert revised("timeline", "--svg", "nowhere/plan.svg").code == 3
    assert revised("list", "--known", "2019-01-01").code == 0


def test_an_empty_register_draws_an_empty_picture(cli):
    assert "No entries." in text(cli("timeline"))
    assert cli("timeline", "--svg", "empty.svg").code == 0


def test_explain_names_no_slot_on_a_closed_day(filled):
    """Of a Saturday or of New Year's Day it is the slot before, and the answer says so."""
    for day, before in (("2021-03-06", "2021-03-05"), ("2022-01-01", "2021-12-31")):
        found = filled("explain", "c-mali", "--day", day)
        assert f"as of the slot of {shown(before)}" in " ".join(found.out.split())
        assert f"There is no slot on {shown(day)}, a closed day" in " ".join(found.out.split())
        assert filled("explain", "c-mali", "--day", day, "--json").json["day"] == before


def test_explain_names_no_slot_before_the_first(filled, clock):
    """What is entered on a Friday after the slot is judged as of Monday's, the first that knows it."""
    clock.at = datetime(2021, 3, 5, 9, tzinfo=UTC)
    filled("add", "c-new", "--kind", "contribution", "--title", "N", "--valid-until", "2021-06-30", "--yes")
    for arguments in ((), ("--day", "2021-03-06"), ("--day", "2020-01-01")):
        found = " ".join(filled("explain", "c-new", *arguments).out.split())
        assert f"as of the slot of {shown('2021-03-08')}" in found
        assert f"The slot of {shown('2021-03-08')} is the first that knows c-new." in found


def test_known_on_a_closed_day_names_no_slot(filled, clock):
    """What was known on a Saturday is said of that day, not of a slot."""
    clock.at = datetime(2021, 3, 5, 9, tzinfo=UTC)
    filled("correct", "c-mali", "title=Other", "--yes")
    for command in (("list",), ("show", "c-mali"), ("explain", "c-mali"), ("timeline",)):
        found = " ".join(filled(*command, "--known", "2021-03-06").out.split())
        assert "nown on " in found and "06-03-2021" in found and f"slot of {shown('2021-03-06')}" not in found
    assert "Other" in filled("show", "c-mali", "--known", "2021-03-06").out


def test_a_rehearsal_needs_a_slot(filled):
    """check --as-of refuses a closed day and names the next slot, as preview does."""
    found = filled("check", "--as-of", "2021-03-06")
    assert (
        found.code == 4 and "There is no slot on 06-03-2021, a closed day; the next one is on 08-03-2021." in found.err
    )


def shown(day):
    return f"{date.fromisoformat(day):%a %d-%m-%Y}"
