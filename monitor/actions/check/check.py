"""The check: reconcile what is owed at a slot with what was sent, and queue the difference.

Read and judge, render, then one short write. If the register changed in between, all of it is done again.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime

from msgspec import Struct, to_builtins
from msgspec.structs import replace

from monitor.actions.check import braking
from monitor.actions.check.compose import Composition, compose
from monitor.actions.check.slot import Wanted, prepare, reevaluate, slot_waits
from monitor.actions.check.snapshot import CheckSnapshot, read_snapshot
from monitor.actions.operator import restore_guard
from monitor.actions.operator.alerts import Alert, no_recipient, restore_held, role_unheld
from monitor.actions.operator.notices import queue_notices, raise_alerts
from monitor.actions.operator.restore_guard import restore_reason
from monitor.actions.register.change import index_of
from monitor.app import App
from monitor.core.audit.evidence import Circumstances
from monitor.core.delivery.alerts import AlertKind
from monitor.core.mailing.brake import Braked, brake
from monitor.core.mailing.digest import Reminder, by_person, reminders
from monitor.core.model.phrases import Fact, kept_fact, kept_text
from monitor.core.model.slots import last_slot, require_slot
from monitor.core.planning.verdicts import RuleObligation
from monitor.store import moves, outbox, records
from monitor.store.engine import Transaction
from monitor.store.register import RegisterChanged, awake_entries, register_version, set_index
from monitor.store.state import keep_state, read_state

TRIES = 5  # how often a check is made again when the register changes under it


class CheckReport(Struct, frozen=True, kw_only=True):
    """What a check found and did."""

    day: date  # the slot it judged
    looked_at: int = 0  # entries judged
    queued: tuple[Reminder, ...] = ()  # reminders that go out
    held: tuple[Reminder, ...] = ()  # reminders the brake holds
    mails: int = 0
    waiting: int = 0  # mails the brake holds, of this check and of earlier ones
    restored: bool = False  # everything is held for a restored backup
    overdue: tuple[RuleObligation, ...] = ()  # open obligations past due among those judged
    alerts: tuple[Alert, ...] = ()


def check(app: App, now: datetime, *, who: str = "slot") -> CheckReport:
    """Reconcile as of the last slot that has come. Idempotent. Raises Unavailable; then nothing is half done.

    `who` is "slot" for the service and "hand" for a person, who is also shown what of the register is overdue.
    """
    report = _check(app, now, who, lambda connection: True)
    assert report is not None, "a check that was asked for is made"
    return report


def check_slot(app: App, clock: Callable[[], datetime]) -> CheckReport | None:
    """Make the check that the clock asks for. Returns None when there is none to make: another daemon made it, or the
    next slot came while this one slept or waited for its turn.
    """
    now = clock()

    def wanted(connection: Transaction) -> bool:
        return last_slot(app.policy, clock()) == last_slot(app.policy, now) and slot_waits(app, connection, now)

    return _check(app, now, "slot", wanted)


def rehearse(app: App, now: datetime, *, as_of: date | None = None) -> CheckReport:
    """Return what a check would find as of a day (default: the last slot). Writes nothing.

    Raises Refused for a closed day.
    """
    if as_of:
        require_slot(app.policy, as_of)
    day = as_of or last_slot(app.policy, now)
    with app.store.reading() as connection:
        snapshot = read_snapshot(app, connection, day, ids=None)
    braked = _brake(app, snapshot)
    return _report(snapshot, braked, len(by_person(braked.goes)))


def _check(app: App, now: datetime, who: str, wanted: Wanted) -> CheckReport | None:
    day = last_slot(app.policy, now)
    restore_guard.recognise(app, now)
    if not prepare(app, day, now, wanted):
        return None
    for left in reversed(range(TRIES)):
        try:
            report = _reconcile(app, day, now, who, wanted)
            break
        except RegisterChanged:
            if not left:
                raise
    restore_guard.write_note(app, now)
    return report


def _reconcile(app: App, day: date, now: datetime, who: str, wanted: Wanted) -> CheckReport | None:
    quiet, started = reevaluate(app, day), time.monotonic()
    with app.store.reading() as connection:
        ids = awake_entries(connection, day)
        snapshot = read_snapshot(app, connection, day, ids=ids, survey=who == "hand")
    braked, restored = _brake(app, snapshot), snapshot.state.restored
    cause: Fact = kept_fact(snapshot.state.brake_cause)
    if braked.held and (braked.too_many or not cause):
        cause = braking.causes(app, day, restored=bool(restored))
    made = compose(app, snapshot, braked, now)
    alerts = _alerts(snapshot, braked, cause, made)
    held = sum(len(mail.lines) for mail in made.mails if mail.held)
    looked_at = quiet + len(snapshot.plan.entries)
    with app.store.writing() as connection:
        if not wanted(connection):
            return None  # overtaken by another daemon, or by the next slot
        _write(app, connection, snapshot, made, now)
        raise_alerts(connection, alerts, now)
        waiting = outbox.held(connection)
        if waiting and not braked.held:
            raise_alerts(connection, [braking.still_held(day, len(waiting))], now)
        # `again` is cleared only now: what made it ask for another check is in what was just read.
        keep_state(connection, checked=day, again="", brake_cause=kept_text(cause) if waiting else "")
        for kind, lasts in ((AlertKind.HELD, waiting), (AlertKind.RESTORED, restored)):
            records.resolve_notices(connection, kind, now, but=day.isoformat() if lasts else None)
        records.keep_versions(connection, app.in_force, now)
        record = records.CheckRecord(
            day=day,
            at=now,
            who=who,
            seconds=time.monotonic() - started,
            looked_at=looked_at,
            owed=sum(len(mail.lines) for mail in made.mails),
            mails=len(made.mails),
            held=held,
            register=snapshot.version,
            circumstances=to_builtins(_circumstances(snapshot)),
            **app.hashes,
        )
        records.record_check(connection, record)
    queue_notices(app, now)
    report = _report(snapshot, braked, len(made.mails))
    return replace(report, looked_at=looked_at, alerts=alerts, waiting=len(waiting))


def _brake(app: App, snapshot: CheckSnapshot) -> Braked:
    owed, everything = reminders(snapshot.plan), bool(snapshot.state.restored)
    day, busiest = snapshot.plan.day, snapshot.busiest
    return brake(
        owed, app.policy, day, snapshot.prior, busiest=busiest, everything=everything, weekly=snapshot.week.persons
    )


def _alerts(snapshot: CheckSnapshot, braked: Braked, cause: Fact, made: Composition) -> tuple[Alert, ...]:
    """Return what the operator must know of this check."""
    day, restored = snapshot.plan.day, snapshot.state.restored
    unheld = {role: line.entry for line in snapshot.week.placed for role in line.unheld}
    unheld |= {role: item.obligation.entry for item in (*braked.goes, *braked.held) for role in item.recipient.unheld}
    found = [role_unheld(role, entry) for role, entry in unheld.items()]
    found += [no_recipient(one.entry.id) for one in snapshot.plan.entries if one.owed_to_no_one]
    if braked.held:
        found.append(braking.held(braked, day, snapshot.busiest, cause, restored=bool(restored)))
    if restored:
        found.append(restore_held(day, restore_reason(restored)))
    return (*found, *(one.alert for one in made.failed), *(one for mail in made.mails for one in mail.alerts))


def _write(app: App, connection: Transaction, snapshot: CheckSnapshot, made: Composition, now: datetime) -> None:
    """Write messages, ledger and index together. Raises RegisterChanged when the register, the ledger or the hold is
    not what was read.
    """
    state, day = read_state(connection), snapshot.plan.day
    if register_version(connection) != snapshot.version:
        raise RegisterChanged
    if (state.taken_back, state.restored) != (snapshot.state.taken_back, snapshot.state.restored):
        raise RegisterChanged
    moves.replace_waiting(connection, snapshot.judged, snapshot.moved, day)
    try:
        numbers = outbox.put_all(connection, [(mail.message, mail.lines) for mail in made.mails], now)
    except outbox.AlreadyQueued as cause:
        raise RegisterChanged from cause
    for mail, number in zip(made.mails, numbers, strict=True):
        moves.announce(connection, mail.moved, day, number)
    tried = not made.failed if snapshot.week.outlook is None else all(failure.entries for failure in made.failed)
    if snapshot.week.day and tried:  # else tried again at the next check
        keep_state(connection, overviewed=snapshot.week.day)
    stay = {id for failure in made.failed for id in failure.entries}
    stay |= {judged.entry.id for judged in snapshot.plan.entries if judged.owed_to_no_one}
    index = {
        judged.entry.id: index_of(snapshot.register, judged, app.policy, stay=judged.entry.id in stay)
        for judged in snapshot.plan.entries
    }
    set_index(connection, index)


def _circumstances(snapshot: CheckSnapshot) -> Circumstances:
    """Return what an audit needs to judge the same again, besides register and settings."""
    people = snapshot.people
    return Circumstances(
        unreachable=tuple(sorted(people.unreachable)),
        undelivered=people.undelivered,
        restored=bool(snapshot.state.restored),
    )


def _report(snapshot: CheckSnapshot, braked: Braked, mails: int) -> CheckReport:
    judged = (*snapshot.plan.entries, *snapshot.live.entries)
    return CheckReport(
        day=snapshot.plan.day,
        looked_at=len(snapshot.plan.entries),
        queued=braked.goes,
        held=braked.held,
        mails=mails,
        restored=bool(snapshot.state.restored),
        overdue=tuple(item for one in judged for item in one.overdue),
    )
