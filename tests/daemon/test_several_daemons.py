"""Several daemons on one database: one check a slot, and no daemon acts by a wrong clock."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from msgspec.structs import replace
from post_office import SLOT, Office, text_of
from relay import TestRelay
from sqlalchemy import text

from monitor import service as ticking
from monitor.actions.admin.check_now import check_and_deliver
from monitor.actions.check import check as checking
from monitor.actions.query.status import status_of
from monitor.core.calendar.dates import Offset
from monitor.core.errors import Refused, Unavailable
from monitor.core.model.policy import Retention
from monitor.daemon import TICK
from monitor.service import Service
from monitor.store import claims
from monitor.store.engine import Store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali")
        yield office
        office.transport.close()


def service(office: Office) -> Service:
    return Service(office.app, office.clock)


def checks(office: Office) -> int:
    with office.app.store.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM checks").scalar_one())


def reminded(office: Office) -> list[tuple[str, ...]]:
    """Whom the mails about the entry reached; notices about the coverage are left out."""
    return [found.recipients for found in office.relay.messages if found.recipients != ("otto@example.org",)]


def test_a_slot_is_checked_once_whoever_does_it(office: Office):
    office.at(SLOT)
    one, two = service(office), service(office.another())
    one.tick()
    two.tick()
    assert checks(office) == 1 and len(reminded(office)) == 3


def test_an_overtaken_check_is_left_to_the_other_daemon(office: Office, monkeypatch):
    """It was in the middle of it."""
    office.at(SLOT)
    one, two = service(office), service(office.another())
    compose, overtaken = checking.compose, []

    def overtake(*arguments):
        if not overtaken:
            overtaken.append(True)
            two.tick()
        return compose(*arguments)

    monkeypatch.setattr(checking, "compose", overtake)
    one.tick()
    assert overtaken and checks(office) == 1
    assert len(reminded(office)) == 3 and [row.kind for row in office.outbox()].count("digest") == 3


def test_a_check_that_slept_over_the_next_slot_is_left(office: Office, monkeypatch):
    """No alert is raised."""
    office.at(SLOT)
    one, other = service(office), office.another()
    compose = checking.compose

    def sleep(*arguments):
        if office.now == SLOT:
            office.later(days=1)  # a machine that was suspended, and its clock that went on
            other.at(office.now)
            service(other).tick()
        return compose(*arguments)

    monkeypatch.setattr(checking, "compose", sleep)
    one.tick()
    assert checks(office) == 1 and not office.notices("clock")
    one.tick()
    assert checks(office) == 1 and len(reminded(office)) == 3


def test_a_check_that_waited_over_the_next_slot_is_left(office: Office, monkeypatch):
    """It waited for the writers' turn."""
    office.at(SLOT)
    other, seen = office.another(), [SLOT]
    other.later(days=1)
    service(other).tick()
    one = Service(office.app, lambda: seen.pop() if seen else other.now)
    one._check()
    assert checks(office) == 1 and not office.notices("clock")


def test_a_check_that_is_asked_for_again_is_also_made_once(office: Office, monkeypatch):
    office.at(SLOT)
    one, two = service(office), service(office.another())
    office.relay.answer("RCPT", "550 5.1.1 no such user", to="bram@example.org")
    one.tick()
    two.tick()
    one.tick()
    two.tick()
    assert checks(office) == 2


def test_claims_of_a_dead_daemon_are_sent_in_two_minutes(office: Office):
    """Another daemon sends them."""
    office.at(SLOT)
    office.check()
    with office.app.store.posting() as connection:
        assert len(claims.claim(connection, "dead:1", office.now, 10, clock=office.now)) == 3
    died, heir = office.now, service(office)
    office.later(seconds=59)  # the worst moment for a tick: a second before the claims lapse
    heir.tick()
    assert not office.relay.messages
    while not office.relay.messages:
        office.later(seconds=TICK)
        heir.tick()
    assert (office.now - died).total_seconds() <= 120 and len(reminded(office)) == 3


def off(office: Office, **span: float) -> Office:
    """A second machine whose clock is that far from the database's."""
    other = office.another(store=office.app.store)
    other.later(**span)
    return other


