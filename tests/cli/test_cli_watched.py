"""Every way to enter an entry that no rule watches says so first; what was entered a minute ago shows its days."""

import json
from datetime import UTC, datetime

import pytest
from written import workbook

WELL = ("--kind", "contribution", "--title", "Unit", "--valid-until", "2022-12-31", "--set", "procedure=art100")
SLIP = "art100-extension-letter is only about procedure art100 (here it is art-100)"


def told(answer):
    return " ".join(f"{answer.out} {answer.err}".split())


@pytest.fixture
def well(cli):
    """A contribution that rules watch, and a request that was decided."""
    assert cli("add", "c-well", *WELL, "--yes").code == 0
    cli("add", "q", "--kind", "request", "--title", "Q", "--set", "procedure=art100", "--set", "received_on=2021-01-04",
        "--set", "planned_start=2021-09-01", "--yes")  # fmt: skip
    assert cli("record", "q", "--type", "document:art100-letter", "--yes").code == 0
    return cli


@pytest.mark.parametrize(
    ("words", "gap"),
    [
        (("add", "c-x", *WELL[:-1], "procedure=art-100"), f"No rule watches c-x: {SLIP}"),
        (("add", "d", "--kind", "decision", "--title", "D"), "No rule watches d:"),
        (("correct", "c-well", "procedure=art-100"), f"No rule watches c-well: {SLIP}"),
        (("correct", "c-well", "procedure=art-100", "size=large"), "No rule watches c-well:"),
        (("deploy", "q", "c-q", "--set", "valid_until=2022-06-30", "--set", "procedure=art-100"),
         "No rule watches c-q:"),
    ],
)  # fmt: skip
def test_verbs_say_it_before_they_ask(well, words, gap):
    answer = well(*words)
    assert (answer.code, gap in told(answer)) == (4, True), told(answer)
    assert "Add --yes" in answer.err
    found = well(*words, "--yes", "--json")
    assert (found.code, [each.startswith(gap[:20]) for each in found.json["unwatched"]]) == (0, [True])


@pytest.mark.parametrize(
    "words",
    [
        ("add", "c-x", *WELL),
        ("correct", "c-well", "title=Other"),
        ("mute", "c-well", "--reason", "r"),
        ("end", "c-well", "--on", "2021-02-01"),
        ("note", "c-well", "text"),
    ],
)
def test_verbs_say_nothing_of_what_is_watched_or_over(well, words):
    assert "No rule watches" not in told(well(*words))


def test_what_a_neighbour_loses_is_said_too(cli, home):
    """A rule for what others depend on watches the mandate until the last of them goes elsewhere."""
    (home / "rules").mkdir()
    (home / "rules" / "own.toml").write_text("[rule.mandate-outcome]\nenabled = false\n" + OWN)
    cli("add", "m", "--kind", "mandate", "--title", "M", "--valid-until", "2022-12-31", "--yes")
    cli("add", "c", *WELL, "--depends-on", "m", "--yes")
    answer = cli("correct", "c", "depends_on=")
    assert "No rule watches m: own is only about an entry on which another one depends." in told(answer)


OWN = """
[rule.own]
title = "T"
norm = "policy"
why = "w"
remind = ["0d"]
to = ["policy-officer"]
closes_on = ["event:extended", "event:ended"]
[rule.own.select]
kind = ["mandate"]
has_dependants = true
[rule.own.due]
anchor = "valid_until"
"""
ROWS = [["c-1", "contribution", "A", "art-100", "2022-12-31"], ["c-2", "contribution", "B", "art-100", "2022-06-30"],
        ["c-3", "contribution", "C", "art100", "2022-12-31"]]  # fmt: skip
HEAD = ["id", "kind", "title", "procedure", "valid_until"]


def in_a_file(home, kind):
    file = home / f"file.{kind}"
    if kind == "json":
        file.write_text(json.dumps({"entries": [dict(zip(HEAD, row, strict=True)) for row in ROWS]}))
    elif kind == "csv":
        file.write_text("\n".join(",".join(row) for row in [HEAD, *ROWS]) + "\n")
    else:
        workbook(file, HEAD, *ROWS)
    return str(file)


