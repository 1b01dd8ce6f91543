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
    names = tuple(ids)
    old, new = _open(before, names, day, policy, people), _open(after, names, day, policy, people)
    shifts = [_shift(key, old.get(key), new.get(key), day) for key in dict.fromkeys((*old, *new))]
    return Difference(
        moved=tuple(s for s in shifts if s.before and s.after and s.before.due.day != s.after.due.day),
        begun=tuple(s for s in shifts if s.after and not s.before),
        stopped=tuple(s for s in shifts if s.before and not s.after),
        secured=tuple(_secured(before, after, names)),
    )


def _shift(key: ObligationKey, before: RuleObligation | None, after: RuleObligation | None, day: date) -> Shift:
    overdue = after is not None and after.verdict is Verdict.OWED and after.overdue_on(day)
    return Shift(key=key, before=before, after=after, overdue=overdue)


def _open(
    register: Register, ids: tuple[str, ...], day: date, policy: Policy, people: People
) -> dict[ObligationKey, RuleObligation]:
    present = [id for id in ids if id in register.entries]
    judged = plan(register, day, policy, people, {}, only=present)
    items = (item for entry in judged.entries for item in entry.open)
    return {item.key: item for item in items if item.verdict is not Verdict.LISTED}


def _secured(before: Register, after: Register, ids: tuple[str, ...]) -> Iterable[tuple[str, Secured, Secured]]:
    for id in ids:
        if id in before.entries and id in after.entries:
            old, new = secured_until(before, before[id]), secured_until(after, after[id])
            if old != new:
                yield id, old, new
