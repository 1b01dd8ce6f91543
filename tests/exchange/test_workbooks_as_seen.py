"""A workbook is read as people see it. What they cannot see, or what a program has changed, is reported."""

import io
import re
import subprocess
import sys
import zipfile
from datetime import date, datetime

import pytest
from facts import ROOT
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill
from patience import LIMIT
from written import contents, table

from monitor.core.errors import Faults
from monitor.core.model.file_options import ReadAs
from monitor.exchange.xlsx_file import read_xlsx

HEADER = ["id", "kind", "title", "valid_from", "valid_until", "size", "tags", "note"]
CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"


def book(*rows, formats=None):
    """A workbook with this header and rows; `formats`: cell → number format."""
    made = Workbook()
    sheet = made.active
    sheet.title = "entries"
    for row in [HEADER, *rows]:
        sheet.append(row)
    for cell, code in (formats or {}).items():
        sheet[cell].number_format = code
    return made, sheet


def saved(tmp_path, made):
    file = tmp_path / "a.xlsx"
    made.save(file)
    return file


def changed(file, change):
    """The workbook with its parts renamed or rewritten: `change` gives name and content from name and content."""
    raw = io.BytesIO(file.read_bytes())
    with zipfile.ZipFile(raw) as old, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(*change(part.filename, old.read(part)))
    return file


def fault_of(file):
    with pytest.raises(Faults) as caught:
        table(file)
    (fault,) = caught.value.faults
    return fault


@pytest.mark.parametrize(
    ("part", "target"),
    [
        ("xl/worksheets/sheet1.xml", "/xl/worksheets/sheet1.xml"),
        ("xl/worksheets/worksheet.xml", "worksheets/worksheet.xml"),
        ("xl/worksheet.xml", "worksheet.xml"), ("data/one.xml", "/data/one.xml"), ("xl/pages/a.xml", "pages/a.xml"),
        ("data/one.bin", "/data/one.bin"),
    ],
)  # fmt: skip
def test_merged_cells_are_found_wherever_the_part_lies(tmp_path, part, target):
    made, sheet = book(["m-a", "mandate", "A", None, date(2026, 12, 31)], ["m-b", "mandate", "B"])
    sheet.merge_cells("E2:E3")

    def move(name, content):
        name = part if name == "xl/worksheets/sheet1.xml" else name
        content = content.replace(b"/xl/worksheets/sheet1.xml", target.encode())
        if name == "[Content_Types].xml":
            content = content.replace(f'PartName="{target}"'.encode(), f'PartName="/{part}"'.encode())
        return name, content

    fault = fault_of(changed(saved(tmp_path, made), move))
    assert (fault.key, fault.what) == ("entries E2:E3", "These cells are merged.")


def test_a_merged_title_above_the_header_is_no_trouble(tmp_path):
    made, sheet = book(["m-a", "mandate", "A"])
    sheet.insert_rows(1, 2)
    sheet["A1"] = "Missies en bijdragen 2026"
    sheet.merge_cells("A1:E1")
    file = saved(tmp_path, made)
    assert [entry.id for entry in contents(table(file))] == ["m-a"]
    assert table(file).remarks == (
        "The names of the columns are in line 3; line 1 (Missies en bijdragen 2026) was left out.",
    )


@pytest.mark.parametrize(
    ("code", "day", "written"),
    [
        ("[$-413]mmmm yyyy;@", date(2026, 12, 2), "2026-12"), ("mmm-yy", date(2026, 12, 2), "2026-12"),
        ("yyyy", date(2026, 7, 1), "2026"), ('"Q4" yyyy', date(2026, 10, 1), "2026-36"),
        ("dd-mm-yyyy", date(2026, 12, 2), "2026-12-02"),
        ("yyyy-mm-dd h:mm:ss", datetime(2026, 12, 2), "2026-12-02"),
    ],
)  # fmt: skip
def test_a_date_is_as_precise_as_the_cell_shows_it(tmp_path, code, day, written):
    made, _ = book(["m-a", "mandate", "A", None, day], formats={"E2": code})
    (entry,) = contents(table(saved(tmp_path, made)))
    assert entry.current.valid_until.written == written


