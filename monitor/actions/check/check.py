"""The check: reconcile what should have been said with what was, and put the difference into the outbox.

Read and judge, render, then one short write; if the register moved in between, begin anew.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, datetime

from msgspec import Struct

from monitor.actions.check import due_date_changes, overview, volume_limit
from monitor.actions.check.batches import sweep
from monitor.actions.check.compose import ComposedMail, Failure, compose_digests
from monitor.actions.check.slot import Wanted, prepare, slot_waits
from monitor.actions.check.snapshot import CheckSnapshot, read
from monitor.actions.check.weekly_report import tell_all_clear
from monitor.actions.operator import restore_guard
from monitor.actions.operator.alerts import Alert, alert
from monitor.actions.operator.notices import queue_notices, raise_alerts
from monitor.actions.register.indexing import index_of
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.mailing.digest import Reminder, by_person, in_mails, reminders
from monitor.core.mailing.volume_limit import Braked, brake
from monitor.core.model.slots import last_slot
from monitor.core.planning.plan import EntryPlan
from monitor.core.planning.verdicts import RuleObligation
from monitor.store import moves, outbox, records
from monitor.store.engine import Transaction
from monitor.store.register import RegisterChanged, awake_entries, register_version, set_index
from monitor.store.state import keep_state, read_state

TRIES = 5  # how often a check begins anew when the register moves under it


class CheckReport(Struct, frozen=True, kw_only=True):
    """What a check found and did."""

    day: date  # the slot it judged
    looked_at: int = 0  # entries judged
    said: tuple[Reminder, ...] = ()  # reminders that go out
    held: tuple[Reminder, ...] = ()  # reminders the brake holds
    mails: int = 0
    waiting: int = 0  # mails the brake holds, of this check and of earlier ones
    restored: bool = False  # everything is held for a restored backup
    overdue: tuple[RuleObligation, ...] = ()  # open obligations past due among those judged
    troubles: tuple[Alert, ...] = ()


def check(app: App, now: datetime, *, who: str = "slot") -> CheckReport:
    """Reconcile as of the last slot that has come. Idempotent. Raises Unavailable; then nothing is half done.

    `who` is "slot" for the service and "hand" for a person, who is also told what of the register is overdue.
    """
    found = _check(app, now, who, _always)
    assert found is not None, "a check that was asked for is made"
    return found


def check_slot(app: App, clock: Callable[[], datetime]) -> CheckReport | None:
    """The check that the clock asks for; None when there is none to make: another daemon was quicker, or the next slot
    came while this one slept, or waited for its turn.
    """
    now = clock()

    def wanted(connection: Transaction) -> bool:
        return last_slot(app.policy, clock()) == last_slot(app.policy, now) and slot_waits(app, connection, now)

    return _check(app, now, "slot", wanted)


def _always(connection: Transaction) -> bool:
    return True


def _check(app: App, now: datetime, who: str, wanted: Wanted) -> CheckReport | None:
    day = last_slot(app.policy, now)
    restore_guard.recognise(app, now)
    if not prepare(app, day, now, wanted):
        return None
    for again in reversed(range(TRIES)):
        try:
            report = _once(app, day, now, who, wanted, sweep(app, day))
            break
        except RegisterChanged:
            if not again:
                raise
    restore_guard.write_note(app, now)
    return report


def rehearse(app: App, now: datetime, *, as_of: date | None = None) -> CheckReport:
    """What a check would say as of a day (default: the last slot). Writes nothing."""
    day = as_of or last_slot(app.policy, now)
    with app.store.reading() as connection:
        scene = read(app, connection, day, ids=None)
    braked = _brake(app, scene, day)
    return CheckReport(
        day=day, looked_at=len(scene.plan.entries), said=braked.goes, held=braked.held,
        mails=sum(len(in_mails(items)) for items in by_person(braked.goes).values()), overdue=_overdue(scene.plan.entries),
        restored=bool(scene.restored),
    )  # fmt: skip


def _once(app: App, day: date, now: datetime, who: str, wanted: Wanted, swept: int = 0) -> CheckReport | None:
    """`swept`: entries that were looked at just before, and owe nothing."""
    started = time.monotonic()
    with app.store.reading() as connection:
        scene = read(app, connection, day, ids=awake_entries(connection, day), survey=who == "hand")
    braked = _brake(app, scene, day)
    cause = scene.cause
    if braked.held and (braked.too_many or not cause):
        cause = volume_limit.causes(app, day, restored=bool(scene.restored))
    drafts, failures = _compose(app, scene, braked, now)
    troubles = (*_troubles(scene, braked, cause, failures), *(t for draft in drafts for t in draft.troubles))
    with app.store.writing() as connection:
        if not wanted(connection):
            return None  # overtaken by another daemon, or by the next slot
        _write(app, connection, scene, drafts, failures, now)
        raise_alerts(connection, troubles, now)
        held = sum(len(draft.lines) for draft in drafts if draft.held)
        said = sum(len(draft.lines) for draft in drafts) - held
        # `again` is cleared only now: what made it ask for another check is in what was just read.
        keep_state(connection, checked=day, again="")
        waiting = outbox.held(connection)
        if waiting and not braked.held:
            raise_alerts(connection, [volume_limit.still_held(day, len(waiting))], now)
        volume_limit.note_cause(connection, cause, bool(waiting))
        for kind, lasts in (("held", waiting), ("restored", scene.restored)):
            records.resolve_notices(connection, kind, now, but=day.isoformat() if lasts else None)
        records.keep_versions(connection, app.in_force, now)
        records.record_check(connection, records.CheckRecord(
            day=day, at=now, who=who, seconds=time.monotonic() - started, looked_at=swept + len(scene.plan.entries),
            owed=said + held, mails=len(drafts), held=held, **app.hashes,
        ))  # fmt: skip
    tell_all_clear(app, day, now)
    queue_notices(app, now)
    return CheckReport(
        day=day, looked_at=swept + len(scene.plan.entries), said=braked.goes, held=braked.held, mails=len(drafts),
        overdue=_overdue((*scene.plan.entries, *scene.live.entries)), troubles=troubles, waiting=len(waiting),
        restored=bool(scene.restored),
    )  # fmt: skip


def _compose(app: App, scene: CheckSnapshot, braked: Braked, now: datetime) -> tuple[list[ComposedMail], list[Failure]]:
    """One mail per person of what goes, on overview day within the overview, and one of what is held."""
    sequences = dict(scene.sequences)
    drafts, failures, goes = overview.compose(
        app, scene.week, braked.goes, scene.register, scene.moving, now, instance=scene.instance, before=scene.braked
    )
    told = {draft.message.person for draft in drafts}
    moved = {
        person: scene.moving.of(person) for person in {item.recipient.person for item in goes} if person not in told
    }
    for items, held in ((goes, False), (braked.held, True)):
        made, failed = compose_digests(
            app, items, scene.register, scene.people, now, instance=scene.instance, sequences=sequences,
            held=held, before=scene.braked, moved={} if held else moved,
        )  # fmt: skip
        drafts += made
        failures += failed
    return drafts, failures


def _write(
    app: App,
    connection: Transaction,
    scene: CheckSnapshot,
    drafts: Sequence[ComposedMail],
    failures: Sequence[Failure],
    now: datetime,
) -> None:
    """Messages, ledger and index together. Raises RegisterChanged when the register or the ledger is not what was read, or
    somebody began or ended to hold everything.
    """
    state = read_state(connection)
    if register_version(connection) != scene.version:
        raise RegisterChanged
    if (state.unsaid, state.restored) != (scene.unsaid, scene.restored):
        raise RegisterChanged
    due_date_changes.write(connection, scene.judged, scene.moving.found, scene.plan.day)
    try:
        numbers = outbox.put_all(connection, [(draft.message, draft.lines) for draft in drafts], now)
    except outbox.AlreadyQueued as cause:
        raise RegisterChanged from cause
    for draft, number in zip(drafts, numbers, strict=True):
        moves.tell(connection, draft.moved, scene.plan.day, number)
    overview.write(connection, scene.week, [failure for failure in failures if not failure.entries])
    unsaid = {id for failure in failures for id in failure.entries}
    unsaid |= {judged.entry.id for judged in scene.plan.entries if judged.owed_to_no_one}
    index = {
        judged.entry.id: index_of(scene.register, judged, app.policy, stay=judged.entry.id in unsaid)
        for judged in scene.plan.entries
    }
    set_index(connection, index)


def _brake(app: App, scene: CheckSnapshot, day: date) -> Braked:
    owed, everything = reminders(scene.plan), bool(scene.restored)
    return brake(owed, app.policy, day, scene.braked, busiest=scene.busiest, everything=everything)


def _troubles(scene: CheckSnapshot, braked: Braked, cause: str, failures: Sequence[Failure]) -> tuple[Alert, ...]:
    """What the operator must hear of this check."""
    unheld = {role: line.entry for line in scene.week.placed for role in line.unheld}
    unheld |= {role: item.obligation.entry for item in (*braked.goes, *braked.held) for role in item.recipient.unheld}
    found = [alert(AlertKind.ROLE_UNHELD, role, entry=entry) for role, entry in unheld.items()]
    found += [alert(AlertKind.FOR_NOBODY, judged.entry.id) for judged in scene.plan.entries if judged.owed_to_no_one]
    if braked.held:
        found.append(volume_limit.held(braked, scene.plan.day, scene.busiest, cause, restored=bool(scene.restored)))
    if scene.restored:
        found.append(alert(AlertKind.RESTORED, scene.plan.day.isoformat(), what=scene.restored))
    return (*found, *(failure.trouble for failure in failures))


def _overdue(plans: Sequence[EntryPlan]) -> tuple[RuleObligation, ...]:
    return tuple(item for judged in plans for item in judged.overdue)
