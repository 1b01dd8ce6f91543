"""`monitor read`: a letter in the terminal and as JSON, and files that are no letter."""

import io
import json
import shutil
import sys
from pathlib import Path

import pytest

LETTER = """Den Haag, 15 maart 2024

Het kabinet zet de bijdrage voort tot en met 30 april 2025. De kosten bedragen 450.000 euro per jaar.
Noorwegen trekt zijn eenheid voor 1 juni 2024 terug (Kamerstuk 29 521, nr. 412, d.d. 1 maart 2024).
"""
GERMAN = """Berlin, den 15. März 2024

Die Bundesregierung verlängert den Beitrag zur Operation Eiche bis zum 30. April 2025, unter dem Vorbehalt der
Verlängerung des Mandats, das am 31. Januar 2025 endet. Norwegen zieht seine Einheit vor dem 1. Juni 2024 ab.

Der Bericht über das Programm wird dem Bundestag spätestens am 28. Februar 2025 vorgelegt. Im Schreiben
vom 1. Februar 2024 (Drucksache 20/1234) steht mehr darüber. Die Kosten betragen 2,5 Milliarden Euro.
"""
DE = Path(__file__).parents[1] / "reading" / "languages" / "de.toml"


@pytest.fixture
def letter(home):
    path = home / "brief.txt"
    path.write_text(LETTER, encoding="utf-8")
    return str(path)


def test_a_letter_is_listed(cli, letter):
    """Each date as written and as understood, with its sentence, and the reason why others are not proposed."""
    answer = cli("read", letter)
    assert (answer.code, answer.err) == (0, "")
    assert "brief.txt: language nl, letter of Fri 15-03-2024 (as the letter says), 4 dates." in answer.out
    proposed, others = answer.out.split("Not proposed: 3 dates")
    assert "valid_until: “tot en met 30 april 2025” → Wed 30-04-2025" in proposed
    assert "due Wed 19-03-2025 extension-letter/0" in " ".join(proposed.split())
    assert "Het kabinet zet de bijdrage voort [tot en met 30 april 2025]." in proposed
    assert "not proposed: another state's or party's act" in others
    assert "→ 29521-412 (2024-03-01)" in others
    assert "450,000 EUR a year" in others


def test_json_has_offsets_in_the_text_as_given(cli, letter):
    """A program finds each quote at its offsets."""
    document = json.loads(cli("read", letter, "--json").out)
    assert (document["schema"], document["letter"]["letter_date_basis"]) == ("monitor-reading/1", "read")
    for part in ("spans", "references", "amounts"):
        assert document[part]
        assert all(one["quote"] == " ".join(LETTER[one["start"] : one["end"]].split()) for one in document[part])
    assert cli("read", letter, "--json").out == cli("read", letter, "--json").out


