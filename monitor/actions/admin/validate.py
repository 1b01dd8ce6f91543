"""All files read and checked before they are used: by `validate`, and by the service when one changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from monitor.actions.query.coverage import gaps_of
from monitor.app import build_policy, database_of, open_app, read_languages, read_letters, transport_of
from monitor.core.coverage.findings import Gap
from monitor.core.errors import BadValue, Fault, Faults, MonitorError
from monitor.core.model.policy import Policy
from monitor.core.model.rules import RuleBook
from monitor.core.sentences import Sentence, counted
from monitor.mail.letters.check import check_letters
from monitor.mail.letters.letters import Letters
from monitor.settings.config.configuration import Config
from monitor.settings.config.in_force import sending_faults
from monitor.settings.config.recipients import misspelt_roles
from monitor.store.engine import open_engine
from monitor.watch_wiring import sources_of


class Examined(Struct, frozen=True, kw_only=True):
    """What a configuration names, read in the configuration's own look at the disk."""

    policy: Policy | None  # None: its files have faults
    letters: Letters
    faults: tuple[Fault, ...]  # of all files, each once


class Validated(Struct, frozen=True, kw_only=True):
    """What a check of all files found."""

    faults: tuple[Fault, ...]
    won: Mapping[str, str]  # rule, calendar or letter → the file it was read from
    packs: Mapping[str, str]  # rule → the pack that it is part of
    summary: str
    gaps: tuple[Gap, ...] | None = None  # what the coverage found; None: it was not asked for, or not looked at
    not_looked_at: str = ""  # why the register could not be read, where that is no error


def validate(
    settings: Config, rules: Path | None, *, covered_at: datetime | None = None, needed: bool = True
) -> Validated:
    """Read everything the daemon would read, and the language tables; return the faults of all files together.

    `covered_at`: also what no reminder covers in the database's register, as of that instant. `needed`: a database that
    cannot be read is an error; else the reason is returned. Raises Faults, Unavailable or Refused.
    """
    found = examine(settings, rules)
    faults = (*found.faults, *_language_faults(settings, rules))
    book = found.policy.rules if found.policy else RuleBook(rules=())
    won = {rule.id: rule.source for rule in book.rules} | {rule.id: rule.source for rule in book.system}
    won |= {f"letter {name}": str(path) for name, path in found.letters.origins().items()}
    people = len(settings.people)
    of = Sentence(", packs {packs}", packs=", ".join(settings.register_.packs)) if found.policy else ""
    one, more = (
        "{rules} rules and files of letters, {count} person{of}",
        "{rules} rules and files of letters, {count} people{of}",
    )
    summary = counted(one, more, people, rules=len(won), of=of)
    gaps, why = None, ""
    if covered_at and not faults:
        try:
            with open_app(settings, rules=rules) as app:
                gaps = gaps_of(app, covered_at)
        except MonitorError as cause:
            if needed:
                raise
            why = cause.sentence
    packs = {rule.id: rule.pack for rule in book.rules if rule.pack}
    return Validated(faults=faults, won=won, packs=packs, summary=summary, gaps=gaps, not_looked_at=why)


def _language_faults(settings: Config, rules: Path | None) -> tuple[Fault, ...]:
    """Return the faults of the tables by which `monitor read` reads letters; the service uses none of them."""
    try:
        read_languages(settings, rules=rules)
    except Faults as found:
        return found.faults
    return ()


def examine(
    config: Config, rules: Path | None = None, *, check: Callable[[Letters], Sequence[Fault]] = check_letters
) -> Examined:
    """Read everything the service would read; `rules` is a folder in place of the configured one."""
    faults: list[Fault] = []
    policy = None
    try:
        policy = build_policy(config, rules=rules)
        faults += misspelt_roles(config, policy.rules)
    except Faults as found:
        faults += found.faults
    letters = read_letters(config)
    if missing := tuple(sending_faults(config)):
        faults += missing
    else:
        try:
            transport_of(config).close()
        except (
            BadValue
        ) as found:  # terms that a relay's transport does not accept, such as plain mail to another machine
            faults.append(config.locate(("mail", config.mail.transport), found.what, found.accepted))
    try:
        open_engine(database_of(config)).close()  # reads the URL; connects to nothing
    except Faults as found:
        faults += found.faults
    try:
        sources_of(config)
    except Faults as found:
        faults += found.faults
    faults += check(letters)
    return Examined(policy=policy, letters=letters, faults=tuple(dict.fromkeys(faults)))
