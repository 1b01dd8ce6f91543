"""The check: reconcile what should have been said with what was, and put the difference into the outbox.

Read and judge, render, then one short write; if the register moved in between, begin anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlalchemy import Connection

from monitor.actions import moving, volume, watch, weekly
from monitor.actions.all_clear import tell_all_clear
from monitor.actions.compose import Draft, Failure, compose_digests
from monitor.actions.indexing import index_of
from monitor.actions.moving import Moving
from monitor.actions.noted import AGAIN, CHECKED, POLICY
from monitor.actions.notices import Trouble, raise_all, tell_operator
from monitor.actions.reachable import reachable
from monitor.actions.sweep import sweep
from monitor.actions.weekly import Week
from monitor.app import App
from monitor.core.brake import Braked, Kept, brake
from monitor.core.calendars import ONE_DAY
from monitor.core.digests import Reminder, reminders
from monitor.core.model import Absence, Register
from monitor.core.people import People
from monitor.core.plan import EntryPlan, Ledger, Plan, plan
from monitor.core.slots import last_slot, local_day
from monitor.core.verdicts import Judgement
from monitor.store import ledger, moves, noted, outbox, records
from monitor.store import register as rows
from monitor.store.register import Moved

TRIES = 5  # how often a check begins anew when the register moves under it
Wanted = Callable[[Connection], bool]  # whether a check is (still) to be made, asked under the register's turn


@dataclass(frozen=True, kw_only=True)
class CheckReport:
    """What a check found and did."""

    day: date  # the slot it judged
    looked_at: int = 0  # entries judged
    said: tuple[Reminder, ...] = ()  # reminders that go out
    held: tuple[Reminder, ...] = ()  # reminders the brake holds
    mails: int = 0
    waiting: int = 0  # mails the brake holds, of this check and of earlier ones
    restored: bool = False  # everything is held for a restored backup
    overdue: tuple[Judgement, ...] = ()  # open obligations past due among those judged
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a check has read: one state of the database."""

    version: int
    unsaid: int  # how often something said has become unsaid
    register: Register
    people: People
    plan: Plan
    braked: Kept  # what became of reminders that were taken back
    busiest: int = 0  # reminders said on the busiest slot of late, where it matters
    restored: str = ""  # what is known of a restore, while everything is held for it
    cause: str = ""  # why the brake held what it holds since earlier checks
    live: Plan  # the other entries in a ladder, for a person who asks what is overdue
    sequences: dict[str, int] = field(default_factory=dict)  # person → number of the next digest of that day
    instance: str = ""
    moving: Moving = field(default_factory=Moving)
    week: Week = field(default_factory=Week)

    @property
    def judged(self) -> tuple[str, ...]:
        """Entries whose judgement this check renews."""
        return tuple(judged.entry.id for judged in self.plan.entries)


def check(app: App, now: datetime, *, who: str = "slot") -> CheckReport:
    """Reconcile as of the last slot that has come. Idempotent. Raises Unavailable; then nothing is half done.

    `who` is "slot" for the service and "hand" for a person, who is also told what of the register is overdue.
    """
    found = _check(app, now, who, _always)
    assert found is not None, "a check that was asked for is made"
    return found


def check_slot(app: App, now: datetime) -> CheckReport | None:
    """The check that the clock asks for; None when there is none to make, because another daemon was quicker."""
    return _check(app, now, "slot", lambda connection: slot_waits(app, connection, now))


def slot_waits(app: App, connection: Connection, now: datetime) -> bool:
    """A slot has come that no check was made for, or what was said at it has become unsaid.

    On a closed day, or before the slot's time, today's has not come: what was missed on an earlier day is then made
    up at the next slot.
    """
    day = last_slot(app.policy, now)
    if rows.note(connection, CHECKED) == day.isoformat() and rows.note(connection, AGAIN) is None:
        return False
    return day == local_day(app.policy, now)


def _always(connection: Connection) -> bool:
    return True


def _check(app: App, now: datetime, who: str, wanted: Wanted) -> CheckReport | None:
    day = last_slot(app.policy, now)
    watch.look(app, now)
    if not _prepare(app, day, now, wanted):
        return None
    for again in reversed(range(TRIES)):
        try:
            report = _once(app, day, now, who, wanted, sweep(app, day))
            break
        except Moved:
            if not again:
                raise
    watch.note(app, now)
    return report


def rehearse(app: App, now: datetime, *, as_of: date | None = None) -> CheckReport:
    """What a check would say as of a day (default: the last slot). Writes nothing."""
    day = as_of or last_slot(app.policy, now)
    with app.store.reading() as connection:
        scene = _read(app, connection, day, ids=None)
    braked = _brake(app, scene, day)
    return CheckReport(
        day=day, looked_at=len(scene.plan.entries), said=braked.goes, held=braked.held,
        mails=len({item.recipient.person for item in braked.goes}), overdue=_overdue(scene.plan.entries),
        restored=bool(scene.restored),
    )  # fmt: skip


