"""The brake: a check that owes abnormally much holds it and asks. Whatever caused the volume, it is judged the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from monitor.core.dates import Offset
from monitor.core.digests import Reminder
from monitor.core.model import ObligationKey
from monitor.core.policy import Policy

URGENT = 2  # business days: what is due, or became overdue, within this goes all the same


@dataclass(frozen=True, kw_only=True)
class Braked:
    """Reminders that go and reminders that wait for a person."""

    goes: tuple[Reminder, ...]
    held: tuple[Reminder, ...] = ()


def brake(
    items: Sequence[Reminder], policy: Policy, day: date, before: Mapping[tuple[ObligationKey, str], str] | None = None
) -> Braked:
    """Hold all but the urgent when more is newly owed than the limit allows.

    `before`: what the brake kept of an earlier slot, (obligation, person) → "held" or "released". What was held stays
    held, however little it is by now, until it is urgent or a person lets it go; what was released is not held again.
    """
    known = [(before or {}).get((item.item.key, item.recipient.person), "") if item.item.key else "" for item in items]
    limit = policy.limits.reminders_per_check
    too_many = bool(limit) and known.count("") > limit
    calendar = policy.calendar()
    first = calendar.add(day, Offset(amount=-URGENT, unit="bd"))
    last = calendar.add(day, Offset(amount=URGENT, unit="bd"))
    held = [
        not first <= item.due <= last and (said == "held" or (too_many and not said))
        for item, said in zip(items, known, strict=True)
    ]
    return Braked(
        goes=tuple(item for item, kept in zip(items, held, strict=True) if not kept),
        held=tuple(item for item, kept in zip(items, held, strict=True) if kept),
    )
