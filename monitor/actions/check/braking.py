"""How much a check may say, why it owes so much when it does, and what the operator is notified of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from monitor.actions.operator.alerts import Alert, volume_held
from monitor.app import App
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.forecast.simulate import slot_days
from monitor.core.mailing.brake import WINDOW, Braked, PriorDecisions, fresh
from monitor.core.mailing.digest import Reminder
from monitor.core.model.phrases import Fact, Phrase, Sentences, Several, phrase, titled
from monitor.core.model.slots import local_day
from monitor.store import history, ledger, records
from monitor.store.engine import Transaction

IMPORT = 10  # changes at one instant that are called an import
CHANGES = ("rules", "calendars", "people", "limits")  # kinds of settings


def busiest_before(
    app: App, connection: Transaction, items: Sequence[Reminder], prior: PriorDecisions, day: date
) -> int:
    """Return the reminders said on the busiest slot of the days before; 0, unread, where too few are owed to matter."""
    least = app.policy.limits.reminders_per_check
    if not least or fresh(items, prior) <= least:
        return 0
    return ledger.busiest(connection, day - timedelta(days=WINDOW), day - ONE_DAY)


def causes(app: App, day: date, *, restored: bool) -> Several:
    """Return what probably made a check of that day owe so much."""
    found = [phrase("cause.restored")] if restored else []
    with app.store.reading() as connection:
        found += _causes(app, connection, day)
    return Several(parts=tuple(found) or (phrase("cause.one_day"),))


def _causes(app: App, connection: Transaction, day: date) -> Iterator[Phrase]:
    last = records.last_check(connection)
    if last is None:
        yield phrase("cause.first_check")
        return
    for kind in CHANGES:
        if getattr(last, kind) != app.in_force[kind][0]:
            yield phrase(f"cause.{kind}")
    crowds = history.crowds(connection, last.at, IMPORT)
    for actor, at, many in crowds:
        yield phrase("cause.import", actor=actor, n=many, day=local_day(app.policy, at))
    rest = history.changed_since(connection, last.at) - sum(many for _, _, many in crowds)
    if rest > 0:
        yield phrase("cause.changes", n=rest)
    if last.day > day:
        yield phrase("cause.clock_back", day=last.day)
        return
    missed = len(list(slot_days(app.policy, last.day + ONE_DAY, day - ONE_DAY)))
    if missed:
        yield phrase("cause.missed", n=missed, day=last.day)


def held(braked: Braked, day: date, busiest: int, cause: Fact, *, restored: bool) -> Alert:
    """Return the alert of reminders that the brake holds: how many, of whom, against which number, and why."""
    rules = {item.obligation.rule.id: item.obligation.rule for item in braked.held}
    most = Counter(item.obligation.rule.id for item in braked.held).most_common(3)
    by_rule = (phrase("held.rule", rule=titled(rules[id]), count=count) for id, count in most)
    parts: list[Fact] = [
        phrase(
            "held.reminders",
            n=len(braked.held),
            persons=phrase("held.persons", n=len({item.recipient.person for item in braked.held})),
            entries=phrase("held.entries", n=len({item.obligation.entry for item in braked.held})),
            day=day,
            rules=Several(parts=tuple(by_rule)),
        )
    ]
    if braked.too_many:
        limit = braked.limit or 0
        parts.append(phrase("held.too_many", owed=braked.fresh, limit=limit, window=WINDOW, busiest=busiest))
    parts.append(phrase("held.because", cause=cause))
    if not restored:
        parts.append(phrase("held.urgent"))
    return volume_held(day, Sentences(parts=tuple(parts)))


def still_held(day: date, mails: int) -> Alert:
    """Return the alert of mails that stay held because they may have left before, so that only whole mails go."""
    return volume_held(day, Sentences(parts=(phrase("held.in_doubt", n=mails, day=day),)))
