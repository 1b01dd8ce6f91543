"""Asking ahead: simulate a span of days, explain an entry. Both use the plan that the check uses; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace
from sqlalchemy import Connection

from monitor.actions.operator.reachable import reachable
from monitor.actions.query.as_of import see
from monitor.actions.register.change import check_persons
from monitor.actions.register.restore_export import restored
from monitor.app import App
from monitor.core.changes.applied import Effect
from monitor.core.changes.bulk import intake
from monitor.core.errors import Fault, Faults, UnknownId
from monitor.core.forecast.simulate import ForecastReminder, InapplicableChange, foresee, roles_as_people
from monitor.core.model.changes import Stamp
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Register
from monitor.core.model.slots import last_slot
from monitor.core.planning.plan import EntryPlan, Ledger, plan
from monitor.core.planning.verdicts import Judgement, most_pressing
from monitor.core.register.naming import misnamed, names_of
from monitor.core.register.state import Secured, secured_until, status
from monitor.exchange.actions_file import read_actions
from monitor.exchange.register_reader import read_register
from monitor.store import ledger
from monitor.store import register as rows

NOBODY = People()


class Simulated(Struct, frozen=True, kw_only=True):
    """Reminders foretold, and what the register file holds besides."""

    reminders: Sequence[ForecastReminder]
    facts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    effects: Sequence[Effect] = ()  # what each event did, of the register file and of the actions
    starts: Register = field(default_factory=Register)
    ends: Register = field(default_factory=Register)  # after the last day


class Known(Struct, frozen=True, kw_only=True):
    """What the future is foretold from."""

    register: Register
    said: Ledger | None  # None: the fold makes its own from the earliest day
    people: People
    named: People = field(default_factory=People)  # who may be named in what is still to come


class Explanation(Struct, frozen=True, kw_only=True):
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


def simulate_file(
    policy: Policy, first: date, last: date, register: Path, *, actions: Path | None = None, named: People = NOBODY
) -> Simulated:  # fmt: skip
    """Every reminder from `first` to `last` for a register file. Touches no database. Raises Faults.

    `named`: who and which roles may be named in it; none: names are not checked.
    """
    stamp = Stamp(actor="register file", at=datetime.combine(first, policy.send_at, UTC), known_on=first)
    read = read_register(register, stamp, known=None)
    followed: dict[int, Effect] = {}
    if read.is_export:
        start = restored(register, read.digests, policy).register
    else:
        names = names_of(policy, named)
        if wrong := [fault for change in read.changes for fault in misnamed(change, Register(), names)]:
            raise Faults(replace(fault, file=str(register)) for fault in wrong)
        start = intake(Register(), read.changes, policy, file=str(register), followed=followed)
    known = Known(
        named=named, register=start, said=None, people=roles_as_people(policy, [entry.owner for entry in start])
    )
    effects = list(followed.values())
    ends: list[Register] = []
    reminders = _folded(known, policy, first, last, actions, effects, ends)
    return Simulated(reminders=reminders, facts=read.facts, effects=effects, starts=start, ends=ends[-1])


def simulate_store(
    app: App, policy: Policy, first: date, last: date, now: datetime, *, actions: Path | None = None
) -> Simulated:
    """The same for the register in the database and what was said already, from the last slot on. Changes nothing.

    `policy`: the one in force, or one that is tried out.
    """
    with app.store.reading() as connection:
        start = known(app, connection)
    effects: list[Effect] = []
    reminders = foretold(start, policy, first, last, now, actions=actions, effects=effects)
    return Simulated(reminders=reminders, effects=effects)


def known(app: App, connection: Connection) -> Known:
    """What the database knows now."""
    register = rows.load(connection)
    said = ledger.said(connection, list(register.entries))
    return Known(register=register, said=said, people=reachable(app, connection), named=app.people)


def foretold(
    start: Known, policy: Policy, first: date, last: date, now: datetime, *, actions: Path | None = None,
    effects: list[Effect] | None = None, ends: list[Register] | None = None,
) -> list[ForecastReminder]:  # fmt: skip
    """Every reminder from `first` to `last`; the fold begins at the last slot. `effects` is filled with what each event
    among the actions did, `ends` with the register after the last day. Raises Faults.
    """
    begin = min(first, last_slot(policy, now))
    return [item for item in _folded(start, policy, begin, last, actions, effects, ends) if item.on >= first]


def _folded(
    start: Known,
    policy: Policy,
    first: date,
    last: date,
    actions: Path | None,
    effects: list[Effect] | None,
    ends: list[Register] | None,
) -> list[ForecastReminder]:
    """The fold over these days; an action that does not fit is a fault of its file."""
    changes = read_actions(actions, policy.zone) if actions else ()
    faults, names = [], names_of(policy, start.named)
    for number, (_, change) in enumerate(changes, 1):
        place = Fault(file=str(actions), key=f"actions[{number}]", what="")
        faults += [replace(fault, file=place.file, key=place.key) for fault in misnamed(change, start.register, names)]
        try:
            check_persons(change, start.people)
        except UnknownId as cause:
            faults.append(replace(place, what=str(cause)))
    if faults:
        raise Faults(faults)
    try:
        return list(
            foresee(
                start.register, changes, policy, start.people, first, last, said=start.said, effects=effects, ends=ends
            )
        )
    except InapplicableChange as cause:
        number = next(place for place, (_, change) in enumerate(changes, 1) if change is cause.change)
        raise Faults([Fault(file=str(actions), key=f"actions[{number}]", what=str(cause))]) from cause


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
