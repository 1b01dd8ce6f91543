"""Notices: mails with the alerts that the operator has not had yet. Each trouble is mailed once while it lasts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType

from monitor.actions.operator.alerts import Alert
from monitor.actions.operator.mailing import queue_letter
from monitor.actions.operator.undelivered import out_of_reach
from monitor.app import App
from monitor.core.mailing.content import Notice, NoticeItem
from monitor.core.model.people import People
from monitor.core.model.slots import last_slot, local_day
from monitor.store import records
from monitor.store.engine import Transaction

LIMIT = 100  # items in one notice; the rest follows in the next
ALL_REACHABLE: Mapping[str, str] = MappingProxyType({})


def raise_alerts(connection: Transaction, alerts: Iterable[Alert], now: datetime) -> list[Alert]:
    """Keep alerts for the next notice; return those that were not open already."""
    return [one for one in alerts if records.raise_notice(connection, one.kind, one.key, one.what, one.do, now)]


def queue_notices(app: App, now: datetime) -> int:
    """Queue one mail to each operator with the alerts that were not mailed yet; return how many alerts it names."""
    day = local_day(app.policy, now)
    with app.store.writing() as connection:
        waiting = records.untold(connection)[:LIMIT]
        if not waiting:
            return 0
        items = tuple(NoticeItem(kind=row.kind, what=row.what, do=row.do) for row in waiting)
        numbers = []
        for person in operators(app.people, out_of_reach(app, connection, last_slot(app.policy, now))):
            to = app.people.persons[person]
            numbers.append(
                queue_letter(app, connection, "notice", to, day, now, notice=Notice(to=to, day=day, items=items))
            )
        if numbers:
            records.told(connection, [row.number for row in waiting], numbers[0])
    return len(items)


def requeue(
    app: App, connection: Transaction, message: int, unreachable: Mapping[str, str], lost: Collection[int]
) -> None:
    """Have the alerts of an undelivered notice mailed again, if an operator can be reached.

    `lost`: all mails that are undelivered.
    """
    if any(person not in unreachable for person in operators(app.people, unreachable)):
        records.retell(connection, message, lost)


def operators(people: People, unreachable: Mapping[str, str] = ALL_REACHABLE) -> tuple[str, ...]:
    """Return who receives notices: the operator role, else the fallback role; the unreachable only when all are.

    `unreachable`: person → address that refused a mail permanently, or for which mail has waited too long.
    """
    roles = (people.operator_role, people.fallback_role)
    known = [[person for person in people.roles.get(role, ()) if person in people.persons] for role in roles]
    reachable = [[id for id in role if unreachable.get(id) != people.persons[id].address] for role in known]
    return next((tuple(role) for role in (*reachable, *known) if role), ())
