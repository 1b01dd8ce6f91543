"""What the operator is told: each trouble once while it lasts, with what to do about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from msgspec import Struct
from sqlalchemy import Connection

from monitor.actions.operator.mailing import write_mail
from monitor.actions.operator.undelivered import out_of_reach
from monitor.app import App
from monitor.core.delivery.retry import State
from monitor.core.mailing.content import Notice, NoticeItem
from monitor.core.model.people import People
from monitor.core.model.slots import last_slot, local_day
from monitor.store import outbox, records
from monitor.store import register as rows

LIMIT = 100  # items in one notice; the rest follows in the next
UNDELIVERED, LATE, NOTHING = "undelivered", "undelivered-late", "nothing-delivered"  # kinds that depend on what waits
SHOWN = 10  # people that one item names
NOBODY: Mapping[str, str] = MappingProxyType({})


class Alert(Struct, frozen=True, kw_only=True):
    """One thing the operator must know; the same kind and key is one trouble while it lasts."""

    kind: str
    key: str
    what: str
    do: str

    @classmethod
    def held(cls, day: date, what: str) -> Alert:
        """The brake holds mails: said at every slot until somebody lets go or drops them."""
        do = (
            "`monitor outbox release --dry-run` shows them. `monitor outbox release` sends all, `monitor outbox drop` none; "
            "both also take --person, --rule, --entry or --reminder."
        )
        return cls(kind="held", key=day.isoformat(), what=what, do=do)

    @classmethod
    def restored(cls, day: date, what: str) -> Alert:
        """Everything is held, for the ledger cannot be trusted: said at every slot until somebody says `resume`."""
        do = (
            "Nothing leaves but mails to you. Enter again what people changed since the backup. Reminders said since are owed "
            "again, and only you can find out which arrived: `monitor outbox drop` those, `monitor outbox release` the others, "
            "then `monitor outbox resume`."
        )
        return cls(kind="restored", key=day.isoformat(), what=what, do=do)

    @classmethod
    def for_nobody(cls, entry: str) -> Alert:
        """A reminder is owed and nobody is there to get it."""
        what = f"A reminder about {entry} is owed to nobody: no holder of its roles, and no fallback, is there."
        do = "Give somebody the fallback role in the configuration; it is tried again at every check."
        return cls(kind="for-nobody", key=entry, what=what, do=do)

    @classmethod
    def clock_back(cls, checked: str, day: date) -> Alert:
        """The clock has gone back past a slot that was checked."""
        what = f"The slot of {checked} was checked already, but it is {day.isoformat()}: the clock ran ahead or goes wrong."
        do = "Look at this machine's clock. Everything is judged anew; what was told too early may be told once more."
        return cls(kind="clock", key=checked, what=what, do=do)

    @classmethod
    def role_unheld(cls, role: str, entry: str) -> Alert:
        """Nobody holds a role; its reminders went to the fallback role."""
        what = f"Nobody holds the role {role} (first needed for {entry}); the fallback role is told instead."
        return cls(kind="role-unheld", key=role, what=what, do=f"Give somebody the role {role} in the configuration.")

    @classmethod
    def failed_for_good(cls, person: str, address: str, reply: str) -> Alert:
        """A relay refused a recipient permanently."""
        what = f"Mail to {person} <{address}> was refused permanently: {reply} The deputy or the fallback role is reminded."
        do = (
            f"If the address of {person} is wrong, correct it in the configuration. It is tried again at every slot, and "
            f"nothing need be typed once it takes mail; `monitor send-test {person}` tries it at once."
        )
        return cls(kind="failed-for-good", key=f"{person} {address}", what=what, do=do)

    @classmethod
    def undelivered(cls, person: str, address: str, since: date, reply: str, *, late: bool) -> Alert:
        """Mail to a person has not been delivered for two slots; `late`: others are reminded as well."""
        what = f"Mail to {person} <{address}> has not been delivered since {since:%d-%m-%Y}. The relay says: {reply}"
        also = "The deputy or the fallback role is reminded as well." if late else (
            "If it lasts, the deputy or the fallback role is reminded as well ([mail] undelivered_limit)."
        )  # fmt: skip
        do = (
            f"{also} The mail of {person} waits and is sent when the relay takes it. Ask the administrator of the relay or "
            f"the mailbox what these words mean; let {person} know by other means what is due."
        )
        return cls(kind=LATE if late else UNDELIVERED, key=f"{person} {address}", what=what, do=do)

    @classmethod
    def nothing_delivered(cls, since: date, persons: Sequence[str], reply: str) -> Alert:
        """No mail at all has been delivered for two slots, though the relay answers."""
        names = ", ".join(persons[:SHOWN]) + (f" and {len(persons) - SHOWN} more" if len(persons) > SHOWN else "")
        what = f"No mail has been delivered since {since:%d-%m-%Y}; it waits for {names}. The relay says: {reply}"
        do = "Look at the relay and at [mail.smtp]. Mails wait and are sent when it takes them."
        return cls(kind=NOTHING, key="relay", what=what, do=do)

    @classmethod
    def relay_down(cls, reply: str) -> Alert:
        """The relay cannot be used: everything waits."""
        do = "Mails wait and are sent when it answers again. Look at the relay and at [mail.smtp]; `monitor status` counts."
        return cls(kind="relay-down", key="relay", what=f"The relay takes no mail: {reply}", do=do)

    @classmethod
    def second_relay(cls, why: str) -> Alert:
        """The first relay cannot be used; the second takes the mail."""
        do = "Nothing waits: the second relay takes the mail. Look at the first and at [mail.smtp]; it is asked again."
        return cls(
            kind="second-relay", key="relay", what=f"Mail goes through the second relay. The first: {why}", do=do
        )

    @classmethod
    def clock_off(cls, who: str, off: str) -> Alert:
        """A daemon's clock is not the database's: it stands aside."""
        do = "Set the clock there, best by NTP; it goes on by itself. Meanwhile other daemons do its work, if there are any."
        return cls(kind="clock-off", key=who, what=f"{who} neither checks nor sends. {off}", do=do)

    @classmethod
    def cut_off(cls, who: str, since: datetime, until: datetime) -> Alert:
        """A daemon could not reach the database for a time."""
        what = f"{who} could not reach the database from {since:%d-%m-%Y %H:%M} to {until:%d-%m-%Y %H:%M} UTC."
        do = "Nothing was lost: what was owed meanwhile is made up. Look at the database's log and the network."
        return cls(kind="cut-off", key=who, what=what, do=do)

    @classmethod
    def letter_replaced(cls, name: str, why: str) -> Alert:
        """A user's letter failed and the shipped one went out."""
        do = "Mend the letter; `monitor validate` shows the fault. Nothing was lost."
        return cls(kind="letter-replaced", key=name, what=why, do=do)

    @classmethod
    def covered_again(cls, key: str, what: str) -> Alert:
        """A gap of the coverage is closed."""
        do = "Nothing. `monitor validate --coverage` lists what is left."
        return cls(kind="coverage-closed", key=key, what=f"No longer so: {what}", do=do)

    @classmethod
    def not_composed(cls, person: str, cause: Exception) -> Alert:
        """A mail could not be made; its reminders stay owed."""
        what = f"The mail to {person} could not be written: {cause}"
        do = "Its reminders stay owed and are tried again at every check. Mend what it names."
        return cls(kind="not-composed", key=person, what=what, do=do)


