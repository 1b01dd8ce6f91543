"""A small office on a real database with a real relay: three people get every reminder, and a fourth is the operator.

office = Office(store, relay)
office.add("c-mali")                  # its first reminder is owed to anna, bram and cleo at the slot of 1 November 2021
office.check(); office.deliver()
office.later(minutes=2)               # the clock is ours alone
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes
from typing import Any

from facts import ROOT, added, shipped_policy, with_limits
from msgspec.structs import replace
from patience import LIMIT
from relay import TestRelay

from monitor.actions.audit.weekly_report import report_week_at_once
from monitor.actions.check.check import CheckReport, check
from monitor.actions.delivery.deliver import DeliveryReport, deliver
from monitor.actions.operator.notices import queue_notices
from monitor.actions.register.change import ChangePreview, Saved, preview, save, stamp
from monitor.app import App, Sender
from monitor.core.model.changes import Change
from monitor.core.model.people import Mailbox, People, Person
from monitor.core.model.policy import Policy
from monitor.mail.letters.letters import Letters
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.smtp import SmtpTransport
from monitor.settings.config.in_force import in_force
from monitor.store import records
from monitor.store.engine import Store
from monitor.store.state import MonitorState, read_state

MONDAY = date(2021, 11, 1)
BEFORE = datetime(2021, 11, 1, 6, 30, tzinfo=UTC)  # half an hour before the slot
SLOT = datetime(2021, 11, 1, 7, 0, tzinfo=UTC)  # 08:00 in Amsterdam
OWED = "2022-01-17"  # an end whose letter is due on 6 December: the rung of eight weeks lies behind, that of four ahead
URGENT = "2021-12-14"  # an end whose letter is due on 2 November, the day after the slot
ROLES = {"anna": "policy-officer", "bram": "parliamentary-liaison", "cleo": "defence-contact", "otto": "operator"}


def one_rule() -> Policy:
    """Only the letter of contributions outside article 100, which three roles hear of; no overviews."""
    policy = shipped_policy()
    rules = tuple(rule for rule in policy.rules.rules if rule.id == "extension-letter")
    return replace(policy, rules=replace(policy.rules, rules=rules, system=()), overview_day=None)


def people(**addresses: str) -> People:
    """Everybody, with other addresses where given."""
    persons = {
        id: Person(id=id, name=id.title(), address=addresses.get(id, f"{id}@example.org"), language="en")
        for id in ROLES
    }
    return People(persons=persons, roles={role: (id,) for id, role in ROLES.items()})


class Office:
    """An app with a clock of its own."""

    def __init__(self, store: Store, relay: TestRelay, *, who: str = "first:1", **limits: Any):
        self.relay, self.now = relay, BEFORE
        terms = Relay(host=relay.host, port=relay.port, security="plain", timeout=LIMIT, total_timeout=LIMIT)
        self.transport = SmtpTransport(terms)
        policy, everybody = with_limits(one_rule(), **limits), people()
        self.app = App(
            store=replace(store, clock=self.clock), policy=policy, people=everybody,
            letters=Letters([ROOT / "templates"]),
            sender=Sender(mailbox=Mailbox(name="Monitor", address="monitor@example.org"), domain="example.org"),
            transport=lambda: self.transport, in_force=in_force(policy, everybody), who=who,
        )  # fmt: skip

    def another(self, **changed: Any) -> Office:
        """A second process on the same database, with the same clock."""
        other = Office(self.app.store, self.relay)
        store = replace(self.app.store, clock=other.clock)
        own = {"who": "second:2", "store": store, "transport": lambda: other.transport}
        other.now, other.app = self.now, replace(self.app, **{**own, **changed})
        return other

    def move(self, **addresses: str) -> None:
        """People with other addresses, as after an edit of the configuration."""
        everybody = people(**addresses)
        self.app = replace(self.app, people=everybody, in_force=in_force(self.app.policy, everybody))

    def clock(self) -> datetime:
        return self.now

    def later(self, **span: float) -> None:
        self.now += timedelta(**span)

    def at(self, when: datetime) -> None:
        self.now = when

    def add(self, *ids: str, until: str = OWED, **fields: Any) -> None:
        for id in ids:
            self.change(added(MONDAY, id, "contribution", valid_from="2021-01-18", valid_until=until, **fields))

    def change(self, change: Change) -> Saved:
        return save(self.app, self.preview(change))

    def preview(self, change: Change) -> ChangePreview:
        stamped = replace(change, stamp=stamp(self.app, change.stamp.actor, self.now))
        return preview(self.app, stamped, self.now)

    def check(self) -> CheckReport:
        self.now = max(self.now, SLOT)
        report = check(self.app, self.now)
        report_week_at_once(self.app, self.now)
        return report

    def deliver(self, stop: Callable[[], bool] = lambda: False) -> DeliveryReport:
        return deliver(self.app, self.clock, self.transport, stop=stop)

    def tell(self) -> int:
        return queue_notices(self.app, self.now)

    def outbox(self, *states: str) -> list[Any]:
        """Messages, oldest first."""
        with self.app.store.reading() as connection:
            return list(reversed(records.outbox(connection, states=states)))

    def mail_to(self, person: str, kind: str = "digest") -> Any:
        """The latest message of that kind to a person."""
        return [row for row in self.outbox() if (row.person, row.kind) == (person, kind)][-1]

    def said(self, entry: str) -> dict[str, bool]:
        """Person → whether the latest reminder about the entry counts as said."""
        with self.app.store.reading() as connection:
            return {row.person: row.standing for row in reversed(records.reminders_about(connection, entry))}

    def notices(self, kind: str = "") -> list[Any]:
        """Standing troubles."""
        with self.app.store.reading() as connection:
            return [row for row in records.open_notices(connection) if kind in ("", row.kind)]

    @property
    def state(self) -> MonitorState:
        with self.app.store.reading() as connection:
            return read_state(connection)

    def arrived(self, person: str) -> list[Any]:
        """What the relay took for a person, parsed."""
        return [message_from_bytes(item.raw) for item in self.relay.to(f"{person}@example.org")]


def text_of(mail: Any) -> str:
    """The text part of a parsed mail, on one line."""
    part = next(part for part in mail.walk() if part.get_content_type() == "text/plain")
    return " ".join(part.get_payload(decode=True).decode(part.get_content_charset()).split())
