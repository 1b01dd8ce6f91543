"""The clock of a running service is set by minutes and by years, both ways: it ticks on, nothing waits for it."""

import os
import shutil
import struct
import subprocess
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from relay import TestRelay
from service_process import Daemon, configure, monitor
from test_daemon_process import SMTP

from monitor import daemon
from monitor.actions.operator.alerts import role_unheld
from monitor.actions.operator.notices import queue_notices, raise_alerts
from monitor.app import build
from monitor.store import records
from monitor.store.migrate import open_store

MONDAY = datetime(2021, 11, 1, 9, tzinfo=UTC)  # the slot of eight o'clock has passed
TEN_YEARS = datetime(2031, 11, 3, 9, tzinfo=UTC) - MONDAY  # a Monday too
TICK = 0.2  # seconds, in place of twenty

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler: no process with a clock of its own")


class Wall:
    """The clock on the wall of the processes that have this environment; it may be set while they run."""

    def __init__(self, folder: Path, library: Path):
        self.file = folder / "off"
        self.file.write_bytes(bytes(8))
        self.environment = {**os.environ, "LD_PRELOAD": str(library), "MOVED_CLOCK": str(self.file)}

    def set(self, to: datetime) -> None:
        off = round((to - datetime.now(UTC)).total_seconds())
        with self.file.open("r+b", buffering=0) as file:
            file.write(struct.pack("<q", off))

    def now(self) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=struct.unpack("<q", self.file.read_bytes())[0])


@pytest.fixture(scope="session")
def library(tmp_path_factory) -> Path:
    made = tmp_path_factory.mktemp("clock") / "moved_clock.so"
    source = Path(__file__).with_name("moved_clock.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", made, source], check=True)
    return made


class Place:
    """A service with a drop folder and a relay, and a clock of its own."""

    def __init__(self, folder: Path, library: Path, relay: TestRelay, url: str = ""):
        self.drop, self.ticks, self.relay = folder / "drop", folder / "ticks", relay
        for name in ("drop/done", "drop/refused"):
            (folder / name).mkdir(parents=True)
        self.ticks.touch()
        self.wall = Wall(folder, library)
        database = f'[database]\nurl = "{url}"\n' if url else ""
        limits = f'{database}[import]\nfolder = "{self.drop}"\n'
        self.config = configure(folder, mail=SMTP.format(port=relay.port), limits=limits)
        self.database = url or f"sqlite:///{folder / 'monitor.db'}"
        script = (
            "from pathlib import Path; from monitor import daemon; from monitor.service import Service\n"
            f"daemon.TICK, ticks, tick = {TICK}, Path({str(self.ticks)!r}).open('ab', buffering=0), Service.tick\n"
            "Service.tick = lambda service: (ticks.write(b'.'), tick(service))[1]\n"
            f"daemon.run_service(Path({str(self.config)!r}))"
        )
        self.wall.set(MONDAY)
        assert monitor(self.config, "list", env=self.wall.environment).returncode == 0  # the database is there
        self.service = Daemon(self.config, script=script, env=self.wall.environment)

    def works(self, name: str) -> None:
        """A file that is dropped now, whole, is taken in: the service ticks, twice at least."""
        made = self.drop.with_name(f"{name}.csv")
        made.write_text(f"id,kind,title\n{name},commitment,Promise\n", encoding="utf-8")
        made.rename(self.drop / made.name)
        self.service.wait_for((self.drop / "done" / f"{name}.csv").exists, f"{name} to be taken in")

    def queue_a_mail(self, name: str) -> None:
        """A mail to the operator, made now by the clock on that wall."""
        with build(self.config) as app:
            with app.store.writing() as connection:
                raise_alerts(connection, [role_unheld(name, "c-mali")], self.wall.now())
            queue_notices(app, self.wall.now())

    def counted(self, event: str) -> int:
        return sum(f'"{event}"' in line for line in self.service.lines())

    def faults(self) -> list[str]:
        return [line for line in self.service.lines() if "tick_failed" in line or "Traceback" in line]

    def arrived(self) -> str:
        return "".join(received.raw.decode() for received in self.relay.messages)

    def tried(self) -> int:
        """How many attempts the database knows of."""
        with closing(open_store(self.database)) as store, store.reading() as connection:
            return sum(row.attempts for row in records.outbox(connection, states=["queued"]))


