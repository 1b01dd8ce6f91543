"""The overview as it is lived: one mail on Monday, made up once, taken back when stale, and what moved told once."""

from __future__ import annotations

import re
from datetime import date, timedelta
from email import message_from_bytes
from email import policy as mime

import pytest
from facts import added, day, demo_actions, demo_changes, shipped_policy, stamp_at
from living import ACCEPTED, DOWN, Recorder, demo_people, hand_over, happen, monitor_on, serving
from msgspec.structs import replace
from sqlalchemy import select

from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.core.delivery.retry import Outcome, Report
from monitor.core.model.changes import Absent, Correct, Record
from monitor.core.model.people import People
from monitor.core.model.slots import slot_of
from monitor.store import records
from monitor.store.schema import ledger, messages, moves

MONDAY, TUESDAY = date(2021, 2, 1), date(2021, 2, 2)


class Life:
    """A monitor, its post, and a clock that ticks a minute after each slot."""

    def __init__(self, store, *changes, **more):
        self.app, self.post, self.now = monitor_on(store, **more), Recorder(), None
        hand_over(self.app, changes)

    def slot(self, when):
        self.now = slot_of(self.app.policy, when) + timedelta(minutes=1)
        self.tick()

    def tick(self):
        serving(self.app, self.post, lambda: self.now).tick()

    def slots(self, first, last):
        when = day(first)
        while when <= day(last):
            if self.app.policy.calendar().is_business_day(when):
                self.slot(when)
            when += timedelta(days=1)

    def mails(self, person, kind=None):
        with self.app.store.reading() as connection:
            rows = connection.execute(select(messages).where(messages.c.person == person).order_by(messages.c.id))
            return [row for row in rows if kind in (None, row.kind) and row.state == "sent"]

    def text(self, row):
        body = message_from_bytes(row.raw, policy=mime.default).get_body(("plain",))
        return " ".join(body.get_content().split())

    def standing(self, table, entry):
        with self.app.store.reading() as connection:
            found = connection.execute(select(table).where(table.c.entry == entry, table.c.standing))
            return [row for row in found if row.message is not None]


def contribution(id="c-mali", until="2021-04-30", when=MONDAY, **fields):
    return added(when, id, "contribution", valid_from="2020-05-01", valid_until=until, **fields)


def test_overview_and_digest_are_one_mail(store):
    """Its reminders are in the ledger."""
    life = Life(store, contribution())
    life.slot(MONDAY)
    [mail] = life.mails("lotte")
    assert mail.kind == "overview"
    assert {row.message for row in life.standing(ledger, "c-mali") if row.person == "lotte"} == {mail.id}
    assert "Deze week" in life.text(mail) or "Komende zes weken" in life.text(mail)


def test_an_overview_comes_once_a_week(store):
    """A person with nothing in it gets none."""
    life = Life(store, contribution())
    life.slots("01-02-2021", "05-02-2021")
    life.tick()
    check(life.app, life.now)
    assert [mail.day for mail in life.mails("lotte", "overview")] == [MONDAY]
    assert life.mails("margriet") == life.mails("claire") == []
    life.slot(MONDAY + timedelta(days=7))
    assert len(life.mails("lotte", "overview")) == 2


def test_a_missed_overview_is_made_up_once_at_the_next_slot(store):
    life = Life(store, contribution(when=date(2021, 1, 25)))
    life.slot(date(2021, 1, 25))
    life.slots("02-02-2021", "05-02-2021")
    assert [mail.day for mail in life.mails("lotte", "overview")] == [date(2021, 1, 25), TUESDAY]


def test_an_unsent_overview_is_composed_again(store):
    """It is withdrawn and composed with the next day's digest."""
    life = Life(store, contribution())
    life.post.answer = lambda message: DOWN
    life.slot(MONDAY)
    life.post.answer = Recorder().answer
    life.slot(TUESDAY)
    assert [(mail.kind, mail.day) for mail in life.mails("lotte")] == [("overview", TUESDAY)]
    assert len({row.message for row in life.standing(ledger, "c-mali") if row.person == "lotte"}) == 1


