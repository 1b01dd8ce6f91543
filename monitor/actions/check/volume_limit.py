"""How much a check may say, why it owes so much when it does, and what the operator is notified of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

from monitor.actions.operator.alerts import Alert, alert
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.alerts import AlertKind
from monitor.core.forecast.simulate import slot_days
from monitor.core.mailing.digest import Reminder
from monitor.core.mailing.volume_limit import WINDOW, Braked, PriorDecisions, fresh
from monitor.core.model.slots import local_day
from monitor.core.planning.due_day import show
from monitor.store import history, ledger, records
from monitor.store.engine import Transaction

IMPORT = 10  # changes at one instant that are called an import
CHANGES: Mapping[str, str] = {  # kind of settings → what to say when they changed
    "rules": "rules are new or changed",
    "calendars": "a calendar was edited",
    "people": "people or their roles changed",
    "limits": "other settings of the register changed",
}


def busiest_before(
    app: App, connection: Transaction, items: Sequence[Reminder], prior: PriorDecisions, day: date
) -> int:
    """Return the reminders said on the busiest slot of the days before; 0, unread, where too few are owed to matter."""
    least = app.policy.limits.reminders_per_check
    if not least or fresh(items, prior) <= least:
        return 0
    return ledger.busiest(connection, day - timedelta(days=WINDOW), day - ONE_DAY)


def causes(app: App, day: date, *, restored: bool) -> str:
    """Return what probably made a check of that day owe so much, as a sentence."""
    found = ["the database is a restored backup, which does not know what was said since"] if restored else []
    with app.store.reading() as connection:
        found += _causes(app, connection, day)
    return "; ".join(found) or "many reminders fall on one day"


def _causes(app: App, connection: Transaction, day: date) -> Iterator[str]:
    last = records.last_check(connection)
    if last is None:
        yield "this is the first check on this database"
        return
    for kind, sentence in CHANGES.items():
        if getattr(last, kind) != app.in_force[kind][0]:
            yield sentence
    crowds = history.crowds(connection, last.at, IMPORT)
    for actor, at, many in crowds:
        on = show(local_day(app.policy, at))
        yield f"{actor} entered {many} changes at once on {on} (an import)"
    rest = history.changed_since(connection, last.at) - sum(many for _, _, many in crowds)
    if rest > 0:
        yield f"{_count(rest, 'change')} {'was' if rest == 1 else 'were'} entered since the last check"
    if last.day > day:
        yield f"the clock has gone back: the slot of {show(last.day)} was checked before"
        return
    missed = len(list(slot_days(app.policy, last.day + ONE_DAY, day - ONE_DAY)))
    if missed:
        off = "the monitor was off, or the clock has jumped ahead"
        yield f"{_count(missed, 'slot')} passed without a check since {show(last.day)}: {off}"


def held(braked: Braked, day: date, busiest: int, cause: str, *, restored: bool) -> Alert:
    """Return the alert of reminders that the brake holds: how many, of whom, against which number, and why."""
    count, persons = len(braked.held), len({item.recipient.person for item in braked.held})
    entries = len({item.obligation.entry for item in braked.held})
    rules = Counter(item.obligation.rule.id for item in braked.held).most_common(3)
    most = ", ".join(f"{rule} {number}" for rule, number in rules)
    what = (
        f"{_count(count, 'reminder')} to {_count(persons, 'person', 'people')} about "
        f"{_count(entries, 'entry', 'entries')} {'is' if count == 1 else 'are'} held at the slot of {day:%d-%m-%Y} "
        f"(by rule: {most})."
    )
    if braked.too_many:
        what += (
            f" This check newly owes {braked.fresh}; more than {braked.limit} are not sent unasked"
            f" (said on the busiest of the last {WINDOW} days: {busiest})."
        )
    goes = "" if restored else " What is due within two business days goes all the same."
    return alert(AlertKind.HELD, day.isoformat(), what=f"{what} Probably because: {cause}.{goes}")


def still_held(day: date, mails: int) -> Alert:
    """Return the alert of mails that stay held because they may have left before, so that only whole mails go."""
    those, are = ("They are", "are") if mails > 1 else ("It is", "is")
    what = f"{_count(mails, 'mail')} that may have left before {are} held at the slot of {day:%d-%m-%Y}."
    return alert(AlertKind.HELD, day.isoformat(), what=f"{what} {those} released or dropped whole.")


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or f'{one}s'}"
