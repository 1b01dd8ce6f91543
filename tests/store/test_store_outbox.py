"""The ledger and the outbox: what was said, to whom, once; and what is taken back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError
from store_samples import DAY, MINUTE, NOW, claim, draft, line, put, settle, steps

from monitor.core.delivery.retry import Outcome, State
from monitor.core.planning.verdicts import LedgerLine
from monitor.store import claims, outbox, records, refused
from monitor.store import ledger as lines
from monitor.store.engine import CHUNK
from monitor.store.migrate import open_store
from monitor.store.outbox import Withdrawn
from monitor.store.schema import ledger, messages

TOMORROW = DAY + timedelta(days=1)
NOTHING = Withdrawn(messages=0, entries=())


def said(store, *ids):
    with store.reading() as connection:
        return lines.recorded(connection, ids)


def state(store, number):
    with store.reading() as connection:
        return records.message(connection, number).state


def rows(store, table):
    with store.reading() as connection:
        return connection.scalar(select(func.count()).select_from(table))


def again(store, mail, *lines):
    with store.writing() as connection:
        return outbox.put(connection, mail, lines, NOW)


def withdraw_stale(store, day=TOMORROW):
    with store.writing() as connection:
        return outbox.withdraw_stale(connection, day)


def withdraw_mentioning(store, *ids):
    with store.writing() as connection:
        return outbox.withdraw_mentioning(connection, ids)


def test_a_message_is_kept_byte_by_byte_with_what_it_says(store):
    number = put(store, draft(), line("irini"), line("irini", rule="debate"), line("other"))
    one, two = line("irini"), line("irini", rule="debate")
    assert said(store, "irini") == {
        each.obligation: [
            LedgerLine(obligation=each.obligation, person="p.vries", day=DAY, due=each.due, planned=each.planned)
        ]
        for each in (one, two)
    }
    with store.reading() as connection:
        kept = records.message(connection, number)
        assert (kept.raw, kept.state, kept.attempts, kept.next_at) == (draft().raw, "queued", 0, NOW)
        row = connection.execute(select(ledger).where(ledger.c.entry == "other")).one()
        assert (row.roles, row.derivation, row.rung) == (["owner", "dossier"], one.derivation, "-2w")


def test_the_same_message_is_queued_once(store):
    """The transaction goes on."""
    put(store, draft(), line())
    with store.writing() as connection:
        assert outbox.put(connection, draft(), [line()], NOW) is None
        assert outbox.put(connection, draft(1), [line("other")], NOW) is not None, "the transaction lives on"
    assert (rows(store, messages), rows(store, ledger)) == (2, 2)


def test_a_mail_that_repeats_one_standing_line_is_not_put_at_all(store):
    put(store, draft(), line())
    assert again(store, draft(1), line("other"), line()) is None
    assert (rows(store, messages), rows(store, ledger)) == (1, 1)
    assert said(store, "other") == {}


@pytest.mark.parametrize(
    "other",
    [line("other"), line(person="q.bos"), line(day=TOMORROW), line(rule="debate")],
    ids=["entry", "person", "day", "rule"],
)
def test_another_entry_person_day_or_rule_is_another_reminder(store, other):
    put(store, draft(), line())
    put(store, draft(1), other)


def test_the_database_refuses_a_second_reminder(store):
    """One obligation, person and slot, while the first one counts."""
    number = put(store, draft(), line())
    with store.reading() as connection:
        row = dict(connection.execute(select(ledger)).one()._mapping) | {"message": number}
    del row["number"]
    with pytest.raises(IntegrityError), store.writing() as connection:
        connection.execute(insert(ledger).values(**row))
    with store.writing() as connection:
        connection.execute(insert(ledger).values(**row | {"standing": False}))


def test_a_line_needs_its_message(store):
    with pytest.raises(IntegrityError), store.writing() as connection:
        put_row = insert(ledger).values(
            entry="e", rule="r", occurrence="0", person="p", day=DAY, rung="0d", planned=DAY, due=DAY, roles=[],
            derivation="", message=4711, standing=True,
        )  # fmt: skip
        connection.execute(put_row)


def test_a_withdrawn_reminder_may_be_sent_again(store):
    """On the same day."""
    put(store, draft(), line(), line("other"))
    assert withdraw_stale(store) == Withdrawn(messages=1, entries=("irini", "other"))
    assert said(store, "irini", "other") == {}
    put(store, draft(1), line())
    assert len(said(store, "irini")) == 1


def test_only_digests_of_earlier_slots_are_stale(store):
    today = put(store, draft(day=TOMORROW), line(day=TOMORROW))
    notice = put(store, replace(draft(1), kind="notice"))
    assert withdraw_stale(store) == NOTHING
    assert [state(store, number) for number in (today, notice)] == ["queued", "queued"]


def test_held_and_released_mails_are_merged_too(store):
    """The new mail says what they said."""
    put(store, draft(state=State.HELD), line())
    let = put(store, draft(1, state=State.HELD), line("other"))
    with store.writing() as connection:
        assert outbox.release(connection, [let], NOW) == 1
    assert withdraw_stale(store) == Withdrawn(messages=2, entries=("irini", "other"))


@pytest.mark.parametrize("withdraw", [withdraw_stale, lambda store: withdraw_mentioning(store, "irini")])
@pytest.mark.parametrize("outcome", [None, Outcome.ACCEPTED, Outcome.REFUSED])
def test_what_is_on_its_way_sent_or_failed_is_never_taken_back(store, withdraw, outcome):
    number = put(store, draft(), line())
    claim(store, "us")
    if outcome:
        settle(store, number, "us", outcome)
    before = state(store, number)
    assert withdraw(store) == NOTHING
    assert state(store, number) == before


@pytest.mark.parametrize("withdraw", [withdraw_stale, lambda store: withdraw_mentioning(store, "irini")])
def test_a_mail_in_doubt_is_only_sent_as_it_is(store, withdraw):
    """The relay may have it already."""
    number = put(store, draft(), line())
    claim(store, "us")
    settle(store, number, "us", Outcome.RELAY_DOWN, in_doubt=True)
    assert withdraw(store) == NOTHING
    assert claim(store, "us", NOW + 6 * MINUTE) == [number]


def test_a_changed_entry_takes_back_the_mails_about_it(store):
    """The whole mail, and no other."""
    put(store, draft(), line(), line("beside"))
    other = put(store, draft(1, person="q.bos"), line("stranger", person="q.bos"))
    assert withdraw_mentioning(store, "irini", "unknown") == Withdrawn(
        messages=1, entries=("irini", "beside")
    )  # fmt: skip
    assert state(store, other) == "queued"
    assert withdraw_mentioning(store) == NOTHING


def test_a_permanent_refusal_takes_its_lines_back(store):
    """The entries are returned."""
    number = put(store, draft(), line(), line("other"))
    claim(store, "us")
    assert settle(store, number, "us", Outcome.REFUSED) == ["irini", "other"]
    assert (state(store, number), said(store, "irini", "other")) == ("failed", {})


@pytest.mark.parametrize("outcome", [Outcome.POSTPONED, Outcome.RELAY_DOWN])
def test_a_transient_failure_moves_the_next_try(store, outcome):
    """In the same write; the reminders count as said."""
    number = put(store, draft(), line())
    claim(store, "us")
    assert settle(store, number, "us", outcome) == []
    assert claim(store, "us", NOW + 4 * MINUTE) == [], "or the loop would spin"
    assert len(said(store, "irini")) == 1
    assert claim(store, "us", NOW + 5 * MINUTE) == [number]
    with store.reading() as connection:
        assert records.message(connection, number).attempts == 1


def test_each_attempt_is_on_record_with_what_the_relay_said(store):
    number = put(store, draft())
    for who, now in (("one", NOW), ("two", NOW + 6 * MINUTE)):
        claim(store, who, now)
        settle(store, number, who, Outcome.POSTPONED, now)
    with store.reading() as connection:
        found = [(row.who, row.at, row.outcome, row.reply) for row in records.attempts_of(connection, number)]
    assert found == [
        ("one", NOW, "postponed", "the relay's words"),
        ("two", NOW + 6 * MINUTE, "postponed", "the relay's words"),
    ]


def test_what_the_brake_holds_waits_until_it_is_let_go(store):
    number = put(store, draft(state=State.HELD), line())
    assert claim(store, "us") == []
    with store.writing() as connection:
        assert [mail.id for mail in outbox.held(connection)] == [number]
        assert outbox.release(connection, [number, 4711], NOW) == 1
        assert outbox.release(connection, [number], NOW) == 0
    assert claim(store, "us") == [number]


def test_what_is_dropped_is_never_sent_and_counts_as_said(store):
    number = put(store, draft(state=State.HELD), line())
    with store.writing() as connection:
        assert outbox.drop(connection, [number], NOW) == 1
    assert (state(store, number), claim(store, "us", NOW + 99 * MINUTE)) == ("dropped", [])
    assert len(said(store, "irini")) == 1


def test_only_what_is_held_can_be_let_go_or_dropped(store):
    number = put(store, draft(), line())
    with store.writing() as connection:
        assert (outbox.drop(connection, [number], NOW), outbox.release(connection, [number], NOW)) == (0, 0)
    assert state(store, number) == "queued"


def test_messages_of_a_slot_are_numbered_from_zero(store):
    """For each person."""
    with store.reading() as connection:
        assert outbox.next_sequences(connection, "digest", ["p.vries"], DAY)["p.vries"] == 0
    put(store, draft(0))
    put(store, draft(1))
    with store.reading() as connection:
        assert outbox.next_sequences(connection, "digest", ["p.vries"], DAY)["p.vries"] == 2
        assert outbox.next_sequences(connection, "notice", ["p.vries"], DAY)["p.vries"] == 0


def test_more_entries_than_one_list_holds(store):
    """All are looked up and taken back."""
    ids = [f"e{number:04}" for number in range(CHUNK + 20)]
    put(store, draft(), *(line(id) for id in ids))
    assert len(said(store, *ids)) == len(ids)
    assert len(withdraw_mentioning(store, *ids).entries) == len(ids)


@pytest.mark.parametrize(
    "work",
    [
        lambda c: claims.claim(c, "us", NOW, 20, clock=NOW),
        lambda c: outbox.withdraw_stale(c, TOMORROW),
        lambda c: outbox.withdraw_mentioning(c, ["irini"]),
        lambda c: outbox.next_sequences(c, "digest", ["p.vries"], DAY),
        outbox.held,
        records.oldest_unsent,
        refused.unreachable,
    ],
)
def test_what_was_sent_long_ago_costs_nothing(tmp_path, work):
    costs = []
    for size in (5, 400):
        store = open_store(f"sqlite:///{tmp_path}/{size}.db")
        for number in range(size):
            long_ago = DAY - timedelta(days=number + 1)
            put(store, draft(person=f"p{number}", day=long_ago), line(f"e{number}", day=long_ago))
        with store.writing() as connection:
            connection.execute(update(messages).values(state=str(State.SENT), settled_at=NOW))
            connection.exec_driver_sql("ANALYZE")
        costs.append(steps(store, work))
        store.close()
    assert 0 < costs[1] < costs[0] * 1.5