def test_a_change_takes_back_every_overview_that_has_not_left(store):
    life = Life(store, contribution(), contribution("c-other", "2021-12-31"))
    life.post.answer = lambda message: DOWN
    life.slot(MONDAY)
    change = Correct(stamp=stamp_at(MONDAY, "09:00"), entry="c-other", fields={"title": "Another title"})
    happen(life.app, replace(change, stamp=replace(change.stamp, known_on=MONDAY)))
    life.post.answer = Recorder().answer
    life.now += timedelta(hours=5)
    life.tick()
    life.tick()
    assert [mail.sequence for mail in life.mails("lotte", "overview")] == [1]


def test_without_an_overview_day_there_is_none(store):
    life = Life(store, contribution(), policy=replace(shipped_policy(), overview_day=None))
    life.slot(MONDAY)
    assert {mail.kind for mail in life.mails("lotte")} == {"digest"}


def test_the_fallback_role_reads_for_an_unheld_role(store):
    """The operator is notified that the role has no holder."""
    crew = demo_people()
    people = People(persons=crew.persons, roles={**crew.roles, "policy-officer": ()})
    quiet = contribution(until="2021-06-30")  # the first reminder comes on 24 March
    life = Life(store, quiet, people=people)
    life.slots("01-03-2021", "01-03-2021")
    assert "niet ingevuld: beleidsmedewerker; daarom krijgt u dit bericht" in life.text(
        life.mails("bas", "overview")[-1]
    )
    with store.reading() as connection:
        assert [row.key for row in records.open_notices(connection) if row.kind == "role-unheld"]


def test_a_person_back_reads_what_the_deputy_received(store):
    """A person who comes back between two rungs is owed nothing twice."""
    life = Life(store, contribution(until="2021-06-30", when=date(2021, 3, 22)))  # due 19 May; 24 March is −8w
    away = Absent(stamp=stamp_at(date(2021, 3, 23)), entry="lotte", first=day("24-03-2021"), last=day("26-03-2021"),
                  deputy="joost")  # fmt: skip
    life.slots("22-03-2021", "23-03-2021")
    happen(life.app, replace(away, stamp=stamp_at(date(2021, 3, 23), "09:00")))
    life.slots("24-03-2021", "29-03-2021")
    said = {row.person: row.day for row in life.standing(ledger, "c-mali") if row.rung == "-8w"}
    assert said["joost"] == day("24-03-2021") and "lotte" not in said
    text = life.text(life.mails("lotte", "overview")[-1])
    assert "Tijdens uw afwezigheid" in text and "bericht ging naar Joost Terlinden" in text
    life.slot(day("06-04-2021"))
    assert "Tijdens uw afwezigheid" not in life.text(life.mails("lotte", "overview")[-1])


PROMISE = added(day("20-05-2021"), "t-promise", "commitment", due_on="before recess zomerreces 2021")


def with_recess_from(policy, start):
    """The same calendar with another first day of the summer recess of 2021."""
    calendar = policy.calendar()
    recesses = tuple(
        replace(recess, start=start) if recess.name == "zomerreces 2021" else recess for recess in calendar.recesses
    )
    by_id = {**policy.calendars.by_id, calendar.id: replace(calendar, recesses=recesses)}
    return replace(policy, calendars=replace(policy.calendars, by_id=by_id))


@pytest.fixture
def recess_moves(store):
    """Story 11: the promise lives until 11 June; then the recess table is edited and the daemon started anew."""
    life = Life(store, PROMISE)
    life.slots("20-05-2021", "11-06-2021")
    edited = with_recess_from(life.app.policy, day("02-07-2021"))
    hashes = {**life.app.in_force, "calendars": ("calendars-2", "")}
    life.app = replace(life.app, policy=edited, in_force=hashes)
    return life


