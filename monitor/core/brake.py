"""The brake: a check that owes abnormally much holds it and asks. Whatever caused the volume, it is judged the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from monitor.core.dates import Offset
from monitor.core.digests import Reminder
from monitor.core.policy import Policy

URGENT = 2  # business days: what is due, or became overdue, within this goes all the same


@dataclass(frozen=True, kw_only=True)
class Braked:
    """Reminders that go and reminders that wait for a person."""

    goes: tuple[Reminder, ...]
    held: tuple[Reminder, ...] = ()


def brake(items: Sequence[Reminder], policy: Policy, day: date, *, released: bool = False) -> Braked:
    """Hold all but the urgent when there are more than the limit. `released`: a person has let this volume go."""
    limit = policy.limits.reminders_per_check
    if released or not limit or len(items) <= limit:
        return Braked(goes=tuple(items))
    calendar = policy.calendar()
    first = calendar.add(day, Offset(amount=-URGENT, unit="bd"))
    last = calendar.add(day, Offset(amount=URGENT, unit="bd"))
    return Braked(
        goes=tuple(item for item in items if first <= item.due <= last),
        held=tuple(item for item in items if not first <= item.due <= last),
    )
