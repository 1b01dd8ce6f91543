"""Several daemons on one outbox: each message is claimed by one of them, and none is left."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from store_samples import MINUTE, NOW, SECOND, attempt, claim, draft, line, put, settle

from monitor.core.delivery.retry import LEASE, Outcome, Report
from monitor.store import claims, records
from monitor.store.migrate import open_store


def renew(store, number, who, now):
    with store.posting() as connection:
        return number in claims.renew(connection, [number], who, clock=now)


def state(store, number):
    with store.reading() as connection:
        row = records.message(connection, number)
        return row.state, row.claimed_by


def test_a_claim_takes_the_oldest_and_never_more_than_the_limit(store):
    numbers = [put(store, draft(n), now=NOW - (9 - n) * MINUTE) for n in range(5)]
    assert claim(store, "us", limit=2) == numbers[:2]
    assert claim(store, "us", limit=2) == numbers[2:4]
    assert claim(store, "us", limit=2) == numbers[4:]
    assert claim(store, "us", limit=2) == []


def test_a_message_whose_time_has_not_come_is_left(store):
    put(store, draft(), now=NOW + SECOND)
    assert claim(store, "us", NOW) == []
    assert len(claim(store, "us", NOW + SECOND)) == 1


def test_a_lease_is_taken_over_when_it_ran_out(store):
    """And not a moment before."""
    number = put(store, draft())
    claim(store, "dead", NOW)
    assert claim(store, "alive", NOW + LEASE) == []
    assert claim(store, "alive", NOW + LEASE + SECOND) == [number]


def test_a_lease_made_new_holds_from_then_on(store):
    number = put(store, draft())
    claim(store, "slow", NOW)
    assert renew(store, number, "slow", NOW + LEASE - SECOND)
    assert claim(store, "other", NOW + LEASE + SECOND) == []


def test_a_lost_lease_cannot_be_renewed(store):
    """Nor is the message taken from its new holder."""
    number = put(store, draft(), line())
    claim(store, "slow", NOW)
    later = NOW + LEASE + SECOND
    claim(store, "quick", later)
    assert not renew(store, number, "slow", later)
    for outcome in (Outcome.POSTPONED, Outcome.RELAY_DOWN, Outcome.REFUSED):
        assert settle(store, number, "slow", outcome, later) == []
        assert state(store, number) == ("claimed", "quick")
    assert renew(store, number, "quick", later)


def test_who_lost_the_lease_cannot_put_a_sent_message_back(store):
    number = put(store, draft())
    claim(store, "slow", NOW)
    later = NOW + LEASE + SECOND
    claim(store, "quick", later)
    settle(store, number, "quick", Outcome.ACCEPTED, later)
    for outcome in (Outcome.POSTPONED, Outcome.REFUSED):
        settle(store, number, "slow", outcome, later)
        assert state(store, number) == ("sent", None)


def test_a_claim_given_back_waits_as_before(store):
    number = put(store, draft())
    claim(store, "us", NOW)
    with store.writing() as connection:
        claims.give_back(connection, [number], "another")
    assert state(store, number) == ("claimed", "us")
    with store.writing() as connection:
        claims.give_back(connection, [number], "us")
    assert claim(store, "other", NOW) == [number]


def drain(url: str, who: str, limit: int) -> list[int]:
    """Claim until nothing is left; a process of its own."""
    store = open_store(url)
    found: list[int] = []
    while taken := claim(store, who, NOW, limit):
        assert len(taken) <= limit
        found += taken
    store.close()
    return found


def test_two_processes_share_the_outbox(store, database_url):
    """No message goes to both."""
    numbers = [put(store, draft(n)) for n in range(40)]
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        one, two = pool.starmap(drain, [(database_url, "one", 3), (database_url, "two", 3)])
    assert sorted(one + two) == numbers


def test_threads_that_claim_at_once_get_different_mails(store):
    """Each mail is claimed once."""
    numbers = [put(store, draft(n)) for n in range(24)]
    barrier = Barrier(4)

    def race(who: int) -> list[int]:
        barrier.wait()
        return [number for _ in range(3) for number in claim(store, str(who), limit=2)]

    with ThreadPoolExecutor(4) as pool:
        assert sorted(number for taken in pool.map(race, range(4)) for number in taken) == numbers


def test_postgresql_skips_what_another_claims(postgres_url):
    """Without the writers' turn: SKIP LOCKED and the materialised choice must do by themselves."""
    store = open_store(postgres_url)
    for n in range(6):
        put(store, draft(n))
    with store.engine.begin() as one, store.engine.begin() as two:
        first = [message.id for message in claims.claim(one, "one", NOW, 2, clock=NOW)]
        second = [message.id for message in claims.claim(two, "two", NOW, 2, clock=NOW)]
    store.close()
    assert (len(first), len(second)) == (2, 2)
    assert not set(first) & set(second)


def test_a_result_is_not_taken_for_another_mail(store):
    """A backup was restored under a running daemon: the number of the mail it sent is now that of one never sent."""
    number = put(store, draft(), line())
    report = Report(outcome=Outcome.ACCEPTED, reply="250 ok")
    lost = attempt(number, "<lost@monitor.example>", report)
    nowhere = attempt(number + 100, "<gone@monitor.example>", report)
    with store.posting() as connection:
        assert claims.settle(connection, "us", [lost, nowhere]) == []
    assert state(store, number) == ("queued", None)
    with store.reading() as connection:
        assert records.attempts_of(connection, number) == []


def test_a_writer_sees_what_the_one_before_wrote(postgres_url):
    """Whatever isolation the server has as its default."""
    url = (
        f"{postgres_url}{'&' if '?' in postgres_url else '?'}options=-c%20default_transaction_isolation%3Dserializable"
    )
    store = open_store(url)
    with store.writing() as connection, store.posting() as other:
        for each in (connection, other):
            assert each.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
    store.close()
