"""Asking ahead: simulate a span of days, explain an entry. Both use the plan that the check uses; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from monitor.actions.reachable import reachable
from monitor.actions.restoring import restored
from monitor.actions.sight import see
from monitor.app import App
from monitor.core.changes import Stamp
from monitor.core.foresee import Foreseen, foresee, roles_as_people
from monitor.core.intake import intake
from monitor.core.model import Entry, Register
from monitor.core.plan import EntryPlan, plan
from monitor.core.policy import Policy
from monitor.core.slots import last_slot
from monitor.core.state import Secured, secured_until, status
from monitor.core.verdicts import Judgement, most_pressing
from monitor.exchange.actions_file import read_actions
from monitor.exchange.register_file import read_register
from monitor.store import outbox
from monitor.store import register as rows


@dataclass(frozen=True, kw_only=True)
class Simulated:
    """Reminders foretold, and what the register file holds besides."""

    reminders: Sequence[Foreseen]
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """Every rule once, with one verdict."""

    entry: Entry
    day: date
    state: str
    secured: Secured
    plan: EntryPlan
    known: date | None = None  # as known on that day; None: as known now
    basis: str = ""  # which rules it was judged with, where they might be others than today's

    def rules(self) -> list[tuple[Judgement, list[Judgement]]]:
        """For each rule the judgement that speaks for it, and all its obligations."""
        found: dict[str, list[Judgement]] = {}
        for item in self.plan.judgements:
            found.setdefault(item.rule.id, []).append(item)
        return [(most_pressing(items), [item for item in items if item.key]) for items in found.values()]

    def plain(self) -> dict[str, Any]:
        """For --json."""
        return {
            "entry": self.entry.id,
            "day": self.day.isoformat(),
            "known": self.known and self.known.isoformat(),
            "basis": self.basis or None,
            "state": self.state,
            "secured_until": self.secured.until and self.secured.until.isoformat(),
            "binding": self.secured.binding,
            "rules": [
                {
                    "rule": chief.rule.id,
                    **_plain(chief),
                    "obligations": [{"occurrence": item.key.occurrence, **_plain(item)} for item in items if item.key],
                }
                for chief, items in self.rules()
            ],
        }


def simulate_file(policy: Policy, first: date, last: date, register: Path, *, actions: Path | None = None) -> Simulated:
    """Every reminder from `first` to `last` for a register file. Touches no database. Raises Faults."""
    stamp = Stamp(actor="register file", at=datetime.combine(first, policy.send_at, UTC), known_on=first)
    read = read_register(register, stamp)
    if read.kept is not None:
        start = restored(register, read, policy).register
    else:
        start = intake(Register(), read.changes, policy, file=str(register))
    changes = read_actions(actions, policy.zone) if actions else ()
    people = roles_as_people(policy, [entry.owner for entry in start])
    return Simulated(reminders=list(foresee(start, changes, policy, people, first, last)), facts=read.facts)


def simulate_store(app: App, first: date, last: date, now: datetime, *, actions: Path | None = None) -> Simulated:
    """The same for the register in the database and what was said already, from the last slot on. Changes nothing."""
    with app.store.reading() as connection:
        start = rows.load(connection)
        said = outbox.said(connection, list(start.entries))
        people = reachable(app, connection)
    changes = read_actions(actions, app.policy.zone) if actions else ()
    begin = min(first, last_slot(app.policy, now))
    found = foresee(start, changes, app.policy, people, begin, last, said=said)
    return Simulated(reminders=[item for item in found if item.on >= first])


def explain(app: App, id: str, now: datetime, *, day: date | None = None, known: date | None = None) -> Explanation:
    """Every rule's verdict on an entry as of a slot (default: the last), after what that slot said.

    `known`: as the register, the rules and the people were known at the slot of that day. Raises UnknownId, Refused.
    """
    with app.store.reading() as connection:
        seen = see(app, connection, now, on=day, known=known, ids=[id])
    entry = seen.register[id]
    at = max(seen.day, entry.registered_on)
    made = plan(seen.register, at, seen.policy, seen.people, seen.said, only=[id])
    return Explanation(
        entry=entry, day=at, state=status(seen.register, entry, at, seen.policy),
        secured=secured_until(seen.register, entry), plan=made.entries[0], known=known, basis=seen.basis,
    )  # fmt: skip


def _plain(item: Judgement) -> dict[str, Any]:
    return {
        "verdict": str(item.verdict),
        "why": item.why,
        "due": item.due and item.due.day.isoformat(),
        "rung": item.rung and item.rung.name,
        "derivation": item.due and item.due.derivation,
        "provisional": bool(item.due and item.due.provisional),
    }
