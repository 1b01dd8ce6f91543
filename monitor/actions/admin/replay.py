"""Live through a span of days under a clock of its own: the real changes, checks and deliveries, day by day."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime

from msgspec import Struct

from monitor.actions.check.check import CheckReport, check
from monitor.actions.delivery.deliver import deliver
from monitor.actions.query.lint import cover
from monitor.actions.register.change import preview, save
from monitor.app import App
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.changes import Change
from monitor.core.model.slots import slot_of
from monitor.mail.transport.transport import Transport


class ReplayedSlot(Struct, frozen=True, kw_only=True):
    """One slot as it was lived."""

    day: date
    changes: tuple[Change, ...]  # taken since the slot before
    report: CheckReport
    sent: int


class Tally(Struct, kw_only=True):
    """Sums over a replay."""

    reminders: int = 0

    def count(self, lived: ReplayedSlot) -> None:
        """Add one slot."""
        self.reminders += len(lived.report.said)


def replay(
    app: App, actions: Iterable[tuple[date, Change]], transport: Transport, first: date, last: date,
    *, at_slot: Callable[[datetime], None] = lambda now: None,
) -> Iterator[ReplayedSlot]:  # fmt: skip
    """Take each action on its day, check at every slot and deliver. `at_slot` may follow the clock."""
    waiting = deque(sorted(actions, key=lambda item: item[0]))
    for day in slot_days(app.policy, first, last):
        taken = []
        while waiting and waiting[0][0] <= day:
            change = waiting.popleft()[1]
            save(app, preview(app, change, change.stamp.at))
            taken.append(change)
        now = slot_of(app.policy, day)
        at_slot(now)
        report = check(app, now)
        sent = deliver(app, lambda now=now: now, transport).sent  # type: ignore[misc]
        cover(app, now)  # what it has to tell leaves at the next slot
        yield ReplayedSlot(day=day, changes=tuple(taken), report=report, sent=sent)