@pytest.mark.parametrize(
    ("column", "value", "code", "sentence"),
    [
        ("E", 2026, "yyyy", "E2 holds the number 2026, which as a date is a day in 1905. Was the year 2026 meant"),
        ("E", 2026, "dd-mm-yyyy", "a day in 1905"),
        ("E", 20261231, "dd-mm-yyyy", "The number 20261231 in E2"),
        ("E", -5, "dd-mm-yyyy", "The number -5 in E2"), ("E", 0.5, "h:mm", "The number 0.5 in E2"),
        ("E", 46357.5, "dd-mm-yyyy", "has a time of day"), ("E", date(2026, 12, 31), "d-mmm", "without the year"),
        ("E", date(2026, 12, 31), '"eind" yyyy', "the words 'eind'"),
        ("E", 46387, "General", "46387 is a number, not a date"),
        ("E", 46387, ";;;", "shows nothing"), ("E", True, "General", "holds the value TRUE"),
        ("F", date(2026, 10, 5), "yyyy-mm-dd", "holds a date (2026-10-05)"),
        ("G", date(2026, 12, 1), "mmm-yy", "holds a date (2026-12)"),
        ("A", date(2026, 3, 1), "d-mmm", "without the year"),
        ("F", True, "General", "holds the value TRUE, not a text"),
        ("A", False, "General", "holds the value FALSE"), ("F", 0.07, "0%", "0.07 shown as 0%"),
        ("F", 1000, '[$€-413] #,##0.00', "1000 shown as"), ("A", 12345, "0.00E+00", "shown as 0.00E+00"),
        ("F", 12.5, "General", "holds the number 12.5"), ("A", 1e15, "General", "holds the number 1000000000000000"),
        ("A", "x", '"c-"@', "shows 'c-x' and holds 'x'"), ("C", "T", ";;;", "hides its text"),
    ],
)  # fmt: skip
def test_a_cell_that_shows_something_else_is_refused_by_name(tmp_path, column, value, code, sentence):
    made, sheet = book(["m-a", "mandate", "A"])
    sheet[f"{column}2"] = value
    sheet[f"{column}2"].number_format = code
    fault = fault_of(saved(tmp_path, made))
    assert sentence in fault.what
    assert (fault.line, fault.key) == (2, f"entries {column} {HEADER[ord(column) - 65]}")


@pytest.mark.parametrize(
    ("code", "id"), [("000", "007"), ('"c-"000', "c-007"), ("0000", "0007"), ("General", "7"), ("@", "7")]
)
def test_a_number_is_the_id_that_it_shows(tmp_path, code, id):
    made, _ = book([7, "mandate", "A"], formats={"A2": code})
    assert [entry.id for entry in contents(table(saved(tmp_path, made)))] == [id]


def test_dates_in_a_book_that_counts_from_1904(tmp_path):
    made, _ = book(["m-a", "mandate", "A", None, date(2026, 12, 31)])
    made.epoch = datetime(1904, 1, 1)
    (entry,) = contents(table(saved(tmp_path, made)))
    assert entry.current.valid_until.written == "2026-12-31"


def test_hidden_rows_columns_and_filters_are_reported(tmp_path):
    made, sheet = book(["m-a", "mandate", "A"], ["m-b", "mandate", "B"], ["m-c", "mandate", "C"])
    sheet.row_dimensions[3].hidden = True
    sheet.row_dimensions[9].hidden = True
    sheet.column_dimensions["E"].hidden = True
    low = changed(saved(tmp_path, made), lambda name, old: (name, old.replace(b'<row r="4"', b'<row ht="0" r="4"')))
    assert set(table(low).remarks) == {
        "Hidden in the sheet entries, but read: column E.",
        "Hidden in the sheet entries, but read: 2 rows, the first is row 3.",
    }
    made, sheet = book(["m-a", "mandate", "A"], ["m-b", "mandate", "B"])
    sheet.auto_filter.ref = "A1:C3"
    sheet.auto_filter.add_filter_column(0, ["m-a"])
    sheet.row_dimensions[3].hidden = True
    assert table(saved(tmp_path, made)).remarks == ("Hidden by a filter in the sheet entries, but read: row 3.",)
    made, sheet = book(["m-a", "mandate", "A"])
    sheet.sheet_format.zeroHeight = True  # the rows that are not used are hidden
    assert table(saved(tmp_path, made)).remarks == ()


