"""Hostile texts are read to their end, in time that grows with their length."""

import time

import pytest
import score

LENGTH = 6_000  # characters; the longest window of a pattern is 160
MEGABYTE = 1_000_000
MOST = 2.5  # times as long for twice the text
TRIES = 3  # of a machine with other work
PIECES = [
    "1", "12 ", "1-", "2024 ", "20", ",", "(", "(a", "|a", "a | b\n", "a\tb\n", "\t", "\n", "a-\n", "x\f", ". ", "A. ",
    "januari ", "1 januari 2024 ", "van 1 tot 2 ", "zodra ", "niet ", "tot tot tot ", "brief van de ", "zal de Kamer ",
    "zitting ", "elk jaar ", "volgens de ", "(Kamerstuk 29 521, nr. 412) ", "1 euro ", "until until until ", "by ",
    "the ", "January ", "thirty (30) ", "will inform the ", "hearing ", "once ", "every year ", "within five days of ",
    "is, zoals ", "wij ", "may be renewed at ",
]  # fmt: skip
FIRST = ("1", ",", "januari ", "(", "until until until ")  # of a megabyte


def seconds(piece, lang, length):
    """Processor time of reading that many characters."""
    text = (piece * length)[:length]
    before = time.process_time()
    score.reader().read(text, lang=lang, letter_date=score.LETTER_DATE)
    return time.process_time() - before


@pytest.mark.parametrize("piece", PIECES, ids=repr)
@pytest.mark.parametrize("lang", ["nl", "en"])
def test_twice_the_text_takes_twice_the_time(lang, piece):
    """Whatever a text repeats, twice its length takes about twice the time."""
    ratios = []
    for _ in range(TRIES):
        once, twice = seconds(piece, lang, LENGTH), seconds(piece, lang, 2 * LENGTH)
        ratios.append(twice / max(once, 0.005))  # a hundredth of a second is below what the clock can compare
        if ratios[-1] <= MOST:
            return
    pytest.fail(f"twice the text took {ratios} times as long")


def test_a_megabyte_is_read_to_its_end():
    """A megabyte of digits, commas, months, brackets and connectors is read, and so is the date behind it."""
    part = MEGABYTE // len(FIRST)
    hostile = "\n\n".join((piece * part)[:part] for piece in FIRST)
    text = f"{hostile}\n\nDe bijdrage duurt tot en met 30 april 2025."
    spans = score.reader().read(text, lang="nl", letter_date=score.LETTER_DATE).spans
    assert (spans[-1].edtf, spans[-1].register) == ("2025-04-30", True)
