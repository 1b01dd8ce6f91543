"""The examples of the format, the passages and every row of the language tables are read as they say."""

import json
import re
from datetime import date
from pathlib import Path

import edtf
import pytest
import score
from score import LETTER_DATE
from statements import told

from monitor.core.calendar.dates import parse_span

HERE = Path(__file__).parent
PHRASES = [(code, row) for code, language in score.reader().languages.items() for row in language.table.phrase]
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


def test_the_letter_of_the_register_is_read():
    """The letter that the first register comes from: every date with its role, each one of the register proposed."""
    total = score.Score()
    passage = next(score.passages([HERE / "letter.jsonl"]))
    score.score(passage, total)
    assert (total.f1, total.share, total.false, total.wrong_date) == (1, 1, 0, 0), "\n".join(total.lines)
    assert total.role_right == total.role_counted == len(passage["spans"])


@pytest.mark.parametrize(("code", "row"), ROWS, ids=lambda value: getattr(value, "id", value))
def test_a_row_reads_its_example(code, row):
    """The example of a row gives its reading, so that a table explains itself."""
    spans = score.reader().read(row.example, lang=code, letter_date=LETTER_DATE).spans
    found = [f"{span.role} {span.edtf or '-'}{'' if span.register else ' (no)'}" for span in spans]
    assert ("; ".join(found) or "nothing") == row.reading


@pytest.mark.parametrize(("code", "row"), PHRASES, ids=lambda value: getattr(value, "id", value))
def test_a_phrase_says_what_its_example_says(code, row):
    """The example of a row gives the things that the letter then speaks of, with their fields."""
    assert told(row.example, code) == row.reading


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


def test_a_cell_means_what_its_heading_says():
    """A date alone in a cell has the role of its column; a country in the row is not the actor."""
    table = "Missie\tStart\tEinde\nEUTM Mali\t1 april 2024\t18 mei 2025\n"
    spans = score.reader().read(table, lang="nl", letter_date=LETTER_DATE).spans
    assert [(span.role, span.edtf, span.register) for span in spans] == [
        ("start", "2024-04-01", True),
        ("end", "2025-05-18", True),
    ]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("De einddatum is verschoven van 1 juli 2024 naar 1 oktober 2024.", ["superseded (no)", "end 2024-10-01"]),
        ("De bijdrage eindigt niet op 1 juli 2024 maar op 1 oktober 2024.", ["superseded (no)", "end 2024-10-01"]),
        ("Uiterlijk zes weken voor 1 september 2024 volgt een brief.", ["end 2024-07-21"]),
        ("Zij eindigt op 31 augustus 2024 en is met negen maanden verlengd.", ["end 2024-08-31", "end 2025-05-31"]),
        ("De bijdrage van België loopt tot 1 september 2024.", ["other_actor (no)"]),
        ("Is het juist dat de missie op 1 juli 2024 stopt?", ["end (no)"]),
        ("Op 1 mei en 1 november 2025 volgt een brief.", ["event 2025-05-01", "event 2025-11-01"]),
        ("In december is het besluit genomen.", ["past_event (no)"]),
        ("De oefening is in week 24 van 2024.", ["event [2024-06-10..2024-06-16]"]),
    ],
)  # fmt: skip
def test_what_holds_a_date_back_and_what_does_not(text, read):
    """Polarity, contrast, actor and terms counted from a day; a date that is held back shows its role alone."""
    spans = score.reader().read(text, lang="nl", letter_date=LETTER_DATE).spans
    assert [f"{span.role} {span.edtf if span.register else '(no)'}" for span in spans] == read


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("nl", "De griffier droomt dat de huur tot en met 30 juni 2025 duurt."),
        ("nl", "Zij aarzelen om de huur tot en met 30 juni 2025 voort te zetten."),
        ("nl", "De harpist zwaait op 1 juni 2024 af."),
        ("nl", "De gids vertelde over een pacht tot en met 30 juni 2025."),
        ("nl", "Op de muur stond “Weg op 1 juni 2024”."),
        ("nl", "België levert een eenheid. Het laatste toestel vertrekt op 1 juni 2024."),
        ("nl", "Uw bezwaar van 2 april is ontvangen."),
        ("nl", "Daartoe besluit Noorwegen uiterlijk 1 juni 2024."),
        ("en", "The registrar dreams that the lease lasts until 30 June 2025."),
        ("en", "They hesitate to extend the lease until 30 June 2025."),
        ("en", "The harpist bows out on 1 June 2024."),
        ("en", "The guide told of a lease until 30 June 2025."),
        ("en", "A banner said “The unit leaves on 1 June 2024”."),
        ("en", "Belgium provides a unit. The last aircraft leaves on 1 June 2024."),
        ("en", "Again Norway will withdraw its battalion by 1 July 2024."),
    ],
)  # fmt: skip
def test_what_no_row_knows_is_not_proposed(lang, text):
    """Who acts, or whether it is decided, is in doubt unless a row of the table says so."""
    spans = score.reader().read(text, lang=lang, letter_date=LETTER_DATE).spans
    assert spans and not any(span.register for span in spans)


def test_values_are_read_alike_by_the_edtf_library():
    """What is read as the date of a passage has the same first and last day for the edtf library."""
    dates = {span["edtf"] for passage in score.passages(score.OPEN[1:]) for span in passage["spans"] if span["edtf"]}
    points = {
        part for value in dates if value[0] not in "PF" for part in ([value] if "[" in value else value.split("/"))
    }
    for written in sorted(points):
        if "/" in written or written == ".." or re.search(r"-(?:2[1-4]|3\d|4[01])~?$", written):
            continue  # an interval of two imprecise days; seasons, quarters and half-years are not in the library
        theirs, ours = edtf.parse_edtf(written), parse_span(written)
        bounds = date(*theirs.lower_strict()[:3]), date(*theirs.upper_strict()[:3])
        assert (ours.earliest, ours.latest) == bounds, written


@pytest.mark.parametrize(
    ("text", "rule", "next_time"),
    [
        ("Elk jaar op de tweede dinsdag van februari ontvangt de Kamer een brief.", "2TU", "2025-02-11"),
        ("De Kamer ontvangt op 1 april van elk jaar een brief.", "BYMONTHDAY=1", "2024-04-01"),
        ("Elk half jaar ontvangt de Kamer een brief.", "INTERVAL=6", None),
    ],
)
def test_what_recurs_on_a_day_is_due_the_next_time(text, rule, next_time):
    """A recurrence keeps its rule; one that names a day of the year is a commitment that is due on the next."""
    found = score.reader().read(text, lang="nl", letter_date=LETTER_DATE)
    fields = {name: read.value for name, read in found.statements[0].fields.items()}
    assert rule in fields["trigger"] and fields.get("due_on") == found.spans[0].earliest == next_time
