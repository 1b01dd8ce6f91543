"""Simulate a span of days, or compare two simulations. They use the plan that the check uses; nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.operator.undelivered import reachable
from monitor.actions.register.change import check_persons
from monitor.actions.register.restore_export import restored
from monitor.app import App, build_policy, open_app
from monitor.core.changes.bulk import intake
from monitor.core.changes.closing import Effect
from monitor.core.coverage.survey import no_longer_watched, unwatched
from monitor.core.errors import Fault, Faults, UnknownId
from monitor.core.forecast.simulate import ForecastReminder, ForecastState, InapplicableChange, roles_as_people
from monitor.core.forecast.whatif import Comparison, compare
from monitor.core.model.changes import Add, Stamp
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot
from monitor.core.planning.grouping import alike
from monitor.core.planning.plan import Ledger
from monitor.core.register.naming import misnamed, names_of
from monitor.exchange.actions_file import read_actions
from monitor.exchange.register_file import read_register
from monitor.settings.config.configuration import Config
from monitor.settings.config.recipients import people_of
from monitor.store import ledger
from monitor.store.engine import Transaction
from monitor.store.register import load_register
from monitor.store.state import read_state

UNNAMED = People()


class Scenario(Struct, frozen=True, kw_only=True):
    """Files to simulate with."""

    register: Path | None = None  # in place of the database
    rules: Path | None = None  # a folder that comes before the others
    calendar: Path | None = None  # in place of the calendar of its name
    actions: Path | None = None  # changes, applied on their days


class Start(Struct, frozen=True, kw_only=True):
    """What is known at the start of a simulation."""

    register: Register
    recorded: Ledger | None  # None: the fold makes its own from the earliest day
    people: People
    named: People  # who may be named in changes to come; none: names are not checked
    overviewed: date | None = None  # the latest overview day whose overviews were made


class Simulated(Struct, frozen=True, kw_only=True):
    """The reminders of a span of days."""

    reminders: Sequence[ForecastReminder]
    effects: Sequence[Effect]  # what each event did, of the register file and of the actions
    starts: Register
    ends: Register  # after the last day
    facts: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # of a register file: entry → fields without effect


def simulate(config: Config, files: Scenario, first: date, last: date, now: datetime) -> tuple[Policy, Simulated]:
    """Return the policy and every reminder from `first` to `last`. Raises Faults, Refused or Unavailable."""
    policy = build_policy(config, before=files.rules, calendar=files.calendar)
    if files.register:
        named = people_of(config)
        return policy, simulate_file(policy, first, last, files.register, actions=files.actions, named=named)
    with open_app(config) as app:
        return policy, simulate_store(app, policy, first, last, now, actions=files.actions)


def whatif(config: Config, files: Scenario, first: date, last: date, now: datetime) -> tuple[Policy, Comparison]:
    """Return the other policy, and what it and the actions change. Raises as `simulate` does."""
    other = build_policy(config, before=files.rules, calendar=files.calendar)
    if files.register:
        policy, named = build_policy(config), people_of(config)
        return other, whatif_file(policy, other, first, last, files.register, actions=files.actions, named=named)
    with open_app(config) as app:
        return other, whatif_store(app, other, first, last, now, actions=files.actions)


def simulate_store(
    app: App, policy: Policy, first: date, last: date, now: datetime, *, actions: Path | None = None
) -> Simulated:
    """Return every reminder from `first` to `last` for the register and the ledger in the database.

    The simulation begins at the last slot. `policy`: the one in force, or one that is tried out. Raises Faults.
    """
    with app.store.reading() as connection:
        start = _known(app, connection)
    return _simulated(start, policy, min(first, last_slot(policy, now)), first, last, actions)


def simulate_file(
    policy: Policy, first: date, last: date, register: Path, *, actions: Path | None = None, named: People = UNNAMED
) -> Simulated:
    """Return every reminder from `first` to `last` for a register file. Touches no database. Raises Faults.

    `named`: who and which roles may be named in it; none: names are not checked.
    """
    stamp = Stamp(actor="register file", at=datetime.combine(first, policy.send_at, UTC), known_on=first)
    read = read_register(register, stamp, known=None)
    followed: dict[int, Effect] = {}
    if read.is_export:
        start, _ = restored(register, read.digests, policy)
    else:
        names = names_of(policy, named)
        if wrong := [fault for change in read.changes for fault in misnamed(change, Register(), names)]:
            raise Faults(replace(fault, file=str(register)) for fault in wrong)
        start = intake(Register(), read.changes, policy, file=str(register), followed=followed)
    people = roles_as_people(policy, [entry.owner for entry in start])
    known = Start(register=start, recorded=None, people=people, named=named)
    found = _simulated(known, policy, first, first, last, actions)
    adds = [change for change in read.changes if isinstance(change, Add)]
    facts = {add.entry: tuple(add.content.facts) for add in adds if add.content.facts}
    return replace(found, effects=[*followed.values(), *found.effects], facts=facts)


def whatif_store(
    app: App, other: Policy, first: date, last: date, now: datetime, *, actions: Path | None = None
) -> Comparison:
    """Return the difference that `other` and the actions make to what is said from `first` to `last`. Changes nothing.

    Both simulations start from one state of the database, and from what was said already. Raises Faults.
    """
    with app.store.reading() as connection:
        start = _known(app, connection)
    slot = last_slot(app.policy, now)
    before = _simulated(start, app.policy, min(first, slot), first, last, None)
    after = _simulated(start, other, min(first, last_slot(other, now)), first, last, actions)
    return _compared(before, after, slot, app.policy, other)


def whatif_file(
    policy: Policy, other: Policy, first: date, last: date, register: Path, *, actions: Path | None, named: People
) -> Comparison:
    """Return the same for a register file, as if `other` had been in force from its first day. Touches no database."""
    before = simulate_file(policy, first, last, register, named=named)
    after = simulate_file(other, first, last, register, actions=actions, named=named)
    of_actions = after.effects[len(before.effects) :]  # those of the register file are reported by an import of it
    return _compared(before, replace(after, effects=of_actions), first, policy, other)


def _compared(before: Simulated, after: Simulated, day: date, policy: Policy, other: Policy) -> Comparison:
    """The difference, with what is new and no rule watches, and what no rule watches any more."""
    kinds = alike(after.ends, after.ends.entries)
    new = [[id for id in ids if id not in before.starts.entries] for ids in kinds]
    lost = no_longer_watched(before.starts, after.ends, kinds, day, policy, then=other)
    gaps = unwatched(after.ends, [*filter(None, new), *lost], day, other)
    return replace(compare(before.reminders, after.reminders), unwatched=gaps, effects=after.effects)


def _known(app: App, connection: Transaction) -> Start:
    register = load_register(connection)
    recorded = ledger.recorded(connection, list(register.entries))
    people, overviewed = reachable(app, connection), read_state(connection).overviewed
    return Start(register=register, recorded=recorded, people=people, named=app.people, overviewed=overviewed)


def _simulated(start: Start, policy: Policy, begin: date, first: date, last: date, actions: Path | None) -> Simulated:
    """Simulate from `begin`; an action that does not fit is a fault of its file."""
    changes = read_actions(actions, policy.zone) if actions else ()
    places = [Fault(file=str(actions), key=f"actions[{number}]", what="") for number in range(1, len(changes) + 1)]
    faults, names = [], names_of(policy, start.named)
    for place, (_, change) in zip(places, changes, strict=True):
        faults += [replace(fault, file=place.file, key=place.key) for fault in misnamed(change, start.register, names)]
        try:
            check_persons(change, start.people)
        except UnknownId as cause:
            faults.append(replace(place, what=str(cause)))
    if faults:
        raise Faults(faults)
    state = ForecastState(register=start.register, policy=policy, people=start.people, overviewed=start.overviewed)
    try:
        found = [*state.run(changes, begin, last, start.recorded)]
    except InapplicableChange as cause:
        place = next(place for place, (_, change) in zip(places, changes, strict=True) if change is cause.change)
        raise Faults([replace(place, what=str(cause))]) from cause
    reminders = [item for item in found if item.on >= first]
    return Simulated(reminders=reminders, effects=state.effects, starts=start.register, ends=state.register)
