"""What the brake holds: a person looks at it, releases some and drops some, whole mails or single reminders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from monitor.actions.check.check import check
from monitor.actions.operator import restore_guard
from monitor.actions.operator.daemon_guard import require_right_clock
from monitor.actions.register.change import stamp
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.errors import BadValue, Refused, UnknownId
from monitor.core.model.changes import Change, Note
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot
from monitor.store import outbox, records
from monitor.store.bulk import save_changes
from monitor.store.engine import Transaction
from monitor.store.outbox import HeldLine
from monitor.store.register import register_version, wake_entries
from monitor.store.state import keep_state

KINDS = {  # field of a choice → what it names
    "mails": "held mail",
    "persons": "held mail to person",
    "rules": "held reminder of rule",
    "entries": "held reminder about entry",
    "reminders": "held reminder",
}
REMINDER = "ENTRY/RULE/OCCURRENCE or ENTRY/RULE/OCCURRENCE@PERSON"


class Choice(Struct, frozen=True, kw_only=True):
    """Which held reminders are meant: of one kind any named, of different kinds all. Nothing named: everything."""

    mails: tuple[int, ...] = ()
    persons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    reminders: tuple[str, ...] = ()  # REMINDER, each

    def fits(self, names: Mapping[str, Collection[str]]) -> bool:
        """Return whether these names, by field, are meant."""
        wanted = ((set(map(str, getattr(self, field))), names.get(field, ())) for field in KINDS)
        return all(not given or not given.isdisjoint(mine) for given, mine in wanted)


class Picked(Struct, frozen=True, kw_only=True):
    """The reminders and mails that a choice selects."""

    lines: tuple[HeldLine, ...]
    whole: tuple[int, ...]  # mails of which everything was chosen
    parts: Mapping[int, tuple[int, ...]]  # mail → lines of the ledger, where something of it stays held
    stays: int  # reminders that stay held


def pick(app: App, choice: Choice) -> Picked:
    """Return what would be released or dropped. Raises UnknownId, BadValue, and Refused when nothing is held."""
    with app.store.reading() as connection:
        return _pick(connection, choice)


def release(app: App, choice: Choice, now: datetime, *, actor: str) -> Picked:
    """Send held reminders after all; the brake does not hold them again. Raises as `pick` does."""
    return _settle(app, choice, now, actor=actor, drop=False)


def drop(app: App, choice: Choice, now: datetime, *, actor: str) -> Picked:
    """Never send held reminders; they count as sent. Raises as `pick` does."""
    return _settle(app, choice, now, actor=actor, drop=True)


def _settle(app: App, choice: Choice, now: datetime, *, actor: str, drop: bool) -> Picked:
    """Settle in one transaction. Where a mail was parted, a check composes what is left of it and what goes at once."""
    require_right_clock(app, lambda: now)
    with restore_guard.changing(app, now) as connection:
        picked = _pick(connection, choice)
        (outbox.drop if drop else outbox.release)(connection, picked.whole, now)
        for mail, numbers in picked.parts.items():
            entries = outbox.take_out(connection, mail, numbers, drop=drop, now=now)
            wake_entries(connection, entries, last_slot(app.policy, now))
        _write_history(app, connection, picked.lines, now, actor=actor, drop=drop)
        if picked.parts:
            keep_state(connection, again="held mails were parted")  # in case this process dies before the check
        elif not outbox.held(connection):
            records.resolve_notices(connection, AlertKind.HELD, now)
    if picked.parts:
        check(app, now, who="hand")
    return picked


def _pick(connection: Transaction, choice: Choice) -> Picked:
    mails, lines = outbox.held(connection), outbox.held_lines(connection)
    if not mails:
        raise Refused("No mail is held.")
    names_of = {line.number: _names_of(line) for line in lines}
    bare = {mail.id: {"mails": (str(mail.id),), "persons": (mail.person,)} for mail in mails}
    _check_names(choice, [*names_of.values(), *bare.values()])
    chosen = [line for line in lines if choice.fits(names_of[line.number])]
    sizes = Counter(line.message for line in lines)
    numbers: dict[int, list[int]] = defaultdict(list)
    for line in chosen:
        numbers[line.message].append(line.number)
    whole = [mail.id for mail in mails if mail.id not in sizes and choice.fits(bare[mail.id])]
    whole += [mail for mail, mine in numbers.items() if len(mine) == sizes[mail]]
    parts = {mail: tuple(mine) for mail, mine in numbers.items() if len(mine) < sizes[mail]}
    doubtful = [mail.id for mail in mails if mail.in_doubt and mail.id in parts]
    if doubtful:
        raise Refused("Mail {doubtful} may have left already; release or drop it whole.", doubtful=doubtful[0])
    if not chosen and not whole:
        raise Refused("Nothing that is held fits all of that. `monitor outbox release --dry-run` shows what is held.")
    return Picked(lines=tuple(chosen), whole=tuple(sorted(whole)), parts=parts, stays=len(lines) - len(chosen))


def _names_of(line: HeldLine) -> Mapping[str, Collection[str]]:
    """Return the names of a reminder, by field of a choice."""
    key = line.obligation
    name = f"{key.entry}/{key.rule}/{key.occurrence}"
    reminders = (name, f"{name}@{line.person}")
    return {
        "mails": (str(line.message),),
        "persons": (line.person,),
        "rules": (key.rule,),
        "entries": (key.entry,),
        "reminders": reminders,
    }


def _check_names(choice: Choice, held: Sequence[Mapping[str, Collection[str]]]) -> None:
    """Reject names of nothing that is held. Raises UnknownId, BadValue."""
    for reminder in choice.reminders:
        if reminder.count("/") < 2:
            raise BadValue("{reminder!r} names no reminder.", REMINDER, reminder=reminder)
    for field, kind in KINDS.items():
        known = {name for names in held for name in names.get(field, ())}
        for one in map(str, getattr(choice, field)):
            if one not in known:
                raise UnknownId(kind, one, known)


def _write_history(
    app: App, connection: Transaction, lines: Sequence[HeldLine], now: datetime, *, actor: str, drop: bool
) -> None:
    """Record in the history of each entry who released or dropped what."""
    settled: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        name = f"{line.obligation.rule}/{line.obligation.occurrence} ({line.rung})"
        settled[line.obligation.entry][name].append(line.person)
    verb = "Dropped from the held mails, counts as said" if drop else "Released from the held mails"
    notes: list[tuple[Change, Mapping[str, object]]] = []
    for entry, items in settled.items():
        listed = "; ".join(f"{name} to {', '.join(dict.fromkeys(persons))}" for name, persons in items.items())
        notes.append((Note(stamp=stamp(app, actor, now), entry=entry, text=f"{verb}: {listed}."), {}))
    save_changes(connection, notes, Register(), {}, expected=register_version(connection))
