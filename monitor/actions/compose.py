"""From reminders to finished mails. What fails for one person fails for nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.actions.mailing import write_mail
from monitor.actions.notices import Trouble
from monitor.app import App
from monitor.core.delivery import State
from monitor.core.digest import Digest
from monitor.core.digests import Reminder, by_person, digest
from monitor.core.errors import MonitorError
from monitor.core.model import ObligationKey, Register
from monitor.core.people import People
from monitor.mail.message import message_id
from monitor.store.outbox import Draft as Message
from monitor.store.outbox import LedgerLine


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A finished mail and what it says."""

    message: Message
    lines: tuple[LedgerLine, ...]
    held: bool = False
    troubles: tuple[Trouble, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A mail that could not be made; its reminders stay owed."""

    entries: tuple[str, ...]
    trouble: Trouble


def compose_digests(
    app: App, items: Sequence[Reminder], register: Register, people: People, now: datetime, *, instance: str,
    sequences: dict[str, int], held: bool, before: Mapping[tuple[ObligationKey, str], str],
) -> tuple[list[Draft], list[Failure]]:  # fmt: skip
    """One digest per person; `sequences` counts on."""
    drafts, failures = [], []
    for person, theirs in by_person(items).items():
        shown = digest(person, theirs, register, people, titles_in_subject=app.sender.titles_in_subject)
        sequence = sequences.get(person, 0)
        state = State.HELD if held else State.QUEUED
        try:
            draft = _draft(app, shown, theirs, now, instance=instance, sequence=sequence, state=state, before=before)
        except (MonitorError, ValueError, TypeError, LookupError, ArithmeticError) as cause:
            entries = tuple(dict.fromkeys(item.item.entry for item in theirs))
            failures.append(Failure(entries=entries, trouble=Trouble.not_composed(person, cause)))
            continue
        sequences[person] = sequence + 1
        drafts.append(draft)
    return drafts, failures


def _draft(
    app: App, shown: Digest, items: Sequence[Reminder], now: datetime, *, instance: str, sequence: int, state: State,
    before: Mapping[tuple[ObligationKey, str], str],
) -> Draft:  # fmt: skip
    rendered = app.letters.render("reminder", shown.to.language, digest=shown)
    key = f"{instance}/digest/{shown.to.id}/{shown.day}/{sequence}"
    id, raw = write_mail(app, shown.to, rendered, key=key, now=now, references=_thread(app, instance, items))
    message = Message(
        message_id=id, kind="digest", person=shown.to.id, address=shown.to.address, day=shown.day, sequence=sequence,
        subject=rendered.subject, raw=raw, state=state,
    )  # fmt: skip
    replaced = (Trouble.letter_replaced("reminder", rendered.replaced),) if rendered.replaced else ()
    lines = tuple(_line(item, "held" if state is State.HELD else _kept(item, before)) for item in items)
    return Draft(message=message, lines=lines, held=state is State.HELD, troubles=replaced)


def _thread(app: App, instance: str, items: Sequence[Reminder]) -> str | None:
    """Mails that speak of one obligation alone stand in one thread."""
    return message_id(f"{instance}/{items[0].item.key}", app.sender.domain) if len(items) == 1 else None


def _kept(item: Reminder, before: Mapping[tuple[ObligationKey, str], str]) -> str:
    """What a person released stays so, should this mail be taken back too."""
    found = before.get((item.item.key, item.recipient.person), "") if item.item.key else ""
    return found if found == "released" else ""


def _line(item: Reminder, brake: str) -> LedgerLine:
    judged = item.item
    assert judged.key is not None and judged.rung is not None and judged.due is not None
    return LedgerLine(
        obligation=judged.key, person=item.recipient.person, day=item.day, rung=judged.rung.name,
        planned=judged.rung.day, due=judged.due.day, roles=item.recipient.roles, derivation=judged.due.derivation,
        brake=brake,
    )  # fmt: skip
