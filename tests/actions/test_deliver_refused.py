"""A 5yz that blames no address: the mail waits, the operator is told once what to do, and it heals by itself."""

from collections.abc import Iterator

import pytest
from mailbags import paced, queue, states
from post_office import SLOT, Office, text_of
from relay import TestRelay

from monitor.actions.admin.check_now import check_and_deliver
from monitor.app import in_english
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.refusals import Blame
from monitor.core.model.phrases import phrase
from monitor.store import outbox
from monitor.store.engine import Store

BRAM = "bram@example.org"


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")
        office.now = SLOT
        yield office
        office.transport.close()


def live(office: Office, hours: int) -> None:
    """Delivery every ten minutes."""
    for _ in range(6 * hours):
        office.later(minutes=10)
        office.deliver()
        office.tell()


@pytest.mark.parametrize(
    ("step", "reply", "whose"),
    [
        ("RCPT", "552 5.2.2 mailbox full", Blame.FULL), ("CONTENT", "552 5.2.3 too long", Blame.TOO_LONG),
        ("CONTENT", "552 5.3.4 too big", Blame.TOO_BIG), ("RCPT", "550 5.4.1 no answer from host", Blame.ROUTING),
        ("CONTENT", "554 5.6.0 bad content", Blame.CONTENT), ("RCPT", "550 5.7.1 relaying denied", Blame.POLICY),
        ("RCPT", "554 no", Blame.POLICY), ("CONTENT", "550 no", Blame.POLICY),
        ("RCPT", "550 4.2.1 not now", Blame.UNCLEAR),
        ("DATA", "503 5.5.1 bad sequence", Blame.PROTOCOL), ("RCPT", "550 5.1.8 sender's domain unknown", Blame.SENDER),
    ],
)  # fmt: skip
def test_it_waits_is_told_once_with_advice_and_heals(office: Office, step, reply, whose):
    office.relay.answer(step, reply, to=BRAM)
    office.check()
    report = office.deliver()
    assert (report.sent, report.refused, report.postponed) == (2, 0, 1)
    live(office, hours=12)
    assert office.mail_to("bram").state == "queued" and office.said("c-mali")["bram"]
    (notice,) = office.arrived("otto")
    assert reply in text_of(notice) and in_english(phrase(f"blame.{whose}")) in text_of(notice)
    assert [row.kind for row in office.notices()] == [AlertKind.MAIL_WAITS]
    office.relay.forget_answers()
    live(office, hours=5)
    assert len(office.arrived("bram")) == 1 and not office.notices()


def test_one_code_is_told_once_however_many_mails_have_it(office: Office):
    for person in ("anna", "bram"):
        office.relay.answer("RCPT", f"550 5.7.1 <{person}@example.org> denied", to=f"{person}@example.org")
    office.check()
    office.deliver()
    live(office, hours=1)
    assert [row.key for row in office.notices(AlertKind.MAIL_WAITS)] == ["5.7.1"] and len(office.arrived("otto")) == 1
    office.relay.forget_answers()
    office.relay.answer("RCPT", "550 5.7.1 denied", to=BRAM)
    live(office, hours=5)
    assert len(office.arrived("anna")) == 1 and office.notices(AlertKind.MAIL_WAITS), "bram's mail still waits for it"


def test_each_full_mailbox_is_a_trouble_of_its_own(office: Office):
    for person in ("anna", "bram"):
        office.relay.answer("RCPT", "552 5.2.2 full", to=f"{person}@example.org")
    office.check()
    office.deliver()
    assert sorted(row.key for row in office.notices(AlertKind.MAIL_WAITS)) == [
        "anna anna@example.org 5.2.2", "bram bram@example.org 5.2.2",
    ]  # fmt: skip


def test_a_mail_made_anew_at_the_next_slot_is_the_same_trouble(office: Office):
    office.relay.answer("RCPT", "552 5.2.2 full", to=BRAM)
    office.check()
    office.deliver()
    office.tell()
    for _ in range(3):
        office.later(days=1)
        office.check()
        office.deliver()
        office.tell()
    office.relay.answer("RCPT", "450 4.2.1 busy", to="anna@example.org")
    office.deliver()
    assert len(office.notices(AlertKind.MAIL_WAITS)) == 1
    told = [mail for mail in office.arrived("otto") if "5.2.2" in text_of(mail)]
    assert len(told) == 1, "told once"


