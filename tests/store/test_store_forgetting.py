"""Bytes and replies go after a time; that something was said, to whom and when stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import update
from store_samples import DAY, MINUTE, NOW, claim, draft, line, put, settle, steps

from monitor.core.delivery import Outcome, State
from monitor.store import ledger, records
from monitor.store.forgetting import forget_mails
from monitor.store.migrate import open_store
from monitor.store.schema import messages

YEAR = timedelta(weeks=52)


def forget(store, before, limit=100):
    with store.writing() as connection:
        return forget_mails(connection, before, limit)


def sent(store, number, now=NOW):
    mail = put(store, draft(number), line(f"e{number}"), now=now)
    claim(store, "us", now)
    settle(store, mail, "us", Outcome.ACCEPTED, now)
    return mail


def test_the_bytes_and_replies_of_an_old_mail_go_and_what_it_said_stays(store):
    number = sent(store, 0)
    assert forget(store, NOW) == 0
    assert forget(store, NOW + MINUTE) == 1
    with store.reading() as connection:
        kept = records.message(connection, number)
        assert (kept.raw, kept.reply, kept.state, kept.subject) == (b"", "", "sent", "1 herinnering")
        assert [(row.outcome, row.reply) for row in records.attempts_of(connection, number)] == [("accepted", "")]
        assert len(ledger.said(connection, ["e0"])) == 1


def test_it_goes_in_pieces_and_each_mail_once(store):
    for number in range(5):
        sent(store, number)
    assert [forget(store, NOW + MINUTE, 2) for _ in range(4)] == [2, 2, 1, 0]


def test_what_still_waits_keeps_its_bytes_and_is_not_passed_over(store):
    first = put(store, draft(0))
    sent_later = sent(store, 1, NOW + MINUTE)
    with store.reading() as connection:
        assert records.message(connection, first).state == "claimed"
    assert forget(store, NOW + YEAR) == 0
    settle(store, first, "us", Outcome.ACCEPTED, NOW + YEAR)
    assert forget(store, NOW + YEAR) == 0, "it was settled only now"
    assert forget(store, NOW + 2 * YEAR) == 2
    with store.reading() as connection:
        assert records.message(connection, sent_later).raw == b""


def test_a_withdrawn_mail_goes_by_the_day_it_was_made(store):
    number = put(store, draft(0))
    with store.writing() as connection:
        connection.execute(update(messages).where(messages.c.id == number).values(state=str(State.WITHDRAWN)))
    assert (forget(store, NOW), forget(store, NOW + MINUTE)) == (0, 1)


def test_what_was_forgotten_costs_nothing(tmp_path):
    costs = []
    for size in (5, 400):
        store = open_store(f"sqlite:///{tmp_path}/{size}.db")
        for number in range(size):
            put(store, draft(person=f"p{number}", day=DAY - timedelta(days=number)))
        with store.writing() as connection:
            connection.execute(update(messages).values(state=str(State.SENT), settled_at=NOW))
        assert forget(store, NOW + MINUTE, size) == size
        costs.append(steps(store, lambda connection: forget_mails(connection, NOW + MINUTE, 100)))
        store.close()
    assert costs[1] < costs[0] * 1.5
