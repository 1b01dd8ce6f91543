"""One letter on several entries: a change for each, and what is named is closed where it is named."""

import pytest
from facts import Story, day, key, pack_policy

from monitor.core.changes.letter import letter
from monitor.core.errors import Refused

LETTER, REVIEW = "document:cancellation-letter", "document:contract-review"


@pytest.fixture
def story() -> Story:
    found = Story(policy=pack_policy("contracts")).on("01-07-2021")
    for id in ("clean", "guard", "plants"):
        found.add(id, "contract", valid_until="2021-12-31", renews="P1Y", notice_period="P3M")
    return found


def made(story: Story, *entries: str, closes: tuple[str, ...] = ()) -> tuple:
    return letter(story.stamp, entries, LETTER, day("01-07-2021"), closes=closes, reference="2021/17", note="n")


def test_there_is_a_change_for_each_entry_in_order(story):
    """All with the same stamp, day and reference; one entry gives the change that it always gave."""
    found = made(story, "guard", "clean")
    assert [change.entry for change in found] == ["guard", "clean"]
    assert {(change.stamp, change.on, change.reference, change.note, change.closes) for change in found} == {
        (story.stamp, day("01-07-2021"), "2021/17", "n", ()),
    }  # fmt: skip


def test_each_closes_what_it_closes_on_its_entry(story):
    for change in made(story, "clean", "guard"):
        assert story.take(change).closing.keys == (key(change.entry, "contract-cancel", "2021-12-31"),)
    assert {item.key.occurrence for item in story.plan("plants", "02-07-2021").open} == {"2021-12-31", "2022-12-31"}


def test_what_is_named_is_named_on_every_entry_or_on_one(story):
    found = made(story, "clean", "guard", closes=("contract-cancel", "guard:contract-cancel/2022-12-31"))
    assert [change.closes for change in found] == [
        ("contract-cancel",), ("contract-cancel", "contract-cancel/2022-12-31"),
    ]  # fmt: skip
    (one,) = made(story, "clean", closes=("condition-report/m-irini:0",))
    assert one.closes == ("condition-report/m-irini:0",)


@pytest.mark.parametrize(("entries", "closes", "said"), [
    (("clean", "clean"), (), "clean is named twice"),
    (("clean", "guard"), ("plants:contract-cancel",), "plants, which is not among the entries: clean, guard"),
])  # fmt: skip
def test_a_slip_in_the_entries_is_refused(story, entries, closes, said):
    with pytest.raises(Refused, match=said):
        made(story, *entries, closes=closes)
