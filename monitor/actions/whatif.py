"""What if: other rules, another calendar or dated actions, against what is in force. Two simulates and their difference."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from monitor.actions.outlook import foretold, known, simulate_file
from monitor.app import App
from monitor.core.applied import Effect
from monitor.core.comparison import Comparison, compare
from monitor.core.policy import Policy


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
    before = foretold(start, app.policy, first, last, now)
    return compare(before, foretold(start, other, first, last, now, actions=actions, effects=effects))


def whatif_file(
    policy: Policy, other: Policy, first: date, last: date, register: Path, *, actions: Path | None = None,
    effects: list[Effect] | None = None,
) -> Comparison:  # fmt: skip
    """The same for a register file, as if `other` had been in force from its first day. Touches no database."""
    before = simulate_file(policy, first, last, register)
    after = simulate_file(other, first, last, register, actions=actions)
    if effects is not None:
        effects += after.effects[len(before.effects) :]  # those of the register file are told by an import of it
    return compare(before.reminders, after.reminders)
