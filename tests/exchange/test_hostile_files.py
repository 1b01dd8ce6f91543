"""Hostile and damaged files: one clear report each, quickly, and nothing is changed."""

import io
import json
import os
import time
import tracemalloc
import zipfile

import pytest
from facts import stamp_at
from living import monitor_on
from written import DAY, workbook

from monitor.actions.register.importing import preview_import
from monitor.core.errors import Faults
from monitor.store.register import register_version

HEADER = "id,kind,title,depends_on,valid_until\n"
NOW = stamp_at(DAY).at
MB = 1024 * 1024


def lines(*cells):
    return (HEADER + "".join(f"{line}\n" for line in cells)).encode()


def packed(inner, *, name="xl/worksheets/sheet1.xml"):
    """A workbook in which one part is something else."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open(name, "w", force_zip64=True) as part:
            for piece in inner:
                part.write(piece)
    return made.getvalue()


def lying_about_its_size():
    """The directory says that a part of 200 MB has ten bytes."""
    raw = bytearray(packed(b" " * MB for _ in range(200)))
    place = raw.rfind(b"PK\x01\x02")
    raw[place + 24 : place + 28] = (10).to_bytes(4, "little")
    return bytes(raw)


def bomb():
    """Fifield's: a directory of 300 parts that all lie in the same megabyte of the file."""
    raw = packed([b" " * MB])
    end = raw.rfind(b"PK\x05\x06")
    start = int.from_bytes(raw[end + 16 : end + 20], "little")
    last = raw.rfind(b"PK\x01\x02", start, end)
    directory = raw[start:last] + raw[last:end] * 300
    tail = bytearray(raw[end:])
    tail[8:12] = (301).to_bytes(2, "little") * 2
    tail[12:16] = len(directory).to_bytes(4, "little")
    return raw[:start] + directory + bytes(tail)


def circle(count):
    return lines(*(f"e{n},mandate,T,e{(n + 1) % count}," for n in range(count)))


def chain(count):
    return lines(*(f"e{n},mandate,T,{f'e{n - 1}' if n else ''}," for n in range(count)))


def register(cost):
    return b'{"entries": [{"id": "m", "kind": "mandate", "title": "T", "cost": ' + cost + b"}]}"


def both(ids, parents=None):
    """A register file of these entries."""
    above = parents or {}
    made = [{"id": id, "kind": "mandate", "title": "T", "depends_on": [above[id]] if id in above else []} for id in ids]
    return json.dumps({"entries": made}).encode()


