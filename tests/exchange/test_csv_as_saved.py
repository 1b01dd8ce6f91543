"""CSV as programs and people save it: line ends, a line that names the separator, titles, and bounds on all of it."""

import re

import pytest
from written import contents, table

from monitor.core.errors import Faults
from monitor.core.model.file_options import ReadAs
from monitor.exchange.csv_file import read_csv
from monitor.exchange.sheet import WIDEST

ROWS = ["id;kind;title;valid_until", "m-a;mandate;Missie – één;2026-12-31", 'm-b;mandate;"een\ntwee";2027-01-31']


def saved(tmp_path, text, encoding="utf-8"):
    file = tmp_path / "a.csv"
    file.write_bytes(text.encode(encoding))
    return file


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("start", ["", "\ufeff", "sep=;", "\ufeffsep=;", '"sep=;"', "SEP=;"])
def test_lines_end_as_they_may_and_sep_is_understood(tmp_path, end, start):
    lines = [start, *ROWS] if "=" in start else [start + ROWS[0], *ROWS[1:]]
    read = table(saved(tmp_path, end.join(lines).replace("een\ntwee", f"een{end}twee") + end))
    assert [(entry.id, entry.title) for entry in contents(read)] == [("m-a", "Missie – één"), ("m-b", "een\ntwee")]
    assert read.places["m-b"] == 3 + ("=" in start)


def test_sep_counts_before_what_the_header_looks_like(tmp_path):
    text = "sep=;\nid;kind;title;a,b,c,d,e,f\nm;mandate;T;x\n"
    assert read_csv(saved(tmp_path, text)).header == ["id", "kind", "title", "a,b,c,d,e,f"]
    with pytest.raises(Faults, match="The separator '!' cannot be read"):
        table(saved(tmp_path, "sep=!\nid!kind!title\n"))


@pytest.mark.parametrize(
    "above",
    [
        ["Register van missies", ""],
        ["Register van missies;;;", ";;;"],
        ["Stand;1 november 2026", "Bron, onbekend", ""],
        ["", ""],
    ],
)
@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_the_header_is_found_below_titles(tmp_path, above, mark):
    text = "\n".join([*above, *(row.replace(";", mark) for row in ROWS)])
    read = table(saved(tmp_path, text))
    assert [entry.id for entry in contents(read)] == ["m-a", "m-b"]
    assert read.places["m-a"] == len(above) + 2
    assert bool(read.remarks) == bool(above[0].strip(";"))
    for remark in read.remarks:
        assert f"are in line {len(above) + 1}; line 1 ({above[0].split(mark)[0]}" in remark


def test_a_header_in_other_words_is_asked_for_and_mapped(tmp_path):
    file = saved(tmp_path, "Overzicht\nnummer;soort;titel;einddatum\nm-a;mandate;T;2026-12-31\n")
    with pytest.raises(Faults, match=r"a\.csv:2: C titel: titel is not a column; title is"):
        table(file)
    read_as = ReadAs(columns={"nummer": "id", "soort": "kind", "titel": "title", "einddatum": "valid_until"})
    assert read_csv(file, read_as).header == ["id", "kind", "title", "valid_until"]


