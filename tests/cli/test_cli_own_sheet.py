"""A sheet of contracts with headings of its own: recognised, asked about, and followed through the year."""

from datetime import date

import pytest
from terminal import Terminal
from written import workbook

from monitor.cli.main import invoke

CONFIG = """[register]
packs = ["contracts"{more}]
calendar = "nl-business-days"
[people.sanne]
name = "Sanne de Vries"
address = "sanne@example.org"
roles = ["operator", "contract-manager"]
[people.joost]
name = "Joost Smit"
address = "joost@example.org"
roles = ["contract-manager"]
"""
HEADINGS = ["Contractnummer", "Omschrijving", "Ingangsdatum", "Einddatum", "Verlenging", "Opzegtermijn", "Bedrag"]
ROWS = [
    ["C-1", "Schoonmaak", date(2029, 1, 1), date(2031, 12, 31), "1 jaar", "3 maanden", "12000"],
    ["C-2", "Beveiliging", date(2029, 7, 1), date(2031, 6, 30), None, None, "9000"],
]
MAPPED = {
    "Contractnummer": "id", "Omschrijving": "title", "Ingangsdatum": "valid_from", "Einddatum": "valid_until",
    "Verlenging": "renews", "Opzegtermijn": "notice_period",
}  # fmt: skip
ANSWERS = tuple(word for name, field in MAPPED.items() for word in ("--map", f"{name}={field}"))


@pytest.fixture
def typed(tmp_path, capsys, monkeypatch, sqlite_template):
    """Type a command in a folder with the sheet; `more`: other packs of the configuration."""
    monkeypatch.chdir(tmp_path)
    workbook(tmp_path / "contracten.xlsx", HEADINGS, *ROWS)
    (tmp_path / "config.toml").write_text(CONFIG.format(more=""), encoding="utf-8")
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())

    def type_(*words):
        code = invoke(list(words))
        said = capsys.readouterr()
        return code, " ".join(said.out.split()), " ".join(said.err.split())

    return type_


def test_the_id_and_title_are_recognised_and_not_guessed(typed):
    """Nothing is read before a person has said so; each fault gives the option that answers it."""
    code, _, err = typed("import", "contracten.xlsx", "--yes")
    assert code == 3 and "There is no column id. Contractnummer probably is that." in err
    assert "--map Contractnummer=id" in err and "--map Omschrijving=title" in err


def test_a_notice_period_cannot_pass_as_a_fact(typed):
    """Columns with the names of dates and durations are asked about, the amount is not."""
    code, _, err = typed("import", "contracten.xlsx", "--yes", *ANSWERS[:4])
    assert code == 3 and "Bedrag" not in err
    for name in ("Einddatum=valid_until", "Verlenging=renews", "Opzegtermijn=notice_period"):
        assert f"--map {name}" in err


def test_the_only_kind_is_that_of_all_rows(typed):
    code, out, _ = typed("import", "contracten.xlsx", "--yes", *ANSWERS)
    assert code == 0 and "each new entry was read as a contract" in out
    code, out, _ = typed("list")
    assert "Schoonmaak" in out and "31-12-2031, goes on" in out and "contract-end" in out
    code, out, _ = typed("show", "C-1")
    assert "goes on after Wed 31-12-2031 unless it is cancelled by Tue 30-09-2031" in out


def test_of_several_kinds_a_person_says_which(typed, tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG.format(more=', "permits"'), encoding="utf-8")
    code, _, err = typed("import", "contracten.xlsx", "--yes", *ANSWERS[4:])
    assert code == 3 and "--kind with one of contract, permit" in err
    assert typed("import", "contracten.xlsx", "--yes", *ANSWERS, "--kind", "contract")[0] == 0
    code, _, err = typed("import", "contracten.xlsx", "--yes", *ANSWERS, "--kind", "contrat")
    assert code == 0 and err == ""  # all are there already, so none is new


def test_a_terminal_asks_for_each_column(typed, tmp_path):
    """Enter accepts what is proposed."""
    (tmp_path / "config.toml").write_text(CONFIG.format(more=', "permits"'), encoding="utf-8")
    with Terminal("import", "contracten.xlsx", cwd=tmp_path) as terminal:
        for name in ("Contractnummer", "Omschrijving"):
            terminal.answer(f"Which field is {name}")
        terminal.answer("What are the entries?", "contract")
        for name in ("Ingangsdatum", "Einddatum", "Verlenging", "Opzegtermijn"):
            terminal.answer(f"{name} ")
        terminal.answer("Save this?", "y")
        assert terminal.end() == 0
    assert "2 added" in terminal.shown


def test_a_title_above_headings_of_its_own_is_left_out(typed, tmp_path):
    """The headings are found by the names that people have for fields."""
    workbook(tmp_path / "titled.xlsx", ["Contractenoverzicht"], [], HEADINGS, *ROWS)
    code, _, err = typed("import", "titled.xlsx", "--yes")
    assert code == 3 and "titled.xlsx:3: There is no column id. Contractnummer probably is that." in err
    code, out, _ = typed("import", "titled.xlsx", "--yes", *ANSWERS)
    assert code == 0 and "in line 3; line 1 (Contractenoverzicht) was left out" in out


def test_nee_and_onbepaald_say_that_there_is_none(typed, tmp_path):
    row = ["C-1", "Schoonmaak", date(2029, 1, 1), "onbepaald", "nee", "–", "12000"]
    workbook(tmp_path / "none.xlsx", HEADINGS, row)
    assert typed("import", "none.xlsx", "--yes", *ANSWERS)[0] == 0
    code, out, _ = typed("show", "C-1", "--json")
    assert code == 0 and not any(f'"{name}": "' in out for name in ("renews", "notice_period", "valid_until"))
