"""The brake: an abnormal volume waits for a person, who lets it go or drops it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from facts import stamp_at
from post_office import MONDAY, ROLES, URGENT, Office, text_of
from relay import TestRelay

from monitor.actions.check import held_mail
from monitor.actions.check.held_mail import Choice, Picked
from monitor.core.errors import Refused, UnknownId
from monitor.core.model.changes import Correct
from monitor.store.engine import Store

TUESDAY = datetime(2021, 11, 2, 7, tzinfo=UTC)


def release(office: Office, *mails: int) -> Picked:
    return held_mail.release(office.app, Choice(mails=mails), office.now, actor="ruud")


def drop(office: Office, *mails: int) -> Picked:
    return held_mail.drop(office.app, Choice(mails=mails), office.now, actor="ruud")


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """Owes 51 reminders: seventeen entries, three people each."""
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add(*(f"c-{number:02}" for number in range(17)))
        yield office
        office.transport.close()


def test_more_than_fifty_reminders_are_held(office: Office):
    """The notice says what to type."""
    report = office.check()
    assert (len(report.queued), len(report.held)) == (0, 51)
    office.deliver()
    assert {row.state for row in office.outbox() if row.kind == "digest"} == {"held"}
    assert [office.arrived(person) for person in ("anna", "bram", "cleo")] == [[], [], []]
    notice = text_of(office.arrived("otto")[0])
    assert "51 reminders to 3 people about 17 entries" in notice and "monitor outbox release" in notice


def test_exactly_fifty_are_not_held(store: Store):
    with TestRelay() as relay:
        office = Office(store, relay, reminders_per_check=51)
        office.add(*(f"c-{number:02}" for number in range(17)))
        assert not office.check().held


def test_what_is_due_within_two_business_days_goes_all_the_same(office: Office):
    office.add("c-urgent", until=URGENT)
    report = office.check()
    assert {item.obligation.entry for item in report.queued} == {"c-urgent"} and len(report.held) == 51
    office.deliver()
    assert len(office.arrived("anna")) == 1 and "c-urgent" in text_of(office.arrived("anna")[0])


def test_what_is_held_is_held_and_told_again_at_the_next_slot(office: Office):
    office.check()
    office.deliver()
    office.at(TUESDAY)
    assert len(office.check().held) == 51
    office.deliver()
    assert len(office.arrived("otto")) == 2 and not office.arrived("anna")


def test_released_mails_are_not_held_again(office: Office):
    """They are sent, and a later check leaves them."""
    office.check()
    assert len(release(office).whole) == 3
    assert not office.notices("held")
    office.deliver()
    assert [len(office.arrived(person)) for person in ("anna", "bram", "cleo")] == [1, 1, 1]
    office.at(TUESDAY)
    office.check()
    assert office.deliver().sent == 0


def test_one_mail_can_be_released_and_the_others_stay_held(office: Office):
    office.check()
    number = office.mail_to("bram").id
    assert release(office, number).whole == (number,)
    office.deliver()
    assert [len(office.arrived(person)) for person in ("anna", "bram", "cleo")] == [0, 1, 0]
    assert len(office.outbox("held")) == 2
    assert office.notices("held"), "the rest is still held"


def test_a_release_outlasts_a_relay_that_is_down(office: Office):
    """Mails composed again at the next slot are not held."""
    office.check()
    release(office)
    office.relay.answer("CONNECT", "421 4.3.2 not now")
    office.deliver()
    office.at(TUESDAY)
    assert not office.check().held
    office.relay.forget_answers()
    office.later(hours=5)
    office.deliver()
    assert [len(office.arrived(person)) for person in ("anna", "bram", "cleo")] == [1, 1, 1]


def test_what_is_dropped_counts_as_said_and_does_not_come_back(office: Office):
    office.check()
    assert len(drop(office).whole) == 3
    assert set(office.said("c-00").values()) == {True}
    office.at(TUESDAY)
    report = office.check()
    assert not report.held and not report.queued
    assert not office.notices("held")
    office.deliver()
    assert not any(office.arrived(person) for person in ("anna", "bram", "cleo"))
    office.at(datetime(2021, 11, 8, 7, tzinfo=UTC))
    assert len(office.check().held) == 51, "the next rung is owed afresh"


def test_releasing_or_dropping_nothing_is_refused(office: Office):
    for act in (release, drop):
        with pytest.raises(Refused, match="No mail is held"):
            act(office)
        with pytest.raises(Refused, match="No mail is held"):
            act(office, 4711)
    office.check()
    with pytest.raises(UnknownId, match="no held mail '4711'"):
        drop(office, 4711)


def test_a_second_check_keeps_what_is_held(office: Office):
    """The same slot neither sends nor forgets it."""
    office.check()
    office.later(hours=1)
    office.check()
    assert len(office.outbox("held")) == 3
    assert office.notices("held"), "somebody must still be told while mails are held"


def test_a_changed_entry_stays_held(office: Office):
    """Composed again, its reminders are held again."""
    office.add("c-odd", holders={role: ["otto"] for role in ROLES.values()})
    office.check()
    office.later(hours=1)
    office.change(Correct(stamp=stamp_at(MONDAY), entry="c-odd", fields={"size": "small"}))
    office.check()
    office.deliver()
    assert {mail["Subject"] for mail in office.arrived("otto")} == {office.mail_to("otto", "notice").subject}
