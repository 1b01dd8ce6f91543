"""Several connections at once: each with one mail at most that the relay took and the database does not know of."""

from collections.abc import Iterator
from contextlib import suppress
from threading import Barrier, Event, Lock

import pytest
from living import ACCEPTED, DOWN, Recorder
from mailbags import paced, queue, states
from patience import LIMIT
from post_office import Office
from relay import TestRelay
from sqlalchemy import event, text

from monitor.actions.delivery import results
from monitor.actions.delivery.deliver import deliver
from monitor.actions.delivery.results import ResultWriter
from monitor.actions.operator.alerts import relay_down
from monitor.actions.operator.notices import raise_alerts
from monitor.core.errors import Unavailable
from monitor.store.engine import Store
from monitor.store.migrate import open_store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        yield office
        office.transport.close()


def test_each_connection_sends_one_mail_at_a_time(office: Office):
    """As many mails are sent at once as there are connections."""
    queue(paced(office, connections=4), 12)
    together, most, now_sending, lock = Barrier(4, timeout=LIMIT), [0], [0], Lock()

    def answer(message):
        with lock:
            now_sending[0] += 1
            most[0] = max(most[0], now_sending[0])
        together.wait()  # passes only when four of them are here
        with lock:
            now_sending[0] -= 1
        return ACCEPTED

    post = Recorder(answer)
    assert deliver(office.app, office.clock, post).sent == 12
    assert most == [4] and len({message.key for message in post.accepted}) == 12
    assert states(office) == {"sent": 12}


def test_each_connection_is_kept_for_many_mails(office: Office):
    queue(paced(office, connections=3), 40)
    assert office.deliver().sent == 40
    assert 1 <= office.relay.connections <= 3
    assert len({message.raw for message in office.relay.messages}) == 40


def test_a_result_is_recorded_before_the_next_mail(office: Office):
    """A process killed at any moment leaves at most as many accepted and unsettled mails as it has connections."""
    queue(paced(office, connections=3), 30)
    unsettled = []

    def accepted(received):
        sent = len(office.relay.messages) + 1  # this one too
        unsettled.append(sent - states(office).get("sent", 0))

    office.relay.before_accepting = accepted
    assert office.deliver().sent == 30
    assert max(unsettled) <= 3


def test_several_connections_share_a_commit(office: Office, monkeypatch):
    monkeypatch.setattr(results, "GATHER", 5.0)  # however late the other threads have their turn
    queue(paced(office, connections=8), 32)
    commits, together = [], Barrier(8, timeout=LIMIT)
    event.listen(office.app.store.engine, "commit", lambda connection: commits.append(1))

    def answer(message):
        together.wait()
        return ACCEPTED

    assert deliver(office.app, office.clock, Recorder(answer)).sent == 32
    assert len(commits) < 30, "32 mails, and the claims"


def test_a_failed_connection_delays_its_own_mail_only(office: Office):
    """The other connections go on."""
    queue(paced(office, connections=3), 9)
    failed = []

    def answer(message):
        if not failed:
            failed.append(message.key)
            return DOWN
        return ACCEPTED

    report = deliver(office.app, office.clock, Recorder(answer))
    assert (report.sent, report.relay_down) == (8, "")
    assert states(office) == {"sent": 8, "queued": 1} and not office.notices("relay-down")


def test_when_no_connection_works_all_mail_waits(office: Office):
    """The operator is notified, and in the next run one connection probes the relay."""
    queue(paced(office, connections=3), 9)
    office.relay.answer("CONNECT", "421 4.3.2 not now")
    assert "421" in office.deliver().relay_down
    assert office.relay.connections == 3 and states(office) == {"queued": 9}
    assert len(office.notices("relay-down")) == 1
    assert office.deliver().relay_down and office.relay.connections == 4
    office.relay.forget_answers()
    office.later(minutes=10)
    assert office.deliver().sent == 9 and not office.notices("relay-down")


def test_a_fault_in_a_thread_is_raised(office: Office):
    """What was not tried is given back."""
    queue(paced(office, connections=3), 9)

    def answer(message):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        deliver(office.app, office.clock, Recorder(answer))
    assert states(office)["queued"] >= 6


def test_a_stop_lets_mails_on_the_wire_finish(office: Office):
    """The rest is given back."""
    queue(paced(office, connections=3), 30)
    office.deliver(stop=lambda: len(office.relay.messages) >= 5)
    found = states(office)
    assert found["sent"] == len(office.relay.messages) < 30 and "claimed" not in found
    assert office.deliver().sent == found["queued"]