def test_a_recess_that_moves_replans_the_promise(recess_moves):
    """No reminder is repeated."""
    life = recess_moves
    life.slots("14-06-2021", "01-07-2021")
    said = [(f"{r.day:%d-%m}", r.rung) for r in life.standing(ledger, "t-promise") if r.person == "hanneke"]
    assert said == [("10-06", "-4w"), ("17-06", "-2w"), ("24-06", "-1w"), ("29-06", "-2bd"), ("01-07", "0d")]


def test_the_next_mail_says_what_moved_and_why_and_says_it_once(recess_moves):
    life = recess_moves
    life.slots("14-06-2021", "25-06-2021")
    found = [life.text(mail) for mail in life.mails("hanneke")]
    moved = [text for text in found if "verschoven: 8 juli → 1 juli (reces gewijzigd)" in text]
    assert len(moved) == 1
    first = next(mail for mail in life.mails("hanneke") if mail.day > day("11-06-2021"))
    assert life.text(first) == moved[0] and first.day == day("14-06-2021")
    assert {row.person for row in life.standing(moves, "t-promise")} == {"hanneke", "lotte"}


def test_a_moved_due_day_waits_for_the_next_digest(store):
    """There is no overview that day."""
    life = Life(store, PROMISE, policy=replace(shipped_policy(), overview_day=None))
    life.slots("20-05-2021", "10-06-2021")
    edited = with_recess_from(life.app.policy, day("02-07-2021"))
    life.app = replace(life.app, policy=edited, in_force={**life.app.in_force, "calendars": ("calendars-2", "")})
    life.slots("11-06-2021", "16-06-2021")
    assert [mail.day for mail in life.mails("hanneke") if mail.day > day("10-06-2021")] == []
    life.slots("17-06-2021", "24-06-2021")
    texts = {mail.day: life.text(mail) for mail in life.mails("hanneke") if mail.day > day("10-06-2021")}
    assert [when for when, text in texts.items() if "8 juli → 1 juli" in text] == [day("17-06-2021")]


def test_a_move_taken_back_in_time_is_not_mailed(recess_moves):
    """No person had been mailed the move."""
    life = recess_moves
    check(life.app, slot_of(life.app.policy, day("11-06-2021")) + timedelta(hours=3))
    assert_waits(life, {"hanneke", "lotte"})
    back = with_recess_from(life.app.policy, day("09-07-2021"))
    life.app = replace(life.app, policy=back, in_force={**life.app.in_force, "calendars": ("calendars-3", "")})
    life.slots("14-06-2021", "14-06-2021")
    assert_waits(life, set())
    assert not any("verschoven" in life.text(mail) for mail in life.mails("hanneke"))


def assert_waits(life, persons):
    with life.app.store.reading() as connection:
        rows = connection.execute(select(moves).where(moves.c.message.is_(None)))
        assert {row.person for row in rows} == persons


def test_a_move_in_an_unsent_mail_is_in_the_next(recess_moves):
    """The unsent mail was withdrawn."""
    life = recess_moves
    life.post.answer = lambda message: DOWN
    life.slot(day("14-06-2021"))
    life.post.answer = Recorder().answer
    life.slots("15-06-2021", "18-06-2021")
    told = [life.text(mail) for mail in life.mails("hanneke") if "8 juli → 1 juli" in life.text(mail)]
    assert len(told) == 1
    assert len([row for row in life.standing(moves, "t-promise") if row.person == "hanneke"]) == 1


