"""Notices: mails with the alerts that the operator has not had yet; and how a letter becomes a mail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime

from monitor.actions.operator.alerts import Alert
from monitor.actions.operator.undelivered import out_of_reach
from monitor.app import App
from monitor.core.delivery.retry import State
from monitor.core.mailing.content import Notice, NoticeItem
from monitor.core.model.people import People, Person
from monitor.core.model.phrases import Fact, from_plain, plain
from monitor.core.model.slots import last_slot, local_day
from monitor.mail.letters.answers import Rendered
from monitor.mail.message import compose, message_id
from monitor.store import outbox, records
from monitor.store.engine import Transaction
from monitor.store.state import read_state

LIMIT = 100  # items in one notice; the rest follows in the next


def raise_alerts(connection: Transaction, alerts: Iterable[Alert], now: datetime) -> list[Alert]:
    """Keep alerts for the next notice; return those that were not open already."""
    return [one for one in alerts if records.raise_notice(connection, _record(one), now)]


def reword_alert(connection: Transaction, found: Alert) -> None:
    """Change what the open trouble of that kind and key says; the operator is not notified again."""
    records.reword_notice(connection, _record(found))


def _record(found: Alert) -> records.NewNotice:
    said = {"what": plain(found.problem), "do": plain(found.advice)}
    return records.NewNotice(kind=found.kind, key=found.key, what=found.what, do=found.do, said=said)


def facts_of(row: records.RaisedNotice) -> tuple[Fact, Fact]:
    """Return what a notice says and what to do, as values; in English for one that another release raised."""
    try:
        return (from_plain(row.said["what"]), from_plain(row.said["do"])) if row.said else (row.what, row.do)
    except (LookupError, TypeError, ValueError):
        return row.what, row.do


def end_alerts(
    connection: Transaction, kinds: Collection[str], now: datetime, *, but: Collection[tuple[str, str]] = ()
) -> None:
    """End the open alerts of these kinds, except those named by kind and key."""
    for row in records.open_notices(connection):
        if row.kind in kinds and (row.kind, row.key) not in but:
            records.resolve_notices(connection, row.kind, now, only=row.key)


def queue_notices(app: App, now: datetime) -> int:
    """Queue one mail to each operator with the alerts that were not mailed yet; return how many alerts it names."""
    day = local_day(app.policy, now)
    with app.store.writing() as connection:
        waiting = records.waiting_notices(connection)[:LIMIT]
        if not waiting:
            return 0
        said = ((row.kind, *facts_of(row)) for row in waiting)
        items = tuple(NoticeItem(kind=kind, what=what, do=do) for kind, what, do in said)
        numbers = []
        for person in operators(app.people, out_of_reach(app, connection, last_slot(app.policy, now))):
            notice = Notice(to=app.people.persons[person], day=day, items=items)
            numbers.append(queue_letter(app, connection, "notice", notice.to, day, now, notice=notice))
        if numbers:
            records.mark_notified(connection, [row.number for row in waiting], numbers[0])
    return len(items)


def requeue(
    app: App, connection: Transaction, message: int, unreachable: Mapping[str, str], lost: Collection[int]
) -> None:
    """Have the alerts of an undelivered notice mailed again, if an operator can be reached.

    `lost`: all mails that are undelivered.
    """
    if any(person not in unreachable for person in operators(app.people, unreachable)):
        records.requeue(connection, message, lost)


def operators(people: People, unreachable: Mapping[str, str]) -> tuple[str, ...]:
    """Return who receives notices: the operator role, else the fallback role; the unreachable only when all are.

    `unreachable`: person → address that refused a mail permanently, or for which mail has waited too long.
    """
    roles = (people.operator_role, people.fallback_role)
    known = [[person for person in people.roles.get(role, ()) if person in people.persons] for role in roles]
    reachable = [[id for id in role if unreachable.get(id) != people.persons[id].address] for role in known]
    return next((tuple(role) for role in (*reachable, *known) if role), ())


def write_mail(
    app: App, to: Person, rendered: Rendered, *, key: str, now: datetime, references: str | None = None
) -> tuple[str, bytes]:
    """Return the Message-ID and the bytes of a mail from the monitor."""
    id, sender = message_id(key, app.sender.domain), app.sender
    raw = compose(
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        table=rendered.table,
        table_file=rendered.table_file,
        sender=sender.mailbox,
        to=to,
        message_id=id,
        date=now,
        reply_to=sender.reply_to,
        list_id=sender.list_id,
        references=references,
    )
    return id, raw


def new_message(
    app: App,
    kind: str,
    to: Person,
    rendered: Rendered,
    now: datetime,
    *,
    day: date,
    sequence: int,
    instance: str,
    state: State = State.QUEUED,
    references: str | None = None,
) -> outbox.NewMessage:
    """Return a mail for the outbox; its Message-ID follows from installation, kind, person, day and sequence."""
    key = f"{instance}/{kind}/{to.id}/{day}/{sequence}"
    id, raw = write_mail(app, to, rendered, key=key, now=now, references=references)
    return outbox.NewMessage(
        message_id=id,
        kind=kind,
        person=to.id,
        address=to.address,
        day=day,
        sequence=sequence,
        subject=rendered.subject,
        raw=raw,
        state=state,
    )


def queue_letter(
    app: App, connection: Transaction, kind: str, to: Person, day: date, now: datetime, **values: object
) -> int:
    """Render a letter to an operator and queue it; return the number of the message, 0 when it is queued already."""
    rendered = app.letters.render(kind, to.language, **values)
    sequence = outbox.next_sequences(connection, kind, [to.id], day)[to.id]
    instance = read_state(connection).instance
    message = new_message(app, kind, to, rendered, now, day=day, sequence=sequence, instance=instance)
    return outbox.put(connection, message, (), now) or 0
