"""docs/exchange.md names every column, every list of an export and every limit as they are."""

import re

from facts import ROOT, ZONE

from monitor.core.model.fields import ELSE, LONGEST, NESTED
from monitor.core.register.graph import DEEPEST
from monitor.exchange.actions_file import VERBS, read_actions
from monitor.exchange.columns import COLUMNS
from monitor.exchange.file_kind import LARGEST, MEGABYTE
from monitor.exchange.register_file import FORMAT, KEPT
from monitor.exchange.sheet import WIDEST
from monitor.exchange.table import MOST
from monitor.exchange.xlsx_parts import LARGEST as UNPACKED

PAGE = (ROOT / "docs" / "exchange.md").read_text(encoding="utf-8")


def test_every_column_is_documented_with_its_sentence():
    """The columns are in the documentation in their order."""
    rows = [line.split(" | ")[:2] for line in PAGE.splitlines() if line.startswith("| `")]
    names = [name.strip("| `") for name, _ in rows]
    first = names.index("id")
    assert names[first : first + len(COLUMNS)] == [column.name for column in COLUMNS]
    for (_, what), column in zip(rows[first:], COLUMNS, strict=False):
        assert column.what in what


def test_every_list_of_an_export_and_every_limit_is_documented():
    for word in (FORMAT, *KEPT):
        assert f"`{word}`" in PAGE
    words = " ".join(PAGE.split())
    for number in (f"{MOST:,} rows", f"{LARGEST['csv'] // MEGABYTE} MB a table",
                   f"{LARGEST['json'] // MEGABYTE} MB JSON",
                   f"at most {UNPACKED // MEGABYTE} MB", f"at most {DEEPEST} levels", f"{WIDEST} columns",
                   f"A title has at most {LONGEST['title']:,} characters",
                   f"owner {LONGEST['owner']}", f"any other field {ELSE:,}",
                   f"a field have at most {NESTED} levels"):  # fmt: skip
        assert number in words


def test_the_example_of_dated_actions_can_be_read(tmp_path):
    """The example has three actions, and the table beside it names every verb."""
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    file = tmp_path / "actions.json"
    file.write_text(example, encoding="utf-8")
    assert len(read_actions(file, ZONE)) == 3
    table = PAGE.partition("| verb |")[2].partition("\n## ")[0]
    assert set(
        re.findall(r"`([a-z]+)`", "".join(row.split("|")[1] for row in table.splitlines() if row[:3] == "| `"))
    ) == set(VERBS)
