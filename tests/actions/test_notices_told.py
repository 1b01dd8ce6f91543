"""What the operator is told: each trouble once while it lasts, and again when it comes back."""

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from post_office import Office, text_of
from relay import TestRelay

from monitor.actions.operator.alerts import Alert, letter_replaced, relay_down, role_unheld
from monitor.actions.operator.notices import LIMIT, operators, raise_alerts
from monitor.core.errors import Fault
from monitor.core.model.people import People, Person
from monitor.store import records
from monitor.store.engine import Store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        yield Office(store, relay)


def raised(office: Office, *troubles: Alert) -> None:
    with office.app.store.writing() as connection:
        raise_alerts(connection, troubles, office.now)


def over(office: Office, kind: str) -> None:
    with office.app.store.writing() as connection:
        records.resolve_notices(connection, kind, office.now)


def test_an_alert_is_mailed_once_while_it_lasts(office: Office):
    """It is mailed again when it comes back."""
    for _ in range(3):
        raised(office, relay_down("421 closing"))
        office.tell()
        office.later(hours=1)
    office.deliver()
    assert len(office.arrived("otto")) == 1
    over(office, "relay-down")
    raised(office, relay_down("421 closing"))
    assert office.tell() == 1
    office.deliver()
    assert len(office.arrived("otto")) == 2


def test_alerts_raised_together_are_one_mail(office: Office):
    """The mail says what to do about each."""
    unheld = role_unheld("director", "c-mali")
    raised(office, unheld, letter_replaced("reminder", "en", Fault(what="No such field.", file="body.txt", line=3)))
    assert office.tell() == 2
    office.deliver()
    (mail,) = office.arrived("otto")
    assert "director" in text_of(mail) and "body.txt:3" in text_of(mail) and "monitor validate" in text_of(mail)


def test_more_troubles_than_fit_in_a_mail_follow_in_the_next(office: Office):
    raised(office, *(role_unheld(f"role-{number}", "c-mali") for number in range(LIMIT + 1)))
    assert [office.tell(), office.tell(), office.tell()] == [LIMIT, 1, 0]


def test_without_an_operator_the_fallback_role_is_told(office: Office):
    people = replace(office.app.people, operator_role="watch", fallback_role="policy-officer")
    assert operators(people, {}) == ("anna",)


def test_without_anybody_notices_wait_until_there_is_somebody(office: Office):
    app, office.app = office.app, replace(office.app, people=People())
    raised(office, relay_down("421 closing"))
    office.tell()
    assert not office.outbox()
    office.app = app
    assert office.tell() == 1


def test_an_operator_with_a_dead_address_is_replaced(office: Office):
    """The other operator gets the notices, also about that address."""
    roles = {**office.app.people.roles, "operator": ("otto", "pia")}
    persons = {
        **office.app.people.persons,
        "pia": Person(id="pia", name="Pia", address="pia@example.org", language="en"),
    }
    office.app = replace(office.app, people=replace(office.app.people, roles=roles, persons=persons))
    office.relay.answer("RCPT", "550 5.1.1 gone", to="otto@example.org")
    raised(office, relay_down("421 closing"))
    office.tell()
    office.deliver()
    office.tell()
    office.later(minutes=1)
    office.deliver()
    assert len(office.arrived("pia")) == 2
    assert "otto@example.org" in text_of(office.arrived("pia")[-1])
    assert [row.person for row in office.outbox() if row.kind == "notice"].count("otto") == 1


def test_a_refused_notice_goes_to_the_next_operator(office: Office):
    """The person of the fallback role gets it."""
    office.app = replace(office.app, people=replace(office.app.people, fallback_role="policy-officer"))
    office.relay.answer("RCPT", "550 5.1.1 gone", to="otto@example.org")
    raised(office, relay_down("421 closing"))
    office.tell()
    office.deliver()
    office.tell()
    office.deliver()
    (mail,) = office.arrived("anna")
    assert "421 closing" in text_of(mail) and "otto@example.org" in text_of(mail)
    assert office.tell() == 0


def test_without_a_reachable_operator_no_notice_circles(office: Office):
    """A refused notice is not queued again and again."""
    office.relay.answer("RCPT", "550 5.1.1 gone", to="otto@example.org")
    raised(office, relay_down("421 closing"))
    for _ in range(4):
        office.tell()
        office.deliver()
        office.later(minutes=1)
    assert len(office.outbox()) == 2, "the notice, and that it could not be delivered"


def test_a_hostile_reply_of_the_relay_is_told_as_text(office: Office):
    raised(office, relay_down("421 \r\nBcc: eve@example.org\r\n<script>alert(1)</script>"))
    office.tell()
    office.deliver()
    (mail,) = office.arrived("otto")
    assert mail["Bcc"] is None and b"<script>" not in office.relay.messages[0].raw.partition(b"text/html")[2]


def test_the_held_notice_names_the_day_and_the_number(office: Office):
    office.add(*(f"c-{number}" for number in range(20)))  # three reminders each
    office.check()
    (notice,) = office.notices("held")
    assert notice.what.startswith("60 reminders to 3 people about 20 entries are held at the slot of 01-11-2021")