def test_a_corrected_end_is_named_as_corrected(store):
    """A closed letter is not named as moved."""
    life = Life(
        store,
        contribution(until="2021-06-30", when=date(2021, 3, 22)),
        contribution("c-b", "2021-06-30", date(2021, 3, 22)),
    )
    life.slots("22-03-2021", "24-03-2021")
    happen(life.app, Correct(stamp=stamp_at(day("25-03-2021")), entry="c-mali", fields={"valid_until": "2021-07-31"}))
    happen(life.app, Record(stamp=stamp_at(day("25-03-2021")), entry="c-b", type="document:extension-letter",
                            on=day("25-03-2021")))  # fmt: skip
    life.slots("25-03-2021", "29-03-2021")
    text = life.text(life.mails("lotte", "overview")[-1])
    assert text.count("verschoven: ") == 1 and "19 mei → 18 juni (gecorrigeerd)" in text


def test_deliver_sends_nothing_more_after_an_overview(store):
    life = Life(store, contribution())
    life.slot(MONDAY)
    life.tick()  # what nobody covers is told with the tick after
    assert deliver(life.app, lambda: life.now, life.post).sent == 0


GONE = Report(outcome=Outcome.REFUSED, reply="550 5.1.1 no such user")


def test_a_refused_overview_goes_to_the_fallback_role(store):
    """From the permanent refusal on, the fallback role reads it."""
    life = Life(store, contribution("c-mali", "2021-07-31"))  # due 18 June; -8w is 23 April
    lotte = life.app.people.persons["lotte"].address
    life.post.answer = lambda message: GONE if message.recipient == lotte else ACCEPTED
    life.slots("19-04-2021", "19-04-2021")
    assert life.mails("lotte") == [], "nothing reached her"
    life.tick()
    life.slots("20-04-2021", "23-04-2021")
    told = {row.person for row in life.standing(ledger, "c-mali") if row.rung == "-8w"}
    assert "bas" in told and "lotte" not in told
    life.slots("26-04-2021", "26-04-2021")
    text = life.text(life.mails("bas", "overview")[-1])
    assert "c-mali" in text and "u vervangt Lotte" in text
    assert [message.recipient for message in life.post.tried].count(lotte) == 6, "tried once a slot"
    with store.reading() as connection:
        assert "failed-for-good" in {row.kind for row in records.open_notices(connection)}

    persons = {
        **life.app.people.persons,
        "lotte": replace(life.app.people.persons["lotte"], address="lotte@new.example"),
    }
    life.app = replace(life.app, people=replace(life.app.people, persons=persons))
    life.slots("27-04-2021", "10-05-2021")
    assert "c-mali" in life.text(life.mails("lotte", "overview")[-1]), "with another address she reads her own again"


def test_story_3_overview_of_1_february(store):
    """The register as it stands that morning, after everything recorded until then; what was said before stays said."""
    life = Life(store, *demo_changes())
    for when, change in demo_actions():
        if when <= MONDAY:
            happen(life.app, change)
    life.slots("29-01-2021", "29-01-2021")
    life.slot(MONDAY)
    with store.reading() as connection:
        said = {row.rule for row in connection.execute(select(ledger).where(ledger.c.day == MONDAY))}
    assert not said & {rule.id for rule in life.app.policy.rules.rules}, "no reminder leaves on 1 February"
    [mail] = [mail for mail in life.mails("lotte", "overview") if mail.day == MONDAY]
    found = re.findall(
        r"\[([a-z0-9-]+)\] (?:(?! \* ).)*?volgende herinnering(?:en)?: ((?:(?:, )?\w\w \d+ \w{3})+)", life.text(mail)
    )
    coming = [(when, entry) for entry, days in found for when in days.split(", ")]
    fortnight = sorted(
        (line for line in coming if re.fullmatch(r"\w\w ([1-9]|1[0-4]) feb", line[0])),
        key=lambda line: int(line[0].split()[1]),
    )
    assert fortnight == [
        ("wo 3 feb", "m-irini"), ("do 4 feb", "q-irini-extra"), ("do 11 feb", "q-irini-extra"),
        ("vr 12 feb", "m-emasoh"),
    ]  # fmt: skip
