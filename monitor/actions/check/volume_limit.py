"""How much a check may say, why it owes so much when it does, and what the operator is told of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from types import MappingProxyType

from monitor.actions.operator.alerts import Alert, alert
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.forecast.simulate import slot_days
from monitor.core.mailing.digest import Reminder
from monitor.core.mailing.volume_limit import WINDOW, Braked, PriorDecisions, fresh
from monitor.core.model.slots import local_day
from monitor.core.planning.due_day import show
from monitor.store import records, volume
from monitor.store.engine import Transaction
from monitor.store.state import keep_state

CROWD = 10  # changes at one instant that are called an import
KINDS: Mapping[str, str] = MappingProxyType({
    "rules": "rules are new or changed", "calendars": "a calendar was edited", "people": "people or their roles changed",
    "limits": "other settings of the register changed",
})  # fmt: skip


def usual(app: App, connection: Transaction, items: Sequence[Reminder], before: PriorDecisions, day: date) -> int:
    """Reminders said on the busiest slot of the days before; not looked up where so few are owed that it cannot matter."""
    least = app.policy.limits.reminders_per_check
    if not least or fresh(items, before) <= least:
        return 0
    return volume.busiest(connection, day - timedelta(days=WINDOW), day - ONE_DAY)


def causes(app: App, day: date, *, restored: bool) -> str:
    """What probably made a check of that day owe so much, as a sentence."""
    with app.store.reading() as connection:
        found = list(_causes(app, connection, day))
    if restored:
        found.insert(0, "the database is a restored backup, which does not know what was said since")
    return "; ".join(found) or "many reminders fall on one day"


def held(braked: Braked, day: date, busiest: int, cause: str, *, restored: bool) -> Alert:
    """The brake holds reminders: how many, of whom, against which number, why, and what to type."""
    count, persons = len(braked.held), len({item.recipient.person for item in braked.held})
    entries = len({item.obligation.entry for item in braked.held})
    rules = Counter(item.obligation.rule.id for item in braked.held).most_common(3)
    most = ", ".join(f"{rule} {number}" for rule, number in rules)
    what = (
        f"{_some(count, 'reminder')} to {_some(persons, 'person', 'people')} about {_some(entries, 'entry', 'entries')} "
        f"{'is' if count == 1 else 'are'} held at the slot of {day:%d-%m-%Y} (by rule: {most})."
    )
    if braked.too_many:
        what += (
            f" This check owes {braked.fresh} anew; more than {braked.limit} do not go unasked"
            f" (said on the busiest of the last {WINDOW} days: {busiest})."
        )
    goes = "" if restored else " What is due within two business days goes all the same."
    return alert(AlertKind.HELD, day.isoformat(), what=f"{what} Probably because: {cause}.{goes}")


def still_held(day: date, mails: int) -> Alert:
    """No reminder is held anew, but mails are that may have left before and are not taken apart."""
    those = "They are" if mails > 1 else "It is"
    what = f"{_some(mails, 'mail')} that may have left before {'is' if mails == 1 else 'are'} held at the slot of {day:%d-%m-%Y}."
    return alert(AlertKind.HELD, day.isoformat(), what=f"{what} {those} released or dropped whole.")


def _causes(app: App, connection: Transaction, day: date) -> Iterator[str]:
    last = records.last_check(connection)
    if last is None:
        yield "this is the first check on this database"
        return
    for kind, sentence in KINDS.items():
        if getattr(last, kind) != app.in_force[kind][0]:
            yield sentence
    crowds = volume.crowds(connection, last.at, CROWD)
    for crowd in crowds:
        yield f"{crowd.actor} entered {crowd.many} changes at once on {show(local_day(app.policy, crowd.at))} (an import)"
    rest = volume.changed_since(connection, last.at) - sum(crowd.many for crowd in crowds)
    if rest > 0:
        yield f"{_some(rest, 'change')} {'was' if rest == 1 else 'were'} entered since the last check"
    if last.day > day:
        yield f"the clock has gone back: the slot of {show(last.day)} was checked before"
        return
    missed = len(list(slot_days(app.policy, last.day + ONE_DAY, day - ONE_DAY)))
    if missed:
        yield (
            f"{_some(missed, 'slot')} passed without a check since {show(last.day)}: the monitor was off, "
            "or the clock has jumped ahead"
        )


def _some(count: int, one: str, more: str = "") -> str:
    return f"{count} {one if count == 1 else more or f'{one}s'}"


def note_cause(connection: Transaction, cause: str, waiting: bool) -> None:
    """Keep why the brake held for as long as anything is held."""
    if waiting and cause:
        keep_state(connection, brake_cause=cause)
    elif not waiting:
        keep_state(connection, brake_cause="")
