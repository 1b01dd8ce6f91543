"""When the service checks: at slots, at once for a slot of today that was missed, and never twice."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from facts import ROOT, added, shipped_policy
from msgspec.structs import replace

from monitor.actions.check.slot import slot_waits
from monitor.actions.register.change import preview, save, stamp
from monitor.app import App, Sender
from monitor.core.errors import Unavailable
from monitor.core.model.people import Mailbox, People, Person
from monitor.mail.letters.letters import Letters
from monitor.mail.transport.maildir import MaildirTransport
from monitor.service import Service
from monitor.settings.config.in_force import in_force
from monitor.store import records
from monitor.store.engine import Store
from monitor.store.noted import read_note, write_note
from monitor.store.state import keep_state

ROLES = ("operator", "policy-officer", "parliamentary-liaison", "defence-contact", "head-of-unit", "director")
OTTO = Person(id="otto", name="Otto", address="otto@example.org", language="en")


def utc(text: str) -> datetime:
    """01-11-2021 07:00."""
    return datetime.strptime(text, "%d-%m-%Y %H:%M").replace(tzinfo=UTC)


class Watched(Service):
    """A service that counts its checks; the clock is `at`."""

    def __init__(self, app: App, at: datetime):
        super().__init__(app, lambda: self.at)
        self.at = at

    def moves_to(self, at: datetime) -> "Watched":
        self.at = at
        self.tick()
        return self

    @property
    def checks(self) -> list[str]:
        """Days checked so far, by any service on this database."""
        with self.app.store.reading() as connection:
            found = connection.exec_driver_sql("SELECT day FROM checks ORDER BY number")
            return [str(row[0]) for row in found]


@pytest.fixture
def service(sqlite_store: Store, tmp_path) -> Iterator[Watched]:
    policy = replace(
        shipped_policy(), overview_day=None
    )  # the slots of these tests are Mondays; they are about digests
    letter = tuple(rule for rule in policy.rules.rules if rule.id == "extension-letter")  # so that all of it is covered
    policy = replace(policy, rules=replace(policy.rules, rules=letter))
    people = People(persons={"otto": OTTO}, roles=dict.fromkeys(ROLES, ("otto",)))
    app = App(
        store=sqlite_store, policy=policy, people=people, letters=Letters([ROOT / "templates"]),
        sender=Sender(mailbox=Mailbox(name="Monitor", address="monitor@example.org"), domain="example.org"),
        transport=lambda: MaildirTransport(tmp_path / "mail"), in_force=in_force(policy, people),
    )  # fmt: skip
    yield Watched(app, utc("01-11-2021 06:00"))


def mails(service: Watched) -> int:
    with service.app.store.reading() as connection:
        return records.counts(connection, date(2021, 1, 1))["sent"]


def register(service: Watched, at: datetime) -> None:
    change = added(at.date(), "c-mali", "contribution", valid_from="2021-01-18", valid_until="2022-01-17")
    change = replace(change, stamp=stamp(service.app, "otto", at))
    save(service.app, preview(service.app, change, at))


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        ("01-11-2021 06:59", []),  # a Monday, a minute before 08:00
        ("01-11-2021 07:00", ["2021-11-01"]),
        ("01-11-2021 15:30", ["2021-11-01"]),  # missed, made up at once
        ("01-11-2021 22:59", ["2021-11-01"]),  # the last minute of the day in Amsterdam
        ("01-11-2021 23:01", []),  # Tuesday there, before its slot: made up at it
        ("06-11-2021 10:00", []),  # a Saturday
        ("27-12-2021 10:00", ["2021-12-27"]),
        ("05-04-2021 10:00", []),  # Easter Monday
        ("05-05-2022 10:00", []),  # closed every year
    ],
)
def test_a_start_checks_at_once_after_a_missed_slot(service: Watched, started, expected):
    """Only when it is a slot of today."""
    assert service.moves_to(utc(started)).checks == expected


def test_a_slot_missed_on_friday_is_made_up_on_monday_and_once(service: Watched):
    register(service, utc("29-10-2021 05:00"))
    service.moves_to(utc("30-10-2021 10:00")).moves_to(utc("31-10-2021 10:00")).moves_to(utc("01-11-2021 06:59"))
    assert (service.checks, mails(service)) == ([], 0)
    service.moves_to(utc("01-11-2021 07:00")).moves_to(utc("01-11-2021 07:01"))
    assert (service.checks, mails(service)) == (["2021-11-01"], 1)


def test_a_second_start_on_the_same_day_sends_nothing(service: Watched):
    register(service, utc("01-11-2021 06:00"))
    service.moves_to(utc("01-11-2021 07:00"))
    sent = mails(service)
    again = Watched(service.app, utc("01-11-2021 09:00"))
    again.tick()
    assert sent == 1 and mails(again) == 1 and again.checks == ["2021-11-01"]


def test_the_slot_is_at_eight_in_summer_and_winter(service: Watched):
    """By the wall clock of the register's zone."""
    service.moves_to(utc("26-03-2021 06:59")).moves_to(utc("26-03-2021 07:00"))  # winter: UTC+1
    service.moves_to(utc("29-03-2021 05:59")).moves_to(utc("29-03-2021 06:00"))  # summer began on Sunday: UTC+2
    service.moves_to(utc("29-10-2021 05:59")).moves_to(utc("29-10-2021 06:00"))
    service.moves_to(utc("01-11-2021 06:59"))
    assert service.checks == ["2021-03-26", "2021-03-29", "2021-10-29"]
    assert service.moves_to(utc("01-11-2021 07:00")).checks[-1] == "2021-11-01"


