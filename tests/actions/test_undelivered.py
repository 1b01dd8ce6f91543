"""A person whom no mail reaches: the operator is notified, others are reminded too, and nothing is sent twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from facts import stamp_at
from msgspec.structs import replace
from post_office import Office, text_of
from relay import DROP, TestRelay

from monitor.actions.admin.check_now import check_and_deliver
from monitor.actions.operator.undelivered import Undelivered, undelivered
from monitor.core.calendar.dates import Offset
from monitor.core.model.changes import Record
from monitor.core.model.people import Person
from monitor.core.model.slots import last_slot, slot_of
from monitor.service import Service
from monitor.store.engine import Store

FULL = "452 4.2.2 mailbox full"


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")  # due on 6 December: reminders on 1, 8, 22 and 29 November
        yield office
        office.transport.close()


def november(day: int) -> date:
    return date(2021, 11, day)


def live(office: Office, first: int, last: int, *, others: tuple[Office, ...] = ()) -> None:
    """The slots of these days of November, with ticks at the slot, soon after it and hours later."""
    daemons = [(one, Service(one.app, one.clock)) for one in (office, *others)]
    for day in slots(office, first, last):
        for later in (timedelta(), timedelta(minutes=1), timedelta(hours=5), timedelta(hours=10)):
            for one, service in daemons:
                one.at(slot_of(office.app.policy, day) + later)
                service.tick()


def by_hand(office: Office, first: int, last: int) -> None:
    """`monitor check` from cron, once a day, and no service."""
    for day in slots(office, first, last):
        office.at(slot_of(office.app.policy, day) + timedelta(minutes=1))
        check_and_deliver(office.app, office.clock, office.transport)


def slots(office: Office, first: int, last: int) -> list[date]:
    calendar = office.app.policy.calendar()
    return [day for day in map(november, range(first, last + 1)) if calendar.is_business_day(day)]


def arrivals(office: Office, person: str) -> list[tuple[int, str]]:
    """Day of November and kind of each mail that the relay took for a person, in order."""
    sent = [row for row in office.outbox("sent") if row.person == person]
    assert len(sent) == len(office.arrived(person))
    return [(row.settled_at.day, row.kind) for row in sorted(sent, key=lambda row: row.settled_at)]


def kinds(office: Office, prefix: str = "") -> list[str]:
    return [
        row.kind
        for row in office.notices()
        if row.kind.startswith(prefix) and row.kind not in ("coverage", "role-unheld")
    ]


def waits(office: Office) -> tuple[Undelivered, ...]:
    with office.app.store.reading() as connection:
        return undelivered(office.app, connection, last_slot(office.app.policy, office.now))


@pytest.mark.parametrize("run", [live, by_hand])
def test_three_weeks_of_452_for_one_person(office: Office, run: Any):
    """The operator is notified on the second day, the fallback role is reminded from the fourth, all others go on."""
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    run(office, 1, 19)
    assert arrivals(office, "bram") == []
    assert arrivals(office, "anna") == arrivals(office, "cleo") == [(1, "digest"), (8, "digest")]
    told = [mail for mail in arrivals(office, "otto") if mail != (1, "notice")]
    assert told == [(2, "notice"), (4, "digest"), (4, "notice"), (8, "digest")]
    [one] = waits(office)
    assert (one.person, one.since, one.slots, one.reply) == ("bram", november(1), 15, FULL)
    run(office, 22, 24)
    office.relay.forget_answers()
    run(office, 25, 30)
    assert arrivals(office, "bram") == [(25, "digest"), (29, "digest")]
    assert arrivals(office, "otto")[-1] == (22, "digest")
    assert waits(office) == () and kinds(office, "undelivered") == []


def test_the_deputys_mail_says_why_it_comes(office: Office):
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 4)
    mail = next(
        mail for mail in office.arrived("otto") if "c-mali" in text_of(mail) and "operator" not in mail["Subject"]
    )
    assert "Bram, to whom mail about this has not been delivered since 1 November 2021" in text_of(mail)
    assert "Also sent to: Anna, Cleo You" in text_of(mail), "Bram was not told"


def test_mail_that_goes_before_the_limit_bothers_nobody(office: Office):
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 2)
    office.relay.forget_answers()
    live(office, 3, 12)
    assert arrivals(office, "bram") == [(3, "digest"), (8, "digest")]
    assert "digest" not in [kind for _, kind in arrivals(office, "otto")]
    assert kinds(office, "undelivered") == []


def test_a_greylisted_first_day_is_no_trouble(office: Office):
    office.relay.answer("RCPT", "450 4.2.0 greylisted", to="bram@example.org", times=2)
    live(office, 1, 3)
    assert arrivals(office, "bram") == [(1, "digest")]
    assert kinds(office, "undelivered") == []


def test_a_relay_down_every_other_day_hides_no_full_mailbox(office: Office):
    """From cron: what others are reminded of on a day without a relay is sent on the next day with one."""
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    for day in slots(office, 1, 5):
        if down := day.day % 2 == 0:
            office.transport.close()
            office.relay.answer("CONNECT", "421 4.3.2 not now")
        by_hand(office, day.day, day.day)
        if down:
            office.relay.forget_answers()
            office.relay.answer("RCPT", FULL, to="bram@example.org")
    assert [mail for mail in arrivals(office, "otto") if mail[1] == "digest"] == [(5, "digest")]


def test_another_limit_is_kept(office: Office):
    office.app = replace(office.app, undelivered_limit=Offset(amount=5, unit="bd"))
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 9)
    assert [mail for mail in arrivals(office, "otto") if mail[1] == "digest"] == [(8, "digest")]


def test_a_relay_that_is_down_for_a_week_is_nobodys_own_trouble(office: Office):
    """All wait, no deputy is reminded, and when it is back each gets one mail and the operator hears of the relay."""
    office.relay.answer("CONNECT", "421 4.3.2 not now")
    live(office, 1, 9)
    assert kinds(office) == ["relay-down"]
    assert {one.person for one in waits(office)} == {"anna", "bram", "cleo", "otto"}
    office.relay.forget_answers()
    live(office, 10, 12)
    assert [arrivals(office, person) for person in ("anna", "bram", "cleo")] == [[(10, "digest")]] * 3
    assert "digest" not in [kind for _, kind in arrivals(office, "otto")]
    assert kinds(office) == []


def test_a_relay_that_postpones_everybody_is_one_notice(office: Office):
    office.relay.answer("RCPT", "451 4.7.1 filter away")
    live(office, 1, 9)
    assert kinds(office) == ["nothing-delivered"]
    office.relay.forget_answers()
    live(office, 10, 12)
    assert [arrivals(office, person) for person in ("anna", "bram", "cleo")] == [[(10, "digest")]] * 3
    assert "digest" not in [kind for _, kind in arrivals(office, "otto")]
    assert kinds(office) == []


def test_two_daemons_say_it_once(office: Office):
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 12, others=(office.another(),))
    told = [mail for mail in arrivals(office, "otto") if mail != (1, "notice")]
    assert told == [(2, "notice"), (4, "digest"), (4, "notice"), (8, "digest")]


def test_an_undelivered_operator_gets_no_mail_about_it(office: Office):
    """`monitor status` says what is wrong with an operator's only mail; what waits is delivered in the end, once."""
    office.relay.answer("RCPT", FULL, to="otto@example.org")
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 5)
    assert set(kinds(office, "undelivered")) == {"undelivered-late"}
    office.relay.forget_answers()
    live(office, 8, 9)
    notices = [text_of(mail) for mail in office.arrived("otto")]
    assert not any("Mail to otto" in text for text in notices)
    assert sum("Mail to bram" in text and "has not been delivered" in text for text in notices) == 2
    assert kinds(office, "undelivered") == []