def test_standard_input_is_read(cli, home, monkeypatch):
    """Without a date nothing is counted from the letter, and the answer says so."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"The House is informed within six weeks.")))
    answer = cli("read", "-")
    assert (answer.code, "no letter date" in " ".join(answer.out.split())) == (0, True)
    assert "language en" in answer.out


def test_json_has_the_proposals_of_the_format(cli, letter):
    """Kind, fields with their spans, quotes and the tick; no key beyond the format that a person would edit."""
    document = json.loads(cli("read", letter, "--json").out)
    (one,) = document["proposals"]
    assert (one["action"], one["kind"], one["accept"]) == ("add", "contribution", True)
    (span,) = one["fields"]["valid_until"]["spans"]
    assert next(found for found in document["spans"] if found["id"] == span)["edtf"] == "2025-04-30"
    assert not {"key", "why", "as_read"} & one.keys()


def test_the_text_that_was_read_is_printed(cli, letter):
    """Piped it is exactly the text that offsets count in; as JSON with its blocks and pages."""
    assert cli("read", letter, "--text").out == LETTER
    document = json.loads(cli("read", letter, "--text", "--json").out)
    assert next(LETTER[one["start"] : one["end"]] for one in document["blocks"]) == "Den Haag, 15 maart 2024"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.7 \x00", "cannot be read: it is damaged, cut off or nested too deeply"),
        (b"one\x00two", "is not a text file"),
        (b"PK\3\4", "is damaged or cut off"),
        (b"\xff\xfe\x00", "is not text in UTF-8"),
        (b"  \n", "has no text"),
        (b"a" * (4 * 1024 * 1024 + 1), "is larger than 4 MB"),
    ],
)
def test_what_is_no_letter_is_refused(cli, home, content, said):
    """A sentence, exit code 3, no traceback."""
    (home / "file.bin").write_bytes(content)
    answer = cli("read", "file.bin")
    assert (answer.code, said in " ".join(answer.err.split())) == (3, True), answer.err


def test_a_language_without_a_table_is_named(cli, letter):
    """The nearest code is suggested where there is one."""
    answer = cli("read", letter, "--lang", "ne")
    assert (answer.code, "There is no language 'ne'" in answer.err) == (4, True)


def test_a_table_of_ones_own_comes_first(cli, home, letter):
    """A table in the folder of the user's rules comes before the shipped one; a fault in it is told with its file."""
    config = home / "config.toml"
    config.write_text(config.read_text() + '[paths]\nrules = "own"\n')
    folder = home / "own" / "reading"
    folder.mkdir(parents=True)
    (folder / "nl.toml").write_text('title = "Nederlands"\n')
    answer = cli("read", letter)
    assert (answer.code, "nl.toml:1: Object missing required field" in answer.err) == (3, True)


def test_a_third_language_is_one_file(cli, home):
    """With the file among the user's rules a letter is recognised and proposed; the shipped languages stay."""
    (home / "brief.txt").write_text(GERMAN, encoding="utf-8")
    assert json.loads(cli("read", "brief.txt", "--json").out)["letter"]["lang"] != "de"
    config = home / "config.toml"
    config.write_text(config.read_text() + '[paths]\nrules = "own"\n')
    (home / "own" / "reading").mkdir(parents=True)
    shutil.copy(DE, home / "own" / "reading")
    found = json.loads(cli("read", "brief.txt", "--json").out)
    assert (found["letter"]["lang"], found["letter"]["letter_date"]) == ("de", "2024-03-15")
    assert [(one["edtf"], one["role"], one["register"]) for one in found["spans"]] == [
        ("2024-03-15", "citation", False),
        ("2025-04-30", "end", True),
        ("2025-01-31", "end", True),
        ("2024-05-31", "other_actor", False),
        ("2025-02-28", "end", True),
        ("2024-02-01", "citation", False),
    ]
    mandate, contribution, promise = found["proposals"]
    assert [one["kind"] for one in (mandate, contribution, promise)] == ["mandate", "contribution", "commitment"]
    assert (contribution["title"], contribution["accept"]) == ("den Beitrag zur Operation Eiche", True)
    assert [link["proposal"] for link in contribution["depends_on"]] == [mandate["id"]]
    assert promise["fields"]["due_on"]["value"] == "2025-02-28"
    assert [(one["dossier"], one["number"]) for one in found["references"]] == [("20", "1234")]
    assert [one["value"] for one in found["amounts"]] == [2_500_000_000]
    (home / "brief.txt").write_text("De bijdrage van het kabinet loopt tot en met 30 april 2025.", encoding="utf-8")
    assert json.loads(cli("read", "brief.txt", "--json").out)["letter"]["lang"] == "nl"


def test_a_letter_of_an_impossible_day_is_refused(cli, letter):
    """A letter has a date from 1900 to 2199."""
    answer = cli("read", letter, "--letter-date", "0001-01-01")
    assert (answer.code, "is the date of no letter" in answer.err) == (3, True)
