"""A language of one's own is one file: German, in a small table beside the shipped ones."""

from pathlib import Path

import pytest
import score
from statements import told

from monitor.reading.language.language import load_languages
from monitor.reading.reader import Reader

FOLDER = Path(__file__).parent / "languages"
READER = Reader(languages=load_languages([FOLDER, score.RULES / "reading"]), calendar=score.reader().calendar)
TABLE = READER.languages["de"].table


@pytest.mark.parametrize("row", [*TABLE.expression, *TABLE.connector, *TABLE.cue], ids=lambda row: row.id)
def test_a_row_reads_its_example(row):
    """The rows of the file are read as those of the shipped tables are."""
    spans = READER.read(row.example, lang="de", letter_date=score.LETTER_DATE).spans
    found = [f"{span.role} {span.edtf or '-'}{'' if span.register else ' (no)'}" for span in spans]
    assert ("; ".join(found) or "nothing") == row.reading


@pytest.mark.parametrize("row", TABLE.phrase, ids=lambda row: row.id)
def test_a_phrase_says_what_its_example_says(row):
    """Its phrases make entries of dates."""
    assert told(row.example, "de", by=READER) == row.reading