def _prepare(app: App, day: date, now: datetime, wanted: Wanted) -> bool:
    """Take back what is stale and wake what other circumstances concern; False when the check is not wanted any more."""
    with app.store.writing() as connection:
        if not wanted(connection):
            return False
        if rows.note(connection, noted.INSTANCE) is None:
            noted.rename(connection, f"{now:%Y%m%d%H%M%S%f}.{app.who}")
        if rows.note(connection, POLICY) != app.settings:
            rows.wake_all(connection, day)
            by_kind = {kind: hash for kind, (hash, _) in app.in_force.items()}
            moving.note_policy(connection, rows.note(connection, POLICY), by_kind, day)
            rows.keep(connection, POLICY, app.settings)
            for kind in ("role-unheld", "letter-replaced"):  # said again if the new settings still have them
                records.resolve_notices(connection, kind, now)
        checked = rows.note(connection, CHECKED)
        if checked is not None and date.fromisoformat(checked) > day:
            rows.wake_all(connection, day)
            rows.wake(connection, outbox.withdraw_ahead(connection, day).entries, day)
            outbox.bring_forward(connection, now)
            raise_all(connection, [Trouble.clock_back(checked, day)], now)
        else:
            records.resolve_notices(connection, "clock", now)
        if _people_changed(rows.load_absences(connection), checked, day):
            rows.wake(connection, rows.live(connection), day)
        withdrawn = outbox.withdraw_stale(connection, day)
        rows.wake(connection, withdrawn.entries, day)
    return True


def _people_changed(absences: Sequence[Absence], checked: str | None, day: date) -> bool:
    """An absence began or ended since the last check."""
    before = date.fromisoformat(checked) if checked else date.min
    return any(before < turn <= day for item in absences for turn in (item.first, item.last + ONE_DAY))


def _once(app: App, day: date, now: datetime, who: str, wanted: Wanted, swept: int = 0) -> CheckReport | None:
    """`swept`: entries that were looked at just before, and owe nothing."""
    started = time.monotonic()
    with app.store.reading() as connection:
        scene = _read(app, connection, day, ids=rows.awake(connection, day), survey=who == "hand")
    braked = _brake(app, scene, day)
    cause = scene.cause
    if braked.held and (braked.too_many or not cause):
        cause = volume.causes(app, day, restored=bool(scene.restored))
    drafts, failures = _compose(app, scene, braked, now)
    troubles = (*_troubles(scene, braked, cause, failures), *(t for draft in drafts for t in draft.troubles))
    with app.store.writing() as connection:
        if not wanted(connection):
            return None  # another daemon was quicker: its check is the slot's
        _write(app, connection, scene, drafts, failures, now)
        raise_all(connection, troubles, now)
        held = sum(len(draft.lines) for draft in drafts if draft.held)
        said = sum(len(draft.lines) for draft in drafts) - held
        rows.keep(connection, CHECKED, day.isoformat())
        rows.forget(connection, AGAIN)  # only now: what made it ask for another check is in what was just read
        waiting = outbox.held(connection)
        if waiting and not braked.held:
            raise_all(connection, [volume.still_held(day, len(waiting))], now)
        volume.note_cause(connection, cause, bool(waiting))
        for kind, lasts in (("held", waiting), ("restored", scene.restored)):
            records.resolve_notices(connection, kind, now, but=day.isoformat() if lasts else None)
        records.keep_versions(connection, app.in_force, now)
        records.record_check(connection, records.CheckRecord(
            day=day, at=now, who=who, seconds=time.monotonic() - started, looked_at=swept + len(scene.plan.entries),
            owed=said + held, mails=len(drafts), held=held,
            **{kind: hash for kind, (hash, _) in app.in_force.items()},
        ))  # fmt: skip
    tell_all_clear(app, day, now)
    tell_operator(app, now)
    return CheckReport(
        day=day, looked_at=swept + len(scene.plan.entries), said=braked.goes, held=braked.held, mails=len(drafts),
        overdue=_overdue((*scene.plan.entries, *scene.live.entries)), troubles=troubles, waiting=len(waiting),
        restored=bool(scene.restored),
    )  # fmt: skip


