"""What the monitor remembers of its own work beside the register: one record, and two notes by name.

Table `meta` keeps a text for each key: a field of MonitorState under its name there, each note under its own name.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from msgspec import Struct, convert, to_builtins
from sqlalchemy import Connection, delete, insert, select

from monitor.store.schema import SETTINGS, meta

_NAMES = MappingProxyType({  # fields that have another name in the table
    "all_clear": "all-clear", "brake_cause": "brake-cause", "maintained": "upkeep", "rules_changed": "changed rules",
    "calendars_changed": "changed calendars", "people_changed": "changed people", "limits_changed": "changed limits",
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
    unsaid: int = 0  # how often reminders were taken back; another number means that the ledger must be read again

    @property
    def settings_changed(self) -> Mapping[str, date]:
        """Rules, calendars, people, limits → the last slot that found others than the one before."""
        days = {kind: getattr(self, f"{kind}_changed") for kind in SETTINGS}
        return {kind: day for kind, day in days.items() if day is not None}


_KEYS: Mapping[str, str] = {name: _NAMES.get(name, name) for name in MonitorState.__struct_fields__}


def read_state(connection: Connection) -> MonitorState:
    """The record as this transaction sees it."""
    rows = connection.execute(select(meta.c.key, meta.c.value).where(meta.c.key.in_(_KEYS.values())))
    return convert({row.key: row.value for row in rows}, MonitorState, strict=False)


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
    """When a test mail was last accepted for this address."""
    found = connection.scalar(select(meta.c.value).where(meta.c.key == f"reached {person} {address}"))
    return None if found is None else datetime.fromisoformat(found)


def keep_reached(connection: Connection, person: str, address: str, now: datetime) -> None:
    """A test mail was accepted for this address: what it refused before no longer counts."""
    _keep(connection, f"reached {person} {address}", now.isoformat())


def forget_reached(connection: Connection, person: str) -> None:
    """Remove the addresses of a person."""
    connection.execute(delete(meta).where(meta.c.key.startswith(f"reached {person} ", autoescape=True)))


def _keep(connection: Connection, key: str, value: str | None) -> None:
    connection.execute(delete(meta).where(meta.c.key == key))
    if value is not None:
        connection.execute(insert(meta).values(key=key, value=value))
