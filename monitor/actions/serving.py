"""What each running service works with, kept beside the register so that `status` can tell."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from monitor.app import App
from monitor.store import register as rows

PREFIX = "in-force "  # of keys


@dataclass(frozen=True, kw_only=True)
class Serving:
    """One service and the files that it read."""

    where: str  # machine and configuration file
    who: str  # machine and process
    since: datetime  # when it took what is in force
    hashes: dict[str, str] = field(default_factory=dict)  # rules, calendars, people, limits → content hash

    def differs(self, app: App) -> tuple[str, ...]:
        """Which of rules, calendars, people and limits are others in this toolbox."""
        return tuple(kind for kind, (hash, _) in app.in_force.items() if self.hashes.get(kind) != hash)


def keep(connection: Connection, where: str, app: App, now: datetime) -> None:
    """This service works with what is in `app` from now on."""
    serving = Serving(
        where=where, who=app.who, since=now, hashes={kind: hash for kind, (hash, _) in app.in_force.items()}
    )
    rows.keep(connection, PREFIX + where, json.dumps(asdict(serving) | {"since": now.isoformat()}))


def forget(connection: Connection, where: str) -> None:
    """The service ended."""
    rows.forget(connection, PREFIX + where)


def services(connection: Connection) -> tuple[Serving, ...]:
    """Every service that began and did not end; one that was killed is among them until it begins again."""
    found = [json.loads(value) for value in rows.notes(connection, PREFIX).values()]
    return tuple(Serving(**{**kept, "since": datetime.fromisoformat(kept["since"])}) for kept in found)
