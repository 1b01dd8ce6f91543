"""The golden year against a real relay, lived by services that are killed on the way.

One driver turns the clock, makes the changes of the year and looks when a slot is done; the services are processes of
their own, forked from a server that has everything imported. What arrived is judged from the relay's own mailbox.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email import message_from_bytes
from multiprocessing.process import BaseProcess
from pathlib import Path

from facts import DEMO, FIRST, LAST, demo_actions, demo_register
from kept_clock import KeptClock
from living import demo_people, told_ahead, told_by
from mortal import Step, live
from relay import TestRelay
from sqlalchemy import func, select

from monitor.actions.change import admit, preview, save
from monitor.actions.check import AGAIN, CHECKED
from monitor.app import App, build
from monitor.core.apply import apply
from monitor.core.foresee import Foreseen, foresee, slot_days
from monitor.core.slots import slot_of
from monitor.store import register as rows
from monitor.store.schema import ledger, messages

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
security = "plain"
[limits]
reminders_per_check = 100000
[log]
format = "json"
"""
STUCK = 1.5  # seconds without any progress after which the clock goes on a minute, to the next attempt or a lapsed lease
PATIENCE = 120.0  # seconds for one slot
FORK = multiprocessing.get_context("forkserver")
FORK.set_forkserver_preload(["mortal", "monitor.settings.config", "monitor.store.migrate", "monitor.mail.smtp"])


@dataclass(kw_only=True)
class Figures:
    """What a year of kills came to."""

    kills: Counter[str] = field(default_factory=Counter)  # step, or "random" → kills
    mails: int = 0  # different messages that arrived
    twice: int = 0  # copies beyond the first
    reminders: int = 0
    connections: int = 1  # of each daemon
    wrong: list[str] = field(default_factory=list)

    @property
    def killed(self) -> int:
        """All kills."""
        return sum(self.kills.values())

    def __str__(self) -> str:
        steps = ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        return (
            f"{self.killed} kills ({steps}); {self.reminders} reminders in {self.mails} mails, "
            f"{self.twice} received twice (at most {self.killed * self.connections}); {len(self.wrong)} wrong"
        )


class Plan:
    """Which process dies where: what a newborn is told, and when the driver kills by itself."""

    def __init__(self, *, steps: Sequence[Step] = (), random_kills: int = 0, slots: int = 1, seed: int = 1) -> None:
        self.chance = random.Random(seed)
        self.steps = list(steps)
        self.random = Counter(self.chance.randrange(slots) for _ in range(random_kills))

    def next_step(self) -> Step | None:
        """For a process that begins."""
        return self.steps.pop(0) if self.steps else None


