"""What a change does to the plan: obligations that move, appear or stop, and how many reminders each way."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from msgspec import Struct

from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import ObligationKey, Register
from monitor.core.planning.plan import plan
from monitor.core.planning.verdicts import RuleObligation, Verdict
from monitor.core.register.state import Secured, secured_until


class Shift(Struct, frozen=True, kw_only=True):
    """One obligation before and after."""

    key: ObligationKey
    before: RuleObligation | None  # None: there was none
    after: RuleObligation | None  # None: there is none any more
    overdue: bool = False  # its due day has passed, and it is mailed until it is closed

    @property
    def reminders(self) -> int:
        """Reminders up to the due day that move, come or stop."""
        shown = self.after if self.after and self.after.verdict.open else self.before
        return len(shown.ladder.before) if shown else 0


class Difference(Struct, frozen=True, kw_only=True):
    """Two plans compared, for the entries a change reaches."""

    moved: tuple[Shift, ...] = ()
    begun: tuple[Shift, ...] = ()
    stopped: tuple[Shift, ...] = ()
    secured: tuple[tuple[str, Secured, Secured], ...] = ()  # entry, before, after

    @property
    def nothing(self) -> bool:
        """The plan stays as it is."""
        return not (self.moved or self.begun or self.stopped or self.secured)


def difference(
    before: Register, after: Register, ids: Iterable[str], day: date, policy: Policy, people: People
) -> Difference:
    """Compare the open obligations of these entries as of `day` in two registers."""
    ids = tuple(ids)
    old, new = (_open(register, ids, day, policy, people) for register in (before, after))
    moved, begun, stopped = [], [], []
    for key in dict.fromkeys((*old, *new)):
        then, now = old.get(key), new.get(key)
        overdue = now is not None and now.verdict is Verdict.OWED and now.overdue_on(day)
        shift = Shift(key=key, before=then, after=now, overdue=overdue)
        if then is None:
            begun.append(shift)
        elif now is None:
            stopped.append(shift)
        elif then.due.day != now.due.day:
            moved.append(shift)
    both = [id for id in ids if id in before.entries and id in after.entries]
    ends = ((id, secured_until(before, before[id]), secured_until(after, after[id])) for id in both)
    secured = tuple(item for item in ends if item[1] != item[2])
    return Difference(moved=tuple(moved), begun=tuple(begun), stopped=tuple(stopped), secured=secured)


def _open(
    register: Register, ids: Iterable[str], day: date, policy: Policy, people: People
) -> dict[ObligationKey, RuleObligation]:
    judged = plan(register, day, policy, people, {}, only=[id for id in ids if id in register.entries])
    items = (item for entry in judged.entries for item in entry.open)
    return {item.key: item for item in items if item.verdict is not Verdict.LISTED}