def test_a_trouble_whose_mail_is_no_longer_owed_is_over(office: Office):
    office.relay.answer("RCPT", "550 5.7.1 denied", to=BRAM)
    office.check()
    office.deliver()
    assert office.notices(AlertKind.MAIL_WAITS)
    with office.app.store.writing() as connection:
        outbox.withdraw_mentioning(connection, ["c-mali"])
    office.deliver()
    assert not office.notices(AlertKind.MAIL_WAITS)


def test_ten_full_mailboxes_in_a_row_hold_back_no_other(office: Office):
    paced(office, connections=1)
    addresses = queue(office, 30)
    for address in addresses[1:16]:
        office.relay.answer("RCPT", "552 5.2.2 full", to=address)
    for address in addresses[16:29]:
        office.relay.answer("RCPT", "450 4.2.1 busy", to=address)
    assert not office.deliver().slowed
    assert states(office) == {"sent": 2, "queued": 28}


def test_a_run_refused_alike_blames_no_address(office: Office):
    """The mails are sent when it is over."""
    office.relay.answer("RCPT", "550 5.1.1 no such user")
    office.check()
    report = office.deliver()
    assert (report.sent, report.refused, report.postponed) == (0, 0, 3)
    live(office, hours=24)
    assert all(office.said("c-mali").values()) and not office.outbox("failed")
    assert [row.key for row in office.notices(AlertKind.REFUSED_ALIKE)] == ["5.1.1"] and not office.notices(
        "failed-for-good"
    )
    office.relay.forget_answers()
    live(office, hours=6)
    assert [len(office.arrived(person)) for person in ("anna", "bram", "cleo")] == [1, 1, 1]
    assert len(office.arrived("otto")) == 1 and not office.notices(), "told once, when mail left again"


@pytest.mark.parametrize("connections", [1, 3])
def test_alike_is_judged_over_several_connections_and_portions(office: Office, connections):
    paced(office, connections=connections, per_minute=2)
    queue(office, 7)
    office.relay.answer("RCPT", "550 no such user")
    for _ in range(6):
        office.deliver()
        office.later(minutes=1)
    assert states(office) == {"queued": 7} and office.notices(AlertKind.REFUSED_ALIKE)
    office.relay.forget_answers()
    for _ in range(30):
        office.deliver()
        office.later(minutes=1)
    assert states(office) == {"sent": 7} and not office.notices()


def test_three_dead_addresses_are_recognised_in_the_end(office: Office):
    """Alone in a run they look like the relay's trouble; the notice to the operator shows that it is not."""
    for person in ("anna", "bram", "cleo"):
        office.relay.answer("RCPT", "550 5.1.1 no such user", to=f"{person}@example.org")
    office.check()
    assert office.deliver().refused == 0
    live(office, hours=1)
    assert {row.person: row.state for row in office.outbox() if row.kind == "digest"} == dict.fromkeys(
        ("anna", "bram", "cleo"), "failed"
    )
    assert len(office.notices("failed-for-good")) == 3 and not office.notices(AlertKind.REFUSED_ALIKE)


def test_two_refused_alike_are_the_addresses_trouble(office: Office):
    for address in queue(office, 2):
        office.relay.answer("RCPT", "550 no such user", to=address)
    assert office.deliver().refused == 2


def test_a_stop_blames_none_of_those_refused_alike(office: Office):
    """The run was cut short, so that other mails could not show the cause."""
    queue(paced(office, connections=1), 5)
    office.relay.answer("RCPT", "550 no such user")
    office.deliver(stop=lambda: sum(verb == "RCPT" for verb in office.relay.verbs()) >= 2)
    assert states(office) == {"queued": 5} and not office.notices("failed-for-good")


def test_runs_refused_alike_blame_the_relay_each_time(office: Office):
    """A daily cron job, an operator whose mail is taken: every slot makes the mails again and no one is blamed."""
    for person in ("anna", "bram", "cleo"):
        office.relay.answer("RCPT", "550 not here", to=f"{person}@example.org")
    for _ in range(3):
        check_and_deliver(office.app, office.clock, office.transport)
        assert not office.outbox("failed")
        office.later(days=1)
    office.relay.forget_answers()
    check_and_deliver(office.app, office.clock, office.transport)
    assert [len(office.arrived(person)) for person in ("anna", "bram", "cleo")] == [1, 1, 1]
