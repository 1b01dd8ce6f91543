"""Each figure and each trouble, after a state that was really caused: mails, slots, daemons, databases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from post_office import SLOT, Office
from prometheus_client.parser import text_string_to_metric_families
from relay import TestRelay
from structlog.testing import capture_logs

from monitor.actions.check.held_mail import Choice, release
from monitor.actions.operator import restore_guard
from monitor.actions.query.health import read_health
from monitor.app import in_english
from monitor.core.calendar.calendars import Calendar
from monitor.core.errors import Unavailable
from monitor.core.model.health import Health, Level, level_of, summary, troubles
from monitor.service import Service
from monitor.settings.config.in_force import in_force
from monitor.store.engine import Store
from monitor.store.migrate import open_store

PREFIX = "mandate_monitor_"


def covered(office: Office) -> Office:
    """Every role has a holder, so that no gap is found."""
    people = replace(
        office.app.people, roles={**office.app.people.roles, "head-of-unit": ("otto",), "director": ("otto",)}
    )
    office.app = replace(office.app, people=people, in_force=in_force(office.app.policy, people))
    return office


@pytest.fixture
def office(sqlite_store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = covered(Office(sqlite_store, relay))
        office.add("c-mali")  # three people are owed a reminder at the slot of 1 November
        yield office
        office.transport.close()


@pytest.fixture
def service(office: Office) -> Iterator[Service]:
    service = Service(office.app, office.clock)
    yield service
    service.signals.close()


def figures(service: Service) -> dict[str, float]:
    """Name, with its label where it has one → value, as Prometheus reads the page."""
    found = {}
    for family in text_string_to_metric_families(service.signals.figures.text().decode()):
        for sample in family.samples:
            label = "".join(f"[{value}]" for value in sample.labels.values())
            found[sample.name.removeprefix(PREFIX) + label] = sample.value
    return found


def health(office: Office) -> tuple[Health, Level, list[str]]:
    found = read_health(office.app, office.now)
    wrong = troubles(found)
    return found, level_of(wrong), [in_english(one.what) for one in wrong]


def tick(office: Office, service: Service, at: datetime) -> dict[str, float]:
    office.at(at)
    with capture_logs():
        service.tick()
    return figures(service)


def nov(day: int, hour: int = 7, minute: int = 0) -> datetime:
    return datetime(2021, 11, day, hour, minute, tzinfo=UTC)


def test_before_the_first_slot_nothing_is_owed(office, service):
    """The next slot is known, no check was made, and that is no trouble."""
    found = tick(office, service, nov(1, 6, 30))
    assert found["next_slot_timestamp_seconds"] == SLOT.timestamp()
    assert found["last_check_timestamp_seconds"] == found["slot_missed_seconds"] == found["slot_reminders_owed"] == 0
    assert (found["daemons[working]"], found["daemons[suspended]"], found["database_up"]) == (1, 0, 1)
    measured, level, _ = health(office)
    assert level is Level.OK and in_english(summary(measured, ())) == "No slot has been checked yet."


def test_a_slot_whose_mails_were_sent(office, service):
    """Owed, sent, how late, the relay's time for each mail, and one sentence."""
    found = tick(office, service, nov(1, 7, 4))
    assert (found["slot_reminders_owed"], found["slot_reminders_sent"], found["slot_late_seconds"]) == (3, 3, 240)
    assert found["last_check_timestamp_seconds"] == nov(1, 7, 4).timestamp()
    assert found["mails_total[accepted]"] == found["relay_seconds_count"] == 3 and found["relay_seconds_sum"] > 0
    assert found["outbox_mails[queued]"] == found["outbox_oldest_seconds"] == 0
    assert tick(office, service, nov(1, 9))["slot_late_seconds"] == 240, "it stays what it was"
    measured, level, _ = health(office)
    assert level is Level.OK
    assert in_english(summary(measured, ())) == "The slot of 01-11-2021 was checked; 3 of 3 reminders were delivered."


