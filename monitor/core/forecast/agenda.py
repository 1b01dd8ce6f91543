"""The deadlines of a register as days of a calendar: what is open, and for a while what no longer is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct

from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.model.register import Entry, ObligationKey
from monitor.core.planning.plan import Plan
from monitor.core.planning.verdicts import RuleObligation

BACK, AHEAD = Offset(amount=-3, unit="m"), Offset(amount=18, unit="m")  # due days around the day of the plan
GONE = 14  # days for which what is no longer open is still shown, as cancelled, so that a calendar removes it


class Deadline(Struct, frozen=True, kw_only=True):
    """One obligation with its due day; a tickler has none to keep, and is not one."""

    entry: Entry
    item: RuleObligation
    gone: bool = False  # no longer open


def deadlines(now: Plan, before: Iterable[Plan]) -> list[Deadline]:
    """Return those of a plan by due day, and behind them those that only plans of the last GONE days had open.

    `before`: these plans, the latest first, for each is shown as it was last. An entry that is muted has none: it
    raises nothing, but what is due of it has not gone.
    """
    muted = {judged.entry.id for judged in now.entries if judged.entry.muted}
    first, last = add_calendar(now.day, BACK), add_calendar(now.day, AHEAD)
    found: dict[ObligationKey, Deadline] = {}
    for plan in (now, *before):
        for entry, item in _open(plan):
            if item.key not in found and entry.id not in muted and first <= item.due.day <= last:
                found[item.key] = Deadline(entry=entry, item=item, gone=plan is not now)
    for entry, item in _open(now):  # one that moved beyond the last day has not gone
        if (kept := found.get(item.key)) and kept.gone:
            found[item.key] = Deadline(entry=entry, item=item)
    return sorted(found.values(), key=lambda one: (one.gone, one.item.due.day, one.entry.position, one.item.rule.id))


def _open(plan: Plan) -> Iterator[tuple[Entry, RuleObligation]]:
    return ((judged.entry, item) for judged in plan.entries for item in judged.open if not item.is_tickler)
