"""An address that refused mail is tried again at every slot: no command per person is needed to be reachable again."""

from collections.abc import Iterator

import pytest
from post_office import Office, text_of
from relay import TestRelay

from monitor.actions.admin.check_now import check_and_deliver
from monitor.actions.admin.preview import send_test
from monitor.store.engine import Store

BRAM = "bram@example.org"


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")
        office.check()
        yield office
        office.transport.close()


def day(office: Office) -> None:
    """A day with one check from cron, on business days at a slot of its own."""
    check_and_deliver(office.app, office.clock, office.transport)
    office.later(days=1)


def digests(office: Office, person: str) -> list[str]:
    """The digests that a person got."""
    sent = [row for row in office.outbox("sent") if (row.person, row.kind) == (person, "digest")]
    return [row.message_id for row in sent]


@pytest.mark.parametrize("days", [1, 4, 11])
def test_the_next_slot_brings_all_that_was_missed(office: Office, days):
    """The address takes mail again."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to=BRAM)
    for number in range(days):
        office.add(f"c-new{number}")
        day(office)
    assert not office.arrived("bram") and office.notices("failed-for-good")
    office.relay.forget_answers()
    day(office)
    got = " ".join(text_of(mail) for mail in office.arrived("bram"))
    assert all(name in got for name in ("c-mali", *(f"c-new{number}" for number in range(days))))
    assert len(digests(office, "bram")) == 1 and not office.notices("failed-for-good")
    assert all(office.said(f"c-new{number}")["bram"] for number in range(days))


def test_meanwhile_the_fallback_is_reminded_once(office: Office):
    """The operator gets one notice about the address."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to=BRAM)
    for number in range(4):
        office.add(f"c-new{number}")
        day(office)
    told = [text_of(mail) for mail in office.arrived("otto")]
    for entry in ("c-mali", *(f"c-new{number}" for number in range(4))):
        assert sum(entry in text and "Bram" in text and "5.1.1" not in text for text in told) == 1, entry
    assert sum("was refused permanently" in text for text in told) == 1


def test_later_reminders_of_that_day_are_owed_too(office: Office):
    """Later on the day of the refusal a reminder went to the fallback role alone."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to=BRAM)
    check_and_deliver(office.app, office.clock, office.transport)
    office.later(hours=2)
    office.add("c-later")
    check_and_deliver(office.app, office.clock, office.transport)
    office.relay.forget_answers()
    office.later(days=1)
    day(office)
    got = " ".join(text_of(mail) for mail in office.arrived("bram"))
    assert "c-mali" in got and "c-later" in got


def test_the_fallback_gets_nothing_that_arrived_before(office: Office):
    """What arrived before the refusal is not repeated."""
    check_and_deliver(office.app, office.clock, office.transport)
    assert len(digests(office, "bram")) == 1
    office.later(days=1)
    office.add("c-late")
    office.relay.answer("RCPT", "550 5.1.1 no such user", to=BRAM)
    for _ in range(3):
        day(office)
    assert "otto" in office.said("c-late") and "otto" not in office.said("c-mali")


def test_a_test_mail_taken_brings_what_was_missed(office: Office):
    """It does not wait for the next slot."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to=BRAM)
    check_and_deliver(office.app, office.clock, office.transport)
    office.relay.forget_answers()
    office.later(minutes=5)
    send_test(office.app, "bram", office.now)
    check_and_deliver(office.app, office.clock, office.transport)
    assert len(digests(office, "bram")) == 1 and not office.notices("failed-for-good")


def test_a_corrected_address_ends_the_alert(office: Office):
    """The alert of the old address ends."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to=BRAM)
    day(office)
    office.move(bram="bram@new.example.org")
    day(office)
    assert len(office.relay.to("bram@new.example.org")) == 1 and not office.notices("failed-for-good")


def test_an_operator_refused_once_gets_notices_again(office: Office):
    office.relay.answer("RCPT", "550 5.1.1 no such user", to="otto@example.org")
    office.relay.answer("RCPT", "550 5.1.1 no such user", to=BRAM)
    day(office)
    assert office.notices("failed-for-good")
    office.relay.forget_answers()
    office.relay.answer("RCPT", "550 5.1.1 no such user", to=BRAM)
    day(office)
    day(office)
    assert any("was refused permanently" in text_of(mail) for mail in office.arrived("otto"))


def test_refused_notices_are_sent_at_the_next_slot(office: Office):
    """The only operator has no reminders of their own, so that nothing else would try the address."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to="otto@example.org")
    for _ in range(3):
        day(office)
    assert not office.arrived("otto") and office.notices("role-unheld") and office.notices("failed-for-good")
    office.relay.forget_answers()
    for _ in range(3):
        day(office)
    (mail,) = office.arrived("otto")
    assert "role director" in text_of(mail) and not office.notices("failed-for-good")
