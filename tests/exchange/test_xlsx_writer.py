"""Workbooks as they are written: texts stay texts, and a fault leaves nothing behind."""

import tempfile

import pytest
from openpyxl import load_workbook

from monitor.core.errors import Faults
from monitor.exchange.xlsx_file import read_xlsx
from monitor.exchange.xlsx_writer import CELL, write_xlsx

HEADER = ["id", "title", "valid_until"]


def written(path, *rows):
    write_xlsx(path, HEADER, rows)
    return load_workbook(path)["entries"]


@pytest.mark.parametrize(
    "text",
    [
        "007", "=1+1", "{=1+1}", "http://x.example/a", "mailto:a@x.example", "internal:Sheet1!A1", "1e5", "true",
        "<r>a</r>", "<r>", "_x003C_r>", "<r><t>a</t></r>", "_x000D_", "_x000D_x000D_", "_x005F_x000D_", "a\rb",
        "\x01", "\ufffe", " a ", "een\ntwee", "a&b<c>", "\U0001f600" * 16_000,
    ],
)  # fmt: skip
def test_a_text_is_read_back_as_it_was_written(tmp_path, text):
    """Also what XlsxWriter takes for a formula, a link, markup or a coded sign."""
    path = tmp_path / "a.xlsx"
    cell = written(path, ["a", text, ""])["B2"]
    assert (cell.data_type, cell.hyperlink, cell.number_format) == ("s", None, "@")
    [row] = read_xlsx(path).rows
    assert row.cells[1] == text


def test_ids_are_text_and_the_first_row_stays_in_view(tmp_path):
    sheet = written(tmp_path / "a.xlsx", ["007", "T", "2021-03-31"])
    assert sheet.freeze_panes == "B2"
    assert [(cell.value, cell.number_format) for cell in sheet[2]] == [("007", "@"), ("T", "@"), ("2021-03-31", "@")]
    assert all(cell.font.bold for cell in sheet[1])


@pytest.mark.parametrize("text", ["x" * (CELL + 1), "\U0001f600" * 16_384, "\x01" * 5_000])
def test_a_text_too_long_for_a_cell_is_refused(tmp_path, monkeypatch, text):
    """A cell holds UTF-16 units, coded signs included; XlsxWriter would cut the text. No part of it stays on disk."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(Faults, match=r"b\.title: \d+ characters are more than a cell can hold"):
        write_xlsx(tmp_path / "a.xlsx", HEADER, [["a", "T", ""], ["b", text, ""]])
    assert [path.name for path in tmp_path.iterdir()] == []


def test_a_folder_that_is_missing_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_xlsx(tmp_path / "missing" / "a.xlsx", HEADER, [["a", "T", ""]])
