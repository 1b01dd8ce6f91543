"""The deadlines as a calendar file, read back by two libraries: what a calendar is told, and for how long."""

import io
from datetime import date, timedelta

import icalendar
import pytest
import vobject
from facts import added, shipped_policy, stamp_at
from living import hand_over, happen, monitor_on
from msgspec.structs import replace

from monitor.actions.check.check import check
from monitor.actions.query.agenda import write_agenda
from monitor.core.calendar.dates import parse_offset
from monitor.core.model.changes import Correct, Mute, Record
from monitor.core.model.slots import slot_of
from monitor.settings.config.in_force import in_force

FIRST, SENT = date(2021, 6, 1), date(2021, 11, 10)
LETTER = "c-one/extension-letter/0@mandate-monitor"


@pytest.fixture
def app(sqlite_store):
    """One contribution until the end of 2021, one until 2022, sensitive, and an undated promise."""
    app = monitor_on(sqlite_store)
    entries = [
        added(FIRST, "c-one", "contribution", starts_on="2021-01-01", valid_until="2021-12-31"),
        added(FIRST, "c-two", "contribution", starts_on="2021-01-01", valid_until="2022-12-31", sensitive=True),
        added(FIRST, "p", "commitment"),
    ]
    hand_over(app, entries)
    return app


def written(app, day, language="nl"):
    file = io.BytesIO()
    count = write_agenda(app, file, stamp_at(day, "12:00").at, language)
    return count, file.getvalue()


def events(app, day, language="nl"):
    """UID → event."""
    found = icalendar.Calendar.from_ical(written(app, day, language)[1]).walk("VEVENT")
    return {str(event["UID"]): event for event in found}


def test_a_deadline_is_a_day_with_its_reason(app):
    event = events(app, date(2021, 10, 1))[LETTER]
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2021, 11, 19), date(2021, 11, 20))
    assert (event["TRANSP"], event["STATUS"]) == ("TRANSPARENT", "CONFIRMED")
    assert event["DESCRIPTION"] == "6 weken vóór 31-12-2021 (einde) → 19-11-2021"
    assert event["SUMMARY"].endswith(": Title of c-one") and "Kamerbrief" in event["SUMMARY"]
    assert "Letter to parliament" in events(app, date(2021, 10, 1), "en")[LETTER]["SUMMARY"]
    assert "VALARM" not in str(event)


def test_a_sensitive_entry_is_named_by_its_id(app):
    raw = written(app, date(2021, 10, 1))[1]
    assert b"Title of c-two" not in raw and b": c-two" in raw
    assert b"p/" not in raw, "what has no day is in no calendar"


def test_what_became_sensitive_is_named_by_its_id_when_it_goes(app):
    """What its title was is in the plan of that day; the calendar has what may be said now."""
    happen(app, Record(stamp=stamp_at(SENT), entry="c-one", type="document:extension-letter", on=SENT))
    later = SENT + timedelta(days=1)
    happen(app, Correct(stamp=stamp_at(later), entry="c-one", fields={"sensitive": True}))
    assert events(app, later)[LETTER]["STATUS"] == "CANCELLED"
    assert b"Title of c-one" not in written(app, later)[1]


def test_what_is_muted_has_not_gone(app):
    """It raises nothing, but a letter is still due: nothing may say that it fell away."""
    happen(app, Mute(stamp=stamp_at(SENT), entry="c-one", reason="wait"))
    assert LETTER not in events(app, SENT + timedelta(days=1))


def test_other_rules_give_another_sequence(app):
    """Also when the rules of before are in force again, and before the first check with them."""
    found = []
    for number in range(3):
        on = SENT - timedelta(days=7 - number)
        policy = shipped_policy() if number != 1 else with_offset("extension-letter", "-8w")
        now = replace(app, policy=policy, in_force=in_force(policy, app.people))
        before = events(now, on)[LETTER]
        check(now, slot_of(policy, on))
        after = events(now, on)[LETTER]
        assert before["SEQUENCE"] <= after["SEQUENCE"] and before["DTSTART"].dt == after["DTSTART"].dt
        found.append((before["SEQUENCE"], before["DTSTART"].dt))
    assert found[0][1] == found[2][1] != found[1][1]
    assert found[0][0] < found[1][0] < found[2][0]