def test_of_several_sheets_it_says_which_was_read(tmp_path):
    made, _ = book(["m-a", "mandate", "A"])
    made.create_sheet("Oud").append(["id"])
    made.create_sheet("Geheim").sheet_state = "hidden"
    file = saved(tmp_path, made)
    assert table(file).remarks == ("Only the sheet entries is read, not: Oud, Geheim (hidden).",)
    made["entries"].sheet_state = "hidden"
    made.active = 1
    with pytest.raises(Faults, match="The sheet entries is hidden, and others are not"):
        table(saved(tmp_path, made))
    sheet = read_xlsx(file, ReadAs(sheet="ENTRIES "))
    assert (sheet.name, len(list(sheet.rows))) == ("entries", 1)
    assert "The sheet entries is hidden, but read." in sheet.remarks
    with pytest.raises(Faults, match="No sheet is named Nieuw; there are: entries, Oud, Geheim"):
        read_xlsx(file, ReadAs(sheet="Nieuw"))


def test_the_only_sheet_that_people_see_is_read(tmp_path):
    made, sheet = book(["m-a", "mandate", "A"])
    sheet.title = "Blad1"
    made.create_sheet("Blad2").sheet_state = "veryHidden"
    assert table(saved(tmp_path, made)).remarks == ("Only the sheet Blad1 is read, not: Blad2 (hidden).",)


def strict(name, content):
    return name, re.sub(rb"http://schemas.openxmlformats.org/(spreadsheetml|officeDocument)/2006/",
                        rb"http://purl.oclc.org/ooxml/\1/", content)  # fmt: skip


def test_strict_open_xml_is_named(tmp_path):
    made, _ = book(["m-a", "mandate", "A"])
    assert "Strict Open XML" in fault_of(changed(saved(tmp_path, made), strict)).what


@pytest.mark.parametrize(
    "styles", [b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"/>', None]
)
def test_a_book_without_styles_is_read(tmp_path, styles):
    made, _ = book(["m-a", "mandate", "A"])
    file = changed(
        saved(tmp_path, made), lambda name, old: (name, styles if styles and name == "xl/styles.xml" else old)
    )
    assert [entry.id for entry in contents(table(file))] == ["m-a"]
    made, _ = book(["m-a", "mandate", "A", None, date(2026, 12, 31)])
    file = changed(
        saved(tmp_path, made), lambda name, old: (name, styles if styles and name == "xl/styles.xml" else old)
    )
    if styles:
        assert "46387 is a number, not a date" in fault_of(file).what


def test_a_main_part_of_another_name_is_found(tmp_path):
    def move(name, content):
        name = name.replace("xl/workbook.xml", "xl/book.xml").replace("xl/_rels/workbook", "xl/_rels/book")
        return name, content.replace(b"xl/workbook.xml", b"xl/book.xml")

    made, _ = book(["m-a", "mandate", "A"])
    assert [entry.id for entry in contents(table(changed(saved(tmp_path, made), move)))] == ["m-a"]


def test_formats_are_found_wherever_they_lie(tmp_path):
    """Without them the id would be 7, and not 007 as it is shown."""

    def move(name, content):
        return name.replace("xl/styles.xml", "xl/looks.xml"), content.replace(b"/xl/styles.xml", b"/xl/looks.xml")

    made, _ = book([7, "mandate", "A"], formats={"A2": "000"})
    assert [entry.id for entry in contents(table(changed(saved(tmp_path, made), move)))] == ["007"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"<fills.*</fills>", b"<fills><fill/></fills>"), (rb"<fonts.*</fonts>", b'<fonts count="0"/>'),
        (rb"<cellStyles.*</cellStyles>", b""),
        (rb"<borders.*</borders>", b"<borders/>"), (rb"<cellStyleXfs.*</cellStyleXfs>", b"<cellStyleXfs/>"),
        (rb"<dxfs.*?/>", b"<dxfs><dxf/></dxfs>"),
        (rb"<colors>.*</colors>", b'<colors><indexedColors><rgbColor rgb="x"/></indexedColors></colors>'),
    ],
)  # fmt: skip
def test_odd_styles_take_no_format_away(tmp_path, old, new):
    made, _ = book([7, "mandate", "A", None, date(2026, 12, 2)], formats={"A2": "000", "E2": "mmmm yyyy"})

    def odd(name, content):
        return name, re.sub(old, new, content, flags=re.DOTALL) if name == "xl/styles.xml" else content

    (entry,) = contents(table(changed(saved(tmp_path, made), odd)))
    assert (entry.id, entry.current.valid_until.written) == ("007", "2026-12")