def test_a_clock_that_jumps_back_repeats_no_reminder(service: Watched):
    """Everything is judged again."""
    register(service, utc("29-10-2021 06:00"))
    service.moves_to(utc("03-11-2021 08:00"))
    sent = mails(service)
    service.moves_to(utc("01-11-2021 08:00")).moves_to(utc("03-11-2021 09:00"))
    assert service.checks == ["2021-11-03", "2021-11-01", "2021-11-03"]
    assert mails(service) == sent + 1  # the operator hears of the clock


def test_a_failing_tick_is_logged_and_the_next_one_tries_again(service: Watched, monkeypatch):
    from monitor import service as ticking

    def unavailable(*_: object) -> None:
        raise Unavailable("The database is away.")

    with monkeypatch.context() as patch:
        patch.setattr(ticking, "check_slot", unavailable)
        service.moves_to(utc("01-11-2021 07:00"))
        patch.setattr(ticking, "check_slot", lambda *_: 1 / 0)
        service.moves_to(utc("01-11-2021 07:01"))
    assert service.checks == []
    assert service.moves_to(utc("01-11-2021 07:02")).checks == ["2021-11-01"]


def test_every_tick_notes_how_far_the_database_has_come(service: Watched, tmp_path):
    service.app = replace(service.app, state=tmp_path / "state")
    register(service, utc("01-11-2021 06:00"))
    service.moves_to(utc("01-11-2021 07:00"))
    noted = read_note(tmp_path / "state")
    assert noted and (noted.ledger, noted.register, noted.attempts) == (1, 1, 1)
    write_note(tmp_path / "state", replace(noted, ledger=2))  # as if a backup had been put back
    service.moves_to(utc("02-11-2021 07:00"))
    with service.app.store.reading() as connection:
        assert [row.kind for row in records.open_notices(connection)] == ["restored"]


def test_a_service_that_was_asked_to_stop_begins_nothing(service: Watched):
    service.stop()
    assert service.moves_to(utc("01-11-2021 07:00")).checks == []


def test_what_became_unsaid_is_said_at_the_next_tick_of_the_day(service: Watched):
    service.moves_to(utc("01-11-2021 07:00"))
    with service.app.store.writing() as connection:
        keep_state(connection, again="a recipient was refused")
    assert service.moves_to(utc("01-11-2021 07:01")).checks == ["2021-11-01", "2021-11-01"]
    with service.app.store.reading() as connection:
        assert not slot_waits(service.app, connection, service.at)