@pytest.fixture
def place(tmp_path, library):
    with TestRelay() as relay:
        found = Place(tmp_path, library, relay)
        with found.service:
            found.service.wait_for_line('"service_started"')
            yield found


@pytest.mark.parametrize(
    "ahead",
    [timedelta(minutes=10), timedelta(hours=3), timedelta(days=400), TEN_YEARS],
    ids=["minutes", "hours", "a year", "ten years"],
)
def test_a_clock_that_ran_ahead_and_was_set_back_stops_nothing(place, ahead):
    """It ticks while ahead, puts a mail off, and is set right: mail and drop folder do not wait for that time."""
    place.works("before")
    place.relay.answer("RCPT", "451 4.3.0 later")
    place.wall.set(MONDAY + ahead)
    place.works("ahead")
    place.queue_a_mail("minister")
    place.service.wait_for(place.tried, "the mail to be put off")
    place.wall.set(MONDAY + timedelta(minutes=1))
    place.relay.forget_answers()
    place.works("back")
    place.service.wait_for(lambda: "minister" in place.arrived(), "the mail that was put off")
    assert place.faults() == []
    assert place.service.stop() == 0


@pytest.mark.parametrize(
    "back", [timedelta(minutes=10), timedelta(hours=30), TEN_YEARS], ids=["minutes", "a day", "ten years"]
)
def test_a_clock_that_is_set_back_again_and_again_stops_nothing(place, back):
    """Two steps back; between them a mail is put off, which then does not wait either."""
    place.works("before")
    place.wall.set(MONDAY - back)
    place.works("once")
    place.relay.answer("RCPT", "451 4.3.0 later")
    place.queue_a_mail("minister")
    place.service.wait_for(place.tried, "the mail to be put off")
    place.wall.set(MONDAY - 2 * back)
    place.relay.forget_answers()
    place.works("twice")
    place.service.wait_for(lambda: "minister" in place.arrived(), "the mail that was put off")
    assert place.faults() == []


def test_a_jump_of_ten_years_is_one_tick_and_one_check(place):
    """Nine hundred thousand ticks and two thousand slots were missed; the last slot is made up, once."""
    place.works("before")
    assert place.counted("slot_checked") == 1
    began, ticks = time.monotonic(), place.ticks.stat().st_size
    place.wall.set(MONDAY + TEN_YEARS)
    for name in ("one", "two", "three"):
        place.works(name)
    assert place.counted("slot_checked") == 2
    assert place.ticks.stat().st_size - ticks <= (time.monotonic() - began) / TICK + 2
    assert place.faults() == []
    assert place.service.stop() == 0


def test_a_service_off_the_databases_clock_is_suspended(tmp_path, library, postgres_url):
    """PostgreSQL has a clock of its own, which is right; the service goes on when its clock is corrected."""
    with TestRelay() as relay:
        place = Place(tmp_path, library, relay, postgres_url)
        with place.service:
            for ahead in (timedelta(days=800), -timedelta(days=800)):
                place.wall.set(datetime.now(UTC) + ahead)
                seen = place.counted("daemon_suspended")
                place.service.wait_for(lambda seen=seen: place.counted("daemon_suspended") > seen, "it to stand aside")
                assert place.counted("slot_checked") <= 1
                place.wall.set(datetime.now(UTC))
                place.works(f"right{ahead.days}")
            assert place.faults() == []
            assert place.service.stop() == 0


def test_the_next_tick_follows_after_a_pause():
    """A trigger that reckons from the tick before would list all that lie between."""
    for jump in (timedelta(0), TEN_YEARS, -TEN_YEARS):
        now = MONDAY + jump
        assert daemon.Pause().get_next_fire_time(MONDAY, now) == now + timedelta(seconds=daemon.TICK)
