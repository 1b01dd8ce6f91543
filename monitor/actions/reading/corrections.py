"""How often people corrected what rows of the language tables proposed. Nothing is learned by it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
from msgspec import Struct, field

from monitor.app import open_app
from monitor.core.model.proposals import Accepted
from monitor.settings.config.configuration import Config
from monitor.store.history import readings


class RowReport(Struct, kw_only=True):
    """What became of the proposals that one row decided."""

    row: str
    accepted: int = 0  # corrected ones too
    corrected: int = 0
    declined: int = 0
    fields: Counter[str] = field(default_factory=Counter)  # what was corrected, how often

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found


def corrections(config: Config) -> list[RowReport]:
    """Return a report for each row, the most corrected first. Raises Faults, Refused or Unavailable."""
    found: dict[str, RowReport] = {}
    with open_app(config) as app, app.store.reading() as connection:
        for one in readings(connection):
            _count(one, found)
    return sorted(found.values(), key=lambda one: (-one.corrected - one.declined, -one.accepted, one.row))


def _count(one: Accepted, found: dict[str, RowReport]) -> None:
    """Count a proposal under each row that decided one of its dates; a row answers for its own field."""
    rows = {row for rows in one.why.values() for row in rows} or {"no row"}
    for row in rows:
        report = found.setdefault(row, RowReport(row=row))
        if one.declined:
            report.declined += 1
            continue
        report.accepted += 1
        names = [name for name, decided in one.why.items() if row in decided and name in one.corrected]
        names += [name for name in one.corrected if name not in one.why]
        report.corrected += bool(names)
        report.fields.update(names)
