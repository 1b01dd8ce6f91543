"""Reminders that wait for the overview, as they are lived: relays that are down, brakes, restores, missed slots."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from facts import added, day, shipped_policy, stamp_at, with_limits
from living import ACCEPTED, DOWN, Recorder, happen
from msgspec.structs import replace
from sqlalchemy import select
from test_overview_sent import GONE, Life

from monitor.actions.audit.audit import audit
from monitor.actions.check.check import check
from monitor.actions.check.held_mail import Choice, drop, release
from monitor.actions.operator import restore_guard
from monitor.actions.query.listing import explain
from monitor.app import in_english
from monitor.core.model.changes import Absent, Correct
from monitor.store.schema import ledger, messages

REGISTERED = date(2021, 1, 4)  # 180 days later, on 3 July, a Saturday: unverified from Monday 5 July on
NO_OVERVIEW = replace(shipped_policy(), overview_day=None)


def old(id="c-old", when=REGISTERED, **more):
    """A mandate of which nothing is due: it was never confirmed against its source."""
    return added(when, id, "mandate", valid_from="2020-01-01", owner="policy-officer", **more)


def waits_from_tuesday(id="c-old"):
    """The first reminder falls on Tuesday 6 July."""
    return old(id, REGISTERED + timedelta(days=3))


def said(life, entry="c-old"):
    """Slot, planned day, person and kind of mail of each reminder that counts."""
    with life.app.store.reading() as connection:
        rows = connection.execute(
            select(ledger.c.day, ledger.c.planned, ledger.c.person, messages.c.kind, ledger.c.brake, messages.c.state)
            .join(messages, messages.c.id == ledger.c.message)
            .where(ledger.c.entry == entry, ledger.c.standing, ledger.c.rule == "unverified-entry")
            .order_by(ledger.c.number)
        )
        return [tuple(row) for row in rows]


TOLD = [(day("12-07-2021"), day("06-07-2021"), "lotte", "overview", "uncounted", "sent")]


def test_it_goes_with_the_next_overview_and_is_recorded_then(store):
    """The planned day is kept; ledger and relay agree about it as about any other reminder."""
    life = Life(store, waits_from_tuesday())
    life.slots("05-07-2021", "09-07-2021")
    assert said(life) == []
    [waits] = [item for item in explain(life.app, "c-old", life.now).plan.obligations if item.verdict != "not-selected"]
    assert (waits.verdict, in_english(waits.why)) == (
        "with-overview",
        "goes with the overview of 12-07-2021, or with an earlier mail",
    )
    life.slots("12-07-2021", "16-07-2021")
    assert said(life) == TOLD
    report = audit(life.app, life.now, day("05-07-2021"), day("16-07-2021"))
    assert report.findings == () and report.unproved == 0 and report.agreed == report.owed >= 1


def test_it_goes_with_a_digest_of_the_same_slot(store):
    """Of a second check by hand too."""
    life = Life(store, waits_from_tuesday())
    life.slots("05-07-2021", "07-07-2021")
    happen(life.app, added(day("07-07-2021"), "t-new", "commitment", due_on="2021-07-14"))
    life.now += timedelta(hours=1)
    check(life.app, life.now)
    assert [row[:4] for row in said(life)] == [(day("07-07-2021"), day("06-07-2021"), "lotte", "digest")]


def test_an_overview_that_a_relay_did_not_take_is_made_again(store):
    """Nothing is lost and nothing is said twice."""
    life = Life(store, waits_from_tuesday())
    life.slots("05-07-2021", "09-07-2021")
    life.post.answer = lambda message: DOWN
    life.slot(day("12-07-2021"))
    life.post.answer = Recorder().answer
    life.slots("13-07-2021", "14-07-2021")
    assert [(row[0], row[1], row[5]) for row in said(life)] == [(day("13-07-2021"), day("06-07-2021"), "sent")]


def test_a_missed_monday_is_made_up_on_tuesday(store):
    life = Life(store, waits_from_tuesday())
    life.slots("05-07-2021", "09-07-2021")
    life.slot(day("13-07-2021"))
    assert [row[:4] for row in said(life)] == [(day("13-07-2021"), day("06-07-2021"), "lotte", "overview")]


def test_without_overviews_it_is_a_digest_on_monday(store):
    """Taken back for a change of the entry it is made again, else once a week."""
    life = Life(store, waits_from_tuesday(), policy=NO_OVERVIEW)
    life.slots("05-07-2021", "09-07-2021")
    assert said(life) == []
    life.post.answer = lambda message: DOWN
    life.slot(day("12-07-2021"))
    change = Correct(stamp=stamp_at(day("12-07-2021"), "09:00"), entry="c-old", fields={"title": "Another title"})
    happen(life.app, change)
    life.post.answer = Recorder().answer
    life.slots("13-07-2021", "16-07-2021")
    assert [(row[0], row[3], row[5]) for row in said(life)] == [(day("13-07-2021"), "digest", "sent")]
    life.slots("19-07-2021", "30-07-2021")
    assert len(said(life)) == 1, "the next one is due in August"


def test_without_overviews_a_missed_monday_is_made_up(store):
    life = Life(store, waits_from_tuesday(), policy=NO_OVERVIEW)
    life.slots("05-07-2021", "09-07-2021")
    life.slot(day("13-07-2021"))
    assert [(row[0], row[3]) for row in said(life)] == [(day("13-07-2021"), "digest")]


def test_a_person_back_from_an_absence_is_told_nothing_twice(store):
    """The deputy gets it with an overview of their own."""
    life = Life(store, waits_from_tuesday())
    away = Absent(stamp=stamp_at(day("05-07-2021")), entry="lotte", first=day("06-07-2021"), last=day("14-07-2021"),
                  deputy="margriet")  # fmt: skip
    happen(life.app, away)
    life.slots("05-07-2021", "23-07-2021")
    assert [row[:4] for row in said(life)] == [(day("12-07-2021"), day("06-07-2021"), "margriet", "overview")]


def test_a_refused_overview_goes_to_the_fallback_role(store):
    """With the overview of that role's holder."""
    life = Life(store, waits_from_tuesday())
    lotte = life.app.people.persons["lotte"].address
    life.slots("05-07-2021", "09-07-2021")
    life.post.answer = lambda message: GONE if message.recipient == lotte else ACCEPTED
    life.slots("12-07-2021", "20-07-2021")
    assert {row[2] for row in said(life)} == {"bas"} and said(life)[0][3] in ("overview", "digest")