ORPHAN = lines("m-een,mandate,T,,", "n,mandate,T,m-eem,")
ORPHANS = lines(*(f"e{n},mandate,T,x{n}," for n in range(20_000)))
BACKWARDS = b"id,kind,title,valid_from,valid_until\nm,mandate,T,2021-01-01,2020-01-01\n"
HOSTILE = {
    "an empty file": ("a.csv", b"", "is empty"),
    "only blanks": ("a.json", b" \n\0\n", "is empty"),
    "UTF-16": ("a.csv", lines("m,mandate,T,,").decode().encode("utf-16"), "UTF-16"),
    "Windows letters": ("a.csv", lines() + "m,mandate,Oekraïne,,\n".encode("cp1252"), ":2: This line is not UTF-8"),
    "NUL": ("a.csv", lines("m,mandate,T\0,,"), ":2: There is a NUL"),
    "a quote that never ends": ("a.csv", lines('m,mandate,"T,,'), "cannot be read"),
    "a cut last line": ("a.csv", lines("m,mandate,T,,", "n,mand"), ":3: This row has 2 cells and the header 5"),
    "one line of 5 MB": ("a.csv", b"x" * (5 * MB), "longer than 4 MB"),
    "an id twice": ("a.csv", lines("m,mandate,T,,", "m,mandate,U,,"), "m is here a second time; first in row 2"),
    "a parent that is not there": ("a.csv", ORPHAN, ":3: n: There is no entry 'm-eem'. Did you mean m-een"),
    "a circle": ("a.csv", circle(3), "would depend on itself: e0 → e1 → e2 → e0"),
    "a circle of 20,000": ("a.csv", circle(20_000), "would depend on itself"),
    "a chain of 20,000": ("a.csv", chain(20_000), "more than 200 levels"),
    "20,000 parents that are not there": ("a.csv", ORPHANS, "There are 19900 more faults"),
    "an end before its start": ("a.csv", BACKWARDS, ":2: m: m: valid_until 2020-01-01 is before"),
    "an unknown kind": ("a.csv", lines("m,mandaat,T,,"), "There is no kind 'mandaat'. Did you mean mandate"),
    "no zip": ("a.xlsx", b"id,kind,title\n", "not an XLSX"),
    "half a zip": ("a.xlsx", packed([b"x"])[:60], "cannot be unpacked"),
    "another zip": ("a.xlsx", packed([b"x"], name="a").replace(b"xl/workbook.xml", b"no/workbook.xml"),
                    "not an XLSX workbook"),
    "an old workbook": ("a.xls", b"\xd0\xcf\x11\xe0" + b"x" * 600, "old or a protected"),
    "a picture": ("a.png", b"\x89PNG\r\n", "no format that can be read"),
    "a sheet of 200 MB": ("a.xlsx", packed(b" " * MB for _ in range(200)), "unpacks to 200 MB"),
    "a sheet of 200 MB that lies": ("a.xlsx", lying_about_its_size(), "cannot be unpacked|unpacks to"),
    "a zip bomb": ("a.xlsx", bomb(), "unpacks to 300 MB or more"),
    "entities": ("a.xlsx", packed([b'<!DOCTYPE x [<!ENTITY a "aa">]><worksheet>&a;</worksheet>']), "declares entities"),
    "entities under any name": ("a.xlsx", packed([b'\n<!DOCTYPE x [<!ENTITY a "aa">]><x/>'], name="a.bin"),
                                "declares entities"),
    "UTF-16 under any name": ("a.xlsx", packed(["<x/>".encode("utf-16")], name="a.bin"), "a.bin is UTF-16 text"),
    "no sheet": ("a.xlsx", packed([b"<worksheet/>"]), "cannot be read"),
    "JSON that is none": ("a.json", b'{"entries": [', "not JSON"),
    "JSON without end": ("a.json", b"[" * 200_000, "cannot be read"),
    "an id twice in JSON": ("a.json", both(["m", "m"]), "m: The id m is here a second time"),
    "a circle in JSON": ("a.json", both(["m", "n"], {"m": "n", "n": "m"}), "would depend on itself: m → n → m"),
    "JSON with NaN": ("a.json", register(b'NaN'), "NaN is not a number"),
    "JSON with NUL": ("a.json", register(b'"\\u0000"'), "No database can keep"),
    "JSON with half a character": ("a.json", register(b'"\\ud83d"'), "No database can keep"),
    "half an export": ("a.json", json.dumps({"entries": [], "history": []}).encode(), "This export is not whole"),
}  # fmt: skip


@pytest.fixture
def app(sqlite_store):
    return monitor_on(sqlite_store)


@pytest.mark.parametrize("name", HOSTILE)
def test_it_is_one_clear_report_and_nothing_changes(app, tmp_path, name):
    suffix, content, sentence = HOSTILE[name]
    file = tmp_path / suffix
    file.write_bytes(content)
    started = time.process_time()
    with pytest.raises(Faults, match=sentence) as caught:
        preview_import(app, file, "sanne", NOW)
    assert time.process_time() - started < 30
    assert len(caught.value.faults) <= 101
    assert all(len(str(fault)) < 600 for fault in caught.value.faults)
    with app.store.reading() as connection:
        assert register_version(connection) == 0


def table_of_200_mb(path):
    """Sound rows, some two million."""
    rows_ = b"".join(b"m%06d,mandate,A title as people write them,,2030-12-31\n" % number for number in range(20_000))
    with path.open("wb") as raw:
        raw.write(lines())
        while raw.tell() < 200 * MB:
            raw.write(rows_)


