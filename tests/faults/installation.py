"""An installation whose services are processes of their own, forked from a server that has everything imported.

One driver (the test) turns the clock that all of them share, makes the changes of the golden year, and looks in the
database when a slot is done. What arrived is judged from the relay's own mailbox, against what was foretold.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime, timedelta
from email import message_from_bytes
from functools import partial
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from facts import DEMO, FIRST, demo_actions, demo_changes, demo_register
from forked import FORK
from kept_clock import KeptClock, KeptTicks
from living import demo_people, told_ahead, told_by
from mortal import Step, live
from patience import LIMIT
from relay import TestRelay
from sqlalchemy import func, select

from monitor.actions.register.change import preview, save
from monitor.actions.register.saving import import_changes
from monitor.app import build
from monitor.core.changes.apply import apply
from monitor.core.errors import Unavailable
from monitor.core.forecast.simulate import ForecastReminder, ForecastState, slot_days
from monitor.core.model.slots import slot_of
from monitor.mail.transport.smtp import UNKNOWN
from monitor.store.schema import attempts, ledger, messages
from monitor.store.state import read_state

CONFIG = """
[database]
url = "{url}"
[mail]
transport = "smtp"
from = "Monitor <monitor@example.org>"
{mail}
[mail.smtp]
host = "127.0.0.1"
port = {port}
{smtp}
[limits]
reminders_per_check = 100000
[log]
format = "json"
"""
PLAIN = 'security = "plain"'


class Installation:
    """A configuration, a database, a clock and services. A context manager: no service outlives it."""

    def __init__(
        self, folder: Path, url: str, relay: TestRelay, *, daemons: int = 1, mail: str = "",
        smtp: str = PLAIN, first: date = FIRST,
    ) -> None:  # fmt: skip
        self.folder, self.url, self.relay, self.first = folder, url, relay, first
        self.config, self.clock = folder / "config.toml", KeptClock(folder / "clock")
        self.configure(mail=mail, smtp=smtp)
        self.services: list[BaseProcess | None] = [None] * daemons
        self.begin: dict[
            int, Callable[..., Any]
        ] = {}  # place → what begins the service there, if not `live` of this program
        self.armed: dict[int, Step] = {}  # pid → where it is to die
        self.kills: Counter[str] = Counter()  # step, or "random" → kills
        self.ended: list[int | None] = []  # exit codes of services that ended and were not killed
        self.waiting = [(when, change) for when, change in demo_actions() if when >= first]
        self.finished: list[date] = []  # slots at which everything was said
        self.asleep: set[int] = set()  # pids of services that were stopped: they do not tick
        self._ticks: dict[int, KeptTicks] = {}  # by pid

    def configure(self, *, mail: str = "", smtp: str = PLAIN) -> None:
        """Write the configuration; services read it when they begin."""
        people = (DEMO / "people.toml").read_text(encoding="utf-8")
        text = CONFIG.format(url=self.url, port=self.relay.port, mail=mail, smtp=smtp)
        self.config.write_text(f"{text}\n{people}", encoding="utf-8")

    def __enter__(self) -> Installation:
        self.app = build(self.config).__enter__()
        self.clock.turn(slot_of(self.app.policy, self.first) - timedelta(minutes=30))
        import_changes(self.app, demo_changes())
        for when, change in demo_actions():
            if when < self.first:
                save(self.app, preview(self.app, change, change.stamp.at))
        return self

    def __exit__(self, *_: object) -> None:
        self.kill_all()
        self.app.close()

    # The days

    def slots(self, last: date) -> Iterator[date]:
        """Each slot in turn: the changes known by then are made, and the clock is turned to it."""
        for day in slot_days(self.app.policy, self.first, last):
            while self.waiting and self.waiting[0][0] <= day:
                change = self.waiting.pop(0)[1]
                save(self.app, preview(self.app, change, change.stamp.at))
            self.clock.turn(slot_of(self.app.policy, day))
            yield day

    def finish(
        self,
        day: date,
        *,
        step: Callable[[], Step | None] = lambda: None,
        on_the_way: Callable[[], bool] = lambda: True,
    ) -> None:
        """Wait until everything of the slot was said. `on_the_way` is called all the time, and says when it has done;
        `step`: where each service that must be begun is to die. The clock goes on a minute, to the next attempt or a
        lapsed lease, when every service has ticked and none has found anything to do: never while one is at work.
        """
        until, seen, begun = time.monotonic() + LIMIT, None, self.begun_ticks()
        while True:
            self.keep_alive(step)
            done = on_the_way()
            idle = self.ticked_since(begun)  # before the look at what they have done
            state = self.state(day)
            if state == (True, 0) and done:
                self.finished.append(day)
                return
            if state != seen or idle:
                if state == seen:
                    self.clock.turn(max(self.clock() + timedelta(minutes=1), self._next_try()))
                seen, begun = state, self.begun_ticks()
            assert time.monotonic() < until, f"the slot of {day} does not end: {state}; see {self.folder}"
            time.sleep(0.01)

    def wait_for(self, true: Callable[[], object]) -> None:
        """Until that holds, with every service alive; the clock does not move."""
        until = time.monotonic() + LIMIT
        while not true():
            self.keep_alive()
            assert time.monotonic() < until, f"waited in vain: {self.log()[-2000:]}"
            time.sleep(0.01)

    def pass_by(self, minutes: int) -> None:
        """Let that time go by, a few whole ticks of every service for each ten minutes, whatever happens."""
        for _ in range(0, minutes, 10):
            self.clock.turn(self.clock() + timedelta(minutes=10))
            begun = self.begun_ticks()
            self.wait_for(partial(self.ticked_since, begun, times=3))

    def begun_ticks(self) -> dict[int, int]:
        """Pid of each service that lives → ticks begun so far."""
        return {pid: self._counted(pid)[0] for pid in self.alive()}

    def ticked_since(self, begun: dict[int, int], times: int = 1) -> bool:
        """Whether each service lives and has ended so many ticks that began after that; those asleep aside."""
        alive = self.alive()
        ended = [self._counted(pid)[1] >= begun.get(pid, 0) + times for pid in alive if pid not in self.asleep]
        return len(alive) == len(self.services) and all(ended)

    def _counted(self, pid: int) -> tuple[int, int]:
        """Ticks begun and ended by that service."""
        if pid not in self._ticks:
            self._ticks[pid] = KeptTicks(self.folder / f"ticks-{pid}")
        return self._ticks[pid].counted

    def state(self, day: date) -> tuple[bool, int]:
        """Whether the slot was checked, and how many mails still wait; -1 while the database cannot tell."""
        try:
            return self._state(day)
        except Unavailable:
            return False, -1

    def _state(self, day: date) -> tuple[bool, int]:
        with self.app.store.reading() as connection:
            found = read_state(connection)
            checked = found.checked == day and not found.again
            waits = messages.c.state.in_(("queued", "claimed"))
            return checked, int(connection.scalar(select(func.count()).select_from(messages).where(waits)) or 0)

    def notices(self) -> int:
        """How many mails to the operator were composed so far."""
        with self.app.store.reading() as connection:
            to_operator = select(func.count()).select_from(messages).where(messages.c.kind == "notice")
            return int(connection.scalar(to_operator) or 0)

    def _next_try(self) -> datetime:
        """When the first mail that waits is to be tried again."""
        waits = select(func.min(messages.c.next_at)).where(messages.c.state == "queued")
        with suppress(Unavailable), self.app.store.reading() as connection:
            return connection.scalar(waits) or self.clock()
        return self.clock()

    # The services

    def keep_alive(self, step: Callable[[], Step | None] = lambda: None) -> None:
        """Begin a service in the place of each that is not there."""
        for place, service in enumerate(self.services):
            if service is not None and service.is_alive():
                continue
            if service is not None:
                self._bury(service)
            self.services[place] = self.start(place, step())

    def start(self, place: int, step: Step | None = None, clock: Path | None = None) -> BaseProcess:
        """A service, under the common clock or one of its own."""
        files = (str(self.config), str(clock or self.folder / "clock"), str(self.folder / f"log-{place}.txt"))
        if place in self.begin:
            begun: BaseProcess = self.begin[place](*files)
            return begun
        service = FORK.Process(target=live, args=(*files, step), daemon=True)
        service.start()
        if step and service.pid:
            self.armed[service.pid] = step
        return service

    def alive(self) -> list[int]:
        """Process ids of the services that live."""
        return [service.pid or 0 for service in self.services if service is not None and service.is_alive()]

    def kill(self, pid: int) -> Step | None:
        """Send SIGKILL, and return when it is gone, so that none is killed twice: the step at which it was to die."""
        step = self.armed.pop(pid, None)
        os.kill(pid, signal.SIGKILL)
        next(service for service in self.services if service is not None and service.pid == pid).join()
        return step

    def end(self, place: int) -> None:
        """SIGTERM; the service ends in good order, and another is begun in its place."""
        service = self.services[place]
        assert service is not None
        service.terminate()
        service.join()
        assert service.exitcode == 0, self.log()[-2000:]
        self.services[place] = None

    def kill_all(self) -> None:
        """No service is left."""
        for service in filter(None, self.services):
            service.kill()
            service.join()
        self.services = [None] * len(self.services)

    def log(self) -> str:
        """What all services wrote."""
        return "".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("log-*.txt")))

    def begun(self) -> bool:
        """Every service is at work: one that finds no database when it begins ends at once, and tells why."""
        return self.log().count('"event": "service_started"') >= len(self.services)

    def _bury(self, service: BaseProcess) -> None:
        service.join()
        step = self.armed.pop(service.pid or 0, None)
        if service.exitcode == -signal.SIGKILL:
            self.kills[step.name if step else "random"] += 1
            return
        self.ended.append(service.exitcode)
        assert len(self.ended) < 8 or not any(self.ended), (
            f"services do not live; see {self.folder}: {self.log()[-2000:]}"
        )

    # The judgement

    def copies(self) -> dict[str, list[bytes]]:
        """Message-ID → each time it arrived, as it arrived."""
        found: dict[str, list[bytes]] = {}
        for mail in self.relay.messages:
            found.setdefault(str(message_from_bytes(mail.raw)["Message-ID"]).strip(), []).append(mail.raw)
        return found

    def twice(self) -> int:
        """Copies beyond the first."""
        return sum(len(raw) - 1 for raw in self.copies().values())

    def in_doubt(self) -> int:
        """Attempts after which the relay might have had the mail or not."""
        with self.app.store.reading() as connection:
            doubtful = select(func.count()).select_from(attempts).where(attempts.c.reply.contains(UNKNOWN))
            return int(connection.scalar(doubtful) or 0)

    def lines(self) -> list[dict[str, Any]]:
        """Ledger lines of the mails that arrived."""
        copies = self.copies()
        with self.app.store.reading() as connection:
            found = connection.execute(select(ledger, messages.c.message_id).join(messages)).all()
        return [dict(row._mapping) for row in found if row.message_id in copies]

    def faults(self, *, finished: Sequence[date] | None = None) -> list[str]:
        """What is not as it was promised, for a year in which these slots were run (default: those finished): every
        reminder foretold is in the mailbox, in one mail each, and copies of a mail are the same bytes.
        """
        lines = self.lines()
        said, foretold = told_by(lines), told_ahead(self.foretold(finished or self.finished))
        once = Counter(
            (*(line[k] for k in ("entry", "rule", "occurrence", "rung", "due", "person")),) for line in lines
        )
        return [
            *(f"lost: {line}" for line in sorted(foretold - said, key=str)),
            *(f"not foretold: {line}" for line in sorted(said - foretold, key=str)),
            *(f"in two mails: {line}" for line, count in once.items() if count > 1),
            *(f"copies differ: {id}" for id, raw in self.copies().items() if len(set(raw)) > 1),
            *(f"a service ended by itself with {code}" for code in self.ended),
        ]

    def foretold(self, finished: Iterable[date]) -> Iterator[ForecastReminder]:
        """What simulate says when only these slots are run."""
        register, later = demo_register(), []
        for when, change in demo_actions():
            if when < self.first:
                register = apply(register, change, self.app.policy).register
            else:
                later.append((when, change))
        state = ForecastState(register=register, policy=self.app.policy, people=demo_people())
        state.look_again(register.entries, self.first)
        for day in finished:
            while later and later[0][0] <= day:
                state.change(later.pop(0)[1], day)
            yield from state.slot(day)


@contextmanager
def installed(folder: Path, url: str, **more: Any) -> Iterator[Installation]:
    """An installation with a relay of its own."""
    with TestRelay() as relay, Installation(folder, url, relay, **more) as there:
        yield there
