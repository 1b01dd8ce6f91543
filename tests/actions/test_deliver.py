"""Delivery to a real relay: one recipient's failure holds nobody else, and only the recipient's own word is final."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from post_office import SLOT, Office, text_of
from relay import DROP, TestRelay
from sqlalchemy import update

from monitor.actions.admin.check_now import check_and_deliver
from monitor.core.delivery.retry import BACK_OFF
from monitor.store.engine import Store
from monitor.store.schema import messages


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")
        yield office
        office.transport.close()


def states(office: Office) -> dict[str, str]:
    return {row.person: row.state for row in office.outbox() if row.kind == "digest"}


def test_three_people_get_one_mail_each(office: Office):
    """A second run sends nothing."""
    office.check()
    assert office.deliver().sent == 3
    assert [len(office.arrived(person)) for person in ("anna", "bram", "cleo")] == [1, 1, 1]
    office.check()
    assert office.deliver().sent == 0
    assert len(office.relay.messages) == 3


def test_a_550_for_one_leaves_the_others_their_mail(office: Office):
    """The refused reminder does not count as said."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to="bram@example.org")
    office.check()
    report = office.deliver()
    assert (report.sent, report.refused, report.postponed, report.relay_down) == (2, 1, 0, "")
    assert states(office) == {"anna": "sent", "bram": "failed", "cleo": "sent"}
    assert office.said("c-mali") == {"anna": True, "bram": False, "cleo": True}
    assert office.state.again
    assert [row.key for row in office.notices("failed-for-good")] == ["bram bram@example.org"]


