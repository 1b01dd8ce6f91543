"""From reminders to finished mails. What fails for one person fails for nobody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.operator.alerts import Alert, alert
from monitor.actions.operator.mailing import write_mail
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import State
from monitor.core.errors import MonitorError
from monitor.core.mailing.content import Digest, Overview
from monitor.core.mailing.digest import Reminder, by_person, digest, in_mails, portions
from monitor.core.mailing.due_date_changes import Move, moved_due_day
from monitor.core.mailing.volume_limit import HELD, RELEASED, PriorDecisions
from monitor.core.model.people import People
from monitor.core.model.register import Register
from monitor.mail.letters.answers import Rendered
from monitor.mail.message import message_id
from monitor.store.ledger import LedgerLine
from monitor.store.outbox import NewMessage as Message

NOTHING_MOVED: Mapping[str, Sequence[Move]] = MappingProxyType({})
BAD_LETTER = (MonitorError, ValueError, TypeError, LookupError, ArithmeticError)  # what making one mail can raise


class ComposedMail(Struct, frozen=True, kw_only=True):
    """A finished mail and what it says."""

    message: Message
    lines: tuple[LedgerLine, ...]
    moved: tuple[Move, ...] = ()  # due days that moved, told here
    held: bool = False
    troubles: tuple[Alert, ...] = ()


class Failure(Struct, frozen=True, kw_only=True):
    """A mail that could not be made; its reminders stay owed."""

    entries: tuple[str, ...]
    trouble: Alert


class _Part(Struct, frozen=True, kw_only=True):
    """What one mail of a person's digest says."""

    shown: Digest
    items: tuple[Reminder, ...]
    moved: tuple[Move, ...]


def compose_digests(
    app: App, items: Sequence[Reminder], register: Register, people: People, now: datetime, *, instance: str,
    sequences: dict[str, int], held: bool, before: PriorDecisions, moved: Mapping[str, Sequence[Move]] = NOTHING_MOVED,
) -> tuple[list[ComposedMail], list[Failure]]:  # fmt: skip
    """Digests for each person, one unless it grows too long; `sequences` counts on.

    `moved`: what each is still to be told of due days that moved.
    """
    drafts, failures = [], []
    for person, theirs in by_person(items).items():
        for part in _parts(app, person, theirs, register, people, moved.get(person, ())):
            sequence = sequences.get(person, 0)
            state = State.HELD if held else State.QUEUED
            try:
                draft = _draft(app, part, now, instance=instance, sequence=sequence, state=state, before=before)
            except BAD_LETTER as cause:
                entries = tuple(dict.fromkeys(item.obligation.entry for item in part.items))
                failures.append(Failure(entries=entries, trouble=alert(AlertKind.NOT_COMPOSED, person, cause=cause)))
                continue
            sequences[person] = sequence + 1
            drafts.append(draft)
    return drafts, failures


def _parts(
    app: App, person: str, items: Sequence[Reminder], register: Register, people: People, moved: Sequence[Move]
) -> Iterator[_Part]:
    """A person's digest, in as many mails as it needs; each says what it says of its own, and nothing is said twice."""
    made, to, titles = in_mails(items), people.persons[person], app.sender.titles_in_subject
    shares = portions(moved)
    parts = max(len(made), len(shares))
    for number in range(parts):
        theirs = made[number] if number < len(made) else ()
        moves = shares[number] if number < len(shares) else ()
        shown = Digest(to=to, day=items[0].day, groups=(), show_titles_in_subject=titles)
        if theirs:
            shown = digest(person, theirs, register, people, titles_in_subject=titles)
        told = tuple(moved_due_day(move, register, app.policy, to) for move in moves)
        shown = replace(shown, moved=told, part=number + 1, parts=parts)
        yield _Part(shown=shown, items=tuple(theirs), moved=tuple(moves))


def compose_overview(
    app: App, shown: Overview, items: Sequence[Reminder], moved: Sequence[Move], now: datetime, *, instance: str,
    sequence: int, before: PriorDecisions,
) -> ComposedMail:  # fmt: skip
    """The weekly mail of one person, which is that day's digest too. Raises what a letter can raise."""
    rendered = app.letters.render("overview", shown.digest.to.language, overview=shown)
    kept = _message(app, "overview", shown.digest, rendered, now, instance=instance, sequence=sequence,
                    state=State.QUEUED, references=None)  # fmt: skip
    return ComposedMail(
        message=kept, lines=tuple(_line(item, _kept(item, before)) for item in items), moved=tuple(moved),
        troubles=_replaced("overview", rendered),
    )  # fmt: skip


def _draft(
    app: App, part: _Part, now: datetime, *, instance: str, sequence: int, state: State, before: PriorDecisions
) -> ComposedMail:  # fmt: skip
    shown, held = part.shown, state is State.HELD
    rendered = app.letters.render("reminder", shown.to.language, digest=shown)
    kept = _message(app, "digest", shown, rendered, now, instance=instance, sequence=sequence, state=state,
                    references=_thread(app, instance, part.items))  # fmt: skip
    lines = tuple(_line(item, HELD if held else _kept(item, before)) for item in part.items)
    return ComposedMail(
        message=kept, lines=lines, moved=part.moved, held=held, troubles=_replaced("reminder", rendered)
    )


def _message(
    app: App, kind: str, shown: Digest, rendered: Rendered, now: datetime, *, instance: str, sequence: int,
    state: State, references: str | None,
) -> Message:  # fmt: skip
    key = f"{instance}/{kind}/{shown.to.id}/{shown.day}/{sequence}"
    id, raw = write_mail(app, shown.to, rendered, key=key, now=now, references=references)
    return Message(
        message_id=id, kind=kind, person=shown.to.id, address=shown.to.address, day=shown.day, sequence=sequence,
        subject=rendered.subject, raw=raw, state=state,
    )  # fmt: skip


def _replaced(name: str, rendered: Rendered) -> tuple[Alert, ...]:
    return (alert(AlertKind.LETTER_REPLACED, name, why=rendered.replaced),) if rendered.replaced else ()


def _thread(app: App, instance: str, items: Sequence[Reminder]) -> str | None:
    """Mails that speak of one obligation alone stand in one thread."""
    return message_id(f"{instance}/{items[0].obligation.key}", app.sender.domain) if len(items) == 1 else None


def _kept(item: Reminder, before: PriorDecisions) -> str:
    """What a person released stays so, should this mail be taken back too."""
    found = before.get((item.obligation.key, item.recipient.person), "")
    return RELEASED if found == RELEASED else ""


def _line(item: Reminder, brake: str) -> LedgerLine:
    judged = item.obligation
    return LedgerLine(
        obligation=judged.key, person=item.recipient.person, day=item.day, rung=item.rung.name,
        planned=item.rung.day, due=judged.due.day, roles=item.recipient.roles, derivation=judged.due.derivation,
        brake=brake,
    )  # fmt: skip
