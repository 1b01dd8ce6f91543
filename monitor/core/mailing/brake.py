"""The brake: a check that owes an abnormal number of reminders holds them and asks, whatever caused it.

Abnormal is more than `Limits.times_busiest` times the reminders of the busiest slot of the last WINDOW days, and more
than `Limits.reminders_per_check` however quiet those were. So a register may grow without a change of settings.
Where the numbers come from: in the sixteen months of the demo's register no slot had more than 23 reminders (12 May
2021), hence 50, about twice that; no slot of more than ten had twice as many as the busiest of the thirty days before
it (the most was 1.5 times), hence 2.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

from msgspec import Struct

from monitor.core.calendar.dates import Offset
from monitor.core.mailing.digest import Reminder
from monitor.core.model.policy import Policy
from monitor.core.model.register import ObligationKey

URGENT = 2  # business days: what is due, or became overdue, within this goes all the same
WINDOW = 30  # days before a slot in which the busiest one is looked for
HELD, RELEASED, PASSED = "held", "released", "passed"  # what an earlier check or a person decided of a reminder
UNCOUNTED = "uncounted"  # of a quiet reminder: it made no mail, so it is no part of the volume
PriorDecisions = Mapping[tuple[ObligationKey, str], str]  # (obligation, person) → one of these


class Braked(Struct, frozen=True, kw_only=True):
    """Reminders that are sent and reminders that wait for a person's decision."""

    goes: tuple[Reminder, ...]
    held: tuple[Reminder, ...] = ()
    fresh: int = 0  # reminders that no earlier check had judged
    limit: int | None = None  # how many of them a check may owe; None: the brake is off

    @property
    def too_many(self) -> bool:
        """Whether this very check owes more than it may."""
        return self.limit is not None and self.fresh > self.limit


def fresh(items: Sequence[Reminder], before: PriorDecisions) -> int:
    """How many of these no earlier check had judged: what was withdrawn unsent was judged already."""
    return sum(not item.quiet and not _decision(item, before) for item in items)


def brake(
    items: Sequence[Reminder],
    policy: Policy,
    day: date,
    before: PriorDecisions | None = None,
    *,
    busiest: int = 0,
    everything: bool = False,
    weekly: Collection[str] = (),
) -> Braked:
    """Hold all but the urgent when more is newly owed than the limits allow. Quiet reminders go with what goes.

    `before`: what became of reminders that were withdrawn since. What was held stays held, however little it is by now,
    until it is urgent or a person releases it; what was released or had passed is not held for its number again.
    `busiest`: reminders of the busiest slot of the last WINDOW days. `everything`: the ledger cannot be trusted (a
    restored backup), so that only what a person released is sent. `weekly`: persons whose overview is made now, or
    whose quiet reminders are due. A quiet reminder of another person goes if a mail goes to them, else it waits.
    """
    limits, calendar, new = policy.limits, policy.calendar(), fresh(items, before or {})
    least = limits.reminders_per_check
    limit = max(least, int(limits.times_busiest * busiest)) if least else None
    too_many = limit is not None and new > limit
    first, last = (calendar.add(day, Offset(amount=amount, unit="bd")) for amount in (-URGENT, URGENT))
    goes: list[Reminder] = []
    held: list[Reminder] = []
    for item in items:
        decision = _decision(item, before or {})
        if everything:
            holds = decision != RELEASED
        elif item.quiet:
            holds = decision == HELD
        else:
            holds = not first <= item.due <= last and (decision == HELD or (too_many and not decision))
        (held if holds else goes).append(item)
    loud = (item for item in goes if not item.quiet or _decision(item, before or {}) == RELEASED)
    mailed = {*weekly, *(item.recipient.person for item in loud)}
    return Braked(
        goes=tuple(item for item in goes if item.recipient.person in mailed), held=tuple(held), fresh=new, limit=limit
    )


def _decision(item: Reminder, before: PriorDecisions) -> str:
    return before.get((item.obligation.key, item.recipient.person), "")