def workbook_of_200_mb(path):
    """Sound rows in a sheet that a spreadsheet program would open."""
    cells = "".join(
        f'<c t="inlineStr"><is><t>{text}</t></is></c>' for text in ("m", "mandate", "A title as people write")
    )
    piece = (f"<row>{cells}</row>" * 6000).encode()
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    path.write_bytes(packed([head, *[piece] * (200 * MB // len(piece) + 1), b"</sheetData></worksheet>"]))


@pytest.mark.parametrize(
    ("name", "make", "sentence"),
    [("a.csv", table_of_200_mb, "The file has 2.. MB. Accepted: at most 100 MB"),
     ("a.xlsx", workbook_of_200_mb, "The file unpacks to 2.. MB or more. Accepted: at most 150 MB unpacked")],
)  # fmt: skip
def test_a_sheet_of_200_mb_is_refused_in_little_memory(app, tmp_path, name, make, sentence):
    make(tmp_path / name)
    tracemalloc.start()
    with pytest.raises(Faults, match=sentence):
        preview_import(app, tmp_path / name, "sanne", NOW)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    (tmp_path / name).unlink()
    assert peak < 20 * MB
    with app.store.reading() as connection:
        assert register_version(connection) == 0


def test_a_table_larger_than_its_limit_is_not_read(app, tmp_path):
    file = tmp_path / "a.csv"
    with file.open("wb") as raw:
        raw.write(lines())
        raw.truncate(200 * MB)
    with pytest.raises(Faults, match=r"The file has 200 MB\. Accepted: at most 100 MB"):
        preview_import(app, file, "sanne", NOW)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.mkdir(), "This is a folder"),
        (lambda path: os.mkfifo(path), "not a plain file"),
        (lambda path: None, "No such file"),
    ],
)
def test_a_folder_a_pipe_and_nothing_are_no_files(app, tmp_path, make, sentence):
    make(tmp_path / "a.xlsx")
    with pytest.raises(Faults, match=sentence):
        preview_import(app, tmp_path / "a.xlsx", "sanne", NOW)


@pytest.mark.parametrize(
    ("rows", "more", "sentence"),
    [
        ([["id", "kind", "title"], ["m", "mandate", "=1+1"]], {}, ":2: entries C title: This cell has a formula"),
        ([["id", "kind", "title"], ["m", "mandate", "T"]], {"merged": "A2:A3"},
         ": entries A2:A3: These cells are merged"),
        ([["id", "kind", "title", "due_on"], ["m", "mandate", "T", 44286]], {},
         ":2: entries D due_on: 44286 is a number"),
        ([["id", "kind", "title"], ["m", "mandate", "T", "stray"]], {}, "in a column without a name"),
        ([], {}, "The sheet is empty"),
    ],
)  # fmt: skip
def test_a_workbook_that_cannot_be_taken_names_the_cell(app, tmp_path, rows, more, sentence):
    with pytest.raises(Faults, match=sentence):
        preview_import(app, workbook(tmp_path / "a.xlsx", *rows, **more), "sanne", NOW)


def test_rows_far_down_and_cells_far_out_do_not_fill_the_memory(app, tmp_path):
    file = workbook(tmp_path / "a.xlsx", ["id", "kind", "title"])
    raw = file.read_bytes()
    far = tmp_path / "far.xlsx"
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(far, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            text = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                row = b'<row r="999999999"><c r="A999999999" t="inlineStr"><is><t>m</t></is></c></row></sheetData>'
                text = text.replace(b"</sheetData>", row)
            new.writestr(part.filename, text)
    started = time.process_time()
    with pytest.raises(Faults, match="more rows or columns than can be"):
        preview_import(app, far, "sanne", NOW)
    assert time.process_time() - started < 20


def test_a_part_whose_name_is_not_utf_8_is_one_report(tmp_path, sqlite_store):
    raw = packed([b"<x/>"], name="xl/\u00e9.xml").replace("\u00e9".encode(), b"\x8c\x8c", 1)
    (tmp_path / "a.xlsx").write_bytes(raw)
    with pytest.raises(Faults) as caught:
        preview_import(monitor_on(sqlite_store), tmp_path / "a.xlsx", "sanne", NOW)
    assert "cannot be unpacked" in str(caught.value)
