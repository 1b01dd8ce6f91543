"""The examples of the format, the passages and every row of the language tables are read as they say."""

import json
from pathlib import Path

import pytest
import score
from score import LETTER_DATE

HERE = Path(__file__).parent
EXAMPLES = [json.loads(line) for line in (HERE / "examples.jsonl").read_text(encoding="utf-8").splitlines()]
ROWS = [
    (code, row)
    for code, language in score.reader().languages.items()
    for rows in (language.table.expression, language.table.connector, language.table.cue)
    for row in rows
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["id"])
def test_an_example_is_read_as_the_format_says(example):
    """Every date of the examples has its value and is proposed or not; a trap has no date."""
    wanted = [span for span in example["spans"] if span["role"] not in score.TRAPS]
    assert [(s.edtf, s.register) for s in score.read(example)] == [(s["edtf"], s["register"]) for s in wanted]


@pytest.mark.parametrize(("file", "least"), [("passages_nl.jsonl", 0.98), ("passages_en.jsonl", 0.98)])
def test_passages_raise_no_false_reminder(file, least):
    """The open passages are read at the figures of docs/reading.md, without a false reminder."""
    total = score.Score()
    for passage in score.passages([HERE / file]):
        score.score(passage, total)
    assert (total.f1 >= least, total.share >= 0.95, total.false) == (True, True, 0), "\n".join(total.lines)


@pytest.mark.parametrize(("code", "row"), ROWS, ids=lambda value: getattr(value, "id", value))
def test_a_row_reads_its_example(code, row):
    """The example of a row gives its reading, so that a table explains itself."""
    spans = score.reader().read(row.example, lang=code, letter_date=LETTER_DATE).spans
    found = [f"{span.role} {span.edtf or '-'}{'' if span.register else ' (no)'}" for span in spans]
    assert ("; ".join(found) or "nothing") == row.reading


def test_rows_of_references_and_amounts_read_their_examples():
    """Numbers of documents and sums of money are read, and are no dates."""
    for code, language in score.reader().languages.items():
        for row in language.table.reference:
            found = score.reader().read(row.example, lang=code, letter_date=LETTER_DATE)
            assert ([one.id for one in found.references], found.spans) == ([row.reading], ()), row.id
        for row in language.table.amount:
            found = score.reader().read(row.example, lang=code, letter_date=LETTER_DATE)
            amounts = [f"{one.value} {one.currency}" for one in found.amounts]
            assert (amounts, found.spans) == ([row.reading], ()), row.id


def test_ids_of_rows_are_unique():
    """The `why` of a span names one row."""
    ids = [row.id for _, row in ROWS]
    assert len(ids) == len(set(ids))
