"""A mail at which the connection always breaks starves no other, is tried ever more rarely, and is held in the end."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import pytest
from mailbags import paced, queue, states
from post_office import SLOT, Office, text_of
from relay import DROP, SILENCE, TestRelay

from monitor.actions.admin.check_now import check_and_deliver
from monitor.actions.check.held_mail import Choice, drop, release
from monitor.actions.operator.undelivered import undelivered
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import BREAKS, MOST_BREAKS
from monitor.core.model.slots import last_slot
from monitor.mail.transport.replies import Reply
from monitor.mail.transport.smtp_session import SmtpSession
from monitor.store import records
from monitor.store.engine import Store

BRAM = "bram@example.org"
HALF = b"250 2.0.0 que"


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")
        office.now = SLOT
        yield office
        office.transport.close()


def cron(office: Office, **every: float):
    """One `monitor check` of a cron job, and the time until the next."""
    found, report = check_and_deliver(office.app, office.clock, office.transport)
    office.later(**every)
    return found, report


def copies(office: Office) -> int:
    return len(office.relay.to(BRAM))


@pytest.mark.parametrize("step", ["RCPT", "DATA", "CONTENT"])
@pytest.mark.parametrize(
    "reply", [DROP, HALF, "421 4.3.2 closing", "gibberish"], ids=["drop", "half", "421", "gibberish"]
)
def test_a_break_at_one_mail_stops_no_other(office: Office, step, reply):
    """No alert is raised."""
    office.relay.answer(step, reply, to=BRAM)
    _, report = cron(office, minutes=1)
    assert len(office.arrived("anna")) == len(office.arrived("cleo")) == 1
    assert (report.broken, report.relay_down) == (1, "") and not office.notices("relay-down")


def test_a_relay_that_hangs_at_one_mail_keeps_no_other_waiting(office: Office, monkeypatch):
    office.relay.answer("RCPT", SILENCE, to=BRAM)
    command = SmtpSession.command

    def soon_tired(wire: SmtpSession, line: str) -> Reply:
        """Waits long for every answer but the one that never comes."""
        if BRAM in line and wire._smtp.sock:
            wire._smtp.sock.settimeout(0.3)
        return command(wire, line)

    monkeypatch.setattr(SmtpSession, "command", soon_tired)
    _, report = cron(office, minutes=1)
    assert (report.broken, report.relay_down, len(office.arrived("cleo"))) == (1, "", 1)


@pytest.mark.parametrize("step", ["RCPT", "CONTENT"])
@pytest.mark.parametrize("poisoned", [1, 2], ids=["one", "two"])
def test_a_daily_cron_job_serves_all_other_recipients(office: Office, step, poisoned):
    """Each day there is new mail, and the oldest that waits is the poisoned one."""
    for person in ("bram", "anna")[:poisoned]:
        office.relay.answer(step, DROP, to=f"{person}@example.org")
    for day in range(4):
        office.add(f"c-new{day}")
        cron(office, days=1)
        told = " ".join(text_of(mail) for mail in office.arrived("cleo"))
        assert f"c-new{day}" in told, "cleo is told on the very day"
    assert not office.notices("relay-down")


def test_a_mail_in_doubt_is_held_in_the_end(office: Office):
    """It waits longer after each break, and the notice names the attempts."""
    office.relay.answer("CONTENT", DROP, to=BRAM)
    cron(office, minutes=1)
    for _ in range(12 * 12):
        mail = office.mail_to("bram")
        if mail.state == "held":
            break
        cron(office, minutes=5)
    tried = copies(office)
    assert tried == MOST_BREAKS
    assert len({mail["Message-ID"] for mail in office.arrived("bram")}) == 1
    (notice,) = office.notices(AlertKind.MAIL_HELD)
    assert "outbox release --person bram" in notice.do and f"{MOST_BREAKS} times" in notice.what
    assert "took other mail" not in notice.what, "that may only have been the answer to a probe"
    assert sum("is held and was not delivered" in text_of(mail) for mail in office.arrived("otto")) == 1
    with office.app.store.reading() as connection:
        evidence = records.attempts_of(connection, mail.id)
    assert [row.outcome for row in evidence] == ["broken-off"] * MOST_BREAKS
    waits = [later.at - row.at for row, later in pairwise(evidence)]
    assert all(least <= wait < least * 2 for least, wait in zip(BREAKS, waits, strict=True)), (
        "each longer than the last"
    )
    for _ in range(3):
        _, report = cron(office, days=1)
        assert report.held == 1, "exit code 5"
    assert copies(office) == tried, "never tried again by itself"


def test_a_held_mail_is_released_whole(office: Office):
    """The alert ends when the mail arrives."""
    office.relay.answer("CONTENT", DROP, to=BRAM)
    cron(office, minutes=30)
    while office.mail_to("bram").state != "held":
        cron(office, minutes=30)
    held = office.mail_to("bram")
    office.relay.forget_answers()
    release(office.app, Choice(mails=(held.id,)), office.now, actor="otto")
    cron(office, minutes=1)
    assert office.mail_to("bram").state == "sent" and not office.notices(AlertKind.MAIL_HELD)
    assert len({mail["Message-ID"] for mail in office.arrived("bram")}) == 1


def test_a_held_mail_stays_an_open_alert(office: Office):
    """The relay broke at what that one mail says, and takes the next one to the same person."""
    office.relay.answer("CONTENT", DROP, to=BRAM)
    cron(office, minutes=30)
    while office.mail_to("bram").state != "held":
        cron(office, minutes=30)
    office.relay.forget_answers()
    office.add("c-other")
    cron(office, days=1)
    cron(office, minutes=1)
    assert len(office.outbox("held")) == 1 and office.mail_to("bram").state == "sent"
    assert "outbox release --person bram" in office.notices(AlertKind.MAIL_HELD)[0].do


def test_a_held_mail_that_is_dropped_is_over_too(office: Office):
    office.relay.answer("CONTENT", DROP, to=BRAM)
    cron(office, minutes=30)
    while office.mail_to("bram").state != "held":
        cron(office, minutes=30)
    drop(office.app, Choice(mails=(office.mail_to("bram").id,)), office.now, actor="otto")
    _, report = cron(office, minutes=1)
    assert not office.notices(AlertKind.MAIL_HELD) and report.held == 0


def test_breaks_count_on_in_the_next_slots_mail(office: Office):
    """Nothing left at RCPT, so that each slot composes the mail anew: the tries at the recipient go on counting."""
    office.relay.answer("RCPT", DROP, to=BRAM)
    tries = []
    for _ in range(MOST_BREAKS + 2):
        cron(office, days=1)
        tries.append(office.mail_to("bram").state)
    working = [state for state in tries if state != "withdrawn"]
    assert working[-1] == "held" and "held" not in working[: MOST_BREAKS - 3]
    assert len(office.notices(AlertKind.MAIL_HELD)) == 1
    assert sum("is held and was not delivered" in text_of(mail) for mail in office.arrived("otto")) == 1
    office.relay.forget_answers()
    for _ in range(2):
        cron(office, days=1)
    assert office.arrived("bram") and not office.notices(AlertKind.MAIL_HELD), "what never left heals by itself"


def test_a_relay_that_drops_every_mail_is_down_after_two_of_them(office: Office):
    office.relay.answer("CONTENT", DROP)
    office.check()
    assert "may have been taken" in office.deliver().relay_down
    assert sorted(row.attempts for row in office.outbox()) == [0, 1, 1]
    with office.app.store.reading() as connection:
        outcomes = {row.outcome for mail in office.outbox() for row in records.attempts_of(connection, mail.id)}
    assert outcomes == {"relay-down"}, "which counts against no mail"


def test_a_relay_gone_after_a_break_is_down(office: Office):
    """One mail is enough to find that out."""
    queue(office, 1)
    gone = []

    def leaves():
        gone.append(office.relay.answer("CONNECT", "421 4.3.2 not now"))
        return DROP

    office.relay.answer("CONTENT", leaves, times=1)
    assert office.deliver().relay_down and office.notices("relay-down")


@pytest.mark.parametrize("connections", [1, 3])
def test_poisoned_mails_starve_no_other(office: Office, connections):
    """Several daemons with several connections send all other mails."""
    addresses = queue(paced(office, connections=connections), 40)
    for address in addresses[::10]:
        office.relay.answer("CONTENT", DROP, to=address)
    other = office.another()
    for _ in range(40):
        office.deliver()
        other.now = office.now
        other.deliver()
        office.later(minutes=30)
    found = states(office)
    assert found["sent"] >= 36 and found.get("held") == 4
    assert all(len(office.relay.to(address)) == MOST_BREAKS for address in addresses[::10])
    assert all(len(office.relay.to(address)) == 1 for address in addresses if address not in addresses[::10])


def test_poisoned_mails_at_the_head_hold_back_none(office: Office):
    """Twelve of them come first in the queue."""
    paced(office, connections=1)
    addresses = queue(office, 20)
    for address in addresses[:12]:
        office.relay.answer("RCPT", DROP, to=address)
    for _ in range(8):
        office.deliver()
        office.later(days=1)
    assert all(len(office.relay.to(address)) == 1 for address in addresses[12:])


def test_a_time_of_waiting_goes_on_when_the_next_try_comes(office: Office):
    office.relay.answer("CONTENT", DROP, to=BRAM)
    cron(office, minutes=1)
    assert office.mail_to("bram").next_at - office.now == timedelta(minutes=4)


def test_a_held_mail_counts_as_undelivered(office: Office):
    """What is held was not said to bram: after three business days the fallback role hears of it as well."""
    office.relay.answer("CONTENT", DROP, to=BRAM)
    for _ in range(6 * 24):
        cron(office, minutes=60)
    assert office.mail_to("bram").state == "held"
    with office.app.store.reading() as connection:
        (bram,) = undelivered(office.app, connection, last_slot(office.app.policy, office.now))
    assert (bram.person, bram.since) == ("bram", SLOT.date()) and bram.late
    assert [text for mail in office.arrived("otto") if "c-mali" in (text := text_of(mail)) and "Bram" in text]