def test_the_brake_neither_counts_nor_holds_them(store):
    """Sixty entries long not checked are lines of one overview, not sixty mails."""
    life = Life(store, *(waits_from_tuesday(f"c-{number}") for number in range(60)))
    life.slots("05-07-2021", "12-07-2021")
    assert len(said(life, "c-0")) == len(said(life, "c-59")) == 1
    with store.reading() as connection:
        assert not connection.execute(select(messages).where(messages.c.state == "held")).all()


def test_a_held_digest_takes_nothing_along(store):
    """What the brake holds does not go; so the reminder waits for the overview."""
    life = Life(store, waits_from_tuesday(), policy=with_limits(shipped_policy(), reminders_per_check=1))
    life.slots("05-07-2021", "06-07-2021")
    for number in range(3):
        new = added(day("06-07-2021"), f"t-{number}", "commitment", due_on="2021-08-04")
        happen(life.app, replace(new, stamp=stamp_at(day("06-07-2021"), "09:00")))
    life.slot(day("07-07-2021"))
    assert said(life) == []
    life.slot(day("12-07-2021"))
    assert said(life) == TOLD


@pytest.mark.parametrize(("settle", "state"), [(drop, "dropped"), (release, "sent")])
def test_a_restored_backup_holds_them_with_the_rest(store, settle, state):
    """Dropped, it counts as said; released, it goes at once. Neither comes again with the overview."""
    life = Life(store, waits_from_tuesday())
    life.app = replace(life.app, store=replace(life.app.store, clock=lambda: life.now))
    life.slots("05-07-2021", "06-07-2021")
    restore_guard.hold_by_hand(life.app, life.now)
    life.slot(day("07-07-2021"))
    assert [row[5] for row in said(life)] == ["held"]
    settle(life.app, Choice(entries=("c-old",)), life.now, actor="bas")
    restore_guard.resume(life.app, life.now)
    life.now += timedelta(hours=1)
    life.tick()
    life.slots("08-07-2021", "13-07-2021")
    assert [row[5] for row in said(life)] == [state]


def test_the_mail_says_that_it_waited(store):
    """No moment was missed."""
    life = Life(store, waits_from_tuesday())
    life.slots("05-07-2021", "12-07-2021")
    text = life.text(life.mails("lotte", "overview")[-1])
    assert "c-old" in text and "gemist" not in text