@pytest.mark.parametrize("span", [{"hours": 1}, {"hours": -1}, {"seconds": 31}])
def test_a_daemon_with_a_wrong_clock_does_nothing(office: Office, span):
    """It neither checks nor sends, and says so."""
    office.at(SLOT)
    wrong = off(office, **span)
    aside = service(wrong)
    aside.tick()
    assert (checks(office), office.relay.connections) == (0, 0)
    (notice,) = office.notices("clock-off")
    assert "neither checks nor sends" in notice.what
    (running,) = status_of(office.app, office.now).daemons
    assert running.alive and "of this machine is" in running.trouble
    service(office).tick()
    assert checks(office) == 1 and "clock" in text_of(office.arrived("otto")[0])
    wrong.now = office.now
    aside.tick()
    assert not office.notices("clock-off")


def test_a_clock_half_a_minute_off_is_good_enough(office: Office):
    office.at(SLOT)
    service(off(office, seconds=29)).tick()
    assert checks(office) == 1


def test_by_hand_too_nothing_is_checked_or_sent_by_a_wrong_clock(office: Office):
    office.at(SLOT)
    wrong = off(office, hours=1)
    with pytest.raises(Refused, match=r"1 hour ahead of the database's.*Nothing was checked"):
        check_and_deliver(wrong.app, wrong.clock, wrong.transport)
    assert checks(office) == 0


def test_a_daemon_cut_off_from_the_database_does_nothing(office: Office, monkeypatch):
    """It notifies the operator when it is back."""
    office.at(SLOT)
    cut = service(office)

    def unreachable(*_: object) -> str:
        raise Unavailable("The database is away.")

    with monkeypatch.context() as patch:
        patch.setattr(ticking, "sign_on", unreachable)
        for _ in range(4):
            cut.tick()
            office.later(seconds=TICK)
    assert (checks(office), office.relay.connections) == (0, 0)
    cut.tick()
    cut.tick()
    assert checks(office) == 1
    assert [("could not reach the database" in text_of(mail)) for mail in office.arrived("otto")].count(True) == 1


def test_cut_off_while_the_clock_was_set_back(office: Office, monkeypatch):
    """The operator is notified all the same."""
    office.at(SLOT + timedelta(hours=1))
    cut = service(office)
    with monkeypatch.context() as patch:
        patch.setattr(ticking, "sign_on", lambda *_: (_ for _ in ()).throw(Unavailable("The database is away.")))
        cut.tick()
    office.at(SLOT)
    cut.tick()
    cut.tick()
    assert [("could not reach the database" in text_of(mail)) for mail in office.arrived("otto")].count(True) == 1


def test_a_moment_without_the_database_is_not_worth_a_mail(office: Office, monkeypatch):
    office.at(SLOT)
    cut = service(office)
    with monkeypatch.context() as patch:
        patch.setattr(ticking, "sign_on", lambda *_: (_ for _ in ()).throw(Unavailable("The database is away.")))
        cut.tick()
    office.later(seconds=TICK)
    cut.tick()
    assert checks(office) == 1
    assert not any("could not reach the database" in text_of(mail) for mail in office.arrived("otto"))


def test_status_lists_the_daemons(office: Office):
    """Which run, which are gone, and which work by other rules."""
    office.at(SLOT)
    one, two = service(office), service(office.another())
    one.tick()
    two.tick()
    found = status_of(office.app, office.now)
    assert [(d.who, d.alive, d.trouble) for d in found.daemons] == [("first:1", True, ""), ("second:2", True, "")]
    assert not found.settings_differ
    two.leave()
    office.later(minutes=3)
    assert [(d.who, d.alive) for d in status_of(office.app, office.now).daemons] == [("first:1", False)]
    one.tick()
    other = office.another(in_force={**office.app.in_force, "rules": ("other", "")})
    service(other).tick()
    assert status_of(office.app, office.now).settings_differ


def test_a_running_daemon_stops_on_an_unknown_schema(office: Office):
    """It goes on when it knows the schema again."""
    office.at(SLOT)
    running = service(office)
    with office.app.store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    running.tick()
    assert (checks(office), office.relay.connections) == (0, 0)
    with office.app.store.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": daemon_head()})
    running.tick()
    assert checks(office) == 1


def daemon_head() -> str:
    from monitor.store.migrate import HEAD

    return HEAD


def test_old_mails_are_forgotten_once_a_day(office: Office):
    office.at(SLOT)
    office.app = replace(office.app, retention=Retention(mail=Offset(amount=2, unit="w")))
    service(office).tick()
    office.later(days=15)
    service(office).tick()
    with office.app.store.reading() as connection:
        raws = list(connection.exec_driver_sql("SELECT length(raw) FROM messages WHERE state = 'sent' ORDER BY id"))
    assert [length for (length,) in raws][:3] == [0, 0, 0] and all(length for (length,) in raws[3:])
