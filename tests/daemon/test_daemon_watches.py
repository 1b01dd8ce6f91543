"""The service asks the public record beside its ticks, and says when a source has been silent for long."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from kamer import Kamer, promise
from living import Recorder, monitor_on, serving
from msgspec.structs import replace
from patience import LIMIT

from monitor.actions.watch.asking import report_silence
from monitor.core.model.watching import Followed, SourceSettings
from monitor.store import inbox, records, sources
from monitor.watch_wiring import Watch
from monitor.watching.source import open_source

NOON = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)


class Now:
    at = NOON

    def __call__(self):
        return self.at


@pytest.fixture
def kamer():
    with Kamer() as server:
        server.put("Toezegging", promise(1))
        yield server


@pytest.fixture
def clock():
    return Now()


@pytest.fixture
def service(sqlite_store, kamer, clock):
    """A service that follows the Kamer, and asks hourly."""
    settings = SourceSettings(place=kamer.base, contact="x", timeout=LIMIT)
    followed = Followed(ministries=("Defensie",), statuses={"Openstaand": "open"})
    watch = Watch(
        followed=followed, names=("kamer",), sources=lambda: {"kamer": open_source("tweede-kamer", settings)},
        reader=lambda: pytest.fail("nothing is read before it is shown"), calendar_file=lambda: None,
        every=timedelta(hours=1), old_after=timedelta(hours=48), first=timedelta(days=90),
    )  # fmt: skip
    return serving(replace(monitor_on(sqlite_store), watch=watch), Recorder(), clock)


def asked(service, clock, **later):
    clock.at += timedelta(**later)
    service.tick()
    assert service.watching.wait(LIMIT)
    with service.app.store.reading() as connection:
        return inbox.count(connection), sources.known(connection)["kamer"].complete_at


def notices(service):
    with service.app.store.reading() as connection:
        return [row.what for row in records.open_notices(connection) if row.kind == "source-silent"]


def test_a_source_is_asked_when_its_turn_has_come(service, clock, kamer):
    """At the first tick, and an hour later; in between not."""
    assert asked(service, clock) == (1, NOON)
    kamer.put("Toezegging", promise(2))
    assert asked(service, clock, minutes=30) == (1, NOON)
    assert asked(service, clock, minutes=31) == (2, NOON + timedelta(minutes=61))


def test_a_slow_server_holds_back_no_tick(service, clock, kamer):
    """Ticks go on while nothing comes, and no second question is put beside the first."""
    kamer.gate = threading.Event()
    service.tick()
    clock.at += timedelta(hours=2)
    service.tick()
    assert not service.watching.wait(0)
    kamer.gate.set()
    assert service.watching.wait(LIMIT)
    assert len(kamer.asked) == 1


def test_the_operator_hears_of_a_silent_source(service, clock, kamer):
    """After two days without a whole answer, once, with the reason in both languages; it ends with a whole answer."""
    asked(service, clock)
    kamer.fault("Toezegging", "500")
    asked(service, clock, hours=47)
    assert notices(service) == []
    asked(service, clock, hours=2)
    service.tick()
    (said,) = notices(service)
    assert "kamer has given no whole answer since" in said
    assert "Toezegging: the server answered with an error (500 An error has occurred.)" in said
    service.tick()
    assert len(notices(service)) == 1
    kamer.heal()
    asked(service, clock, hours=2)
    assert notices(service) == []


def test_a_source_that_is_no_longer_asked_is_not_silent(service, clock, kamer):
    """It was taken out of the configuration."""
    kamer.fault("Toezegging", "html")
    asked(service, clock)
    clock.at += timedelta(hours=49)
    report_silence(service.app, clock())
    assert len(notices(service)) == 1
    report_silence(replace(service.app, watch=replace(service.app.watch, names=())), clock())
    assert notices(service) == []