def test_a_relay_that_is_down_lets_mails_wait(office, service):
    """They grow old, the slot grows late, and it is over when the relay answers."""
    office.relay.answer("MAIL", "451 4.3.0 not now")
    found = tick(office, service, SLOT)
    assert found["outbox_mails[queued]"] == 3 + 1, "three reminders and the notice"
    assert (found["slot_reminders_sent"], found["mails_total[relay-down]"], found["notices[relay-down]"]) == (0, 1, 1)
    found = tick(office, service, nov(1, 7, 50))
    assert found["outbox_oldest_seconds"] == found["slot_late_seconds"] == 3000
    assert health(office)[1:] == (Level.CRITICAL, ["The relay takes no mail."])
    office.relay.forget_answers()
    found = tick(office, service, nov(1, 8))
    assert (found["slot_reminders_sent"], found["slot_late_seconds"], found["outbox_mails[queued]"]) == (3, 3600, 0)
    assert health(office)[1] is Level.OK


def test_a_refused_address_is_counted(office, service):
    """The mail failed; the operator has a notice."""
    office.relay.answer("RCPT", "550 5.1.1 no such user", to="bram@example.org")
    found = tick(office, service, SLOT)
    assert (found["outbox_mails[failed]"], found["mails_total[refused]"]) == (1, 1)
    assert (found["slot_reminders_owed"], found["slot_reminders_sent"]) == (2, 2), "a refused reminder was not said"
    assert found["notices[failed-for-good]"] == 1
    measured, level, reasons = health(office)
    open_ones = sum(measured.notices.values())
    assert level is Level.WARNING and f"{open_ones} notice" in reasons[0], reasons


def test_a_person_without_delivery_for_two_slots(office, service):
    office.relay.answer("RCPT", "452 4.2.2 mailbox full", to="bram@example.org")
    assert tick(office, service, SLOT)["undelivered_people"] == 0
    assert tick(office, service, nov(1, 7, 30))["mails_total[postponed]"] == 2
    assert tick(office, service, nov(2))["undelivered_people"] == 1
    assert health(office)[1:] == (Level.CRITICAL, ["Mail to 1 person has not been delivered for two slots."])


def test_what_the_brake_holds(sqlite_store):
    """The held mails are counted, and it is over when they are released."""
    with TestRelay() as relay:
        office = covered(Office(sqlite_store, relay, reminders_per_check=2))
        office.add("c-mali")
        service = Service(office.app, office.clock)
        assert tick(office, service, SLOT)["outbox_mails[held]"] == 3
        assert health(office)[1:] == (Level.CRITICAL, ["3 mails are held."])
        release(office.app, Choice(), office.now, actor="otto")
        assert tick(office, service, nov(1, 7, 5))["outbox_mails[held]"] == 0
        assert health(office)[1] is Level.OK
        office.transport.close()


def test_everything_held_for_a_restored_backup(office, service):
    tick(office, service, SLOT)
    restore_guard.hold_by_hand(office.app, office.now)
    assert tick(office, service, nov(1, 7, 5))["held_as_restored"] == 1
    assert health(office)[1:] == (Level.CRITICAL, ["Everything is held for a restored backup."])
    restore_guard.resume(office.app, office.now)
    assert tick(office, service, nov(1, 7, 10))["held_as_restored"] == 0


def test_a_slot_that_was_missed(office, service):
    """A quarter of an hour is no trouble; a weekend is none; a day without the service is, until it is made up."""
    tick(office, service, nov(5))  # a Friday
    for at in (nov(5, 22), nov(6, 12), nov(7, 12), nov(8, 6, 59)):
        assert tick(office, service, at)["slot_missed_seconds"] == 0, at
    office.at(nov(8, 7, 14))
    found = health(office)[0]
    assert (found.missed, found.missed_since) == (14 * 60, nov(8))
    office.at(nov(8, 7, 20))
    assert "The slot of 08-11-2021 was not checked." in health(office)[2]
    assert tick(office, service, nov(8, 8))["slot_missed_seconds"] == 0