def with_offset(rule, offset):
    """The shipped rules, one of them with another offset."""
    policy = shipped_policy()
    rules = tuple(
        replace(one, due=replace(one.due, offset=parse_offset(offset))) if one.id == rule else one
        for one in policy.rules.rules
    )
    return replace(policy, rules=replace(policy.rules, rules=rules))


def test_what_is_done_is_cancelled_for_two_weeks_then_leaves(app):
    """The UID stays, and the sequence grows, or a calendar would keep the day as it was."""
    before = events(app, SENT - timedelta(days=1))[LETTER]
    count = written(app, SENT - timedelta(days=1))[0]
    happen(app, Record(stamp=stamp_at(SENT), entry="c-one", type="document:extension-letter", on=SENT))
    for days in (0, 1, 13):
        event = events(app, SENT + timedelta(days=days))[LETTER]
        assert event["STATUS"] == "CANCELLED" and event["SUMMARY"].startswith("Vervallen: ")
        assert event["SEQUENCE"] > before["SEQUENCE"] and event["DTSTAMP"].dt > before["DTSTAMP"].dt
    assert written(app, SENT + timedelta(days=1))[0] == count - 1
    assert LETTER not in events(app, SENT + timedelta(days=14))


def test_what_came_and_went_between_two_looks_is_cancelled(app):
    happen(app, added(SENT, "c-new", "contribution", starts_on="2021-01-01", valid_until="2022-03-31"))
    on = SENT + timedelta(days=3)
    sent = Record(
        stamp=stamp_at(on), entry="c-new", type="document:extension-letter", on=on, closes=("extension-letter",)
    )
    happen(app, sent)
    found = events(app, SENT + timedelta(days=5))["c-new/extension-letter/0@mandate-monitor"]
    assert found["STATUS"] == "CANCELLED"


def test_a_day_that_moves_keeps_its_uid(app):
    before = events(app, date(2021, 10, 1))[LETTER]
    happen(app, Correct(stamp=stamp_at(date(2021, 10, 2)), entry="c-one", fields={"valid_until": "2022-01-31"}))
    after = events(app, date(2021, 10, 2))[LETTER]
    assert after["DTSTART"].dt == date(2021, 12, 16) and after["SEQUENCE"] > before["SEQUENCE"]
    happen(app, Correct(stamp=stamp_at(date(2021, 10, 3)), entry="c-one", fields={"valid_until": "2029-01-31"}))
    moved = events(app, date(2021, 10, 3))[LETTER]
    assert moved["STATUS"] == "TENTATIVE" and moved["DTSTART"].dt.year == 2028, "beyond the span, and not cancelled"


def test_what_may_still_move_with_recess_is_tentative(app):
    """It lies beyond the last known recess."""
    beyond = shipped_policy().calendar().horizon + timedelta(days=100)
    happen(app, added(SENT, "c-far", "contribution", valid_until=f"{beyond}"))
    event = events(app, beyond - timedelta(days=90))["c-far/extension-letter/0@mandate-monitor"]
    assert event["STATUS"] == "TENTATIVE" and "voorlopig" in event["DESCRIPTION"]


def test_another_library_reads_the_same(app):
    """A subscriber is asked to look every six hours; lines are folded and texts escaped."""
    happen(
        app, added(SENT, "c-odd", "contribution", valid_until="2022-03-31", title="Één; twee, drie\\vier " + "é" * 90)
    )
    raw = written(app, SENT)[1]
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))
    calendar = vobject.readOne(raw.decode())
    assert (calendar.method.value, calendar.contents["x-published-ttl"][0].value) == ("PUBLISH", "PT6H")
    days = {event.uid.value: event.dtstart.value for event in calendar.vevent_list}
    assert days == {uid: event["DTSTART"].dt for uid, event in events(app, SENT).items()}
    titles = [event.summary.value for event in calendar.vevent_list if event.uid.value.startswith("c-odd/extension")]
    assert titles and titles[0].endswith("Één; twee, drie\\vier " + "é" * 90)


def test_the_same_register_gives_the_same_bytes(app):
    assert written(app, SENT) == written(app, SENT)
