"""What the monitor remembers of its own work beside the register: one record, and two notes by name.

Table `meta` keeps a text for each key: a field of MonitorState under its name there, each note under its own name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from shlex import quote
from types import MappingProxyType
from typing import Any

from msgspec import DecodeError, Struct, ValidationError, convert, json, to_builtins
from sqlalchemy import Connection, delete, insert, select

from monitor.core.errors import Unavailable
from monitor.core.sentences import Sentence, joined
from monitor.store.schema import SETTINGS, meta

_PLAIN = re.compile(r"[\w .@-]+")  # needs no more than double quotes in a shell
LONGEST_SHOWN = 60  # characters of a damaged value in a sentence
_NAMES = MappingProxyType({  # fields that have another name in the table
    "all_clear": "all-clear", "brake_cause": "brake-cause", "maintained": "upkeep", "rules_changed": "changed rules",
    "calendars_changed": "changed calendars", "people_changed": "changed people", "limits_changed": "changed limits",
    "taken_back": "unsaid",
})  # fmt: skip


class MonitorState(Struct, frozen=True, kw_only=True, omit_defaults=True, rename=_NAMES):
    """How far the work has come. Days are days of slots; a field with its default has no row."""

    instance: str = ""  # the installation's name; empty: nothing was ever sent or changed here
    serves: str = ""  # the schema's revision, and the oldest one whose program may go on working on it
    policy: str = ""  # content hashes of the settings by which the register's wakes were computed
    rules_changed: date | None = None  # the last slot that found other rules than the one before
    calendars_changed: date | None = None
    people_changed: date | None = None
    limits_changed: date | None = None
    checked: date | None = None  # the latest slot that was checked
    again: str = ""  # why that slot must be checked again
    overviewed: date | None = None  # the latest overview day whose overviews were made
    all_clear: date | None = None  # the latest overview day whose all-clear was made
    maintained: date | None = None  # the latest day whose maintenance is complete
    restored: str = ""  # why everything is held: a restored backup, or a person's request
    brake_cause: str = ""  # why the brake held, while something is held
    coverage: str = ""  # JSON: what was surveyed last, and the gaps that the operator was notified of
    audited: date | None = None  # the latest slot after which the audit of its window ran
    audited_whole: date | None = None  # the latest slot after which everything was audited
    audit: str = ""  # JSON: what the latest of these audits came to
    taken_back: int = 0  # how often reminders were taken back; another number means that the ledger must be read again

    @property
    def settings_changed(self) -> Mapping[str, date]:
        """Rules, calendars, people, limits → the last slot that found others than the one before."""
        days = {kind: getattr(self, f"{kind}_changed") for kind in SETTINGS}
        return {kind: day for kind, day in days.items() if day is not None}


_KEYS: Mapping[str, str] = {name: _NAMES.get(name, name) for name in MonitorState.__struct_fields__}


class DamagedNote(Unavailable):
    """A value of the table that is not what was written there."""

    def __init__(self, connection: Connection, key: str, value: str) -> None:
        url, sql = connection.engine.url, "DELETE FROM meta WHERE key = '{}'".format(key.replace("'", "''"))
        sqlite = url.get_backend_name() == "sqlite"
        program = f"sqlite3 {url.database}" if sqlite else f"psql --dbname {url.database} --command"
        typed = f'"{sql}"' if _PLAIN.fullmatch(key) else quote(sql)
        shown = value[:LONGEST_SHOWN]
        self.what = Sentence(
            "The note {key!r} in the database is damaged: {value!r} cannot be read.", key=key, value=shown
        )
        self.do = Sentence(
            "Stop the service and remove the note: `{command}`. The next check writes it again, and at most says once "
            "more what it has said. If other data may be damaged too, restore a backup (docs/operations.md).",
            command=f"{program} {typed}",
        )
        super().__init__(joined((self.what, self.do), " "))


def read_state(connection: Connection) -> MonitorState:
    """The record as this transaction sees it. Raises DamagedNote."""
    rows = connection.execute(select(meta.c.key, meta.c.value).where(meta.c.key.in_(_KEYS.values())))
    notes = {row.key: row.value for row in rows}
    try:
        return convert(notes, MonitorState, strict=False)
    except ValidationError:
        for key, value in notes.items():
            try:
                convert({key: value}, MonitorState, strict=False)
            except ValidationError:
                raise DamagedNote(connection, key, value) from None
        raise


def check_notes(connection: Connection) -> None:
    """Read every note whose form is known. Raises DamagedNote for the first that cannot be read."""
    kept = read_state(connection).coverage
    try:
        json.decode(kept or "{}")
    except DecodeError:
        raise DamagedNote(connection, "coverage", kept) from None
    for row in connection.execute(select(meta.c.key, meta.c.value).where(meta.c.key.startswith("reached "))):
        _instant(connection, row.key, row.value)


def keep_state(connection: Connection, **values: Any) -> None:
    """Change these fields of the record. Raises TypeError for a name that is not a field."""
    kept = to_builtins(MonitorState(**values))
    connection.execute(delete(meta).where(meta.c.key.in_([_KEYS[name] for name in values])))
    if kept:
        connection.execute(insert(meta), [{"key": key, "value": str(value)} for key, value in kept.items()])


def read_dropped(connection: Connection, file: str) -> str | None:
    """What was decided of a file of the drop folder that has not been moved aside yet; `file`: a digest of its path."""
    return connection.scalar(select(meta.c.value).where(meta.c.key == f"dropped {file}"))


def keep_dropped(connection: Connection, file: str, decided: str | None) -> None:
    """Keep what was decided of that file; None: it has been moved aside."""
    _keep(connection, f"dropped {file}", decided)


def read_reached(connection: Connection, person: str, address: str) -> datetime | None:
    """When a test mail was last accepted for this address. Raises DamagedNote."""
    key = f"reached {person} {address}"
    found = connection.scalar(select(meta.c.value).where(meta.c.key == key))
    return None if found is None else _instant(connection, key, found)


def keep_reached(connection: Connection, person: str, address: str, now: datetime) -> None:
    """A test mail was accepted for this address: what it refused before no longer counts."""
    _keep(connection, f"reached {person} {address}", now.isoformat())


def forget_reached(connection: Connection, person: str) -> None:
    """Remove the addresses of a person."""
    connection.execute(delete(meta).where(meta.c.key.startswith(f"reached {person} ", autoescape=True)))


def _instant(connection: Connection, key: str, value: str) -> datetime:
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise DamagedNote(connection, key, value) from None
    return found


def _keep(connection: Connection, key: str, value: str | None) -> None:
    connection.execute(delete(meta).where(meta.c.key == key))
    if value is not None:
        connection.execute(insert(meta).values(key=key, value=value))