@pytest.mark.parametrize("kind", ["json", "csv", "xlsx"])
@pytest.mark.parametrize("quick", [(), ("--quick",)])
def test_imports_say_it_before_they_ask(cli, home, kind, quick):
    file = in_a_file(home, kind)
    answer = cli("import", file, *quick)
    assert f"Watched by no rule (2): No rule watches c-1 and c-2: {SLIP}" in told(answer)
    assert answer.code == 4 and cli("list", "--json").out == ""
    found = cli("import", file, *quick, "--yes", "--json").json["unwatched"]
    assert [(gap["entries"], gap["count"]) for gap in found] == [(["c-1", "c-2"], 2)]


def test_many_are_counted(cli, home):
    rows = "\n".join(f"c-{number},contribution,U,art-100,2022-12-31" for number in range(300))
    (home / "many.csv").write_text(f"{','.join(HEAD)}\n{rows}\n")
    answer = cli("import", "many.csv")
    assert "Watched by no rule (300): No rule watches c-0, c-1, c-2, c-3, c-4, c-5 and 294 more" in told(answer)


def test_a_sensitive_entry_is_named_by_its_id_alone(cli, home):
    entry = {**dict(zip(HEAD, ROWS[0], strict=True)), "sensitive": True}
    (home / "file.json").write_text(json.dumps({"entries": [entry]}))
    answer = cli("import", "file.json")
    assert "No rule watches c-1: art100-extension-letter is only about procedure art100." in told(answer)


@pytest.mark.parametrize("as_json", [False, True])
def test_whatif_says_what_other_rules_and_changes_leave_alone(well, home, as_json):
    (home / "tried").mkdir()
    (home / "tried" / "off.toml").write_text(
        "[rule.art100-extension-letter]\nenabled = false\n[rule.art100-debate]\nenabled = false\n"
    )
    span = ("--from", "2021-03-01", "--to", "2021-03-05", *(["--json"] if as_json else []))
    found = well("whatif", *span, "--rules", "tried")
    assert "No rule watches c-well: " in told(found)
    day = {"before_first_slot_from": "2021-03-02"}
    entry = dict(zip(HEAD, ROWS[0], strict=True))
    (home / "actions.json").write_text(json.dumps([{**day, "verb": "add", "entry": entry}]))
    found = well("whatif", *span, "--changes", "actions.json")
    assert "No rule watches c-1: " in told(found) and "c-well" not in told(found)


@pytest.fixture(params=["sqlite", "postgresql"])
def afternoon(request, cli, home, clock):
    """After the slot, on either database: what is entered now is known at the slot of tomorrow."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        config = home / "config.toml"
        config.write_text(config.read_text() + f'\n[database]\nurl = "{url}"\n')
    clock.at = datetime(2021, 3, 1, 14, 0, tzinfo=UTC)
    return cli


@pytest.mark.parametrize("door", ["add", "import"])
def test_due_days_show_a_minute_after_they_were_entered(afternoon, home, door):
    if door == "add":
        afternoon("add", "c-new", *WELL, "--yes")
        afternoon("add", "c-late", *WELL[:5], "2021-03-31", *WELL[6:], "--yes")
    else:
        rows = "c-new,contribution,U,art100,2022-12-31\nc-late,contribution,U,art100,2021-03-31\n"
        (home / "file.csv").write_text(f"{','.join(HEAD)}\n{rows}")
        assert afternoon("import", "file.csv", "--yes").code == 0
    listed = {item["id"]: item for item in afternoon("list", "--json").lines}
    explained = {rule["rule"]: rule["due"] for rule in afternoon("explain", "c-new", "--json").json["rules"]}
    first = listed["c-new"]
    assert first["first_due"] and first["first_due"] == explained[first["rule"]]
    marks = {row["id"]: row["due"] for row in afternoon("timeline", "--json").json["entries"]}
    assert marks["c-late"]
    overdue = [name.split()[0] for name in afternoon("status", "--json").json["overdue"]]
    assert set(overdue) == {"c-late"}


def test_what_falls_due_today_is_not_overdue_when_entered(afternoon):
    """It is known tomorrow, and would be late then; today it is not."""
    afternoon("add", "k", "--kind", "commitment", "--title", "K", "--set", "due_on=2021-03-01", "--yes")
    assert afternoon("status", "--json").json["overdue"] == []
    afternoon("add", "l", "--kind", "commitment", "--title", "L", "--set", "due_on=2021-02-26", "--yes")
    assert [name.split()[0] for name in afternoon("status", "--json").json["overdue"]] == ["l"]