def test_no_service_runs(office, service):
    """One that ended in good order, or was killed, is missed at once or after two minutes."""
    tick(office, service, SLOT)
    office.later(minutes=3)
    assert health(office)[1:] == (Level.CRITICAL, ["The service does not run."])
    tick(office, service, nov(1, 7, 10))
    assert health(office)[1] is Level.OK
    service.leave()
    assert health(office)[1:] == (Level.CRITICAL, ["The service does not run."])


def test_on_postgresql(postgres_url):
    """A slot whose mails wait and are sent; and a clock that differs from the database's, so that nothing is done."""
    with TestRelay() as relay, closing(open_store(postgres_url)) as store:
        office = covered(Office(store, relay))
        office.add("c-mali")
        office.relay.answer("MAIL", "451 4.3.0 not now", times=1)
        service = Service(office.app, office.clock)
        assert tick(office, service, SLOT)["slot_reminders_owed"] == 3
        found = tick(office, service, nov(1, 7, 5))
        assert (found["slot_reminders_sent"], found["slot_late_seconds"], found["outbox_mails[queued]"]) == (3, 300, 0)
        service.clock = lambda: office.now + timedelta(hours=1)
        found = tick(office, service, nov(1, 7, 6))
        assert (found["daemons[working]"], found["daemons[suspended]"], found["watchdog_withheld"]) == (0, 1, 0)
        assert health(office)[2][0] == "The service runs, and neither checks nor sends."
        office.transport.close()


def test_gaps_and_horizon(office, service):
    """Roles without a holder are gaps that the survey after the slot finds; the horizon is the calendar's."""
    assert tick(office, service, SLOT)["coverage_gaps"] == 0
    people = replace(office.app.people, roles={"operator": ("otto",)})
    service.app = replace(office.app, people=people, in_force=in_force(office.app.policy, people))
    found = tick(office, service, nov(2))
    horizon = office.app.policy.calendar().horizon
    assert found["calendar_horizon_timestamp_seconds"] == datetime(*horizon.timetuple()[:3], tzinfo=UTC).timestamp()
    assert found["coverage_gaps"] == 5, "of five roles"
    bare = replace(office.app.policy.calendar(), recesses=())
    assert isinstance(bare, Calendar) and bare.horizon is None


def test_a_database_out_of_reach(office, service, monkeypatch):
    """Nothing else is known then, and it is known that this is so."""
    tick(office, service, SLOT)

    def away(*_):
        raise Unavailable("The database is gone.")

    monkeypatch.setattr("monitor.service.sign_on", away)
    monkeypatch.setattr("monitor.service.read_health", away)
    found = tick(office, service, nov(1, 7, 1))
    assert (found["database_up"], found["watchdog_withheld"]) == (0, 0) and "slot_reminders_owed" not in found
    assert found["mails_total[accepted]"] == 3
    assert [one.level for one in troubles(Health(at=SLOT, unreadable="x"))] == [Level.UNKNOWN]
    monkeypatch.undo()
    assert tick(office, service, nov(1, 7, 2))["database_up"] == 1


def test_a_slot_of_many_reminders_is_measured_by_index(office, service):
    """The ledger is not read whole at each tick: the query plans name an index for each table."""
    tick(office, service, SLOT)
    asked: list[str] = []
    from sqlalchemy import event

    def note(conn, cursor, statement, parameters, context, many):
        asked.append((statement, parameters))

    event.listen(office.app.store.engine, "before_cursor_execute", note)
    read_health(office.app, office.now)
    event.remove(office.app.store.engine, "before_cursor_execute", note)
    with office.app.store.reading() as connection:
        for statement, parameters in asked:
            if "FROM ledger" in statement or "FROM messages" in statement:
                plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
                assert not [row for row in plan if row[3].startswith(("SCAN ledger", "SCAN messages"))
                            and "INDEX" not in row[3]], (statement, plan)  # fmt: skip
