"""`monitor read --output` and `monitor accept`: from a letter to the register, with a person in between."""

import json

import pytest
from terminal import Terminal

LETTER = """Den Haag, 15 maart 2021

Operatie Oak

De Nederlandse bijdrage aan operatie Oak wordt verlengd tot en met 30 juni 2022, onder voorbehoud van verlenging van
het mandaat van de operatie, dat op 31 januari 2022 afloopt. De minister schreef dat de bijdrage aan missie Elm tot en
met 30 september 2022 zou duren.

Het kabinet zal de Kamer uiterlijk 1 juli 2021 over Oak informeren.
"""


@pytest.fixture
def letter(home):
    (home / "brief.txt").write_text(LETTER, encoding="utf-8")
    return "brief.txt"


@pytest.fixture
def proposals(cli, letter):
    """The proposal file of the letter."""
    answer = cli("read", letter, "-o", "p.json")
    assert (answer.code, "4 proposals were written to p.json" in answer.out) == (0, True), answer.err
    return "p.json"


def edit(home, change):
    """Change the proposal file as a person does in an editor."""
    path = home / "p.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    change({one["id"]: one for one in document["proposals"]}, document)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_a_letter_becomes_entries_with_their_quotes(cli, home, proposals):
    """What is ticked is registered with its dependency, its quote and the letter's hash; what is in doubt is not."""
    answer = cli("accept", proposals, "--yes")
    assert answer.code == 0, answer.err
    assert "Begins: c-oak, Thu 19-05-2022 extension-letter/0" in " ".join(answer.out.split())
    assert "Not ticked, so not accepted: p3" in answer.out
    entry = cli("show", "c-oak", "--json").json
    assert (entry["valid_until"], entry["depends_on"]) == ("2022-06-30", ["m-oak"])
    (quote,) = entry["quotes"]
    digest = json.loads((home / proposals).read_text())["letter"]["sha256"]
    assert quote["source"] == f"brief.txt (sha256 {digest})"
    assert " ".join(LETTER[quote["start"] : quote["end"]].split()) == quote["text"]
    assert cli("show", "t-oak", "--json").json["due_on"] == "2021-07-01"


def test_accepting_again_changes_nothing(cli, proposals):
    """The second time says what became of each proposal, and so does reading the letter again."""
    assert cli("accept", proposals, "--yes").code == 0
    before = cli("history", "--json").lines
    answer = cli("accept", proposals, "--yes")
    assert (answer.code, cli("history", "--json").lines) == (0, before)
    assert "p2: accepted before, as c-oak." in answer.out
    assert "Nothing changes" in answer.out
    assert "accepted before, as c-oak" in cli("read", "brief.txt").out


def test_without_a_terminal_nothing_is_accepted(cli, proposals):
    """The difference is shown; without --yes there must be somebody to ask."""
    answer = cli("accept", proposals)
    assert (answer.code, "there is no terminal to ask" in answer.err) == (4, True)
    assert cli("list", "--json").lines == []


def test_only_the_proposals_named(cli, proposals):
    """--only accepts a proposal that is in doubt, and no other."""
    assert cli("accept", proposals, "--only", "p3", "--yes").code == 0
    assert [one["id"] for one in cli("list", "--json").lines] == ["c-elm"]
    answer = cli("accept", proposals, "--only", "p2", "--yes")
    assert (answer.code, "depends on p1" in answer.err) == (3, True)
    assert cli("accept", proposals, "--only", "p9", "--yes").code == 4


def test_what_a_person_corrected_is_counted_by_row(cli, home, proposals):
    """A date edited in the file and a proposal declined: the report names the rows that had them wrong."""

    def change(by_id, _):
        by_id["p2"]["fields"]["valid_until"]["value"] = "2022-07-31"
        by_id["p4"]["accept"] = False

    edit(home, change)
    assert cli("accept", proposals, "--yes").code == 0
    assert cli("show", "c-oak", "--json").json["valid_until"] == "2022-07-31"
    history = " ".join(cli("history").out.split())
    assert "from a letter: p2 (valid_until Thu 30-06-2022 → Sun 31-07-2022)" in history
    assert "declined: p4 (Het kabinet zal de Kamer uiterlijk 1 juli 2021 over Oak informeren)" in history
    rows = {one["row"]: one for one in cli("read", "--report", "--json").json}
    assert rows["nl.end.tot-en-met"]["corrected"] == 1
    assert rows["nl.end.tot-en-met"]["fields"] == {"valid_until": 1}
    assert rows["nl.end.uiterlijk"]["declined"] == 1
    assert "nl.end.tot-en-met: accepted 1×, corrected 1×" in cli("read", "--report").out


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda by_id, _: by_id["p2"]["fields"]["valid_until"].update(value="30 februari"), "p.json: p2.valid_until:"),
        (
            lambda by_id, _: by_id["p2"].update(action="extend", entry="c-other"),
            "p.json: p2: There is no entry 'c-other'",
        ),
        (lambda by_id, _: by_id["p2"].update(acept=True), "p.json: proposals[1]: It cannot be read"),
        (lambda _, document: document.update(schema="other/1"), "It cannot be read"),
    ],
)
def test_a_file_with_a_mistake_is_refused_whole(cli, home, proposals, change, said):
    """File, proposal and field are named; nothing is registered."""
    edit(home, change)
    answer = cli("accept", proposals, "--yes")
    assert (answer.code, said in " ".join(answer.err.split())) == (3, True), answer.err
    assert cli("list", "--json").lines == []


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"schema": "monitor-proposals/1"}', b"\xff\xfe", b"[" * 9000])
def test_what_is_no_proposal_file_is_refused(cli, home, content):
    """A sentence and no traceback."""
    (home / "p.json").write_bytes(content)
    answer = cli("accept", "p.json", "--yes")
    assert (answer.code, "p.json" in answer.err, "Traceback" in answer.err) == (3, True, False)


