"""Story 13: a due day beyond the recess table is planned, marked provisional, and the operator is notified."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email import policy as mime

import pytest
from facts import added, day, shipped_policy
from living import Recorder, happen, monitor_on
from msgspec.structs import replace

from monitor.actions.query.listing import entry_details
from monitor.core.calendar.calendars import Recess
from monitor.core.model.policy import Policy
from monitor.service import Service

MORNING = datetime(2026, 11, 23, 6, 30, tzinfo=UTC)  # a Monday, half past seven
LETTER = "art100-extension-letter"


class House:
    """The service on a register with one entry; the clock is ours."""

    def __init__(self, store):
        self.post, self.now = Recorder(), MORNING
        self.app = replace(monitor_on(store), transport=lambda: self.post)
        happen(self.app, added(MORNING.date(), "c-sahel", "contribution", procedure="art100", size="large",
                               valid_from="2026-07-01", valid_until="2028-06-30"))  # fmt: skip
        self.service = Service(self.app, lambda: self.now)

    def slot(self, on: str) -> list[tuple[str, str]]:
        """The slot of that day and the minutes after it; gives recipient and text of each mail."""
        self.now = datetime.combine(day(on), datetime.min.time(), UTC).replace(hour=7)
        before = len(self.post.accepted)
        for _ in range(2):  # what follows from a tick leaves with the next
            self.service.tick()
        return [(mail.recipient.partition(".")[0], text_of(mail.raw)) for mail in self.post.accepted[before:]]

    def edits(self, policy: Policy) -> None:
        """The calendar was edited and the service started again."""
        self.app = replace(self.app, policy=policy, in_force={**self.app.in_force, "calendars": ("edited", "")})
        self.service = Service(self.app, lambda: self.now)

    def due(self):
        """The due day of the letter, as `show` tells it."""
        return next(item.due for item in entry_details(self.app, "c-sahel", self.now).open if item.key.rule == LETTER)


def text_of(raw: bytes) -> str:
    body = message_from_bytes(raw, policy=mime.default).get_body(("plain",))
    return " ".join(body.get_content().split())


@pytest.fixture
def house(sqlite_store) -> House:
    return House(sqlite_store)


def with_recesses(*recesses: Recess) -> Policy:
    policy = shipped_policy()
    calendar = policy.calendar()
    longer = replace(calendar, recesses=(*calendar.recesses, *recesses))
    return replace(policy, calendars=replace(policy.calendars, by_id={calendar.id: longer}))


def test_a_due_day_beyond_the_recess_table_is_marked(house: House):
    """It is planned without recess."""
    house.slot("23-11-2026")
    due = house.due()
    assert (due.day, due.provisional) == (day("10-03-2028"), True)
    assert due.derivation.endswith(" · provisional: no recess known after 06-09-2027")


def test_the_horizon_is_reported_to_the_operator(house: House):
    """The notice of that morning names each day and the calendar."""
    mails = house.slot("23-11-2026")
    assert {person for person, _ in mails} == {"bas"}  # nobody else has anything to do yet
    reminder, notice = (text for _, text in mails)
    reckoned = "16 weken vóór 30-06-2028 (einde) → 10-03-2028 · voorlopig: na 06-09-2027 is geen reces bekend"
    for words in ("c-sahel", "Artikel 100-brief over verlenging of beëindiging", reckoned):
        assert words in reminder
    assert "In de kalender nl-tweede-kamer staat geen reces na 06-09-2027; 2 uiterste datums liggen daarna" in notice
    assert "c-sahel (“Artikel 100-brief over verlenging of beëindiging”)" in notice
    assert house.slot("24-11-2026") == []  # once, not every day


def test_whoever_is_reminded_reads_that_the_day_is_provisional(house: House):
    house.slot("23-11-2026")
    house.slot("17-12-2027")
    told = dict(house.slot("20-12-2027"))  # twelve weeks before lies on Friday 17 December: made up or merged by Monday
    assert "voorlopig" in told["lotte"] and "na 06-09-2027 is geen reces bekend" in told["lotte"]


def test_later_recesses_move_the_day_and_close_the_gap(house: House):
    house.slot("23-11-2026")
    entered = (
        ("herfstreces 2027", "15-10-2027", "25-10-2027"),
        ("kerstreces 2027-2028", "17-12-2027", "10-01-2028"),
        ("voorjaarsreces 2028", "25-02-2028", "13-03-2028"),
        ("meireces 2028", "28-04-2028", "15-05-2028"),
        ("zomerreces 2028", "07-07-2028", "04-09-2028"),
    )
    house.edits(with_recesses(*(
        Recess(name=name, start=day(start), end=day(end), certainty="C") for name, start, end in entered
    )))  # fmt: skip
    mails = house.slot("30-11-2026")
    assert (house.due().day, house.due().provisional) == (day("24-02-2028"), False)
    assert any("Dit is opgelost: In de kalender nl-tweede-kamer" in text for person, text in mails if person == "bas")
