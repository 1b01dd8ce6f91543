"""Registers to measure on: real entries under a real rule, written by the store's bulk functions, with a true index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from monitor.actions.check.check import check
from monitor.actions.register.change import index_of
from monitor.app import App, build
from monitor.core.calendar.dates import Span
from monitor.core.changes.apply import placed
from monitor.core.model.changes import Add, Stamp
from monitor.core.model.register import Entry, Period, Quote, Reference, Register
from monitor.core.model.slots import slot_of
from monitor.core.planning.plan import plan
from monitor.store import bulk
from monitor.store.engine import open_engine
from monitor.store.migrate import migrate
from monitor.store.register import EntryIndex, register_version

PART = 10_000  # entries put in at once
SLEEP = (500, 3_500)  # days from the slot until the permits end that are not due
RULE = """\
[rule.permit-renewal]
title.en = "Apply for renewal of the permit"
title.nl = "Verlenging van de vergunning aanvragen"
norm = "statutory"
why.en = "The authority decides within eight weeks; four more to answer questions."
why.nl = "Het bevoegd gezag beslist binnen acht weken; vier extra voor vragen."
select = { kind = ["permit"], status = ["active", "expired"] }
due = { anchor = "valid_until", offset = "-12w" }
remind = ["-8w", "-4w", "-2w", "-1w", "0d"]
to = ["policy-officer"]
escalate = [{ at = "+1bd", to = ["head-of-unit"] }]
closes_on = ["document:renewal-application"]
"""


def last_slot_before(today: date) -> date:
    """The slot that is measured: the latest Tuesday on or before that day, when no overview and no all-clear is due."""
    return today - timedelta(days=(today.weekday() - 1) % 7)


def instant(day: date) -> datetime:
    """A minute after that day's slot."""
    return datetime.combine(day, time(8, 1), ZoneInfo("Europe/Amsterdam")).astimezone(UTC)


def prepare(folder: Path, url: str, *, people: int, relay: int | None, connections: int | None = None) -> Path:
    """A configuration with so many people; mail goes to the relay on that port. The brake's cap is set off."""
    (folder / "rules").mkdir(parents=True, exist_ok=True)
    (folder / "rules" / "permits.toml").write_text(RULE, encoding="utf-8")
    config = folder / "config.toml"
    config.write_text("\n".join(_config(url, people, relay, connections)), encoding="utf-8")
    return config


def _config(url: str, people: int, relay: int | None, connections: int | None) -> Iterator[str]:
    yield f'[database]\nurl = "{url}"'
    yield '[register]\nlanguage = "en"\noverview_day = "none"\nevent_types = ["document:renewal-application"]'
    yield '[register.kinds]\npermit = "period"'
    yield "[limits]\nreminders_per_check = 1000000000  # the brake is off: it would hold the thousand that are measured"
    yield '[mail]\nfrom = "Monitor <monitor@bench.example>"'
    if connections is not None:
        yield f"connections = {connections}"
    if relay is not None:
        yield f'transport = "smtp"\n[mail.smtp]\nhost = "127.0.0.1"\nport = {relay}\nsecurity = "plain"'
    yield '[people.olga]\nname = "Olga Operator"\naddress = "olga@bench.example"'
    yield 'roles = ["operator", "policy-officer", "head-of-unit"]'
    for number in range(people):
        yield f'[people.p{number}]\nname = "Person {number}"\naddress = "p{number}@bench.example"\nroles = ["reader"]'


def fill(config: Path, day: date, entries: int, due: int, people: int, *, due_on: date | None = None) -> None:
    """Make the database as it is before the slot of `day`: so many entries, of which `due` owe one reminder.

    They owe it at that slot, or at the one of `due_on`, in turn to each person.
    """
    with build(config) as app:
        store = app.store
        check(app, instant(day - timedelta(days=1)))  # what a check of an empty register leaves behind
        index = _Index(app, day)
        for first in range(0, entries, PART):
            places = range(first, min(first + PART, entries))
            _put(app, index, [_entry(place, day, due_on or day, due, people) for place in places], first)
        with store.writing() as connection:
            connection.exec_driver_sql("ANALYZE")


def fresh(url: str) -> None:
    """The schema, where there is none yet."""
    store = open_engine(url)
    migrate(store)
    store.close()


def _put(app: App, index: _Index, made: list[Entry], first: int) -> None:
    stamp = Stamp(actor="bench", at=slot_of(app.policy, made[0].registered_on), known_on=made[0].registered_on)
    adds = [Add(stamp=stamp, entry=entry.id, content=entry) for entry in made]
    register = Register(entries={add.entry: placed(add, first + place) for place, add in enumerate(adds)})
    ready = bulk.rows_of([(add, {}) for add in adds], register, {e.id: index.of(e) for e in register}, ())
    with app.store.writing() as connection:
        bulk.put(connection, ready, expected=register_version(connection))


class _Index:
    """The index of an entry, judged once for each day on which entries end: no permit differs otherwise."""

    def __init__(self, app: App, day: date) -> None:
        self.app, self.day = app, day
        self.known: dict[str, EntryIndex] = {}

    def of(self, entry: Entry) -> EntryIndex:
        """As the check of the day before left it."""
        assert entry.current.valid_until is not None
        end = entry.current.valid_until.written
        if end not in self.known:
            alone, before = Register(entries={entry.id: entry}), self.day - timedelta(days=1)
            judged = plan(alone, before, self.app.policy, self.app.people, {}).entries[0]
            self.known[end] = index_of(
                alone, judged, self.app.policy, stay=any(item.owed for item in judged.obligations)
            )
        return self.known[end]


def _entry(place: int, day: date, due_on: date, due: int, people: int) -> Entry:
    """The first `due` entries reach their first rung on `due_on`; the others sleep for a year or more."""
    first, last = SLEEP
    end = due_on + timedelta(weeks=20) if place < due else day + timedelta(days=first + place % (last - first))
    registered = day - timedelta(days=30)
    return Entry(
        id=f"permit-{place:07}", kind="permit", title=f"Permit number {place} for works on the eastern quay",
        registered_on=registered, periods=(Period(valid_until=Span.of(end), known_on=registered),),
        holders={"policy-officer": (f"p{place % people}",)} if people else {},
        refs=(Reference(dossier="29521", nr=str(place), kind="decision"),),
        quotes=(Quote(text=f"This permit is granted under conditions 1 to 12 and lapses on {end:%d-%m-%Y}.",
                      source=f"Decision {place}, article 3"),),
    )  # fmt: skip