def test_styles_that_are_damaged_are_not_taken_for_none(tmp_path):
    made, _ = book([7, "mandate", "A"], formats={"A2": "000"})
    file = changed(saved(tmp_path, made), lambda name, old: (name, b"" if name == "xl/styles.xml" else old))
    assert "The workbook cannot be read" in fault_of(file).what


@pytest.mark.parametrize("name", ["docProps/core.xml", "docProps/app.xml", "xl/theme/theme1.xml"])
def test_what_is_no_cell_may_be_damaged(tmp_path, name):
    made, _ = book(["m-a", "mandate", "A"])
    file = changed(saved(tmp_path, made), lambda part, old: (part, b"<x" if part == name else old))
    assert [entry.id for entry in contents(table(file))] == ["m-a"]


def test_a_part_in_utf_16_hides_nothing(tmp_path):
    made, sheet = book(["m-a", "mandate", "A"], ["m-b", "mandate", "B"])
    sheet.merge_cells("E2:E3")

    def wide(name, content):
        return name, content.decode().encode("utf-16") if name == "xl/worksheets/sheet1.xml" else content

    assert "is UTF-16 text" in fault_of(changed(saved(tmp_path, made), wide)).what


def test_no_warning_of_a_library_reaches_the_screen(tmp_path):
    """In a process of its own: pytest shows every warning, whatever the program has said."""
    made, sheet = book(["m-a", "mandate", "A", None, 20261231], formats={"E2": "dd-mm-yyyy"})
    sheet.oddHeader.center.text = "x"
    file = saved(tmp_path, made)

    def odd(name, content):
        if name == "xl/styles.xml":
            content = re.sub(rb"<cellStyles.*?</cellStyles>", b"", content)
        return name, content.replace(
            b"</worksheet>", b'<extLst><ext uri="{78C0D931-6437-407d-A8EE-F0AAD7539E65}"/></extLst></worksheet>'
        )

    code = (
        "from pathlib import Path; from monitor.exchange.xlsx_file import read_xlsx; "
        f"print([row.cells[4] for row in read_xlsx(Path({str(changed(file, odd))!r})).rows])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=LIMIT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "20261231 in E2" in done.stdout
    load_workbook(file)


def test_a_picture_may_have_a_document_type(tmp_path):
    """Drawing programs write one into SVG files."""
    made, _ = book(["m-a", "mandate", "A"])
    file = saved(tmp_path, made)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("xl/media/image1.svg", '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd"><svg/>')
    assert [entry.id for entry in contents(table(file))] == ["m-a"]


def test_a_row_with_a_colour_as_wide_as_the_sheet_is_read(tmp_path):
    made, sheet = book(["m-a", "mandate", "A", None, date(2026, 12, 31)])
    for column in range(1, 700):
        sheet.cell(2, column).fill = PatternFill("solid", fgColor="FFFF00")
    (entry,) = contents(table(saved(tmp_path, made)))
    assert entry.current.valid_until.written == "2026-12-31"
