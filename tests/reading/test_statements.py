"""What a letter says of each thing: dates grouped to entries, with what they depend on and what goes out with them."""

import json
from pathlib import Path

import pytest
import score
from score import LETTER_DATE
from statements import told

from monitor.core.model.reading import LetterText
from monitor.reading.formats.plain_text import plain

HERE = Path(__file__).parent
TWO = """Den Haag, 15 maart 2024

Operatie Oak

De Nederlandse bijdrage aan operatie Oak wordt verlengd tot en met 30 juni 2025, onder voorbehoud van verlenging van
het mandaat van de operatie, dat op 31 januari 2025 afloopt. De jaarlijkse kosten van de bijdrage aan Oak zijn 2 miljoen
euro.

Missie Elm

De bijdrage aan missie Elm loopt tot en met 31 december 20241.

1 Zie de artikel 100-brief van 18 oktober 2023 (Kamerstuk 27 925, nr. 962).
"""


def read(text, **options):
    return score.reader().read(text, lang="nl", letter_date=LETTER_DATE, **options)


@pytest.mark.parametrize("file", ["examples.jsonl", "passages_nl.jsonl", "passages_en.jsonl"])
def test_every_date_to_register_belongs_to_a_thing(file):
    """No date that would be registered is left without an entry to go to."""
    for line in (HERE / file).read_text(encoding="utf-8").splitlines():
        passage = json.loads(line)
        reading = score.reader().read(
            passage["text"],
            lang=passage["lang"],
            letter_date=score.date.fromisoformat(passage["letter_date"] or "2024-03-15"),
        )
        used = {id for one in reading.statements for field in one.fields.values() for id in field.spans}
        assert {span.id for span in reading.spans if span.register} <= used, passage["id"]


def test_two_missions_in_one_letter_stay_apart():
    """Dates, amounts, documents and conditions go to the mission that they are about."""
    oak_mandate, oak, elm = read(TWO).statements
    assert (oak_mandate.kind, oak_mandate.fields["valid_until"].value) == ("mandate", "2025-01-31")
    assert (oak.act, oak.fields["valid_until"].value, oak.amounts) == ("extended", "2025-06-30", (0,))
    assert [one.statement for one in oak.depends_on] == [oak_mandate.id]
    assert (elm.fields["valid_until"].value, elm.fields["procedure"].value) == ("2024-12-31", "art100")
    assert [read(TWO).references[place].number for place in elm.references] == ["962"]


def test_blocks_of_a_plain_text():
    """Headings, paragraphs and footnotes are told apart; together they are the text."""
    kinds = [block.kind for block in plain(TWO).blocks]
    assert kinds == ["paragraph", "heading", "paragraph", "heading", "paragraph", "footnote"]
    note = plain(TWO).blocks[-1]
    assert (note.mark, TWO[note.start : note.end].startswith("1 Zie")) == ("1", True)


def test_a_text_with_blocks_of_its_own_is_read():
    """What a file of another format says comes with its blocks and pages."""
    own = plain(TWO)
    source = LetterText(text=own.text, blocks=own.blocks, pages=((0, 200), (200, len(TWO))))
    found = read(source)
    assert found.statements == read(TWO).statements
    assert (found.letter.pages, {span.page for span in found.spans}) == (source.pages, {1, 2})


def test_a_milestone_said_twice_is_one_thing():
    """Once vaguely and once exactly: one promise, the exact day, two quotes."""
    text = (
        "De Kamer ontvangt de evaluatie van operatie Oak medio november 2024. "
        "Op 15 november 2024 ontvangt de Kamer de evaluatie van operatie Oak."
    )
    (found,) = read(text).statements
    assert (found.fields["due_on"].value, len(found.fields["due_on"].spans), len(found.quotes)) == ("2024-11-15", 2, 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "De bijdrage, die op 30 juni 2024 afloopt, wordt verlengd tot en met 30 juni 2025.",
            "contribution extended 'De bijdrage' valid_until=2025-06-30 earlier_end=2024-06-30",
        ),
        (
            "De bijdrage in Rome loopt tot en met 30 juni 2024, terwijl de bijlage 31 juli 2024 noemt als einde "
            "van de bijdrage.",
            "contribution 'De bijdrage in Rome' valid_until=2024-06-30",
        ),
        (
            "| Contract | Leverancier | Einde |\n| Schoonmaak | Alfa | 30-06-2025 |\n| Catering | Beta | 31-08-2025 |",
            "authorisation 'Schoonmaak, Alfa' valid_until=2025-06-30; "
            "authorisation 'Catering, Beta' valid_until=2025-08-31",
        ),
        ("Noorwegen trekt zijn eenheid voor 1 juni 2024 terug.", "nothing"),
        ("Het kabinet blijft inzetten op vrede.", "nothing"),
        (
            "Ik zal u vóór het zomerreces berichten.",
            "commitment 'Ik zal u vóór het zomerreces berichten' due_on=before recess zomerreces 2024",
        ),
    ],
)
def test_what_a_sentence_says_of_a_thing(text, said):
    """Old and new ends, rows of a table, another actor, a promise by a recess."""
    assert told(text, "nl").startswith(said)


def test_what_depends_on_itself_has_a_condition():
    """A mandate that runs subject to the extension of the mandate does not depend on itself."""
    text = (
        "Het mandaat van operatie Oak loopt tot en met 30 juni 2025, onder voorbehoud van verlenging van het mandaat."
    )
    (found,) = read(text).statements
    assert (found.depends_on, found.condition) == ((), "onder voorbehoud van verlenging van het mandaat")


@pytest.mark.parametrize(
    ("lang", "text", "value"),
    [
        ("nl", "De kosten bedragen 2,5 miljard euro.", 2_500_000_000),
        ("nl", "De kosten bedragen € 5 mld.", 5_000_000_000),
        ("nl", "De kosten bedragen 3 mln. euro.", 3_000_000),
        ("nl", "De kosten bedragen 40 duizend euro.", 40_000),
        ("en", "The costs are €2.5 billion.", 2_500_000_000),
        ("en", "The costs are 3 million euros.", 3_000_000),
    ],
)
def test_a_sum_is_multiplied_by_the_word_behind_it(lang, text, value):
    """Thousands, millions and billions, as the table of the language says."""
    (found,) = score.reader().read(text, lang=lang, letter_date=LETTER_DATE).amounts
    assert found.value == value


def test_statements_do_not_change_with_what_stands_before():
    """Another paragraph before a letter moves its offsets and changes nothing that it says."""

    def said(text):
        return [(one.kind, one.act, one.title, dict(one.fields)) for one in read(text).statements]

    def bare(found):
        return [
            (kind, act, title, {name: read.value for name, read in fields.items()})
            for kind, act, title, fields in found
        ]

    assert bare(said("Geachte voorzitter,\n\n" + TWO)) == bare(said(TWO))