def raise_one(connection: Connection, trouble: Alert, now: datetime) -> bool:
    """Keep a trouble until the operator was told; False when the same trouble is standing already."""
    return records.raise_notice(connection, trouble.kind, trouble.key, trouble.what, trouble.do, now)


def raise_all(connection: Connection, troubles: Iterable[Alert], now: datetime) -> None:
    """Keep these troubles until the operator was told; those standing already are not repeated."""
    for trouble in troubles:
        raise_one(connection, trouble, now)


def tell_operator(app: App, now: datetime) -> int:
    """Put what was not told yet into one mail for each operator. Gives how many things it tells."""
    with app.store.writing() as connection:
        waiting = records.untold(connection)[:LIMIT]
        if not waiting:
            return 0
        items = tuple(NoticeItem(kind=row.kind, what=row.what, do=row.do) for row in waiting)
        sent = [
            _put(app, connection, person, items, now)
            for person in operators(app.people, out_of_reach(app, connection, last_slot(app.policy, now)))
        ]
        if sent:
            records.told(connection, [row.number for row in waiting], sent[0])
    return len(items)


def retell(
    app: App, connection: Connection, message: int, unreachable: Mapping[str, str], lost: Collection[int]
) -> None:  # fmt: skip
    """A notice was not delivered: send it to an operator who can be reached; while there is none, nothing is to be done.

    `lost`: all mails of which the same is known.
    """
    if any(person not in unreachable for person in operators(app.people, unreachable)):
        records.retell(connection, message, lost)


def operators(people: People, unreachable: Mapping[str, str] = NOBODY) -> tuple[str, ...]:
    """Persons who receive notices: the operator role, else the fallback role; who cannot be reached, only when nobody can.

    `unreachable`: person → the address that refused a mail permanently, or that mail has long waited for.
    """
    places = (people.roles.get(role, ()) for role in (people.operator_role, people.fallback_role))
    known = [tuple(person for person in place if person in people.persons) for place in places]
    there = [tuple(p for p in place if unreachable.get(p) != people.persons[p].address) for place in known]
    return next((place for place in (*there, *known) if place), ())


def _put(app: App, connection: Connection, person: str, items: tuple[NoticeItem, ...], now: datetime) -> int:
    to, day = app.people.persons[person], local_day(app.policy, now)
    sequence = outbox.next_sequence(connection, "notice", person, day)
    rendered = app.letters.render("notice", to.language, notice=Notice(to=to, day=day, items=items))
    key = f"{rows.note(connection, 'instance')}/notice/{person}/{day}/{sequence}"
    id, raw = write_mail(app, to, rendered, key=key, now=now)
    draft = outbox.NewMessage(
        message_id=id, kind="notice", person=person, address=to.address, day=day, sequence=sequence,
        subject=rendered.subject, raw=raw, state=State.QUEUED,
    )  # fmt: skip
    return outbox.put(connection, draft, (), now) or 0