@pytest.fixture
def away(office: Office, monkeypatch) -> Event:
    """While set, the database lets nobody note anything."""
    gone, settle = Event(), results.claims.settle

    def unreachable(*arguments):
        if gone.is_set():
            raise Unavailable("The database went away.")
        return settle(*arguments)

    monkeypatch.setattr(results, "PAUSE", 0.01)
    monkeypatch.setattr(results.claims, "settle", unreachable)
    return gone


def test_a_database_that_was_away_for_a_moment_doubles_nothing(office: Office, away: Event, monkeypatch):
    queue(office, 6)
    office.relay.before_accepting = lambda received: away.set()
    waited, sleep = [], results.time.sleep

    def pause(seconds):
        if seconds != results.PAUSE:
            sleep(seconds)  # somebody else's
            return
        waited.append(seconds)
        away.clear()

    monkeypatch.setattr(results.time, "sleep", pause)
    assert office.deliver().sent == 6
    assert len(office.relay.messages) == 6 and states(office) == {"sent": 6}
    assert len(waited) == 6, "each time the database was away once"


def test_an_unrecorded_result_is_recorded_first(office: Office, away: Event, monkeypatch):
    """When the database is back, the result precedes all new attempts."""
    queue(office, 3)
    kept = ResultWriter()
    monkeypatch.setattr(results, "LEASE", results.LEASE * 0)
    away.set()
    with pytest.raises(Unavailable):
        deliver(office.app, office.clock, office.transport, results=kept)
    assert (len(office.relay.messages), states(office).get("sent")) == (1, None)
    office.later(minutes=5)  # its lease has run out: without the note it would go out once more
    with pytest.raises(Unavailable):
        deliver(office.app, office.clock, office.transport, results=kept)
    away.clear()
    assert deliver(office.app, office.clock, office.transport, results=kept).sent == 2
    assert len(office.relay.messages) == 3 and states(office) == {"sent": 3}


def test_alerts_of_others_end_within_ten_mails(office: Office):
    """Another daemon found the relay down after this run began; mails that the relay takes end the alert."""
    queue(office, 30)
    ended_after = []

    def accepted(received: object) -> None:
        count = len(office.relay.messages)
        if count == 5:
            with office.app.store.posting() as connection:
                raise_alerts(connection, [relay_down("421 closing")], office.now)
        elif count > 5 and not ended_after and not office.notices("relay-down"):
            ended_after.append(count)

    office.relay.before_accepting = accepted
    assert office.deliver().sent == 30
    assert ended_after and ended_after[0] <= 5 + 10 + 1


def test_one_that_cannot_be_noted_keeps_nobody_else(office: Office, monkeypatch):
    queue(paced(office, connections=2), 8)
    settle = results.claims.settle

    def stumble(connection, who, tried):
        if any("p3@" in reply_to(office, one.mail.id) for one in tried):
            raise ZeroDivisionError
        return settle(connection, who, tried)

    monkeypatch.setattr(results.claims, "settle", stumble)
    with pytest.raises(ZeroDivisionError):
        office.deliver()
    monkeypatch.undo()
    office.later(minutes=2)
    office.deliver()
    assert states(office) == {"sent": 8}
    assert len(office.relay.messages) == 9 and len(office.relay.to("p3@example.org")) == 2


def reply_to(office: Office, number: int) -> str:
    return next(str(row.address) for row in office.outbox() if row.id == number)


def test_cut_database_connections_double_nothing(postgres_url: str, monkeypatch):
    """PostgreSQL closes all connections three times during one run; each mail is sent once."""
    monkeypatch.setattr(results, "PAUSE", 0.05)
    store, kept = open_store(postgres_url), ResultWriter()
    with TestRelay() as relay:
        office = Office(store, relay)
        queue(paced(office, connections=3), 30)
        moments, one_at_a_time = [5, 12, 20], Lock()

        def cut_at_some(received: object) -> None:
            with one_at_a_time:
                if moments and len(relay.messages) >= moments[0]:
                    moments.pop(0)
                    cut(office)

        office.relay.before_accepting = cut_at_some
        for _ in range(8):
            with suppress(Unavailable):
                deliver(office.app, office.clock, office.transport, results=kept)
            office.later(minutes=2)
        assert states(office) == {"sent": 30} and not moments
        assert len(relay.messages) == len({message.raw for message in relay.messages}) == 30
        office.transport.close()
    store.close()


def cut(office: Office) -> None:
    """As a restart of the server would."""
    others = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with office.app.store.engine.connect() as connection:
        connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM ({others}) AS other"))