def _read(app: App, connection: Connection, day: date, *, ids: Sequence[str] | None, survey: bool = False) -> Scene:
    """Judge the entries named (None: all) on one state of the database; `survey`: also the others in a ladder."""
    live = [id for id in rows.live(connection) if id not in set(ids or ())] if survey else []
    register = rows.load(connection, None if ids is None else [*ids, *live])
    names = list(register.entries) if ids is None else list(ids)
    said = ledger.said(connection, [*names, *live])
    people = reachable(app, connection)
    judged = plan(register, day, app.policy, people, said, only=names)
    persons = {owed.recipient.person for _, owed in judged.owed()}
    restored = rows.note(connection, watch.RESTORED) or ""
    week = weekly.Week() if restored else weekly.read(app, connection, people, day)
    braked = ledger.braked(connection, [owed[0].entry for owed in judged.owed()])
    told = _moving(app, connection, judged, register, said, [*persons, *week.persons])
    return Scene(
        version=rows.version(connection),
        unsaid=ledger.unsaid(connection),
        register=replace(register, entries={**told.register.entries, **register.entries}),
        people=people,
        plan=judged,
        braked=braked,
        busiest=volume.usual(app, connection, reminders(judged), braked, day),
        restored=restored,
        cause=rows.note(connection, volume.CAUSE) or "",
        live=plan(register, day, app.policy, people, said, only=live),
        sequences=outbox.next_sequences(connection, "digest", persons, day),
        instance=rows.note(connection, noted.INSTANCE) or "",
        moving=told,
        week=week,
    )


def _moving(
    app: App, connection: Connection, judged: Plan, register: Register, said: Ledger, persons: Sequence[str]
) -> Moving:
    """What moved of the entries judged, and what these people are still to be told of others."""
    found = moving.find(app, connection, judged, register, said, judged.day)
    ids = {entry.entry.id for entry in judged.entries}
    others = moving.waiting(connection, persons, ids)
    more = {move.obligation.entry for move in others} - register.entries.keys()
    wider = rows.load(connection, more) if more else Register()
    return Moving(
        found=found, others=others,
        register=replace(register, entries={**wider.entries, **register.entries}),
    )  # fmt: skip


def _compose(app: App, scene: Scene, braked: Braked, now: datetime) -> tuple[list[Draft], list[Failure]]:
    """One mail per person of what goes, on overview day within the overview, and one of what is held."""
    sequences = dict(scene.sequences)
    drafts, failures, told = weekly.compose(
        app, scene.week, braked.goes, scene.register, scene.moving, now, instance=scene.instance, before=scene.braked
    )
    goes = tuple(item for item in braked.goes if item.recipient.person not in told)
    moved = {item.recipient.person: scene.moving.of(item.recipient.person) for item in goes}
    for items, held in ((goes, False), (braked.held, True)):
        made, failed = compose_digests(
            app, items, scene.register, scene.people, now, instance=scene.instance, sequences=sequences,
            held=held, before=scene.braked, moved={} if held else moved,
        )  # fmt: skip
        drafts += made
        failures += failed
    return drafts, failures


def _write(
    app: App, connection: Connection, scene: Scene, drafts: Sequence[Draft], failures: Sequence[Failure], now: datetime
) -> None:
    """Messages, ledger and index together. Raises Moved when the register or the ledger is not what was read, or
    somebody began or ended to hold everything.
    """
    if rows.version(connection) != scene.version or ledger.unsaid(connection) != scene.unsaid:
        raise Moved
    if (rows.note(connection, watch.RESTORED) or "") != scene.restored:
        raise Moved
    moving.write(connection, scene.judged, scene.moving.found, scene.plan.day)
    try:
        numbers = outbox.put_all(connection, [(draft.message, draft.lines) for draft in drafts], now)
    except outbox.Taken as cause:
        raise Moved from cause
    for draft, number in zip(drafts, numbers, strict=True):
        moves.tell(connection, draft.moved, scene.plan.day, number)
    weekly.write(connection, scene.week, [failure for failure in failures if not failure.entries])
    unsaid = {id for failure in failures for id in failure.entries}
    unsaid |= {judged.entry.id for judged in scene.plan.entries if judged.for_nobody()}
    index = {
        judged.entry.id: index_of(scene.register, judged, app.policy, stay=judged.entry.id in unsaid)
        for judged in scene.plan.entries
    }
    rows.set_index(connection, index)


def _brake(app: App, scene: Scene, day: date) -> Braked:
    owed, everything = reminders(scene.plan), bool(scene.restored)
    return brake(owed, app.policy, day, scene.braked, busiest=scene.busiest, everything=everything)


def _troubles(scene: Scene, braked: Braked, cause: str, failures: Sequence[Failure]) -> tuple[Trouble, ...]:
    """What the operator must hear of this check."""
    unheld = {role: one.item.entry for one in scene.week.placed for role in one.item.unheld}
    unheld |= {role: item.item.entry for item in (*braked.goes, *braked.held) for role in item.recipient.unheld}
    found = [Trouble.role_unheld(role, entry) for role, entry in unheld.items()]
    found += [Trouble.for_nobody(judged.entry.id) for judged in scene.plan.entries if judged.for_nobody()]
    if braked.held:
        found.append(volume.held(braked, scene.plan.day, scene.busiest, cause, restored=bool(scene.restored)))
    if scene.restored:
        found.append(Trouble.restored(scene.plan.day, scene.restored))
    return (*found, *(failure.trouble for failure in failures))


def _overdue(plans: Sequence[EntryPlan]) -> tuple[Judgement, ...]:
    return tuple(item for judged in plans for item in judged.overdue())