@pytest.mark.parametrize(
    ("text", "encoding", "sentence"),
    [
        ("\n".join(ROWS), "utf-16", "UTF-16 text"),
        ("\n".join(ROWS), "cp1252", ":2: This line is not UTF-8 text; it may be Windows-1252"),
        ("\r".join(ROWS), "cp1252", ":2: This line is not UTF-8"),
        ("id;kind;title\nm;mandate;\ud800", "utf-16-le", "NUL"),
        (";".join(["id", "kind", "title", *map(str, range(100_000))]), "utf-8",
         f":1: This row has 100003 columns. Accepted: at most {WIDEST}"),
        ("id;kind;title\nm;mandate;T" + ";" * 100_000, "utf-8", ":2: This row has 100003 columns"),
        ("id;kind;title\nm;mandate;" + "T" * 1001, "utf-8",
         ":2: C title: title has 1,001 characters. Accepted: at most 1,000"),
        ("id;kind;title;note\nm;mandate;T;" + "T" * 32_768, "utf-8", ":2: D note: note has 32,768 characters"),
        ("id;kind;title;ship\nm;mandate;T;" + "[" * 201 + "]" * 201, "utf-8",
         ":2: D ship: ship is nested too deeply. Accepted: at most 200 levels"),
        ("id;kind;title;tags\nm;mandate;T;" + "tag;" * 10_000, "utf-8", ":2: This row has 10004 columns"),
        ('id;kind;title;tags\nm;mandate;T;"' + "tag;" * 11_000 + '"', "utf-8",
         ":2: D tags: tags has 33,000 characters"),
        ("id;kind;title\n1,23457E+11;mandate;T", "utf-8",
         ":2: A id: '1,23457E+11' is a number that a spreadsheet program has"),
        ("id;kind;title\n" + "m" * 201 + ";mandate;T", "utf-8", "cannot be an id"),
        ('id;kind;title\nm;mandate;"' + "T" * 140_000 + '"', "utf-8", ":2: This row cannot be read: field larger than"),
        ('id;kind;title\nm;mandate;' + '"\n";' * 1_200_000, "utf-8", ":2: This row is longer than 4 MB"),
        ("\n\n\n", "utf-8", "All lines are empty"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_one_sentence_with_its_line(tmp_path, text, encoding, sentence):
    with pytest.raises(Faults) as caught:
        table(saved(tmp_path, text) if encoding == "x" else _bytes(tmp_path, text.encode(encoding, "surrogatepass")))
    assert sentence in str(caught.value)
    assert len(caught.value.faults) == 1 and len(str(caught.value)) < 500


def _bytes(tmp_path, content):
    file = tmp_path / "a.csv"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("column", "cell", "mark"),
    [
        ("tags", "sahel, mali", ","), ("tags", "sahel|mali", "|"), ("tags", "sahel / mali", "/"),
        ("tags", "sahel\nmali", "a line break"),
        ("tags", "sahel\tmali", "a tab"), ("tags", "sahel；mali", "；"), ("tags", "a; b, c", ","),
        ("depends_on", "m-a,m-b", ","),
        ("depends_on", "m-a / m-b", "/"), ("holders", "policy-officer=tess, sanne", ","), ("holders", "a=b, c=d", ","),
        ("refs", "dossier=27925, 29521", ","), ("refs", "dossier=27925 | nr=1/2", "/"),
    ],
)  # fmt: skip
def test_several_with_another_separator_are_refused(tmp_path, column, cell, mark):
    file = tmp_path / "a.csv"
    file.write_text(f'id;kind;title;{column}\nm;mandate;T;"{cell}"\n', encoding="utf-8")
    with pytest.raises(Faults) as caught:
        table(file)
    (fault,) = caught.value.faults
    shown = f'"{mark}"' if len(mark) == 1 else mark
    assert f"has {shown} in it; several are separated by semicolons." in fault.what
    assert (fault.line, fault.key) == (2, f"D {column}")


def test_a_backslash_makes_such_a_mark_part_of_the_text(tmp_path):
    file = tmp_path / "a.csv"
    file.write_text('id;kind;title;tags\nm;mandate;T;"EU\\/NAVO; a\\, b"\n', encoding="utf-8")
    assert contents(table(file))[0].tags == ("EU/NAVO", "a, b")


@pytest.mark.parametrize(
    ("name", "cell", "what"),
    [
        *(("title", error, f"'{error}' is an error of a spreadsheet program.")
          for error in ("#N/A", "#N/B", "#VERW!", "#REF!", "#NAAM?", "########")),
        ("remark", "#WAARDE!", "'#WAARDE!' is an error of a spreadsheet program."),
        *(("muted", word, f"'{word}' is no reason: any text here mutes the entry.")
          for word in ("nee", "No", "FALSE", "0", "x", "ja")),
    ],
)  # fmt: skip
def test_cells_that_say_nothing_are_not_taken_for_texts(tmp_path, name, cell, what):
    """An error saved as text is no title, and `nee` in the column of reasons would silence the entry."""
    row = {"title": "T", name: cell}
    text = f"id;kind;{';'.join(row)}\nm-a;mandate;{';'.join(row.values())}\n"
    with pytest.raises(Faults, match=re.escape(what)):
        table(saved(tmp_path, text))


@pytest.mark.parametrize("cell", ["1E5", "1e999", "[1e999]", "1.10", "-0", "007", "NaN"])
def test_a_fact_that_only_looks_like_a_number_stays_a_text(tmp_path, cell):
    (entry,) = contents(table(saved(tmp_path, f"id;kind;title;room\nm-a;mandate;T;{cell}\n")))
    assert entry.facts == {"room": cell}


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("t/m", "valid_until"), ("Tot", "valid_until"), ("eind_datum", "valid_until"), ("Verlengd tot", "valid_until"),
        ("Mandaat t/m", "valid_until"), ("Looptijd t/m", "valid_until"), ("Looptijd", "valid_until"),
        ("Duur", "valid_until"),
    ],
)  # fmt: skip
def test_one_date_under_the_name_of_a_date_is_asked_about(tmp_path, name, field):
    """Most ends are still unknown, and the one that is known must not become a fact."""
    rows = [f"m-{n};mandate;T;{cell}" for n, cell in enumerate(["2026-12-31", "onbekend", "volgt", "n.v.t."])]
    with pytest.raises(Faults) as caught:
        table(saved(tmp_path, "\n".join([f"id;kind;title;{name}", *rows])))
    (fault,) = caught.value.faults
    assert f"It probably is {field}." in fault.what
