"""A mail shown before it is made is, byte for byte, the mail that the check then puts into the outbox."""

from __future__ import annotations

from datetime import timedelta

import pytest
from facts import added, day, demo_actions, demo_changes, shipped_policy, with_limits
from living import Recorder, demo_people, hand_over, happen, monitor_on, plain_letters, without_brake
from msgspec.structs import replace
from sqlalchemy import select

from monitor.actions.admin.preview import preview_letter, trial_mail
from monitor.actions.audit.weekly_report import report_week_at_once
from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.app import Pace
from monitor.core.errors import Refused, UnknownId
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.slots import slot_of
from monitor.store.migrate import open_store
from monitor.store.noted import mark, read_note, write_note
from monitor.store.schema import messages, metadata

FIRST = day("21-09-2020")


def tables(store):
    """Everything in the database."""
    with store.reading() as connection:
        return {table.name: connection.execute(select(table)).all() for table in metadata.sorted_tables}


def made(store, kind, when):
    with store.reading() as connection:
        rows = connection.execute(select(messages).where(messages.c.kind == kind, messages.c.day == when))
        return {row.person: row.raw for row in rows.all()}


def two_people():
    """Lotte has every role but the operator's, which is Bas's: few mails, so that they are made quickly."""
    people = demo_people()
    roles = {role: ("bas",) if role == "operator" else ("lotte",) for role in people.roles}
    return replace(people, roles=roles, persons={id: people.persons[id] for id in ("lotte", "bas")})


@pytest.fixture
def app(sqlite_store, tmp_path):
    """The demo's register, checked from Monday 28 to Wednesday 30 September 2020, with connections and a note."""
    app = monitor_on(
        sqlite_store, policy=without_brake(shipped_policy()), people=two_people(),
        letters=plain_letters(tmp_path / "letters"),
    )  # fmt: skip
    app = replace(app, pace=Pace(connections=3), state=tmp_path / "state")
    hand_over(app, demo_changes())
    live(app, day("28-09-2020"), day("30-09-2020"))
    return app


def live(app, first, last, *, happens=True):
    for when in slot_days(app.policy, first, last):
        for on, change in demo_actions():
            if on == when and happens:
                happen(app, change)
        now = slot_of(app.policy, when)
        check(app, now)
        report_week_at_once(app, now)
        deliver(app, lambda now=now: now, Recorder())


@pytest.mark.parametrize(
    ("letter", "kind"), [("reminder", "digest"), ("overview", "overview"), ("all-clear", "all-clear")]
)
def test_a_previewed_mail_is_the_one_the_check_makes(app, letter, kind):
    """Every mail of the slot is the same, byte for byte."""
    now = slot_of(app.policy, day("30-09-2020")) + timedelta(hours=5)
    before = tables(app.store), read_note(app.state)
    seen = preview_letter(app, letter, now)
    assert (tables(app.store), read_note(app.state)) == before  # a note ahead would make this database a restored one
    when = seen[0].day
    assert day("30-09-2020") < when <= day("13-10-2020")
    live(app, day("01-10-2020"), when)
    assert {item.person: item.raw for item in seen} == made(app.store, kind, when)
    again = preview_letter(app, letter, slot_of(app.policy, when) + timedelta(hours=1), day=when)
    assert [(item.person, item.raw, item.state) for item in again] == [
        (item.person, item.raw, "sent") for item in seen
    ]  # fmt: skip


def test_a_day_further_ahead_is_lived_up_to(app):
    now = slot_of(app.policy, day("30-09-2020"))
    (seen,) = preview_letter(app, "overview", now, person="lotte", day=day("12-10-2020"))
    live(app, day("01-10-2020"), day("12-10-2020"), happens=False)
    assert made(app.store, "overview", day("12-10-2020"))["lotte"] == seen.raw


def test_a_slot_that_no_check_was_made_for_yet_is_lived_first(sqlite_store):
    app = monitor_on(sqlite_store, policy=without_brake(shipped_policy()), people=two_people())
    hand_over(app, demo_changes())
    now = slot_of(app.policy, day("22-09-2020")) + timedelta(hours=2)
    (seen,) = preview_letter(app, "overview", now, person="lotte")  # Monday's was missed: it is made up
    assert seen.day == day("22-09-2020")
    check(app, now)
    assert made(app.store, "overview", seen.day)["lotte"] == seen.raw


def test_what_the_brake_would_hold_is_shown_as_held(sqlite_store):
    app = monitor_on(sqlite_store, policy=with_limits(shipped_policy(), reminders_per_check=1), people=two_people())
    hand_over(app, [added(FIRST, f"c-{n}", "contribution", valid_until="2020-12-01") for n in range(3)])
    seen = preview_letter(app, "reminder", slot_of(app.policy, FIRST) + timedelta(minutes=1), day=FIRST)
    assert seen and {item.state for item in seen} == {"held"}


def test_a_preview_recognises_a_restored_backup(app):
    """No check has met the backup yet."""
    with app.store.reading() as connection:
        write_note(app.state, replace(mark(connection), ledger=10_000))
    (seen,) = preview_letter(app, "notice", slot_of(app.policy, day("01-10-2020")), day=day("01-10-2020"))
    assert b"teruggezette reservekopie" in seen.raw


def test_nothing_said_is_refused_in_a_sentence(app):
    now = slot_of(app.policy, day("30-09-2020"))
    for arguments, sentence in (
        ({"letter": "reminder", "day": day("03-10-2020")}, "no slot on 03-10-2020, a closed day; .* on 05-10-2020"),
        ({"letter": "notice", "day": day("29-09-2020")}, "No notice goes to anybody on 29-09-2020"),
        ({"letter": "reminder", "day": day("21-09-2020"), "person": "bas"}, "No reminder goes to bas on 21-09"),
        ({"letter": "reminder", "day": day("05-10-2020"), "person": "lotte"}, "are in the overview"),
    ):
        with pytest.raises(Refused, match=sentence):
            preview_letter(app, now=now, **arguments)
    with pytest.raises(UnknownId, match="Did you mean reminder"):
        preview_letter(app, "remindr", now)
    with pytest.raises(UnknownId, match="Did you mean lotte"):
        preview_letter(app, "reminder", now, person="lote")


def test_the_test_mail_is_the_one_that_send_test_would_send(app):
    now = slot_of(app.policy, day("30-09-2020"))
    (seen,) = preview_letter(app, "test", now, person="lotte")
    assert seen.raw == trial_mail(app, app.people.persons["lotte"], now).raw
    assert {item.person for item in preview_letter(app, "test", now)} == set(app.people.persons)


def test_nothing_ahead_ends_with_a_sentence_and_not_never(sqlite_store, monkeypatch):
    monkeypatch.setattr("monitor.actions.admin.preview.FAR", timedelta(days=40))
    app = monitor_on(sqlite_store, policy=replace(shipped_policy(), overview_day=None))
    with pytest.raises(Refused, match="No reminder goes to lotte in the coming year"):
        preview_letter(app, "reminder", slot_of(app.policy, FIRST), person="lotte")


def test_a_notice_is_made_by_the_check_too(database_url):
    store = open_store(database_url)
    people = demo_people()
    roles = {role: held for role, held in people.roles.items() if role != "policy-officer"}
    app = monitor_on(store, people=replace(people, roles=roles))
    hand_over(app, [added(FIRST, "c", "contribution", valid_until="2020-12-31")])
    (seen,) = preview_letter(app, "notice", slot_of(app.policy, FIRST) - timedelta(minutes=5))
    assert b"policy-officer" in seen.raw and seen.person == "bas"
    store.close()
