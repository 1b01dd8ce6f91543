"""import, export and template as people type them, with their exit codes."""

import json

import pytest
from openpyxl import load_workbook
from terminal import Terminal
from written import workbook

from monitor.cli.main import invoke
from monitor.core.model.fields import MEANINGS

TABLE = "id,kind,title,valid_until,minister\nm,mandate,T,2030-12-31,BZ\n"


@pytest.fixture
def typed(tmp_path, capsys, monkeypatch, sqlite_template):
    """Type a command in a folder with a configuration; gives the exit code and what was printed."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.toml").write_text(
        '[register.kinds]\npermit = "period"\n[people.sanne]\nname = "S"\naddress = "s@example.org"\n'
        'roles = ["operator", "policy-officer"]\n',
        encoding="utf-8",
    )
    (tmp_path / "monitor.db").write_bytes(sqlite_template.read_bytes())

    def type_(*words):
        code = invoke(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return type_


def test_import_without_a_terminal_changes_nothing(typed, tmp_path):
    """An import shows what it would do and saves nothing where no answer can come."""
    (tmp_path / "a.csv").write_text(TABLE, encoding="utf-8")
    code, out, err = typed("import", "a.csv")
    assert code == 4
    assert "1 added, 0 changed, 0 left alone." in out and "minister" in out
    assert "Add --yes" in err
    assert typed("list", "--json")[1] == ""


def test_an_import_with_yes_is_saved_and_said_as_json(typed, tmp_path):
    (tmp_path / "a.csv").write_text(TABLE, encoding="utf-8")
    code, out, _ = typed("import", "a.csv", "--yes", "--json")
    said = json.loads(out)
    assert (code, said["added"], said["facts"], said["number"]) == (0, ["m"], ["minister"], 1)
    assert json.loads(typed("list", "--json")[1])["id"] == "m"


def test_a_faulty_file_is_told_with_every_fault_and_exit_code_3(typed, tmp_path):
    (tmp_path / "a.csv").write_text("id,kind,title,due_on\nm,mandate,,x\nn,mandate,T,44286\n", encoding="utf-8")
    code, out, err = typed("import", "a.csv", "--yes")
    assert (code, out) == (3, "")
    for place in ("a.csv:2: C title:", "a.csv:2: D due_on:", "a.csv:3: D due_on:"):
        assert place in err


@pytest.mark.parametrize("name", ["b.json", "b.csv", "b.xlsx"])
def test_an_export_imports_again_without_a_change(typed, tmp_path, name):
    (tmp_path / "a.csv").write_text(TABLE, encoding="utf-8")
    typed("import", "a.csv", "--yes")
    code, _, err = typed("export", name)
    assert (code, err) == (0, f"1 entry was written to {name}.\n")
    assert (tmp_path / name).stat().st_mode & 0o077 == 0, "it holds the register"
    assert "0 added, 0 changed, 1 left alone." in typed("import", name, "--yes")[1]


def test_the_deadlines_are_written_as_a_calendar(typed, tmp_path):
    (tmp_path / "a.csv").write_text(TABLE.replace("2030-12-31", "2031-12-31"), encoding="utf-8")
    typed("import", "a.csv", "--yes", "--any-year")
    code, _, err = typed("export", "deadlines.ics")
    assert (code, err) == (0, "0 deadlines were written to deadlines.ics.\n"), "none within eighteen months"
    written = (tmp_path / "deadlines.ics").read_bytes()
    assert written.startswith(b"BEGIN:VCALENDAR\r\n") and written.endswith(b"END:VCALENDAR\r\n")
    assert typed("import", "deadlines.ics", "--yes")[0] == 3, "a calendar is no register"


def test_an_export_serves_simulate(typed, tmp_path):
    (tmp_path / "a.csv").write_text(TABLE.replace("mandate", "contribution"), encoding="utf-8")
    typed("import", "a.csv", "--yes")
    typed("extend", "m", "--until", "2032-12-31", "--on", "2030-12-01", "--yes")
    typed("export", "b.json")
    span = ("--from", "2032-06-01", "--to", "2032-12-31")
    from_file = typed("simulate", *span, "--register", "b.json", "--json")
    assert from_file[0] == 0
    found = [json.loads(line) for line in from_file[1].splitlines()]
    assert ("m", "extension-letter", "1") in {(item["entry"], item["rule"], item["occurrence"]) for item in found}


def test_an_export_needs_a_format(typed):
    assert typed("export", "a.txt")[0] == 4
    assert typed("export", "a.txt", "--format", "csv")[0] == 0


def test_a_template_explains_each_column_and_offers_lists(typed, tmp_path):
    assert typed("template", "t.xlsx")[0] == 0
    book = load_workbook(tmp_path / "t.xlsx")
    sheet = book["entries"]
    header = [cell.value for cell in sheet[1]]
    checks = {str(check.sqref).split("2:")[0]: check for check in sheet.data_validations.dataValidation}
    assert len(checks) == len(header)
    assert all(check.prompt for check in checks.values())
    kinds = checks["B"].formula1
    assert kinds == "lists!$A$2:$A$8"
    assert [book["lists"][f"A{row}"].value for row in (2, 8)] == ["mandate", "permit"]
    assert {row[0].value for row in book["columns"].iter_rows(min_row=2)} == set(header)
    formats = {  # a dimension covers its columns from `min` to `max`
        header[place - 1]: columns.number_format
        for columns in sheet.column_dimensions.values()
        for place in range(columns.min, columns.max + 1)
    }
    assert list(formats) == header
    assert formats["title"] == formats["size"] == "@", "what people type must stay as typed"
    assert formats["valid_until"] == "yyyy-mm-dd", "a day that people type becomes one"
    assert sheet.freeze_panes == "B2"
    assert {check.showErrorMessage for name, check in checks.items() if name != "B"} == {False, True}
    assert checks["B"].showErrorMessage, "an unknown kind is refused while typing"


def test_a_filled_template_is_imported(typed, tmp_path):
    typed("template", "t.xlsx")
    book = load_workbook(tmp_path / "t.xlsx")
    book["entries"].append(["p", "permit", "Permit", None, "2030-12-31"])
    book.save(tmp_path / "t.xlsx")
    assert "1 added" in typed("import", "t.xlsx", "--yes")[1]


def test_a_template_explains_its_columns_in_dutch(typed, tmp_path, monkeypatch):
    """Names of columns, and values that an import reads, stay; the sheets beside the entries are still not read."""
    monkeypatch.setenv("MONITOR_LANG", "nl")
    assert typed("template", "t.xlsx")[0] == 0
    book = load_workbook(tmp_path / "t.xlsx")
    assert book.sheetnames == ["entries", "kolommen", "lijsten"]
    heading, *rows = ([cell.value for cell in row] for row in book["kolommen"].iter_rows())
    assert heading == ["kolom", "verplicht", "betekenis", "hoe u het invult"]
    assert rows[0][:2] == ["id", "ja"] and {name for name, *_ in rows} == set(MEANINGS)
    assert not {says for _, _, says, _ in rows} & set(MEANINGS.values())
    checks = {str(check.sqref).split("2:")[0]: check for check in book["entries"].data_validations.dataValidation}
    assert checks["B"].formula1 == "lijsten!$A$2:$A$8" and checks["B"].error == "Kies er een uit de lijst."
    assert checks["C"].prompt == "De naam zoals mensen die noemen. Een tekst."
    book["entries"].append(["p", "permit", "Vergunning", None, "2030-12-31"])
    book.save(tmp_path / "t.xlsx")
    assert "1 nieuw" in typed("import", "t.xlsx", "--yes")[1]


def test_a_template_overwrites_nothing(typed, tmp_path):
    (tmp_path / "t.xlsx").write_text("mine", encoding="utf-8")
    assert typed("template", "t.xlsx")[0] == 4
    assert (tmp_path / "t.xlsx").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("words", [("template", "nowhere/t.xlsx"), ("export", "nowhere/r.json")])
def test_a_folder_that_is_not_there_is_named_as_it_was_typed(typed, words):
    code, _, err = typed(*words)
    assert code == 3 and err == f"monitor: {words[1]} cannot be written: No such file or directory.\n"


def test_a_workbook_with_several_sheets_needs_one_named_entries(typed, tmp_path):
    file = workbook(tmp_path / "a.xlsx", ["id"], sheet="Blad1")
    book = load_workbook(file)
    book.create_sheet("Blad2")
    book.save(file)
    code, _, err = typed("import", "a.xlsx", "--yes")
    assert code == 3 and "No sheet is named entries; there are: Blad1, Blad2" in err


DATED = "id;kind;title;ingangsdatum;einddatum\nm-a;mandate;Missie;1-1-2026;31-12-2030\n"
SAID = ("--map", "ingangsdatum=valid_from", "--map", "einddatum=valid_until", "--dates", "day-first")


def test_import_with_yes_refuses_ambiguous_files(typed, tmp_path):
    """With --yes an ambiguous file is refused, and the message names the option that decides."""
    (tmp_path / "a.csv").write_text(DATED, encoding="utf-8")
    for words in (("--yes",), ("--yes", "--json"), ()):
        code, out, err = typed("import", "a.csv", *words)
        assert (code, out) == (3, "")
        assert "--map ingangsdatum=valid_from" in err and "--map einddatum=valid_until" in err
    code, _, err = typed("import", "a.csv", "--yes", *SAID[:4])
    assert code == 3 and "31-12-2030 in row 2 of E valid_until is 2030-12-31" in err and "--dates day-first" in err
    code, out, _ = typed("import", "a.csv", "--yes", *SAID)
    assert code == 0
    assert "The column einddatum was read as valid_until." in out
    assert "1-1-2026 in row 2 of D valid_from is 2026-01-01; 31-12-2030 in row 2 of E" in " ".join(out.split())
    assert json.loads(typed("show", "m-a", "--json")[1])["valid_until"] == "2030-12-31"


@pytest.mark.parametrize("mapping", ["einddatum", "einddatum=", "=valid_until", "einddatum=valid_untill"])
def test_a_mapping_that_is_none_is_a_slip_in_typing(typed, tmp_path, mapping):
    (tmp_path / "a.csv").write_text(DATED, encoding="utf-8")
    assert typed("import", "a.csv", "--map", mapping)[0] == 2


def test_import_asks_each_question_once(typed, tmp_path):
    """At a terminal each question is asked once before the preview is shown."""
    (tmp_path / "a.csv").write_text(DATED, encoding="utf-8")
    with Terminal("import", "a.csv", cwd=tmp_path) as terminal:
        terminal.answer("Which field is it")
        terminal.answer("Which field is it", "valid_until")
        terminal.answer("Is that right for the whole file?", "y")
        terminal.answer("Save this?", "y")
        assert terminal.end() == 0
    assert json.loads(typed("show", "m-a", "--json")[1])["valid_from"] == "2026-01-01"


def test_a_no_at_the_terminal_changes_nothing(typed, tmp_path):
    (tmp_path / "a.csv").write_text("id;kind;title;valid_until\nm;mandate;T;03-04-2030\n", encoding="utf-8")
    with Terminal("import", "a.csv", cwd=tmp_path) as terminal:
        terminal.answer("the month could come first as well", "n")
        assert terminal.end() == 4
    assert typed("list", "--json")[1] == ""


def test_days_far_off_and_a_sheet_are_named_by_option(typed, tmp_path):
    file = workbook(
        tmp_path / "a.xlsx", ["id", "kind", "title", "valid_until"], ["m", "mandate", "T", "2126-12-31"], sheet="Blad1"
    )
    book = load_workbook(file)
    book.create_sheet("Blad2")
    book.save(file)
    assert "--sheet NAME" in typed("import", "a.xlsx", "--yes")[2]
    assert "--any-year" in typed("import", "a.xlsx", "--yes", "--sheet", "Blad1")[2]
    code, out, _ = typed("import", "a.xlsx", "--yes", "--sheet", "blad1", "--any-year")
    assert code == 0 and "Only the sheet Blad1 is read, not: Blad2." in out
    (tmp_path / "config.toml").write_text((tmp_path / "config.toml").read_text() + "[limits]\nplausible_years = 0\n")
    assert "Sure?" not in typed("correct", "m", "valid_until=2526-12-31", "--yes")[1]


def test_verbs_doubt_far_days_and_unknown_fields(typed):
    """add warns of a day far from today and of a date under a name that is no field."""
    words = (
        "add",
        "m",
        "--kind",
        "mandate",
        "--title",
        "T",
        "--valid-until",
        "2126-12-31",
        "--set",
        "einddatum=2030-12-31",
    )
    code, out, _ = typed(*words, "--yes")
    out = " ".join(out.split())
    assert code == 0
    assert "Sure? valid_until 2126-12-31 lies more than 30 years from today." in out
    assert "Sure? einddatum is no field: it is kept as a fact and drives nothing. The field may be valid_until." in out


def test_an_id_that_looks_like_another_is_refused_by_add(typed):
    assert typed("add", "c-irak", "--kind", "contribution", "--title", "T", "--yes")[0] == 0
    for id in ("C-Irak", "c\u2011irak", "c-ir\u0430k", "c-irak\u200b"):
        code, _, err = typed("add", id, "--kind", "contribution", "--title", "T", "--yes")
        assert code == 4 and err.startswith("monitor: The id ")


@pytest.mark.parametrize(("separator", "mark"), [("semicolon", ";"), ("comma", ","), ("tab", "\t")])
def test_export_writes_csv_with_a_chosen_separator(typed, tmp_path, separator, mark):
    """CSV is written with the separator that a spreadsheet expects."""
    (tmp_path / "a.csv").write_text(TABLE, encoding="utf-8")
    typed("import", "a.csv", "--yes")
    assert typed("export", "b.csv", "--separator", separator)[0] == 0
    raw = (tmp_path / "b.csv").read_bytes()
    assert raw.startswith(f"\ufeffid{mark}kind{mark}title{mark}".encode())
    assert "0 added, 0 changed, 1 left alone." in typed("import", "b.csv", "--yes")[1]
