"""Stories as their mails: the first morning, what is not covered any more, three headings, and a power cut."""

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email import policy as mime
from zoneinfo import ZoneInfo

import pytest
from facts import ZONE, Story, day, demo_actions, shipped_policy, stamp_at
from living import Recorder, arrived, hand_over, happen, monitor_on, serving, without_brake

from monitor.core.model.changes import Record
from monitor.core.model.slots import slot_of

POLICY = without_brake(shipped_policy())


class House:
    """A monitor with a clock of its own."""

    def __init__(self, store):
        self.app, self.post, self.now = monitor_on(store, policy=POLICY), Recorder(), None
        hand_over(self.app)
        self.service = serving(self.app, self.post, lambda: self.now)

    def lived_until(self, when, *, about=()):
        for on, change in demo_actions():
            if on <= day(when) and change.entry not in about:
                happen(self.app, change)
        return self

    def tick(self, when, clock="08:00"):
        """One tick at that wall-clock time; gives the mails it sent. With the next tick only the operator hears of what
        the register does not cover.
        """
        self.now = datetime.combine(day(when), datetime.strptime(clock, "%H:%M").time(), ZoneInfo(ZONE)).astimezone(UTC)
        before = len(self.post.accepted)
        self.service.tick()
        self.service.tick()  # a notice to the operator leaves now, if not with the mails of the slot
        return [mail for mail in self.post.accepted[before:] if not mail.recipient.startswith("bas.")]

    def lines(self, mails):
        keys = {mail.key for mail in mails}
        return [line for line in arrived(self.app, self.post) if line["message_id"] in keys]


@pytest.fixture
def house(sqlite_store):
    return House(sqlite_store)


def text_of(mail):
    return message_from_bytes(mail.raw, policy=mime.default).get_body(("plain",)).get_content()


def to(mails, person):
    return [mail for mail in mails if mail.recipient.startswith(f"{person}.")]


def test_on_the_first_morning_each_gets_one_digest(house):
    """The persons at the top get none."""
    mails = house.tick("21-09-2020")
    recipients = [mail.recipient.partition(".")[0] for mail in mails]
    assert sorted(recipients) == ["duncan", "hanneke", "idris", "joost", "lotte", "wietske"]
    rungs = {(line["entry"], line["rule"], line["rung"]) for line in house.lines(mails)}
    assert rungs == {
        ("q-jordanie", "art100-letter", "late"), ("q-erbil", "art100-letter", "late"),
        ("q-erbil", "debate-before-deployment", "late"), ("q-jordanie", "debate-before-deployment", "-1w"),
    }  # fmt: skip


def test_nothing_leaves_before_the_slot(house):
    """A second tick after it sends nothing new."""
    assert house.tick("21-09-2020", "07:59") == []
    assert house.tick("21-09-2020", "08:00") != []
    assert house.tick("21-09-2020", "08:01") == []
    assert house.tick("21-09-2020", "23:59") == []


def test_the_director_reads_what_is_not_covered_any_more(house):
    house.lived_until("03-02-2021", about=("m-irini", "c-irini-2"))
    house.tick("31-03-2021")
    (mail,) = to(house.tick("01-04-2021"), "joost")
    words = " ".join(text_of(mail).split())
    uncovered = re.findall(r"(\S+) \(([^)]*)\) is na (\d+ \w+ \d+) niet gedekt", words)
    assert uncovered == [("c-irini-2", "Irini: twee of drie stafofficieren in Rome", "31 maart 2021")]


def test_three_duties_of_one_day_have_three_headings(house):
    """They are in one mail."""
    house.lived_until("11-05-2021", about=("c-emasoh",))
    report = Record(
        stamp=stamp_at(day("10-03-2021")), entry="c-emasoh", type="document:condition-report", on=day("09-03-2021")
    )
    happen(house.app, report)
    house.tick("11-05-2021")
    mails = house.tick("12-05-2021")
    (mail,) = to(mails, "lotte")
    rules = [line["rule"] for line in house.lines([mail])]
    assert set(rules) == {"extension-letter", "progress-report", "annual-evaluation"}
    text = text_of(mail)
    headings = [house.app.policy.rules.rules[place].heading("nl") for place in places(house, rules)]
    assert [text.index(heading) for heading in headings] == sorted(text.index(heading) for heading in headings)
    assert all(text.count(heading) == 1 for heading in headings)
    assert house.tick("13-05-2021") == []  # Ascension Day


def places(house, rules):
    ids = house.app.policy.rules.ids()
    return sorted({ids.index(rule) for rule in rules})


@pytest.fixture
def power_cut(house):
    """All is well up to Thursday 11 November 2021, 18:00."""
    house.lived_until("10-11-2021")
    for when in ("09-11-2021", "10-11-2021", "11-11-2021"):
        house.tick(when)
    assert house.tick("11-11-2021", "18:00") == []
    return house


def test_a_slot_lost_to_a_power_cut_is_made_up_once(power_cut):
    """The mail says so."""
    mails = power_cut.tick("15-11-2021", "09:30")
    missed = [line for line in power_cut.lines(mails) if line["rule"] == "extension-letter"]
    assert {(line["entry"], line["rung"], line["planned"], line["day"]) for line in missed} == {
        (entry, "-1w", day("12-11-2021"), day("15-11-2021")) for entry in ("c-irini-2", "c-pawa", "c-emasoh")
    }
    text = text_of(to(mails, "lotte")[0])
    assert "12-11-2021" in text
    assert [line for line in text.splitlines() if "12-11-2021" in line and "gepland" in line.casefold()]


def test_a_second_restart_half_an_hour_later_sends_nothing(power_cut):
    power_cut.tick("15-11-2021", "09:30")
    power_cut.service = serving(power_cut.app, power_cut.post, lambda: power_cut.now)
    assert power_cut.tick("15-11-2021", "10:00") == []


def test_a_slot_missed_before_a_weekend_waits_for_monday(power_cut):
    """It is made up at the slot of Monday."""
    assert power_cut.tick("13-11-2021", "12:00") == []
    assert power_cut.tick("15-11-2021", "07:59") == []
    assert power_cut.tick("15-11-2021", "08:00") != []


def test_daemon_and_simulate_agree_on_a_missed_slot(power_cut):
    """Both give the same reminders for 15 November."""
    story = Story.of_the_year("10-11-2021", about=[])
    foretold = {
        (item.entry, item.rung) for item in story.reminders("12-11-2021", "12-11-2021", rule="extension-letter")
    }
    mails = power_cut.tick("15-11-2021", "09:30")
    said = {(line["entry"], line["rung"]) for line in power_cut.lines(mails) if line["rule"] == "extension-letter"}
    assert said == foretold != set()


@pytest.mark.parametrize(("slot", "hour"), [("29-10-2021", 6), ("01-11-2021", 7)])
def test_the_slot_keeps_the_wall_clock_when_summer_time_ends(house, slot, hour):
    instant = slot_of(POLICY, day(slot))
    assert instant == datetime.combine(day(slot), datetime.min.time(), UTC) + timedelta(hours=hour)
    house.lived_until("28-10-2021")
    house.tick("28-10-2021")
    assert house.tick(slot, "07:59") == []
    house.tick(slot, "08:00")
    assert house.now == instant
