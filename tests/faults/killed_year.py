"""The golden year, by services that are killed on the way: at every named step, and at random moments."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from facts import LAST
from installation import Installation
from mortal import STEPS, Step


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What it came to."""

    kills: Counter[str]  # step, or "random" → kills
    reminders: int
    mails: int  # different messages that arrived
    twice: int  # copies beyond the first
    allowed: int  # kills × connections
    faults: list[str]

    @property
    def killed(self) -> int:
        """All kills."""
        return sum(self.kills.values())

    def __str__(self) -> str:
        steps = ", ".join(f"{count} {name}" for name, count in sorted(self.kills.items()))
        return (
            f"{self.killed} kills ({steps}); {self.reminders} reminders in {self.mails} mails, "
            f"{self.twice} received twice (at most {self.allowed}); {len(self.faults)} faults"
        )


def every_step(times: Sequence[int]) -> list[Step]:
    """Each step, at each of these times it is reached."""
    return [Step(name, count) for count in times for name in STEPS]


def live_and_die(
    there: Installation, *, steps: Sequence[Step] = (), random_kills: int = 0, last: date = LAST, connections: int = 1,
    seed: int = 1,
) -> Figures:  # fmt: skip
    """Run to the last slot, and on until a service died at each step: another may have made the checks.

    Each service that begins gets the next step to die at; the driver kills at random moments besides, evenly over the
    slots at which something is said.
    """
    chance, left = random.Random(seed), list(steps)
    busy = [item.on for item in there.foretold(_slots(there, last))]
    moments = Counter(chance.choice(busy) for _ in range(random_kills))
    for day in there.slots(LAST):
        killer = _Killer(there, chance, moments[day], left)
        there.finish(day, step=lambda: left.pop(0) if left else None, on_the_way=killer)
        if day >= last and not (left or there.armed):
            break  # before the clock is turned to the next slot
    return Figures(
        kills=there.kills, reminders=len({*map(str, there.foretold(there.finished))}), mails=len(there.copies()),
        twice=there.twice(), allowed=sum(there.kills.values()) * connections,
        faults=[*there.faults(), *(f"{step} was never reached" for step in (*left, *there.armed.values()))],
    )  # fmt: skip


class _Killer:
    """Kills a service at each of its moments, drawn within a second or so of a slot's start or of the kill before."""

    def __init__(self, there: Installation, chance: random.Random, kills: int, steps: list[Step]) -> None:
        self.there, self.chance, self.left, self.steps = there, chance, kills, steps
        self.next = time.monotonic() + chance.expovariate(1 / 0.3)

    def __call__(self) -> bool:
        if self.left and time.monotonic() >= self.next and (alive := self.there.alive()):
            spared = self.there.kill(self.chance.choice(alive))
            self.steps += [spared] if spared else []  # for another to die at
            self.left -= 1
            self.next = time.monotonic() + self.chance.expovariate(1 / 0.3)
        return not self.left


def _slots(there: Installation, last: date) -> Iterator[date]:
    from monitor.core.forecast.simulate import slot_days

    return slot_days(there.app.policy, there.first, last)
