"""What if: other rules, another calendar or dated actions, against what is in force. Two simulates and their difference."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from msgspec.structs import replace

from monitor.actions.query.simulate import NOBODY, foretold, known, simulate_file
from monitor.app import App
from monitor.core.changes.applied import Effect
from monitor.core.forecast.whatif import Comparison, compare
from monitor.core.lint.findings import Gap
from monitor.core.lint.survey import no_longer_watched, unwatched
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot
from monitor.core.planning.grouping import alike


def whatif_store(
    app: App, other: Policy, first: date, last: date, now: datetime, *, actions: Path | None = None,
    effects: list[Effect] | None = None,
) -> Comparison:  # fmt: skip
    """The difference that `other` and the actions make to what is said from `first` to `last`. Changes nothing.

    Both futures start from one state of the database, and from what was said already. `effects` is filled with what
    each event among the actions did. Raises Faults.
    """
    with app.store.reading() as connection:
        start = known(app, connection)
    ends: list[Register] = []
    before = foretold(start, app.policy, first, last, now)
    after = foretold(start, other, first, last, now, actions=actions, effects=effects, ends=ends)
    gaps = _unwatched(start.register, ends[-1], last_slot(app.policy, now), app.policy, other)
    return replace(compare(before, after), unwatched=gaps)


def whatif_file(
    policy: Policy, other: Policy, first: date, last: date, register: Path, *, actions: Path | None = None,
    effects: list[Effect] | None = None, named: People = NOBODY,
) -> Comparison:  # fmt: skip
    """The same for a register file, as if `other` had been in force from its first day. Touches no database."""
    before = simulate_file(policy, first, last, register, named=named)
    after = simulate_file(other, first, last, register, actions=actions, named=named)
    if effects is not None:
        effects += after.effects[len(before.effects) :]  # those of the register file are told by an import of it
    gaps = _unwatched(before.starts, after.ends, first, policy, other)
    return replace(compare(before.reminders, after.reminders), unwatched=gaps)


def _unwatched(before: Register, after: Register, day: date, policy: Policy, other: Policy) -> tuple[Gap, ...]:
    """What is new and no rule watches, and what some rule watched before and none does then."""
    kinds = alike(after, after.entries)
    new = [[id for id in ids if id not in before.entries] for ids in kinds]
    lost = no_longer_watched(before, after, kinds, day, policy, then=other)
    return unwatched(after, [*filter(None, new), *lost], day, other)
