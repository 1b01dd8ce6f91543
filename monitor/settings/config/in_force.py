"""The values in force, from configuration and files, and those values as text that can be kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from msgspec import Struct, convert

from monitor.core.errors import Fault, Faults, Unavailable, system_reason
from monitor.core.model.people import People
from monitor.core.model.policy import Limits, Policy
from monitor.core.model.register import LIFECYCLES
from monitor.core.model.rules import Rule, Selection, SystemRule
from monitor.core.sentences import Sentence
from monitor.settings.config.configuration import CREDENTIALS, Config
from monitor.settings.config.recipients import names_in_use
from monitor.settings.config.schema import DEFAULT_FROM, WEEK
from monitor.settings.rules.calendars import load_calendars
from monitor.settings.rules.load import load_rules

# Where a rule was read, and whose mail waits: neither is a setting.
LEFT_OUT: Mapping[type, tuple[str, ...]] = {Rule: ("source", "pack"), SystemRule: ("source",), People: ("undelivered",)}
# Fields added since a release, with their default: left out where they have it, so that what was kept hashes as before.
ADDED: Mapping[type, Mapping[str, Any]] = {
    Rule: {"tell": "mail"}, SystemRule: {"tell": "mail"}, Selection: {"renews": None, "has_end": None},
}  # fmt: skip
LIMITS = ("limits", "kinds", "zone", "send_at", "overview_day")  # fields of a policy that are kept together as "limits"
Value = TypeVar("Value")


def policy_of(
    config: Config, *, rules: Path | None = None, before: Path | None = None, calendar: Path | None = None
) -> Policy:
    """Rules and calendars from the user's folder (or `rules` instead of it) and the shipped one. Raises Faults.

    What is tried out: `before`, a folder that comes before both; `calendar`, a file in place of the one of its name.
    """
    folders = config.rules_folders(instead=rules, before=before)
    register = config.register_
    packs = config.packs(instead=rules, before=before)
    kinds = config.kinds(packs)
    faults: list[Fault] = []
    try:
        calendars = load_calendars(folders, register.calendar, config.files, instead=calendar)
    except Faults as found:
        for fault in found.faults:  # a fault of the name is located where the name was given
            named = not fault.file and fault.key == "register.calendar"
            faults.append(config.locate(("register", "calendar"), fault.what, fault.accepted) if named else fault)
    try:
        book = load_rules(
            folders,
            calendars=None if faults else calendars.by_id,  # one broken calendar is not a fault of every rule
            packs=packs,
            kinds={**LIFECYCLES, **kinds},
            roles=names_in_use(config) if config.people else None,
            event_types=register.own_types() if config.file else None,
            files=config.files,
        )
    except Faults as found:
        faults += found.faults
    if faults:
        raise Faults(faults)
    limits = config.limits
    return Policy(
        rules=book,
        calendars=calendars,
        limits=Limits(
            reminders_per_check=limits.reminders_per_check,
            times_busiest=limits.times_busiest_day,
            overdue=limits.overdue_limit,
            import_overdue=limits.import_overdue_limit,
        ),
        kinds=kinds,
        zone=register.time_zone,
        send_at=register.send_at,
        overview_day=None if register.overview_day == "none" else WEEK.index(register.overview_day),
        event_types=register.own_types(),
    )


def sending_faults(config: Config) -> Iterator[Fault]:
    """What is still missing before mail can be sent: people, a sender's address, passwords and authorities."""
    if not config.people:
        yield config.locate(("people",), "There is no one to mail to.", "a table [people.NAME] for each person")
    secrets: list[Callable[[], object]] = [config.database_url]
    secrets += [partial(config.password, section) for section in config.relays()]
    for read in secrets:
        try:
            read()
        except Faults as found:
            yield from found.faults
    if config.mail.transport != "smtp":
        return
    if config.mail.sender == DEFAULT_FROM:
        yield config.locate(("mail", "from"), "Mail over SMTP needs an address of its own.", "Name <name@example.org>")
    for section, relay in config.relays().items():
        place = tuple(section.split("."))
        if relay.username and not config.secret_file(section):
            accepted = Sentence(
                "password_file, or the systemd credential {credentials}", credentials=CREDENTIALS[section]
            )
            yield config.locate(
                (*place, "username"),
                Sentence("There is no password for {username}.", username=relay.username),
                accepted,
            )
        if path := config.ca_file(section):
            try:
                config.files.read(path)  # `ssl` reads the file itself; this look notices later changes
            except OSError as error:
                what = Sentence("The file {path} cannot be read: {cause}.", path=path, cause=system_reason(error))
                yield config.locate((*place, "ca_file"), what, "a PEM file of authorities")


def service_faults(config: Config) -> Iterator[Fault]:
    """What the service does not run with: a demo's day, after which no slot comes."""
    if config.demo.today:
        what = "The service does not run on a demo's day: the next slot would never come."
        yield config.locate(("demo", "today"), what, "`monitor check` on a demo; else leave [demo] today out")


def in_force(policy: Policy, people: People) -> Mapping[str, tuple[str, str]]:
    """Rules, calendars, people and limits → (content hash, content): the same values always give the same text."""
    limits = {name: getattr(policy, name) for name in LIMITS}
    parts = {"rules": policy.rules, "calendars": policy.calendars, "people": people, "limits": limits}
    return {name: fingerprint(value) for name, value in parts.items()}


def judged_with(contents: Mapping[str, str]) -> tuple[Policy, People]:
    """The policy and people that `in_force` wrote down: rules, calendars, people, limits → content.

    Raises Unavailable where that cannot be read without loss.
    """
    try:
        raw = {kind: json.loads(contents[kind]) for kind in ("rules", "calendars", "people", "limits")}
        policy = {name: raw["limits"].pop(name) for name in LIMITS}
        policy |= {"rules": raw["rules"], "calendars": raw["calendars"], **raw["limits"]}
        return _read_again(Policy, policy), _read_again(People, raw["people"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as cause:  # msgspec's are ValueErrors
        raise Unavailable("What was kept of that day cannot be read by this version of the monitor.") from cause


def _read_again(kind: type[Value], raw: Any) -> Value:
    """The value, if it holds all that was written; a field that was added since may have its default."""
    found = convert(raw, kind)
    if not _holds(_plain(found), raw):
        raise ValueError(f"something of {kind.__name__} would be lost")
    return found


def _holds(value: Any, raw: Any) -> bool:
    if isinstance(raw, dict):
        return isinstance(value, dict) and all(key in value and _holds(value[key], raw[key]) for key in raw)
    if isinstance(raw, list):
        return isinstance(value, list) and len(value) == len(raw) and all(map(_holds, value, raw))
    return bool(value == raw)


def fingerprint(value: Any) -> tuple[str, str]:
    """SHA-256 and canonical JSON of a core value. Holds no secret, and not the file a rule was read from."""
    content = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(content.encode("utf-8")).hexdigest(), content


def _plain(value: Any) -> Any:
    """JSON's own types. Order is kept where it means something; a mapping's does, too: it is the file's."""
    if isinstance(value, Struct):
        left_out, added = LEFT_OUT.get(type(value), ()), ADDED.get(type(value), {})
        names = [name for name in value.__struct_fields__ if not name.startswith("_") and name not in left_out]
        kept = [name for name in names if name not in added or getattr(value, name) != added[name]]
        return {name: _plain(getattr(value, name)) for name in kept}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, frozenset):
        return sorted(_plain(item) for item in value)
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value