def test_another_operator_hears_what_waits_for_the_first(office: Office):
    persons = {
        **office.app.people.persons, "pia": Person(id="pia", name="Pia", address="pia@example.org", language="en"),
    }  # fmt: skip
    people = replace(office.app.people, persons=persons, fallback_role="watch")
    office.app = replace(office.app, people=replace(people, roles={**people.roles, "watch": ("pia",)}))
    office.relay.answer("RCPT", FULL, to="otto@example.org")
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 9)
    notices = [text_of(mail) for mail in office.arrived("pia")]
    assert any("Mail to otto" in text for text in notices)
    assert sum("Mail to bram <bram@example.org> has not been delivered" in text for text in notices) == 2


def test_a_mail_that_breaks_the_connection_is_told_to_others_too(office: Office):
    """The relay hangs up at one recipient: the mail is tried a few times, then held; others are still reminded."""
    office.relay.answer("CONTENT", DROP, to="bram@example.org")
    live(office, 1, 5)
    assert {row.state for row in office.outbox() if row.person == "bram"} == {"held"}
    assert (4, "digest") in arrivals(office, "otto")
    assert arrivals(office, "anna") == arrivals(office, "cleo") == [(1, "digest")]


def test_what_is_closed_waits_no_longer(office: Office):
    """The letter is recorded while its reminder waits: nothing is left to deliver, and the trouble is over."""
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 3)
    office.change(Record(stamp=stamp_at(november(3)), entry="c-mali", type="document:extension-letter", on=november(3)))
    live(office, 4, 8)
    assert waits(office) == () and kinds(office, "undelivered") == []
    assert "digest" not in [kind for _, kind in arrivals(office, "otto")]


def test_a_corrected_address_is_used_at_the_next_slot(office: Office):
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 3)
    office.move(bram="bram@new.example.org")
    live(office, 4, 5)
    assert len(office.relay.to("bram@new.example.org")) == 1
    assert waits(office) == () and kinds(office, "undelivered") == []
