"""The passages closed to the authors of the tables are read at the figures required; a failure shows no passage."""

from pathlib import Path

import pytest
import score

HERE = Path(__file__).parent


@pytest.mark.parametrize("file", ["unseen.jsonl"])
def test_closed_passages_are_read_as_required(file):
    """F1 of at least 0.90, no false reminder, and 0.80 of the registrable dates proposed."""
    total = score.Score()
    for passage in score.passages([HERE / file]):
        score.score(passage, total)
    assert (total.f1 >= 0.90, total.share >= 0.80, total.false) == (True, True, 0), f"{total} {dict(total.classes)}"


@pytest.mark.parametrize("file", ["unseen.jsonl", "unseen2.jsonl"])
def test_closed_passages_are_well_formed(file):
    """The spans of a passage stand in its text in order, do not overlap and have a role and a polarity."""
    for passage in score.passages([HERE / file]):
        ends = [0, *(span["end"] for span in passage["spans"])]
        assert all(span["start"] >= end for span, end in zip(passage["spans"], ends, strict=False)), passage["id"]
        assert all({"role", "edtf", "register", "doubts"} <= set(span) for span in passage["spans"]), passage["id"]