class KilledYear:
    """An installation, its relay and its services."""

    def __init__(
        self, folder: Path, url: str, relay: TestRelay, *, daemons: int = 1, lease: float = 1.0, connections: int = 1,
        mail: str = "", first: date = FIRST, last: date = LAST,
    ) -> None:  # fmt: skip
        self.folder, self.relay, self.lease, self.first, self.last = folder, relay, lease, first, last
        self.config, self.clock = folder / "config.toml", KeptClock(folder / "clock")
        people = (DEMO / "people.toml").read_text(encoding="utf-8")
        text = CONFIG.format(url=url, port=relay.port, mail=mail)
        self.config.write_text(f"{text}\n{people}", encoding="utf-8")
        self.services: list[BaseProcess | None] = [None] * daemons
        self.armed: dict[int, Step] = {}
        self.figures = Figures(connections=connections)

    def run(self, plan: Plan) -> Figures:
        """Live from the first to the last slot and judge what arrived."""
        with build(self.config) as app, self._ending():
            self._begin(app)
            waiting = [(when, change) for when, change in demo_actions() if when >= self.first]
            for number, day in enumerate(slot_days(app.policy, self.first, self.last)):
                while waiting and waiting[0][0] <= day:
                    change = waiting.pop(0)[1]
                    save(app, preview(app, change, change.stamp.at))
                self._slot(app, day, plan, plan.random[number])
            self._judge(app)
        return self.figures

    def _begin(self, app: App) -> None:
        start = slot_of(app.policy, self.first) - timedelta(minutes=30)
        self.clock.turn(start)
        from facts import demo_changes

        admit(app, demo_changes())
        for when, change in demo_actions():
            if when < self.first:
                save(app, preview(app, change, change.stamp.at))

    def _slot(self, app: App, day: date, plan: Plan, kills: int) -> None:
        """One slot, until everything of it was said."""
        now = slot_of(app.policy, day)
        self.clock.turn(now)
        until, seen, since = time.monotonic() + PATIENCE, None, time.monotonic()
        moments = sorted(plan.chance.uniform(0.0, 0.8) for _ in range(kills))
        began = time.monotonic()
        while True:
            self._keep_alive(plan)
            if moments and time.monotonic() - began >= moments[0]:
                moments.pop(0)
                self._kill_one(plan)
            state = self._state(app, day)
            if state == (True, 0) and not moments:
                return
            if state != seen:
                seen, since = state, time.monotonic()
            if time.monotonic() - since > max(STUCK, self.lease):
                now, since = now + timedelta(minutes=1), time.monotonic()
                self.clock.turn(now)
            assert time.monotonic() < until, f"the slot of {day} does not end: {state}; see {self.folder}"
            time.sleep(0.01)

    def _state(self, app: App, day: date) -> tuple[bool, int]:
        """Whether the slot was checked, and how many mails still wait."""
        with app.store.reading() as connection:
            checked = rows.note(connection, CHECKED) == day.isoformat() and rows.note(connection, AGAIN) is None
            waits = messages.c.state.in_(("queued", "claimed"))
            return checked, int(connection.scalar(select(func.count()).select_from(messages).where(waits)) or 0)

    def _keep_alive(self, plan: Plan) -> None:
        """Begin a service in the place of each that died."""
        for place, service in enumerate(self.services):
            if service is not None and service.is_alive():
                continue
            if service is not None:
                self._bury(service)
            self.services[place] = self._start(place, plan.next_step())

    def _start(self, place: int, step: Step | None) -> BaseProcess:
        files = (str(self.config), str(self.folder / "clock"), str(self.folder / f"log-{place}.txt"))
        service = FORK.Process(target=live, args=(*files, self.lease, step), daemon=True)
        service.start()
        if step and service.pid:
            self.armed[service.pid] = step
        return service

    def _bury(self, service: BaseProcess) -> None:
        service.join()
        step = self.armed.pop(service.pid or 0, None)
        if service.exitcode == -signal.SIGKILL:
            self.figures.kills[step.name if step else "random"] += 1
        else:
            self.figures.wrong.append(f"a service ended by itself with {service.exitcode}")
            assert len(self.figures.wrong) < 5, f"services do not live; see {self.folder}"

    def _kill_one(self, plan: Plan) -> None:
        alive = [service for service in self.services if service is not None and service.is_alive()]
        if alive:
            victim = plan.chance.choice(alive)
            self.armed.pop(victim.pid or 0, None)
            os.kill(victim.pid or 0, signal.SIGKILL)

    @contextmanager
    def _ending(self) -> Iterator[None]:
        """No service outlives the year."""
        try:
            yield
        finally:
            for service in filter(None, self.services):
                service.kill()
                service.join()

    def _judge(self, app: App) -> None:
        """Every reminder foretold is in the mailbox, each in one mail; copies are the same bytes."""
        found = self.figures
        copies: dict[str, list[bytes]] = {}
        for mail in self.relay.messages:
            copies.setdefault(str(message_from_bytes(mail.raw)["Message-ID"]).strip(), []).append(mail.raw)
        with app.store.reading() as connection:
            lines = [
                dict(row._mapping) for row in connection.execute(select(ledger, messages.c.message_id).join(messages))
                if row.message_id in copies
            ]  # fmt: skip
        said, foretold = told_by(lines), told_ahead(self._foretold(app))
        found.wrong += [f"lost: {line}" for line in sorted(foretold - said, key=str)]
        found.wrong += [f"not foretold: {line}" for line in sorted(said - foretold, key=str)]
        once = Counter((*(line[k] for k in ("entry", "rule", "occurrence", "rung", "due", "person")),) for line in lines)
        found.wrong += [f"in two mails: {line}" for line, count in once.items() if count > 1]
        found.wrong += [f"copies differ: {id}" for id, raw in copies.items() if len(set(raw)) > 1]
        found.mails, found.reminders = len(copies), len(foretold)
        found.twice = sum(len(raw) - 1 for raw in copies.values())
        if found.twice > found.killed * found.connections:
            found.wrong.append(f"{found.twice} copies after {found.killed} kills")

    def _foretold(self, app: App) -> list[Foreseen]:
        register = demo_register()
        for when, change in demo_actions():
            if when < self.first:
                register = apply(register, change, app.policy).register
        later = [(when, change) for when, change in demo_actions() if when >= self.first]
        if self.first > FIRST:
            return list(foresee(register, later, app.policy, demo_people(), self.first, self.last, said={}))
        return list(foresee(register, later, app.policy, demo_people(), self.first, self.last))


Turn = Callable[[datetime], None]
