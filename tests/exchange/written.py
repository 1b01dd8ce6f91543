"""Entries of every shape, as Hypothesis invents them, and small files to import."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from facts import stamp_at
from hypothesis import strategies as st
from msgspec.structs import replace
from openpyxl import Workbook

from monitor.core.model.changes import Add
from monitor.core.model.fields import FACTS, NO_REASON, read_entry
from monitor.core.model.register import Entry, Register
from monitor.exchange.csv_file import read_csv, write_csv
from monitor.exchange.faults import FileRead
from monitor.exchange.table import header_of, read_table, rows_of
from monitor.exchange.xlsx_file import read_xlsx
from monitor.exchange.xlsx_writer import write_xlsx

DAY = date(2021, 3, 26)
NASTY = ["=1+1", "+31", "-20w", "@SUM(A1)", "'=x", "''-", "a;b", "a|b", "a=b", "back\\slash\\;", "_x000D_", "1e5",
         "007",
         "true", "null", "[1]", "#N/A", "####", '{"a":1}', '"quoted"', "een\ntwee", "é‮ß😀", "＝1", "source=x",
         "\\"]  # fmt: skip
plain = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20).map(str.strip).filter(bool)
texts = st.one_of(st.sampled_from(NASTY), plain)
spans = st.sampled_from(
    ["2021-03-31", "2021-03", "2021-33", "2020-23", "2021-12-31~", "[2021-06..2021-07]", "2021", "../2021"]
)
ids = st.from_regex(r"[a-z][a-z0-9.;|=-]{0,8}", fullmatch=True)
refs = st.fixed_dictionaries({"dossier": texts}, optional=dict.fromkeys(("id", "nr", "date", "kind", "url"), texts))
quotes = st.fixed_dictionaries(
    {"text": texts}, optional={"source": texts, "start": st.integers(0, 999), "end": st.integers(1, 999)}
)
facts = st.recursive(
    st.one_of(texts, st.integers(), st.booleans()), lambda inner: st.lists(inner, min_size=1, max_size=3), max_leaves=4
)


@st.composite
def written_entries(draw: Any) -> dict[str, Any]:
    """The fields of one entry, as in a register file; parents are left to others."""
    some = {
        "valid_from": spans, "valid_until": spans, "duration": st.sampled_from(["P1Y", "P6M", "P30D"]),
        "procedure": texts, "planned_start": spans, "received_on": spans,
        "due_on": st.one_of(spans, st.just("before recess zomerreces 2021")), "ended_on": spans, "not_before": spans,
        "minimum_until": spans, "condition": texts, "size": texts, "owner": texts,
        "tags": st.lists(texts, min_size=1, max_size=3), "refs": st.lists(refs, min_size=1, max_size=2),
        "quotes": st.lists(quotes, min_size=1, max_size=2), "sensitive": st.just(True),
        "muted": texts.filter(lambda text: text.casefold() not in NO_REASON),

        "holders": st.dictionaries(texts, st.lists(texts, min_size=1, max_size=2), min_size=1, max_size=2),
        "lead_times": st.dictionaries(texts, st.sampled_from(["-20w", "-3m"]), min_size=1, max_size=2),
        "depends_on": st.lists(ids, min_size=1, max_size=2), "part_of": ids, "deployed_from": ids,
        **dict.fromkeys(FACTS, facts), "an own fact": facts,
    }  # fmt: skip
    chosen = draw(st.lists(st.sampled_from(sorted(some)), unique=True, max_size=8))
    kind = draw(st.sampled_from(["mandate", "contribution", "request", "commitment"]))
    return {"kind": kind, "title": draw(texts), **{name: draw(some[name]) for name in chosen}}


def entry_of(written: dict[str, Any], id: str) -> Entry:
    """As an import reads it."""
    entry, faults = read_entry({"id": id, **written}, DAY)
    assert entry is not None, faults
    return entry


def through(file: Path, entries: Sequence[Entry], register: Register | None = None) -> FileRead:
    """Write a table and read it back, against an empty register or another."""
    header = header_of(entries)
    if file.suffix == ".csv":
        with file.open("w", encoding="utf-8", newline="") as text:
            write_csv(text, header, rows_of(entries, header))
        return table(file, register)
    write_xlsx(file, header, rows_of(entries, header))
    return table(file, register)


def table(file: Path, register: Register | None = None) -> FileRead:
    """Read a table."""
    sheet = read_csv(file) if file.suffix == ".csv" else read_xlsx(file)
    read = read_table(sheet, register or Register(), stamp_at(DAY), lambda *said: None)
    read.raise_any()
    return read


def contents(read: FileRead) -> list[Entry]:
    """The entries that a table adds, before they have a place in a register."""
    assert all(isinstance(change, Add) for change in read.changes)
    return [replace(change.content, position=0, imported=False) for change in read.changes]  # type: ignore[attr-defined]


def workbook(file: Path, *rows: Sequence[Any], sheet: str = "entries", merged: str = "") -> Path:
    """A workbook as a person makes it."""
    book = Workbook()
    book.remove(book.worksheets[0])
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(list(row))
    if merged:
        page.merge_cells(merged)
    book.save(file)
    return file
