"""Notices, versions in force, checks, and the lists that people look at."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import asdict, replace
from sqlalchemy import select
from store_samples import DAY, MINUTE, NOW, add, claim, draft, entry, line, put, settle

from monitor.core.delivery.retry import Outcome, State
from monitor.store import records, refused
from monitor.store.schema import versions
from monitor.store.state import keep_reached


def raise_notice(store, key="relay", kind="relay-down", now=NOW):
    with store.writing() as connection:
        notice = records.NewNotice(kind=kind, key=key, what="The relay is down.", do="Look at it.")
        return records.raise_notice(connection, notice, now)


def resolve(store, kind="relay-down", **more):
    with store.writing() as connection:
        records.resolve_notices(connection, kind, NOW + MINUTE, **more)


def standing(store):
    with store.reading() as connection:
        return [(row.kind, row.key) for row in records.open_notices(connection)]


def fail(store, mail, outcome=Outcome.REFUSED, now=NOW):
    number = put(store, mail, now=now)
    claim(store, "us", now)
    settle(store, number, "us", outcome, now, pause=timedelta())


def test_a_trouble_is_one_notice_while_it_lasts(store):
    """After it ended it is a new one."""
    assert [raise_notice(store), raise_notice(store)] == [True, False]
    resolve(store)
    assert standing(store) == []
    assert raise_notice(store)
    assert standing(store) == [("relay-down", "relay")]


def test_only_the_trouble_that_ended_is_resolved(store):
    raise_notice(store, "a", "failed-for-good")
    raise_notice(store, "b", "failed-for-good")
    raise_notice(store)
    resolve(store, "failed-for-good", only="a")
    assert standing(store) == [("failed-for-good", "b"), ("relay-down", "relay")]
    resolve(store, "failed-for-good")
    assert standing(store) == [("relay-down", "relay")]


def test_a_notice_waits_for_its_mail(store):
    """Also when its trouble is over by then."""
    raise_notice(store, "a")
    raise_notice(store, "b")
    resolve(store, only="a")
    number = put(store, replace(draft(), kind="notice"))
    with store.writing() as connection:
        waiting = records.waiting_notices(connection)
        assert [row.key for row in waiting] == ["a", "b"]
        records.mark_notified(connection, [waiting[0].number], number)
        assert [row.key for row in records.waiting_notices(connection)] == ["b"]


def test_what_is_in_force_is_kept_once_by_its_content(store):
    for day, rules in enumerate((("r1", "[rules]"), ("r1", "[rules]"), ("r2", "[other]"))):
        with store.writing() as connection:
            records.keep_versions(connection, {"rules": rules, "people": ("p", "{}")}, NOW + timedelta(days=day))
    with store.reading() as connection:
        found = connection.execute(select(versions).order_by(versions.c.hash)).all()
    assert [(row.hash, row.kind, row.content, row.first_seen) for row in found] == [
        ("p", "people", "{}", NOW),
        ("r1", "rules", "[rules]", NOW),
        ("r2", "rules", "[other]", NOW + timedelta(days=2)),
    ]


def test_the_last_check_is_the_one_made_last(store):
    with store.reading() as connection:
        assert records.last_check(connection) is None
    given = [
        records.CheckRecord(
            day=DAY, at=NOW, who=who, seconds=0.25, looked_at=28, owed=3, mails=2, held=0, rules="r", calendars="c",
            people="p", limits="l",
        )
        for who in ("slot", "hand")
    ]  # fmt: skip
    with store.writing() as connection:
        for record in given:
            records.record_check(connection, record)
    with store.reading() as connection:
        found = records.last_check(connection)
    assert {name: getattr(found, name) for name in asdict(given[1])} == asdict(given[1])


def test_a_refused_address_is_unreachable_until_it_accepts(store):
    """Another address of the person does not count."""

    def unreachable():
        with store.reading() as connection:
            return refused.unreachable(connection)

    fail(store, draft(0))
    fail(store, draft(0, person="q.bos"), Outcome.ACCEPTED)
    assert unreachable() == {"p.vries": "p.vries@example.org"}
    fail(store, replace(draft(1), address="new@example.org"), Outcome.ACCEPTED, NOW + MINUTE)
    assert unreachable() == {"p.vries": "p.vries@example.org"}, "another address proves nothing"
    fail(store, draft(2), Outcome.ACCEPTED, NOW + 2 * MINUTE)
    assert unreachable() == {}


def test_a_test_mail_proves_an_address_until_it_refuses(store):
    """A later refusal counts again."""
    fail(store, draft(0))
    with store.writing() as connection:
        keep_reached(connection, "p.vries", "p.vries@example.org", NOW + MINUTE)
        assert refused.unreachable(connection) == {}
    fail(store, draft(1), now=NOW + 2 * MINUTE)
    with store.reading() as connection:
        assert list(refused.unreachable(connection)) == ["p.vries"]


def test_the_outbox_is_listed_newest_first_by_state_and_person(store):
    numbers = [
        put(store, draft(0), line(), line("other")),
        put(store, draft(0, person="q.bos", state=State.HELD), line(person="q.bos")),
        put(store, draft(1)),
    ]

    def listed(**wanted):
        with store.reading() as connection:
            return [(row.id, row.reminders) for row in records.outbox(connection, **wanted)]

    assert listed() == [(numbers[2], 0), (numbers[1], 1), (numbers[0], 2)]
    assert (
        listed(states=[State.HELD]) == listed(person="q.bos") == listed(person="q.bos@example.org") == [(numbers[1], 1)]
    )
    assert listed(limit=1) == [(numbers[2], 0)]


def test_every_state_is_counted_also_at_zero(store):
    add(store, entry("a"))
    put(store, draft(state=State.HELD))
    with store.reading() as connection:
        found = records.counts(connection, DAY)
    assert found == {str(state): 0 for state in State} | {"held": 1, "entries": 1}


def test_the_oldest_unsent_is_what_waits_or_is_on_its_way(store):
    def oldest():
        with store.reading() as connection:
            return records.oldest_unsent(connection)

    put(store, draft(0, state=State.HELD), now=NOW - 9 * MINUTE)
    assert oldest() is None
    put(store, draft(1), now=NOW - MINUTE)
    put(store, draft(2), now=NOW)
    assert oldest() == NOW - MINUTE
    (first, second) = claim(store, "us")
    assert oldest() == NOW - MINUTE
    settle(store, first, "us", Outcome.ACCEPTED, NOW)
    assert oldest() == NOW
    settle(store, second, "us", Outcome.ACCEPTED, NOW)
    assert oldest() is None


def test_reminders_come_with_the_state_of_their_mail(store):
    """The ledger's lines about one entry, newest first."""
    put(store, draft(0), line())
    put(store, draft(0, person="q.bos", state=State.HELD), line(person="q.bos"), line("other", person="q.bos"))
    with store.reading() as connection:
        found = [(row.person, row.state) for row in records.reminders_about(connection, "irini")]
    assert found == [("q.bos", "held"), ("p.vries", "queued")]
