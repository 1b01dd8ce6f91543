"""The brake: a check that owes abnormally much holds it and asks. Whatever caused the volume, it is judged the same.

Abnormal is more than `Limits.times_busiest` times what was said on the busiest slot of the last WINDOW days, and more than
`Limits.reminders_per_check` however quiet those were. So a register may grow without any setting being touched.
Where the numbers come from: in the sixteen months of the demo's register nobody's busiest day told more than 23
reminders (12 May 2021), hence 50, about twice that; among days of more than ten none told twice as many as the busiest
of the thirty days before it (the most was 1.5 times), hence 2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from msgspec import Struct

from monitor.core.calendar.dates import Offset
from monitor.core.mailing.digest import Reminder
from monitor.core.model.policy import Limits, Policy
from monitor.core.model.register import ObligationKey

URGENT = 2  # business days: what is due, or became overdue, within this goes all the same
WINDOW = 30  # days before a slot in which the busiest one is looked for
HELD, RELEASED, PASSED = "held", "released", "passed"  # what an earlier check or a person decided of a reminder
Kept = Mapping[tuple[ObligationKey, str], str]  # (obligation, person) → one of these


class Braked(Struct, frozen=True, kw_only=True):
    """Reminders that go and reminders that wait for a person."""

    goes: tuple[Reminder, ...]
    held: tuple[Reminder, ...] = ()
    fresh: int = 0  # reminders that no earlier check had judged
    limit: int | None = None  # how many of them a check may owe; None: the brake is off

    @property
    def too_many(self) -> bool:
        """This very check owes more than it may."""
        return self.limit is not None and self.fresh > self.limit


def allowance(limits: Limits, busiest: int) -> int | None:
    """How many reminders a check may owe; `busiest`: said on the busiest slot of the last WINDOW days. None: any number."""
    if not limits.reminders_per_check:
        return None
    return max(limits.reminders_per_check, int(limits.times_busiest * busiest))


def fresh(items: Sequence[Reminder], before: Kept) -> int:
    """How many of these no earlier check had judged: what was taken back unsent had its turn already."""
    return sum(not _known(item, before) for item in items)


def brake(
    items: Sequence[Reminder], policy: Policy, day: date, before: Kept | None = None, *, busiest: int = 0,
    everything: bool = False,
) -> Braked:  # fmt: skip
    """Hold all but the urgent when more is newly owed than the limits allow.

    `before`: what became of reminders that were taken back since. What was held stays held, however little it is by now,
    until it is urgent or a person lets it go; what was released or had passed is not held for its number again.
    `everything`: the ledger cannot be trusted (a restored backup), so that only what a person released goes.
    """
    known = [_known(item, before or {}) for item in items]
    limit, new = allowance(policy.limits, busiest), known.count("")
    too_many = limit is not None and new > limit
    calendar = policy.calendar()
    first = calendar.add(day, Offset(amount=-URGENT, unit="bd"))
    last = calendar.add(day, Offset(amount=URGENT, unit="bd"))
    held = [
        said != RELEASED if everything else not first <= item.due <= last and (said == HELD or (too_many and not said))
        for item, said in zip(items, known, strict=True)
    ]
    return Braked(
        goes=tuple(item for item, kept in zip(items, held, strict=True) if not kept),
        held=tuple(item for item, kept in zip(items, held, strict=True) if kept),
        fresh=new, limit=limit,
    )  # fmt: skip


def _known(item: Reminder, before: Kept) -> str:
    return before.get((item.obligation.key, item.recipient.person), "")
