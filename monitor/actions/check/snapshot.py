"""What a check has before it: the entries concerned, judged on one state of the database, and what was said of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.check import due_date_changes, overview, volume_limit
from monitor.actions.check.due_date_changes import DueDateChanges
from monitor.actions.check.overview import OverviewBatch
from monitor.actions.operator.undelivered import reachable
from monitor.app import App
from monitor.core.mailing.digest import reminders
from monitor.core.mailing.volume_limit import PriorDecisions
from monitor.core.model.people import People
from monitor.core.model.register import Register
from monitor.core.planning.plan import Ledger, Plan, plan
from monitor.store import ledger, outbox
from monitor.store.engine import Transaction
from monitor.store.register import live_entries, load_register, register_version
from monitor.store.state import read_state


class CheckSnapshot(Struct, frozen=True, kw_only=True):
    """What a check has read: one state of the database."""

    version: int
    unsaid: int  # how often something said has become unsaid
    register: Register
    people: People
    plan: Plan
    braked: PriorDecisions  # what became of reminders that were taken back
    busiest: int = 0  # reminders said on the busiest slot of late, where it matters
    restored: str = ""  # what is known of a restore, while everything is held for it
    cause: str = ""  # why the brake held what it holds since earlier checks
    live: Plan  # the other entries in a ladder, for a person who asks what is overdue
    sequences: dict[str, int] = field(default_factory=dict)  # person → number of the next digest of that day
    instance: str = ""
    moving: DueDateChanges = field(default_factory=DueDateChanges)
    week: OverviewBatch = field(default_factory=OverviewBatch)

    @property
    def judged(self) -> tuple[str, ...]:
        """Entries whose judgement this check renews."""
        return tuple(judged.entry.id for judged in self.plan.entries)


def read(
    app: App, connection: Transaction, day: date, *, ids: Sequence[str] | None, survey: bool = False
) -> CheckSnapshot:
    """Judge the entries named (None: all) on one state of the database; `survey`: also the others in a ladder."""
    live = [id for id in live_entries(connection) if id not in set(ids or ())] if survey else []
    register = load_register(connection, None if ids is None else [*ids, *live])
    names = list(register.entries) if ids is None else list(ids)
    said = ledger.said(connection, [*names, *live])
    people = reachable(app, connection, day)
    judged = plan(register, day, app.policy, people, said, only=names)
    persons = {to.person for item in judged.owed() for to in item.owed}
    state = read_state(connection)
    week = overview.OverviewBatch() if state.restored else overview.read(app, connection, people, day)
    braked = ledger.braked(connection, [item.entry for item in judged.owed()])
    told = _moving(app, connection, judged, register, said, [*persons, *week.persons])
    return CheckSnapshot(
        version=register_version(connection),
        unsaid=state.unsaid,
        register=replace(register, entries={**told.register.entries, **register.entries}),
        people=people,
        plan=judged,
        braked=braked,
        busiest=volume_limit.usual(app, connection, reminders(judged), braked, day),
        restored=state.restored,
        cause=state.brake_cause,
        live=plan(register, day, app.policy, people, said, only=live),
        sequences=outbox.next_sequences(connection, "digest", persons, day),
        instance=state.instance,
        moving=told,
        week=week,
    )


def _moving(
    app: App, connection: Transaction, judged: Plan, register: Register, said: Ledger, persons: Sequence[str]
) -> DueDateChanges:
    """What moved of the entries judged, and what these people are still to be told of others."""
    found = due_date_changes.find(app, connection, judged, register, said, judged.day)
    ids = {entry.entry.id for entry in judged.entries}
    others = due_date_changes.waiting(connection, persons, ids)
    more = {move.obligation.entry for move in others} - register.entries.keys()
    wider = load_register(connection, more) if more else Register()
    return DueDateChanges(
        found=found, others=others,
        register=replace(register, entries={**wider.entries, **register.entries}),
    )  # fmt: skip