def test_after_a_550_the_fallback_role_is_reminded(office: Office):
    """The operator gets a notice."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to="bram@example.org")
    office.check()
    office.deliver()
    office.later(minutes=1)
    assert {item.recipient.person for item in office.check().queued} == {"otto"}
    office.deliver()
    digest, notice = sorted(office.arrived("otto"), key=lambda mail: "550" in text_of(mail))
    assert "c-mali" in text_of(digest) and "Bram" in text_of(digest)
    assert "bram@example.org" in text_of(notice) and "monitor send-test bram" in text_of(notice)
    office.later(minutes=1)
    office.check()
    assert (office.deliver().sent, office.state.again) == (0, "")


def test_a_known_refusal_asks_for_no_further_check(office: Office):
    """The same slot is not checked again for it."""
    office.relay.answer("RCPT", "550 5.1.1 no such user")
    office.check()
    office.deliver()
    for _ in range(6):
        office.later(minutes=1)
        if not office.state.again:
            break
        office.check()
        office.deliver()
    assert not office.state.again
    assert len(office.outbox("failed")) < 10


def test_a_550_to_the_content_is_for_that_mail_alone(office: Office):
    office.relay.answer("CONTENT", "550 5.1.1 no such user", to="anna@example.org")
    office.check()
    assert office.deliver().refused == 1
    assert states(office) == {"anna": "failed", "bram": "sent", "cleo": "sent"}


def test_a_450_postpones_that_mail_alone_and_backs_off_over_days(office: Office):
    office.relay.answer("RCPT", "450 4.2.1 greylisted", to="bram@example.org")
    office.check()
    assert office.deliver().postponed == 1
    assert states(office) == {"anna": "sent", "bram": "queued", "cleo": "sent"}
    assert not office.notices()
    pauses = []
    for _ in range(14):
        waiting = office.mail_to("bram")
        pauses.append(waiting.next_at - office.now)
        office.at(waiting.next_at - timedelta(seconds=1))
        assert office.deliver().postponed == 0, "nothing is tried before its time"
        office.at(waiting.next_at)
        assert office.deliver().postponed == 1
    expected = [*BACK_OFF, *[BACK_OFF[-1]] * 5]
    assert all(least <= pause <= least * 1.25 for least, pause in zip(expected, pauses, strict=True))
    assert office.now - datetime(2021, 11, 1, 7, tzinfo=UTC) > timedelta(days=1)
    office.relay.forget_answers()
    office.at(office.mail_to("bram").next_at)
    assert office.deliver().sent == 1
    assert len(office.arrived("bram")) == 1


def test_while_the_relay_is_down_all_mail_waits(office: Office):
    """The operator gets one notice, when the relay is back."""
    office.relay.answer("MAIL", "451 4.3.0 queue full")
    office.check()
    for _ in range(5):
        report = office.deliver()
        office.tell()
        assert (report.sent, report.refused) == (0, 0) and "451 4.3.0 queue full" in report.relay_down
        office.later(minutes=10)
    assert set(states(office).values()) == {"queued"}
    assert len(office.notices("relay-down")) == 1
    office.relay.forget_answers()
    office.later(hours=5)
    assert office.deliver().sent == 4
    assert not office.notices("relay-down")
    assert len(office.arrived("otto")) == 1 and "takes no mail" in text_of(office.arrived("otto")[0])


def test_a_550_to_mail_from_blames_no_recipient(office: Office):
    """The refusal of the sender is a fault of the relay."""
    office.relay.answer("MAIL", "550 5.7.1 sender unknown here")
    office.check()
    assert "550 5.7.1" in office.deliver().relay_down
    assert set(states(office).values()) == {"queued"} and all(office.said("c-mali").values())


def test_a_missing_relay_costs_one_attempt_a_run(office: Office):
    """No further mail is tried in that run."""
    office.check()
    office.relay.stop()
    assert office.deliver().relay_down
    assert sorted(row.attempts for row in office.outbox()) == [0, 0, 1]
    office.relay.start()


def test_after_a_drop_in_doubt_the_same_bytes_go_again(office: Office):
    """A mail whose connection broke after the content keeps its Message-ID."""
    office.relay.answer("CONTENT", DROP, times=1)
    office.check()
    report = office.deliver()
    assert (report.sent, report.broken, report.relay_down) == (2, 1, ""), "another mail was tried, and taken"
    doubtful = next(row for row in office.outbox() if row.in_doubt)
    assert doubtful.state == "queued" and "may have been taken" in doubtful.reply
    office.later(hours=1)
    assert office.deliver().sent == 1
    twice = office.relay.to(doubtful.address)
    assert len(twice) == 2 and twice[0].raw == twice[1].raw
    assert {mail["Message-ID"] for mail in office.arrived(doubtful.person)} == {doubtful.message_id}


def test_a_mail_in_doubt_is_not_composed_again(office: Office):
    """The next slot sends it as it is, for the relay may have it."""
    office.relay.answer("CONTENT", DROP)
    office.check()
    office.deliver()
    doubtful = next(row for row in office.outbox() if row.in_doubt)
    office.relay.forget_answers()
    office.relay.answer("CONNECT", "421 4.3.2 not now")
    office.at(datetime(2021, 11, 2, 7, tzinfo=UTC))
    assert doubtful.person not in {item.recipient.person for item in office.check().queued}
    office.relay.forget_answers()
    office.later(hours=5)
    office.deliver()
    assert {mail["Message-ID"] for mail in office.arrived(doubtful.person)} == {doubtful.message_id}
    assert {row.state for row in office.outbox() if row.person != doubtful.person} == {"withdrawn", "sent"}


def test_an_unusable_address_is_reported(office: Office):
    """The operator gets a notice, and the others get their mail."""
    office.move(bram="bram@exa mple..org")
    office.check()
    office.deliver()
    assert states(office) == {"anna": "sent", "cleo": "sent"}
    assert "bram" in text_of(office.arrived("otto")[0])
    office.move()
    office.check()
    assert office.deliver().sent == 1, "the reminder stayed owed"


def test_a_bad_address_stops_no_other_mail(office: Office):
    """The bad address is refused, and the rest of the batch is sent."""
    office.check()
    with office.app.store.writing() as connection:
        broken = update(messages).where(messages.c.person == "bram").values(address="bram at example.org")
        connection.execute(broken)
    report = office.deliver()
    assert (report.sent, report.refused, report.relay_down) == (2, 1, "")
    assert states(office) == {"anna": "sent", "bram": "failed", "cleo": "sent"}
    assert not any("bram" in command for command in office.relay.commands)


def test_a_corrected_address_is_used_again(office: Office):
    """Either a test mail or another address in the configuration shows that it is correct."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to="bram@example.org")
    office.check()
    office.deliver()
    office.move(bram="bram@new.example.org")
    office.add("c-sahel")
    assert "bram" in {item.recipient.person for item in office.check().queued}


def test_stopping_in_the_middle_gives_the_rest_back_at_once(office: Office):
    office.check()
    assert office.deliver(stop=lambda: bool(office.relay.messages)).sent == 1
    waiting = office.outbox("queued")
    assert len(waiting) == 2 and all(row.claimed_by is None and row.attempts == 0 for row in waiting)
    assert office.another().deliver().sent == 2


def test_one_command_checks_delivers_and_notifies(office: Office):
    """A check by hand also reminds the others and notifies the operator."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to="bram@example.org")
    office.now = SLOT
    found, report = check_and_deliver(office.app, office.clock, office.transport)
    assert len(found.queued) == 3
    assert (report.sent, report.refused) == (5, 1)
    assert len(office.arrived("otto")) == 3, "in bram's place, of the refusal, and of what nobody covers"
    assert not office.state.again
