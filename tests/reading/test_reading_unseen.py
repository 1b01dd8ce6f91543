"""The passages closed to the authors of the tables are read at the figures required; a failure shows no passage."""

from functools import cache
from pathlib import Path

import pytest
import score

HERE = Path(__file__).parent
CLOSED = {  # the least F1 and share of the registrable dates proposed: README.md, Figures
    "unseen.jsonl": (0.97, 0.82),
    "unseen2.jsonl": (0.99, 0.94),
    "unseen3.jsonl": (0.98, 0.91),
}


@cache
def _total(file: str) -> score.Score:
    total = score.Score()
    for passage in score.passages([HERE / file]):
        score.score(passage, total)
    return total


@pytest.mark.parametrize("file", CLOSED)
def test_closed_passages_are_read_as_required(file):
    """F1 over the dates and the share of the registrable dates that is proposed do not fall below what was reached."""
    total, (least, share) = _total(file), CLOSED[file]
    assert (total.f1 >= least, total.share >= share) == (True, True), f"{total} {dict(total.classes)}"


@pytest.mark.parametrize("file", CLOSED)
def test_closed_passages_raise_no_false_reminder(file):
    """No date is proposed where nothing must be."""
    total = _total(file)
    assert total.false == 0, f"{total} {dict(total.classes)}"


@pytest.mark.parametrize("file", CLOSED)
def test_closed_passages_are_well_formed(file):
    """The spans of a passage stand in its text in order, do not overlap and have a role and a polarity."""
    for passage in score.passages([HERE / file]):
        ends = [0, *(span["end"] for span in passage["spans"])]
        assert all(span["start"] >= end for span, end in zip(passage["spans"], ends, strict=False)), passage["id"]
        assert all({"role", "edtf", "register", "doubts"} <= set(span) for span in passage["spans"]), passage["id"]
