"""Looking back at a life that was lived: as known on a day is what a copy of the database made on that day says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from facts import added, day, demo_actions, demo_changes, shipped_policy, stamp_at
from living import Recorder, demo_people, hand_over, happen, monitor_on, without_brake
from msgspec.structs import replace

from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.actions.query.listing import entry_details, explain, list_entries, timeline_of
from monitor.app import in_english
from monitor.core.calendar.dates import Offset
from monitor.core.errors import Refused, UnknownId
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.changes import Absent, Record
from monitor.core.model.slots import slot_of
from monitor.settings.config.in_force import in_force
from monitor.store.backup import in_memory_copy
from monitor.store.engine import Store
from monitor.store.migrate import open_store

FIRST, THEN, LAST = day("21-09-2020"), day("16-11-2020"), day("15-12-2020")


def installation(store, **rules):
    """Rules, calendars and people kept as the program keeps them; `rules`: due offsets that differ."""
    policy = without_brake(shipped_policy())
    changed = tuple(
        replace(rule, due=replace(rule.due, offset=rules.get(rule.id.replace("-", "_"), rule.due.offset)))
        for rule in policy.rules.rules
    )
    policy = replace(policy, overview_day=None, rules=replace(policy.rules, rules=changed))
    people = demo_people()
    return replace(monitor_on(store, policy=policy, people=people), in_force=in_force(policy, people))


def live(app, first, last, actions=()):
    """Check and deliver at every slot; each action is taken just before it."""
    waiting = [item for item in actions if first <= item[0] <= last]
    for when in slot_days(app.policy, first, last):
        while waiting and waiting[0][0] <= when:
            happen(app, waiting.pop(0)[1])
        now = slot_of(app.policy, when)
        check(app, now)
        deliver(app, lambda now=now: now, Recorder())


def answers(app, now, **known):
    """Everything that can be asked about the register, as values."""
    listed = list_entries(app, now, **known)[1]
    ids = [item.entry.id for item in listed]
    shown = [entry_details(app, id, now, **known) for id in ids]
    explained = [explain(app, id, now, **known).plain() for id in ids]
    return (
        listed,
        [(one.open, one.chain, one.gaps, [row.number for row in one.changes]) for one in shown],
        [{**one, "known": None, "basis": None} for one in explained],
        replace(timeline_of(app, now, first=FIRST, last=day("31-12-2021"), **known), known=None),
    )


def test_as_known_on_a_day_is_what_a_copy_made_on_that_day_says(sqlite_store: Store):
    app = installation(sqlite_store)
    hand_over(app, demo_changes())
    actions = [(when, change) for when, change in demo_actions() if when <= LAST]
    assert any(when <= THEN for when, _ in actions) and any(when > THEN for when, _ in actions)
    live(app, FIRST, THEN, actions)
    happen(app, Absent(stamp=stamp_at(THEN, "12:00"), entry="lotte", first=day("20-11-2020"), last=day("30-11-2020")))
    at = slot_of(app.policy, THEN) + timedelta(minutes=1)
    with in_memory_copy(sqlite_store) as copy:  # made after the slot: what was done at noon is known the next day
        then = answers(replace(app, store=copy), at)
    live(app, THEN + timedelta(days=1), LAST, actions)
    later = slot_of(app.policy, LAST) + timedelta(minutes=1)
    assert answers(app, later, known=THEN) == then
    assert answers(app, later)[0] != then[0]


def test_the_day_is_judged_with_the_rules_and_people_of_that_day(sqlite_store):
    app = installation(sqlite_store)
    hand_over(app, [added(FIRST, "c", "contribution", valid_until="2021-12-31")])
    live(app, FIRST, day("25-09-2020"))
    late = installation(sqlite_store, extension_letter=Offset(amount=-3, unit="w"))
    live(late, day("28-09-2020"), day("30-09-2020"))
    now = slot_of(late.policy, day("30-09-2020"))

    def due(known):
        found = explain(late, "c", now, known=known)
        return next(
            str(chief.due.day) for chief, _ in found.rules() if chief.rule.id == "extension-letter"
        ), found.basis

    assert due(None) == ("2021-12-10", "")
    assert due(day("25-09-2020"))[0] == "2021-11-19"
    assert due(day("25-09-2020"))[1].startswith("judged with what was in force at the check of 25-09-2020: rules ")
    assert due(day("29-09-2020")) == ("2021-12-10", "the rules, calendars and people in force then are those of today")


def test_what_was_said_later_had_not_been_said_on_the_day(sqlite_store):
    app = installation(sqlite_store)
    hand_over(app, [added(FIRST, "c", "contribution", valid_until="2020-12-31")])  # the letter's -8w falls on 24-09
    live(app, FIRST, day("23-09-2020"))
    live(app, day("25-09-2020"), day("25-09-2020"))  # the slot of the 24th was missed

    def verdict(when, **known):
        found = explain(app, "c", slot_of(app.policy, day("25-09-2020")), day=day(when), **known)
        return next(str(chief.verdict) for chief, _ in found.rules() if chief.rule.id == "extension-letter")

    assert [verdict(when) for when in ("23-09-2020", "24-09-2020", "25-09-2020")] == ["waiting", "owed", "said"]
    assert verdict("25-09-2020", known=day("24-09-2020")) == "owed"


def test_where_nothing_was_kept_or_can_be_read_it_says_so(sqlite_store):
    app = installation(sqlite_store)
    hand_over(app, [added(FIRST, "c", "contribution", valid_until="2021-12-31")])
    now = slot_of(app.policy, day("23-09-2020"))
    assert "no check kept" in explain(app, "c", now, known=FIRST).basis
    foreign = replace(app, in_force={kind: (f"{kind}-0", '{"of": "another version"}') for kind in app.in_force})
    live(foreign, FIRST, FIRST)
    assert "cannot be read any more" in explain(app, "c", now, known=FIRST).basis


def test_an_entry_not_known_yet_is_refused(sqlite_store):
    """The refusal says on which day it was registered."""
    app = installation(sqlite_store)
    hand_over(app, [added(FIRST, "c-mali", "contribution", valid_until="2021-12-31")])
    happen(app, added(day("05-10-2020"), "c-mili", "contribution", valid_until="2021-12-31"))
    now = slot_of(app.policy, day("06-10-2020"))
    with pytest.raises(Refused, match="c-mili was not known on 02-10-2020: it was registered on 05-10-2020"):
        entry_details(app, "c-mili", now, known=day("02-10-2020"))
    with pytest.raises(UnknownId, match="Did you mean c-mali"):
        entry_details(app, "c-mal", now, known=day("02-10-2020"))
    with pytest.raises(UnknownId, match="c-mali"):
        explain(app, "c-mal", now)
    assert list_entries(app, now, known=day("01-01-2020"))[1] == []


def test_in_force_on_a_day_as_it_stood_then_and_on_one_to_come(sqlite_store):
    app = installation(sqlite_store)
    letter = Record(stamp=stamp_at(day("07-12-2020")), entry="q", type="document:art100-letter", on=day("04-12-2020"))
    hand_over(app, [
        added(FIRST, "c", "contribution", valid_from="2020-01-01", valid_until="2021-03-31"),
        added(FIRST, "later", "contribution", valid_from="2021-04-01"),
        added(FIRST, "q", "request", procedure="art100", received_on="2020-09-01"),
    ])  # fmt: skip
    happen(app, letter)
    now = slot_of(app.policy, day("08-12-2020"))

    def on(text):
        return [(item.entry.id, item.state) for item in list_entries(app, now, on=day(text))[1]]

    assert on("31-12-2019") == []
    assert on("01-02-2020") == on("31-03-2021") == [("c", "active")]
    assert on("01-04-2021") == [("later", "active")]
    assert entry_details(app, "q", now, on=day("03-12-2020")).listed.state == "received"
    assert entry_details(app, "q", now, on=day("04-12-2020")).listed.state == "decided"
    with pytest.raises(Refused):
        explain(app, "q", now, day=day("09-12-2020"), known=day("01-01-2020"))


def test_a_database_of_each_kind_remembers(database_url):
    """The fold on SQLite and on PostgreSQL."""
    store = open_store(database_url)
    app = installation(store)
    hand_over(app, demo_changes())
    now = slot_of(app.policy, day("22-09-2020"))
    assert list_entries(app, now)[1] == list_entries(app, now, known=day("22-09-2020"))[1]
    store.close()


def test_a_yearly_rule_without_an_occurrence_is_not_open(sqlite_store):
    """A yearly rule that is first due in more than eighteen months is explained, and shown as no open obligation."""
    app = installation(sqlite_store, progress_report=Offset(amount=24, unit="m"))
    fields = {"procedure": "art100", "valid_from": "2020-01-01", "valid_until": "2025-12-31"}
    hand_over(app, [added(FIRST, "c", "contribution", **fields)])
    now = slot_of(app.policy, FIRST)
    judged = [
        in_english(item.why) for item in explain(app, "c", now).plan.judgements if item.rule.id == "progress-report"
    ]
    assert judged == ["no occurrence within eighteen months"]
    rules = {item.key.rule for item in entry_details(app, "c", now).open}
    assert rules and "progress-report" not in rules