def test_a_letter_about_what_is_registered(cli, home, filled):
    """A letter that extends an entry names it; accepted, the entry has a new period and the letter is recorded."""
    text = "Den Haag, 15 februari 2021\n\nDe bijdrage aan EUTM Mali wordt verlengd tot en met 31 december 2023.\n"
    (home / "brief.txt").write_text(text, encoding="utf-8")
    assert "c-mali is extended" in cli("read", "brief.txt").out
    cli("read", "brief.txt", "-o", "p.json")
    answer = cli("accept", "p.json", "--yes")
    assert answer.code == 0, answer.err
    entry = cli("show", "c-mali", "--json").json
    assert entry["quotes"][0]["text"].startswith("De bijdrage aan EUTM Mali")
    assert [(one["type"], one["on"]) for one in entry["events"]] == [
        ("event:extended", "2021-02-15"), ("document:art100-letter", "2021-02-15"),
    ]  # fmt: skip


def test_proposals_are_walked_at_a_terminal(cli, home, proposals):
    """Yes, another date, no and stop: the answers are kept in the file, and the difference is asked about."""
    with Terminal("accept", "p.json", "--review", cwd=home) as terminal:
        terminal.answer("y yes, n no", "y")
        terminal.answer("y yes, n no", "e")
        terminal.answer("field", "valid_until=2022-08-31")
        terminal.answer("field", "")
        terminal.answer("y yes, n no", "y")
        terminal.answer("y yes, n no", "n")
        terminal.answer("y yes, n no", "q")
        terminal.answer("Save this?", "y")
        terminal.see("Saved up to change")
    kept = {one["id"]: one.get("accept") for one in json.loads((home / "p.json").read_text())["proposals"]}
    assert kept == {"p1": True, "p2": True, "p3": False, "p4": True}
    assert cli("show", "c-oak", "--json").json["valid_until"] == "2022-08-31"


def test_a_document_sent_along_leaves_the_quotes_alone(cli, home):
    """A request and the letter about it in one sentence: the entry keeps its quote, the letter is recorded."""
    text = (
        "Den Haag, 15 februari 2021\n\nGelijktijdig met deze brief ontvangt de Kamer een kennisgevingsbrief over het "
        "verzoek van de VN om inzet van een team in Elm vanaf 1 mei 2021 voor de duur van een jaar.\n"
    )
    (home / "brief.txt").write_text(text, encoding="utf-8")
    cli("read", "brief.txt", "-o", "p.json")
    assert cli("accept", "p.json", "--yes").code == 0
    (entry,) = cli("list", "--json").lines
    found = cli("show", entry["id"], "--json").json
    assert ([quote["start"] for quote in found["quotes"]], found["state"]) == ([28], "notified")


def test_numbers_that_do_not_fit_are_written_to_the_file(cli, home, filled):
    """A doubt about a date of the register is in the JSON and in the file, in words."""
    text = "Den Haag, 15 februari 2021\n\nDe bijdrage aan EUTM Mali loopt tot en met 31 december 2023.\n"
    (home / "brief.txt").write_text(text, encoding="utf-8")
    said = "valid_until of c-mali is 2022-12-31, and the letter says 2023-12-31."
    (one,) = json.loads(cli("read", "brief.txt", "--json").out)["proposals"]
    assert (one["remarks"], one["doubts"], "accept" in one) == ([said], ["reference_mismatch"], False)
    assert cli("read", "brief.txt", "-o", "p.json").code == 0
    assert said in (home / "p.json").read_text(encoding="utf-8")
