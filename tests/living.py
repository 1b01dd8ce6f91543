"""A monitor to live with in tests: real store, rules and letters; only the post is recorded and the clock given."""

from __future__ import annotations

import shutil
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from facts import DEMO, ROOT, demo_changes, shipped_policy
from msgspec.structs import replace
from sqlalchemy import select

from monitor.actions.register.change import preview, save
from monitor.actions.register.saving import import_changes
from monitor.app import App, Sender
from monitor.core.delivery.retry import Outcome, Report
from monitor.core.forecast.simulate import ForecastReminder
from monitor.core.model.changes import Change
from monitor.core.model.people import Mailbox, People, Person
from monitor.core.model.policy import AuditTerms, Policy
from monitor.mail.letters.letters import Letters
from monitor.mail.transport.transport import Outgoing, Transport, always
from monitor.service import Service
from monitor.settings.config.in_force import in_force
from monitor.store.engine import Store
from monitor.store.schema import ledger, messages, metadata

ACCEPTED = Report(outcome=Outcome.ACCEPTED, reply="250 noted")
DOWN = Report(outcome=Outcome.RELAY_DOWN, reply="connection refused")
PLAIN = {  # letters that say the same in fewer words: a hundred times quicker to make
    "subject.txt": "{{ digest.lines | length }} reminders",
    "body.txt": "{% for line in digest.lines %}{{ line.entry }} {{ line.rule }} {{ line.rung }}\n{% endfor %}",
    "body.html": "<p>{{ digest.lines | length }}</p>",
}


def demo_people() -> People:
    """The invented cast, a person for each role."""
    raw = tomllib.loads((DEMO / "people.toml").read_text(encoding="utf-8"))["people"]
    roles: dict[str, tuple[str, ...]] = {}
    for id, person in raw.items():
        roles |= {role: (*roles.get(role, ()), id) for role in person["roles"]}
    persons = {
        id: Person(id=id, name=found["name"], address=found["address"], language=found["language"])
        for id, found in raw.items()
    }
    return People(persons=persons, roles=roles)


@dataclass
class Recorder(Transport):
    """A post that keeps every message it accepts; `answer` may say something else about one."""

    answer: Callable[[Outgoing], Report] = lambda message: ACCEPTED
    accepted: list[Outgoing] = field(default_factory=list)
    tried: list[Outgoing] = field(default_factory=list)

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        self.tried.append(message)
        said = self.answer(message)
        if said.outcome is Outcome.ACCEPTED:
            self.accepted.append(message)
        return said

    def probe(self) -> Report:
        return ACCEPTED


def monitor_on(
    store: Store, *, policy: Policy | None = None, people: People | None = None, letters: Letters | None = None,
    audit: AuditTerms | None = None,
) -> App:  # fmt: skip
    """An installation on that database. No audit runs by itself in it, unless `audit` says so: a year takes long."""
    policy, people = policy or shipped_policy(), people or demo_people()
    return App(
        store=store,
        policy=policy,
        people=people,
        letters=letters or Letters([ROOT / "templates"]),
        sender=Sender(mailbox=Mailbox(name="Monitor", address="monitor@example.org"), domain="example.org"),
        transport=Recorder,
        in_force=in_force(policy, people),
        audit=audit,
        who="test",
    )


def serving(app: App, post: Transport, clock: Callable[[], datetime]) -> Service:
    """A service on a database whose own clock shows the same."""
    return Service(replace(app, store=replace(app.store, clock=clock), transport=lambda: post), clock)


def plain_letters(folder: Path) -> Letters:
    """The letters as if they were shipped with a reminder of few words: a user's own are rendered elsewhere."""
    shutil.copytree(ROOT / "templates", folder)
    for name, text in PLAIN.items():
        (folder / "reminder" / name).write_text(text, encoding="utf-8")
    return Letters([folder])


def hand_over(app: App, changes: Sequence[Change] | None = None) -> None:
    """Take in a register file: by default the demo's."""
    import_changes(app, demo_changes() if changes is None else changes)


def happen(app: App, change: Change) -> None:
    """Somebody makes a change and saves it."""
    save(app, preview(app, change, change.stamp.at))


Line = tuple[date, str, str, str, str, date, date, frozenset[str]]


def arrived(app: App, post: Recorder) -> list[dict[str, Any]]:
    """Ledger lines of the messages that the post accepted, with the person; a line for each time it arrived."""
    with app.store.reading() as connection:
        rows = connection.execute(select(ledger, messages.c.message_id).join(messages)).all()
    by_message: dict[str, list[Any]] = {}
    for row in rows:
        by_message.setdefault(row.message_id, []).append(row)
    return [dict(row._mapping) for mail in post.accepted for row in by_message.get(mail.key, ())]


def told_by(lines: Iterable[dict[str, Any]]) -> set[Line]:
    """What arrived, put together per rung: day, obligation, rung, planned, due, roles."""
    roles: dict[tuple[Any, ...], set[str]] = {}
    for line in lines:
        place = tuple(line[name] for name in ("day", "entry", "rule", "occurrence", "rung", "planned", "due"))
        roles.setdefault(place, set()).update(line["roles"])
    return {(*place, frozenset(found)) for place, found in roles.items()}


def told_ahead(items: Iterable[ForecastReminder]) -> set[Line]:
    """The same of what was foretold."""
    return {
        (item.on, item.entry, item.rule, item.occurrence, item.rung, item.planned, item.due, frozenset(item.roles))
        for item in items
    }


def without_brake(policy: Policy) -> Policy:
    """The same rules without a limit on volume."""
    return replace(policy, limits=replace(policy.limits, reminders_per_check=0))


def content_hash(store: Store) -> str:
    """SHA-256 of everything in the database, row by row: the same as long as nobody wrote anything."""
    digest = sha256()
    with store.reading() as connection:
        for table in metadata.sorted_tables:
            rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            digest.update(repr((table.name, rows)).encode())
    return digest.hexdigest()
