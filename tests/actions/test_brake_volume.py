"""What is far more than usual, whatever caused it, and what the operator is told of the cause."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from facts import added, with_limits
from msgspec.structs import replace
from post_office import MONDAY, OWED, Office, one_rule, text_of
from relay import TestRelay

from monitor.actions.check.held_mail import Choice, release
from monitor.actions.register.saving import import_changes
from monitor.core.calendar.calendars import Calendars
from monitor.core.calendar.dates import parse_offset
from monitor.core.model.changes import Add
from monitor.core.model.policy import Policy
from monitor.settings.config.in_force import in_force
from monitor.store.engine import Store

SLOT = timedelta(hours=7)  # 08:00 in Amsterdam in November
FAR = "2022-06-30"  # an end whose ladder begins in 2022


@pytest.fixture
def office(sqlite_store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(sqlite_store, relay, reminders_per_check=5)
        yield office
        office.transport.close()


def on(office: Office, day: date) -> Any:
    """The slot of that day is checked and delivered."""
    office.at(datetime(day.year, day.month, day.day, tzinfo=UTC) + SLOT)
    report = office.check()
    office.deliver()
    return report


def rule_of(office: Office, offset: str) -> Policy:
    """The one rule with another ladder."""
    (rule,) = office.app.policy.rules.rules
    changed = replace(rule, due=replace(rule.due, offset=parse_offset(offset)))
    return replace(office.app.policy, rules=replace(office.app.policy.rules, rules=(changed,)))


def put_in_force(office: Office, policy: Policy) -> None:
    office.app = replace(office.app, policy=policy, in_force=in_force(policy, office.app.people))


def why(office: Office) -> str:
    """What the operator was told last."""
    office.tell()
    office.deliver()
    return text_of(office.arrived("otto")[-1])


def test_twice_the_busiest_day_of_the_last_thirty_goes(office: Office):
    office.add("c-1", "c-2", "c-3")
    on(office, MONDAY)
    release(office.app, Choice(), office.now, actor="ruud")  # nine on one day, and somebody said that is right
    office.deliver()
    office.add(*(f"d-{number}" for number in range(6)), until="2022-01-18")
    assert len(on(office, date(2021, 11, 2)).queued) == 18
    office.add(*(f"e-{number}" for number in range(13)), until="2022-01-19")
    report = on(office, date(2021, 11, 3))
    assert (len(report.queued), len(report.held)) == (0, 39)
    assert "newly owes 39; more than 36 are not sent unasked (said on the busiest of the last 30 days: 18)" in why(
        office
    )


def test_what_was_held_and_not_released_is_not_usual(office: Office):
    office.add("c-1", "c-2", "c-3")
    on(office, MONDAY)
    office.add("d-1", "d-2", until="2022-01-18")
    assert len(on(office, date(2021, 11, 2)).held) == 15


def test_what_had_passed_and_was_taken_back_unsent_is_not_new(office: Office):
    office.relay.answer("CONNECT", "421 4.3.2 not now")
    for number in range(4):  # the relay is away for days; what waits grows over the limit
        office.add(f"c-{number}", until=f"2022-01-{17 + number}")
        report = on(office, MONDAY + timedelta(days=number))
        assert not report.held and len(report.queued) == 3 * (number + 1)


def test_no_limit_no_brake(office: Office):
    put_in_force(office, with_limits(one_rule(), reminders_per_check=0))
    office.add(*(f"c-{number}" for number in range(20)))
    assert not on(office, MONDAY).held


def test_the_first_check_says_that_it_is_the_first(office: Office):
    office.add("c-1", "c-2")
    on(office, MONDAY)
    assert "Probably because: this is the first check on this database." in why(office)


def test_an_import_is_held_and_named(office: Office):
    on(office, MONDAY)
    office.later(hours=1)
    changes = [
        added(MONDAY, f"i-{number}", "contribution", valid_from="2021-01-18", valid_until=OWED, imported=True)
        for number in range(12)
    ]
    stamped: list[Add] = [
        replace(change, stamp=replace(change.stamp, at=office.now, known_on=date(2021, 11, 2), actor="sanne"))
        for change in changes
    ]
    import_changes(office.app, stamped)
    assert len(on(office, date(2021, 11, 2)).held) == 36
    assert "sanne entered 12 changes at once on 01-11-2021 (an import)" in why(office)


def test_a_new_rule_is_held_and_named(office: Office):
    office.add("c-1", "c-2", "c-3", until=FAR)
    assert not on(office, MONDAY).queued
    put_in_force(office, rule_of(office, "-26w"))
    assert len(on(office, date(2021, 11, 2)).held) == 9
    assert "rules are new or changed" in why(office)


def test_an_edit_of_a_calendar_is_held_and_named(office: Office):
    (rule,) = office.app.policy.rules.rules
    policy = office.app.policy
    moving = replace(
        policy, rules=replace(policy.rules, rules=(replace(rule, due=replace(rule.due, recess="before")),))
    )
    put_in_force(office, moving)
    office.add("c-1", "c-2", "c-3", until="2022-02-28")  # due 17-01-2022: its ladder begins on 22-11-2021
    assert not on(office, MONDAY).queued
    put_in_force(office, replace(moving, calendars=_long_recess(moving.calendars)))
    assert len(on(office, date(2021, 11, 2)).held) == 9
    assert "a calendar was edited" in why(office)


def _long_recess(calendars: Calendars) -> Calendars:
    """A recess is entered that begins in December and lasts until the end of January."""
    name = calendars.default
    calendar = calendars.by_id[name]
    first = calendar.recesses[0]
    long = replace(first, name="lang reces", start=date(2021, 12, 6), end=date(2022, 1, 31))
    recesses = tuple(
        sorted((*(one for one in calendar.recesses if not _overlap(one, long)), long), key=lambda one: one.start)
    )
    return replace(calendars, by_id={**calendars.by_id, name: replace(calendar, recesses=recesses)})


def _overlap(one: Any, other: Any) -> bool:
    return bool(one.start <= other.end and other.start <= one.end)


def test_a_clock_that_jumps_a_month_ahead_is_held_and_named(office: Office):
    office.add("c-1", "c-2", "c-3", until=FAR)
    office.add("c-0")
    on(office, MONDAY)
    assert len(on(office, date(2022, 3, 31)).held) >= 9
    assert "slots passed without a check since 01-11-2021: the monitor was off, or the clock has jumped" in why(office)


def test_the_cause_is_named_while_mail_is_held(office: Office):
    """The cause is named for days, and forgotten with the last held mail."""
    office.add("c-1", "c-2")
    on(office, MONDAY)
    on(office, date(2021, 11, 2))
    assert "this is the first check" in why(office)
    assert office.state.brake_cause
    release(office.app, Choice(), office.now, actor="ruud")
    on(office, date(2021, 11, 3))
    assert not office.state.brake_cause
