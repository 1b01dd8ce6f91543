"""Held reminders are released or dropped one by one: what is left of a mail is composed anew."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
from post_office import Office, text_of
from relay import TestRelay
from sqlalchemy import select

from monitor.actions.check.held_mail import Choice, drop, pick, release
from monitor.core.errors import BadValue, Refused, UnknownId
from monitor.store.engine import Store
from monitor.store.schema import changes

TUESDAY = datetime(2021, 11, 2, 7, tzinfo=UTC)


@contextmanager
def holding_nine(store: Store) -> Iterator[Office]:
    """Nine reminders in three mails: three entries, three people each."""
    with TestRelay() as relay:
        office = Office(store, relay, reminders_per_check=8)
        office.add("c-one", "c-two", "c-three")
        assert len(office.check().held) == 9
        yield office
        office.transport.close()


@pytest.fixture
def office(sqlite_store: Store) -> Iterator[Office]:
    with holding_nine(sqlite_store) as office:
        yield office


@pytest.fixture
def anywhere(store: Store) -> Iterator[Office]:
    """On each kind of database."""
    with holding_nine(store) as office:
        yield office


def act(office: Office, how: object, **choice: object) -> object:
    return how(office.app, Choice(**choice), office.now, actor="ruud")  # type: ignore[operator]


def named(office: Office, person: str) -> set[str]:
    """Entries in the mails that arrived."""
    found = " ".join(text_of(mail) for mail in office.arrived(person))
    return {name for name in ("c-one", "c-two", "c-three") if name in found}


def history(office: Office, entry: str) -> list[tuple[str, str]]:
    with office.app.store.reading() as connection:
        noted = select(changes).where(changes.c.entry == entry, changes.c.verb == "note").order_by(changes.c.number)
        return [(row.actor, row.body["text"]) for row in connection.execute(noted)]


def test_one_entry_is_released_and_the_rest_stays_held(anywhere: Office):
    office = anywhere
    picked = act(office, release, entries=("c-two",))
    assert (len(picked.lines), len(picked.parts), picked.stays) == (3, 3, 6)  # type: ignore[attr-defined]
    office.deliver()
    assert [named(office, person) for person in ("anna", "bram", "cleo")] == [{"c-two"}] * 3
    assert sorted(row.person for row in office.outbox("held")) == ["anna", "bram", "cleo"]
    office.at(TUESDAY)
    assert len(office.check().held) == 6, "and what was released is not owed again"


def test_one_reminder_of_one_person_is_dropped(anywhere: Office):
    """The dropped reminder counts as said; the others stay held."""
    office = anywhere
    act(office, drop, reminders=("c-one/extension-letter/0@anna",))
    assert office.said("c-one")["anna"] and len(office.outbox("held")) == 3
    act(office, release)
    office.deliver()
    assert named(office, "anna") == {"c-two", "c-three"} and named(office, "bram") == {"c-one", "c-two", "c-three"}
    office.at(TUESDAY)
    assert not office.check().held and office.deliver().sent == 0


def test_who_dropped_and_who_released_stands_in_the_history(office: Office):
    act(office, drop, reminders=("c-one/extension-letter/0",))
    act(office, release, persons=("bram",))
    assert history(office, "c-one") == [
        ("ruud", "Dropped from the held mails, counts as said: extension-letter/0 (-8w) to anna, bram, cleo.")
    ]
    assert history(office, "c-two") == [("ruud", "Released from the held mails: extension-letter/0 (-8w) to bram.")]


def test_a_choice_that_comes_to_whole_mails_parts_none(office: Office):
    picked = act(office, release, rules=("extension-letter",))
    assert len(picked.whole) == 3 and not picked.parts  # type: ignore[attr-defined]
    assert not office.notices("held")


def test_looking_first_changes_nothing(office: Office):
    before = [(row.id, row.state) for row in office.outbox()]
    assert len(pick(office.app, Choice(persons=("anna",), entries=("c-one",))).lines) == 1
    assert [(row.id, row.state) for row in office.outbox()] == before


def test_a_death_before_composing_leaves_it_to_the_next(office: Office, monkeypatch: pytest.MonkeyPatch):
    """After a mail was parted, the next check composes what the dead process did not."""

    def dies(*given: object, **more: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("monitor.actions.check.held_mail.check", dies)
    with pytest.raises(KeyboardInterrupt):
        act(office, release, entries=("c-two",))
    assert office.state.again, "the service checks the same slot again"
    assert len(office.check().held) == 6
    office.deliver()
    assert named(office, "anna") == {"c-two"}


@pytest.mark.parametrize(
    ("choice", "error", "said"),
    [
        ({"entries": ("c-tow",)}, UnknownId, "no held reminder about entry 'c-tow'. Did you mean c-two?"),
        ({"reminders": ("c-two",)}, BadValue, "ENTRY/RULE/OCCURRENCE"),
        ({"reminders": ("c-two/extension-letter/1",)}, UnknownId, "Did you mean c-two/extension-letter/0"),
        ({"persons": ("otto",)}, UnknownId, "person 'otto'"),
    ],
)
def test_a_slip_is_told_and_nothing_happens(office: Office, choice: dict[str, object], error: type, said: str):
    with pytest.raises(error, match=re.escape(said)):
        act(office, drop, **choice)
    assert len(office.outbox("held")) == 3


def test_names_that_are_held_but_never_together_are_refused(office: Office):
    act(office, drop, reminders=("c-one/extension-letter/0@anna",))
    with pytest.raises(Refused, match="fits all of that"):
        act(office, drop, entries=("c-one",), persons=("anna",))
