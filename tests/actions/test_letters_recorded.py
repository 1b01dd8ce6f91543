"""A letter on several entries through the actions: all or nothing, one line of history each, taken back in one go."""

from collections.abc import Iterator

import pytest
from facts import stamp_at
from post_office import MONDAY, Office
from relay import TestRelay

from monitor.actions.register.change import preview_all, save_all
from monitor.actions.register.letters import RecordedEvent, recorded_together
from monitor.core.changes.letter import letter
from monitor.core.errors import Refused, UnknownId
from monitor.core.model.changes import Note, Retract
from monitor.store import history as kept
from monitor.store.engine import Store
from monitor.store.register import RegisterChanged, load_register

STAMP = stamp_at(MONDAY)
LETTER = "document:extension-letter"
BOTH = ("c-mali", "c-sahel")


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali", "c-sahel", "c-other")
        yield office
        office.transport.close()


def verbs(office: Office) -> list[tuple[str, str]]:
    with office.app.store.reading() as connection:
        return [(row.entry, row.verb) for row in kept.history(connection) if row.verb != "add"]


def recorded(office: Office, *entries: str, type: str = LETTER, closes: tuple[str, ...] = ("extension-letter",)):
    found = preview_all(office.app, letter(STAMP, entries, type, MONDAY, closes=closes), STAMP.at)
    return found, save_all(office.app, found)


def events(office: Office, id: str) -> list[str]:
    with office.app.store.reading() as connection:
        return [event.id for event in load_register(connection, {id})[id].effective_events()]


def test_one_letter_closes_on_each_entry_and_is_one_line_on_each(office: Office):
    """Each preview shows what it closes on its own entry; the history has the letter on each."""
    found, saved = recorded(office, *BOTH)
    assert [[item.entry for item in seen.applied.closing.closes] for seen in found] == [["c-mali"], ["c-sahel"]]
    assert verbs(office) == [("c-sahel", "record"), ("c-mali", "record")]
    assert found[0].version + 2 == saved.number and events(office, "c-mali") == ["c-mali#1"]


def test_one_that_does_not_fit_keeps_all_out(office: Office):
    """The refusal names the entry."""
    with pytest.raises(Refused, match=r"c-sahel: .*All are recorded together or none is"):
        preview_all(office.app, letter(STAMP, BOTH, LETTER, MONDAY, closes=("c-sahel:art100-debate",)), STAMP.at)
    with pytest.raises(UnknownId, match="c-mail"):
        preview_all(office.app, letter(STAMP, ("c-mali", "c-mail"), LETTER, MONDAY), STAMP.at)
    assert verbs(office) == []


def test_nothing_is_kept_when_another_was_quicker(office: Office):
    found = preview_all(office.app, letter(STAMP, BOTH, LETTER, MONDAY), STAMP.at)
    save_all(office.app, preview_all(office.app, [Note(stamp=STAMP, entry="c-other", text="x")], STAMP.at))
    with pytest.raises(RegisterChanged):
        save_all(office.app, found)
    assert verbs(office) == [("c-other", "note")]


def test_the_same_letter_is_found_on_all_its_entries(office: Office):
    """By one of them; a letter of the same type that was recorded apart is another one."""
    recorded(office, *BOTH)
    later = stamp_at(MONDAY, "07:45")
    apart = letter(later, ["c-other"], LETTER, MONDAY, closes=("extension-letter",))
    save_all(office.app, preview_all(office.app, apart, later.at))
    both = (RecordedEvent(entry="c-mali", event="c-mali#1"), RecordedEvent(entry="c-sahel", event="c-sahel#1"))
    assert recorded_together(office.app, "c-sahel", LETTER) == both
    assert recorded_together(office.app, "c-other", LETTER) == (RecordedEvent(entry="c-other", event="c-other#1"),)


def test_it_is_taken_back_from_one_or_from_all(office: Office):
    """What was taken back from one already is left out when the rest follows."""
    recorded(office, *BOTH)
    one = [Retract(stamp=STAMP, entry="c-mali", event=LETTER)]
    save_all(office.app, preview_all(office.app, one, STAMP.at))
    assert (events(office, "c-mali"), events(office, "c-sahel")) == ([], ["c-sahel#1"])
    rest = recorded_together(office.app, "c-sahel", LETTER)
    assert rest == (RecordedEvent(entry="c-sahel", event="c-sahel#1"),)
    recorded(office, "c-mali")


def test_what_is_not_on_record_cannot_be_taken_back(office: Office):
    with pytest.raises(Refused, match="c-mali has no event"):
        recorded_together(office.app, "c-mali", LETTER)
    with pytest.raises(UnknownId):
        recorded_together(office.app, "c-mail", LETTER)
