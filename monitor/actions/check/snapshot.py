"""What a check has read: the entries concerned, judged on one state of the database, and the overviews that are due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from msgspec import Struct, field
from msgspec.structs import replace

from monitor.actions.check import braking
from monitor.actions.operator.undelivered import reachable
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.mailing.brake import PriorDecisions
from monitor.core.mailing.content import OverviewLine
from monitor.core.mailing.digest import reminders
from monitor.core.mailing.due_date_changes import Move, moves, reason_of
from monitor.core.mailing.overview import LOOK_AHEAD, OverviewInput, lines, look_ahead
from monitor.core.model.people import People
from monitor.core.model.register import Register
from monitor.core.model.slots import slot_of, weekly_of
from monitor.core.planning.plan import Ledger, Plan, plan
from monitor.core.planning.verdicts import LedgerLine
from monitor.store import ledger, outbox, records
from monitor.store import moves as stored_moves
from monitor.store.engine import Transaction
from monitor.store.register import live_entries, load_register, overview_candidates, register_version
from monitor.store.state import MonitorState, read_state

LONG_AWAY = timedelta(days=92)  # how far back absences are reported to persons who never had an overview


class OverviewBatch(Struct, frozen=True, kw_only=True):
    """What the overviews of one check are made from."""

    day: date | None = None  # the weekly day that is due; None: it was done
    persons: tuple[str, ...] = ()  # who is to get one, if there is anything to say; else whose quiet reminders go
    outlook: OverviewInput | None = None  # None: no overview is made now
    placed: tuple[OverviewLine, ...] = ()
    sequences: dict[str, int] = field(default_factory=dict)


class CheckSnapshot(Struct, frozen=True, kw_only=True):
    """One state of the database, as a check has read it."""

    version: int  # of the register
    state: MonitorState
    register: Register
    people: People
    plan: Plan
    prior: PriorDecisions  # what was decided of reminders that were taken back since
    busiest: int = 0  # reminders said on the busiest slot of late, where it matters
    live: Plan  # the other entries in a ladder, for a person who asks what is overdue
    sequences: dict[str, int] = field(default_factory=dict)  # person → number of the next digest of that day
    moved: tuple[Move, ...] = ()  # due days of the entries judged; replaces what waited of them
    moved_before: tuple[Move, ...] = ()  # of other entries, found by earlier checks and not mailed yet
    week: OverviewBatch = field(default_factory=OverviewBatch)

    @property
    def judged(self) -> tuple[str, ...]:
        """Entries that this check judges."""
        return tuple(judged.entry.id for judged in self.plan.entries)

    def moves_for(self, person: str) -> tuple[Move, ...]:
        """Return the moved due days that a person has not been mailed yet."""
        return tuple(move for move in (*self.moved_before, *self.moved) if move.person == person)


def read_snapshot(
    app: App, connection: Transaction, day: date, *, ids: Sequence[str] | None, survey: bool = False
) -> CheckSnapshot:
    """Judge the entries named (None: all) on one state of the database; `survey`: also the others in a ladder."""
    state = read_state(connection)
    live = [id for id in live_entries(connection) if id not in set(ids or ())] if survey else []
    register = load_register(connection, None if ids is None else [*ids, *live])
    names = list(register.entries) if ids is None else list(ids)
    recorded = ledger.recorded(connection, [*names, *live])
    people = reachable(app, connection, day)
    judged = plan(register, day, app.policy, people, recorded, only=names)
    persons = {item.recipient.person for item in reminders(judged)}
    week = OverviewBatch() if state.restored else _overviews(app, connection, people, day)
    prior = ledger.braked(connection, [item.entry for item in judged.outstanding()])
    chosen = set(names)
    waiting = stored_moves.waiting(connection, [*persons, *week.persons])
    waiting = [move for move in waiting if move.obligation.entry not in chosen]
    return CheckSnapshot(
        version=register_version(connection),
        state=state,
        register=_widened(connection, register, waiting),
        people=people,
        plan=judged,
        prior=prior,
        busiest=braking.busiest_before(app, connection, reminders(judged), prior, day),
        live=plan(register, day, app.policy, people, recorded, only=live),
        sequences=outbox.next_sequences(connection, "digest", persons, day),
        moved=find_moves(app, connection, judged, register, recorded),
        moved_before=tuple(waiting),
        week=week,
    )


def _widened(connection: Transaction, register: Register, named: Sequence[Move | LedgerLine]) -> Register:
    """Return the register with the entries that these are about."""
    unloaded = {one.obligation.entry for one in named} - register.entries.keys()
    wider = load_register(connection, unloaded) if unloaded else Register()
    return replace(register, entries={**wider.entries, **register.entries})


def find_moves(
    app: App, connection: Transaction, judged: Plan, register: Register, recorded: Ledger
) -> tuple[Move, ...]:
    """Return the due days that moved, of the entries judged, with the reason."""
    ids = [entry.entry.id for entry in judged.entries]
    found = moves(judged.entries, recorded, stored_moves.announced(connection, ids)) if ids else ()
    policies = read_state(connection).settings_changed if found else {}
    return tuple(
        replace(move, reason=reason_of(move, register, app.policy, _verbs(connection, register, move), policies))
        for move in found
    )


def _verbs(connection: Transaction, register: Register, move: Move) -> list[tuple[str, date]]:
    """Return the verbs of later changes of the entry and of everything it depends on."""
    lineage = [move.obligation.entry]
    for id in lineage:
        lineage += [one for one in register[id].above() if one in register.entries and one not in lineage]
    return stored_moves.verbs_on(connection, lineage, move.announced_on)


def _overviews(app: App, connection: Transaction, people: People, day: date) -> OverviewBatch:
    """Return to whom an overview is due at the slot of `day`, with everything it says. Empty on most days.

    Without overviews, the persons whose quiet reminders are due.
    """
    due, overviews = weekly_of(app.policy, day), app.policy.overview_day is not None
    if due is None:
        return OverviewBatch()
    made = read_state(connection).overviewed
    first = made is None or made < due
    # person → whether one was not taken back
    kept = outbox.mails_since(connection, "overview" if overviews else "digest", due, day)
    persons = tuple(
        person
        for person in people.persons
        if person not in people.unreachable and ((first and not kept.get(person)) or kept.get(person) is False)
    )
    if not persons or not overviews:
        return OverviewBatch(day=due if first else None, persons=persons)
    outlook = outlook_of(app, connection, people, day, persons)
    sequences = outbox.next_sequences(connection, "overview", persons, day)
    return OverviewBatch(day=due, persons=persons, outlook=outlook, placed=lines(outlook), sequences=sequences)


def outlook_of(
    app: App, connection: Transaction, people: People, day: date, persons: Sequence[str], *, as_entered: bool = False
) -> OverviewInput:
    """Return what overviews of a day are made from. `persons`: who may have missed mails; `as_entered`: for people,
    what was entered after that slot is judged too.
    """
    register = load_register(connection, overview_candidates(connection, day + LOOK_AHEAD))
    recorded = ledger.recorded(connection, list(register.entries))
    made = plan(register, day, app.policy, people, recorded, as_entered=as_entered)
    away, instead = _away(connection, register, persons, day), _instead(app, connection, persons, day)
    others = [one for theirs in (*away.values(), *instead.values()) for one in theirs]
    return OverviewInput(
        plan=made,
        register=_widened(connection, register, others),
        policy=app.policy,
        people=people,
        ahead=look_ahead(made, register, app.policy, people, recorded),
        away=away,
        instead=instead,
    )


def _away(
    connection: Transaction, register: Register, persons: Sequence[str], day: date
) -> Mapping[str, tuple[LedgerLine, ...]]:
    """Return what was said during absences that go on, or that ended since the person's last overview."""
    found: dict[str, tuple[LedgerLine, ...]] = {}
    still_away = {one.person for one in register.absences if one.first <= day <= one.last}
    for absence in register.absences:
        person, since = absence.person, day
        if absence.last < day and person in persons and person not in still_away:
            since = outbox.last_overview(connection, person, day) or day - LONG_AWAY
        if since <= absence.last:
            sent = ledger.sent_between(connection, absence.first, absence.last)
            found[person] = (*found.get(person, ()), *sent)
    return found


def _instead(
    app: App, connection: Transaction, persons: Sequence[str], day: date
) -> Mapping[str, tuple[LedgerLine, ...]]:
    """Return what others were sent while mail to these people was not delivered, since the last overview they got."""
    long_ago = day - LONG_AWAY
    lasted = records.notices_since(connection, AlertKind.UNDELIVERED_LATE, slot_of(app.policy, long_ago))
    late = {key.partition(" ")[0] for key in lasted}
    found = {}
    for person in persons:
        if person in late:
            since = outbox.last_read_overview(connection, person) or long_ago
            found[person] = tuple(ledger.sent_to_others(connection, person, since))
    return found
