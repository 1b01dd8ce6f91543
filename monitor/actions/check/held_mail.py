"""What the brake holds: a person looks at it, lets go of some and drops some, whole mails or single reminders."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from monitor.actions.check.check import check
from monitor.actions.operator import restore_guard
from monitor.actions.operator.daemon_guard import require_right_clock
from monitor.actions.register.change import stamp
from monitor.app import App
from monitor.core.errors import BadValue, Refused, UnknownId
from monitor.core.model.changes import Note
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot
from monitor.store import held, outbox, records
from monitor.store.engine import Transaction
from monitor.store.held import HeldLine, HeldMail
from monitor.store.register import register_version, save_changes, wake_entries
from monitor.store.state import keep_state

REMINDER = "ENTRY/RULE/OCCURRENCE or ENTRY/RULE/OCCURRENCE@PERSON"


class Choice(Struct, frozen=True, kw_only=True):
    """Which held reminders are meant: of one kind any of those named, of different kinds all. Nothing named: everything."""

    mails: tuple[int, ...] = ()
    persons: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    entries: tuple[str, ...] = ()
    reminders: tuple[str, ...] = ()  # REMINDER, each

    @property
    def by_item(self) -> bool:
        """It names reminders, not mails."""
        return bool(self.rules or self.entries or self.reminders)


class Picked(Struct, frozen=True, kw_only=True):
    """What a choice comes to."""

    lines: tuple[HeldLine, ...]
    whole: tuple[int, ...]  # mails of which everything was chosen
    parts: Mapping[int, tuple[int, ...]]  # mail → lines of the ledger, where something of it stays held
    stays: int  # reminders that stay held

    @property
    def persons(self) -> int:
        """How many people it concerns."""
        return len({line.person for line in self.lines})


def pick(app: App, choice: Choice) -> Picked:
    """What would be released or dropped. Raises UnknownId, BadValue, and Refused when nothing is held."""
    with app.store.reading() as connection:
        return _pick(connection, choice)


def release(app: App, choice: Choice, now: datetime, *, actor: str) -> Picked:
    """Send held reminders after all; the brake does not hold them again. Raises as `pick` does."""
    return _act(app, choice, now, actor=actor, drop=False)


def drop(app: App, choice: Choice, now: datetime, *, actor: str) -> Picked:
    """Never send held reminders; they count as said. Raises as `pick` does."""
    return _act(app, choice, now, actor=actor, drop=True)


def _act(app: App, choice: Choice, now: datetime, *, actor: str, drop: bool) -> Picked:
    """In one transaction; where a mail was parted, a check at once writes anew what is left of it and what goes."""
    require_right_clock(app, lambda: now)
    with restore_guard.changing(app, now) as connection:
        picked = _pick(connection, choice)
        (outbox.drop if drop else outbox.let_go)(connection, picked.whole, now)
        for mail, numbers in picked.parts.items():
            wake_entries(
                connection, held.take_out(connection, mail, numbers, drop=drop, now=now), last_slot(app.policy, now)
            )
        _trace(app, connection, picked.lines, now, actor=actor, drop=drop)
        if picked.parts:
            keep_state(connection, again="held mails were parted")  # should this process die before the check
        elif not held.numbers(connection):
            records.resolve_notices(connection, "held", now)
    if picked.parts:
        check(app, now, who="hand")
    return picked


def _pick(connection: Transaction, choice: Choice) -> Picked:
    mails, lines = held.mails(connection), held.lines(connection)
    if not mails:
        raise Refused("No mail is held.")
    _known(choice, mails, lines)
    chosen = [line for line in lines if _fits(choice, line)]
    bare = {mail.id for mail in mails} - {line.message for line in lines}
    whole = [mail.id for mail in mails if mail.id in bare and not choice.by_item and _names(choice, mail)]
    parts: dict[int, tuple[int, ...]] = {}
    sizes = Counter(line.message for line in lines)
    for id, mine in _by_mail(chosen).items():
        if len(mine) == sizes[id]:
            whole.append(id)
        else:
            parts[id] = tuple(line.number for line in mine)
    doubtful = [mail.id for mail in mails if mail.in_doubt and mail.id in parts]
    if doubtful:
        raise Refused(f"Mail {doubtful[0]} may have left already; release or drop it whole.")
    if not chosen and not whole:
        raise Refused("Nothing that is held fits all of that. `monitor outbox release --dry-run` shows what is held.")
    return Picked(lines=tuple(chosen), whole=tuple(sorted(whole)), parts=parts, stays=len(lines) - len(chosen))


def _known(choice: Choice, mails: Sequence[HeldMail], lines: Sequence[HeldLine]) -> None:
    """A slip in a name is told, and not taken for nothing. Raises UnknownId, BadValue."""
    for reminder in choice.reminders:
        if reminder.count("/") < 2:
            raise BadValue(f"{reminder!r} names no reminder.", REMINDER)
    known: Sequence[tuple[str, Iterable[object], Callable[[], set[str]]]] = (
        ("held mail", choice.mails, lambda: {str(mail.id) for mail in mails}),
        ("held mail to person", choice.persons, lambda: {mail.person for mail in mails}),
        ("held reminder of rule", choice.rules, lambda: {line.obligation.rule for line in lines}),
        ("held reminder about entry", choice.entries, lambda: {line.obligation.entry for line in lines}),
        ("held reminder", choice.reminders, lambda: {name for line in lines for name in _spelt(line)}),
    )
    for kind, given, every in known:
        for one in given:
            if str(one) not in every():
                raise UnknownId(kind, str(one), every())


def _names(choice: Choice, mail: HeldMail) -> bool:
    return (not choice.mails or mail.id in choice.mails) and (not choice.persons or mail.person in choice.persons)


def _fits(choice: Choice, line: HeldLine) -> bool:
    asked: Sequence[tuple[Collection[object], Collection[object]]] = (
        (choice.mails, (line.message,)), (choice.persons, (line.person,)), (choice.rules, (line.obligation.rule,)),
        (choice.entries, (line.obligation.entry,)), (choice.reminders, _spelt(line)),
    )  # fmt: skip
    return all(not wanted or any(one in wanted for one in mine) for wanted, mine in asked)


def _spelt(line: HeldLine) -> tuple[str, str]:
    key = line.obligation
    name = f"{key.entry}/{key.rule}/{key.occurrence}"
    return name, f"{name}@{line.person}"


def _by_mail(lines: Iterable[HeldLine]) -> dict[int, list[HeldLine]]:
    found: dict[int, list[HeldLine]] = defaultdict(list)
    for line in lines:
        found[line.message].append(line)
    return found


def _trace(
    app: App, connection: Transaction, lines: Sequence[HeldLine], now: datetime, *, actor: str, drop: bool
) -> None:
    """Who let go of what, or decided against it, stands in the history of each entry."""
    told: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for line in lines:
        told[line.obligation.entry][f"{line.obligation.rule}/{line.obligation.occurrence} ({line.rung})"].append(
            line.person
        )
    verb = "Dropped from the held mails, counts as said" if drop else "Released from the held mails"
    made = [
        Note(stamp=stamp(app, actor, now), entry=entry, text=f"{verb}: {_listed(items)}.")
        for entry, items in told.items()
    ]
    save_changes(
        connection, [(note, {}) for note in made], Register(), (), {}, expected=register_version(connection)
    )  # fmt: skip


def _listed(items: Mapping[str, Sequence[str]]) -> str:
    return "; ".join(f"{name} to {', '.join(dict.fromkeys(persons))}" for name, persons in items.items())
