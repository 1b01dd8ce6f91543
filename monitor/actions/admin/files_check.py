"""Upkeep by an administrator: a schema brought up to date, all files checked before they are trusted."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from monitor.actions.admin.validate import examine
from monitor.actions.query.lint import gaps_of
from monitor.app import database_of, open_app, read_config
from monitor.core.errors import Fault, MonitorError
from monitor.core.lint.findings import Gap
from monitor.core.model.rules import RuleBook
from monitor.settings.config.configuration import Config
from monitor.store.migrate import migrate as bring_up_to_date
from monitor.store.migrate import open_engine


class Validated(Struct, frozen=True, kw_only=True):
    """What a check of all files found."""

    faults: tuple[Fault, ...]
    won: Mapping[str, str]  # rule, calendar or letter → the file it was read from
    summary: str
    gaps: tuple[Gap, ...] | None = None  # what the coverage found; None: it was not asked for, or not looked at
    not_looked_at: str = ""  # why the register could not be read, where that is no reason to fail


def migrate(config: Path | None, now: datetime) -> tuple[str | None, str]:
    """The schema's revision before and after. Raises Refused while daemons run that could not work on the new one."""
    store = open_engine(database_of(read_config(config)))
    try:
        return bring_up_to_date(store, now)
    finally:
        store.close()


def validate(
    config: Path | None, rules: Path | None, *, covered_at: datetime | None = None, needed: bool = True
) -> Validated:
    """Read everything the daemon would read. Faults of all files come together.

    `covered_at`: also say what the register of the database has that nobody would be reminded of, as of that instant.
    `needed`: a database that cannot be read is an error; else it is said why. Raises Faults, Unavailable or Refused.
    """
    settings = read_config(config)
    found = examine(settings, rules)
    book = found.policy.rules if found.policy else RuleBook(rules=())
    won = {rule.id: rule.source for rule in book.rules} | {rule.id: rule.source for rule in book.system}
    won |= {f"letter {name}": str(path) for name, path in found.letters.origins().items()}
    people = len(settings.people)
    summary = f"{len(won)} rules and files of letters, {people} {'person' if people == 1 else 'people'}"
    gaps, why = None, ""
    if covered_at and not found.faults:
        try:
            gaps = _gaps(settings, rules, covered_at)
        except MonitorError as cause:
            if needed:
                raise
            why = str(cause)
    return Validated(faults=found.faults, won=won, summary=summary, gaps=gaps, not_looked_at=why)


def _gaps(settings: Config, rules: Path | None, now: datetime) -> tuple[Gap, ...]:
    with open_app(settings, rules=rules) as app:
        return gaps_of(app, now)
