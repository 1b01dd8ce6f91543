"""Setting up: a folder made ready, a schema brought up to date, all files checked before they are trusted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from monitor.actions.change import admit, stamp
from monitor.actions.coverage import gaps_of
from monitor.actions.examine import examine
from monitor.app import App, build, database_of, read_config
from monitor.core.errors import Fault, Refused
from monitor.core.gaps import Gap
from monitor.core.rules import RuleBook
from monitor.exchange.register_file import read_register
from monitor.settings.shipped import shipped
from monitor.store.migrate import migrate as bring_up_to_date
from monitor.store.migrate import open_engine
from monitor.store.register import version


@dataclass(frozen=True, kw_only=True)
class Validated:
    """What a check of all files found."""

    faults: tuple[Fault, ...]
    won: Mapping[str, str]  # rule, calendar or letter → the file it was read from
    summary: str
    gaps: tuple[Gap, ...] | None = None  # what the coverage found; None: it was not asked for, or faults come first


def init(folder: Path, *, database: str | None, register: Path | None, actor: str, now: datetime) -> Iterator[str]:
    """Make a folder ready and say what was made. Nothing that is there is overwritten. Raises Refused, Faults."""
    config = folder / "config.toml"
    if config.exists() and not register:
        raise Refused(f"{config} is there already; it was left as it is.")
    for part in ("", "rules", "templates"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    if not config.exists():
        _write_new(config, _with_database(shipped("config.example.toml").read_text(encoding="utf-8"), database))
        yield f"Made {config}: every setting with its default. Put your people in [people]."
    with build(config) as app:
        if register and _holds_entries(app):
            raise Refused("The register holds entries already; a register file goes into an empty one.")
        yield f"The database is {app.store.url.render_as_string(hide_password=True)}."
        if register:
            known = stamp(app, actor, now)
            read = read_register(register, known)
            yield f"{admit(app, read.changes, file=str(register))} entries were taken in from {register}."
    yield f"Next: edit {config}, then `monitor --config {config} validate` and `monitor --config {config} run`."


def _holds_entries(app: App) -> bool:
    with app.store.reading() as connection:
        return version(connection) > 0


def migrate(config: Path | None) -> tuple[str | None, str]:
    """The schema's revision before and after."""
    store = open_engine(database_of(read_config(config)))
    try:
        return bring_up_to_date(store)
    finally:
        store.close()


def validate(config: Path | None, rules: Path | None, *, covered_at: datetime | None = None) -> Validated:
    """Read everything the daemon would read. Faults of all files come together.

    `covered_at`: also say what the register of the database has that nobody would be reminded of, as of that instant.
    """
    settings = read_config(config)
    found = examine(settings, rules)
    book = found.policy.rules if found.policy else RuleBook(rules=())
    won = {rule.id: rule.source for rule in book.rules} | {rule.id: rule.source for rule in book.system}
    won |= {f"letter {name}": str(path) for name, path in found.letters.origins().items()}
    summary = f"{len(won)} rules and files of letters, {len(settings.people)} people"
    gaps = _gaps(config, rules, covered_at) if covered_at and not found.faults else None
    return Validated(faults=found.faults, won=won, summary=summary, gaps=gaps)


def _gaps(config: Path | None, rules: Path | None, now: datetime) -> tuple[Gap, ...]:
    with build(config, rules=rules) as app:
        return gaps_of(app, now)


def _with_database(text: str, database: str | None) -> str:
    """The example configuration with another database in it."""
    if database is None:
        return text
    url = database if "://" in database else f"sqlite:///{database}"
    lines = [f'url = "{url}"' if line.startswith("url = ") else line for line in text.splitlines()]
    return "\n".join(lines) + "\n"


def _write_new(path: Path, text: str) -> None:
    """Write a file that only this account may read: it may come to hold secrets."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
