"""The mail that a person will get: previewed before it is made, or sent as a test, past the outbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct

from monitor.actions.admin.rehearsal import checked, live, on_copy, slots_ahead
from monitor.actions.operator.notices import write_mail
from monitor.actions.operator.undelivered import reachable, wake_refused
from monitor.app import App
from monitor.core.delivery.alerts import AlertKind
from monitor.core.delivery.retry import Outcome, Report, State
from monitor.core.errors import Refused, UnknownId
from monitor.core.model.people import Person
from monitor.core.model.slots import last_slot, local_day, overview_of, require_slot
from monitor.core.planning.due_day import show
from monitor.core.sentences import Sentence
from monitor.mail.mail_files import write_mail_files
from monitor.mail.transport.transport import Outgoing
from monitor.store import records
from monitor.store.state import keep_reached, keep_state

KINDS = {"reminder": "digest"} | {kind: kind for kind in ("overview", "all-clear", "notice")}  # letter → kind of mail
FAR = timedelta(days=366)  # how far ahead the next mail is looked for


class PreviewedMail(Struct, frozen=True, kw_only=True):
    """One mail as it is, or will be, in the outbox."""

    letter: str
    message_id: str
    person: str
    address: str
    day: date  # the slot's day
    subject: str
    raw: bytes
    state: str  # "queued": will be sent; "held": the brake would hold it; else its state in the outbox


def preview_letter(
    app: App, letter: str, now: datetime, *, person: str | None = None, day: date | None = None
) -> list[PreviewedMail]:
    """Return the mails of that letter at a slot: at the one of `day`, else at the next at which there is one.

    To one person, or to all. Nothing is written: the slots to come are run on a copy, as if everything that waits were
    delivered and nothing were changed; mails made already are shown as they are in the outbox. Before the very first
    check, which names the installation, the Message-ID will be another one. Raises UnknownId for an unknown name,
    Refused when there is no such mail.
    """
    persons = app.people.persons
    if letter not in app.letters.names():
        raise UnknownId("letter", letter, app.letters.names())
    if person is not None and person not in persons:
        raise UnknownId("person", person, persons)
    if letter not in KINDS:
        return [trial_mail(app, persons[id], now) for id in ([person] if person else persons)]
    if day:
        require_slot(app.policy, day)
    if found := _found(app, letter, person, day, now):
        return found
    what = (
        "No {letter} goes to {person} on {day}."
        if day
        else "No {letter} goes to {person} in the coming year, as it is."
    )
    if day and letter == "reminder" and overview_of(app.policy, day) == day:
        what = (
            "No {letter} goes to {person} on {day}. On an overview day the reminders are in the overview: "
            "`monitor preview overview`."
        )
    raise Refused(what, letter=Sentence(letter), person=person or Sentence("anybody"), day=day and show(day))


def _found(app: App, letter: str, person: str | None, day: date | None, now: datetime) -> list[PreviewedMail]:
    if day and (day < last_slot(app.policy, now) or day <= checked(app)):
        return _mails(app, letter, person, day)
    with ExitStack() as stack:
        copy = on_copy(app, stack, now)
        for slot in live(copy, now, slots_ahead(copy, now, day or local_day(app.policy, now) + FAR)):
            if day in (None, slot) and (found := _mails(copy, letter, person, slot)):
                return found
    return []


def _mails(app: App, letter: str, person: str | None, day: date) -> list[PreviewedMail]:
    with app.store.reading() as connection:
        found = records.mails_of(connection, KINDS[letter], day, person)
    names = [name for name in PreviewedMail.__struct_fields__ if name != "letter"]
    return [PreviewedMail(letter=letter, **{name: getattr(row, name) for name in names}) for row in found]


def write_previews(folder: Path, mails: Iterable[PreviewedMail]) -> list[tuple[PreviewedMail, tuple[Path, ...]]]:
    """Write each mail as text, HTML and .eml; return it with its files. Raises OSError."""
    written, counts = [], Counter[str]()
    for mail in mails:
        name = f"{mail.day}-{mail.letter}-{mail.person}"
        counts[name] += 1  # one of several to the same person is numbered
        number = f"+{counts[name]}" if counts[name] > 1 else ""
        written.append((mail, write_mail_files(folder, f"{name}{number}", mail.raw)))
    return written


def trial_mail(app: App, to: Person, now: datetime) -> PreviewedMail:
    """Return the letter "test" to that person."""
    day = local_day(app.policy, now)
    rendered = app.letters.render("test", to.language, person=to, day=day)
    id, raw = write_mail(app, to, rendered, key=f"test/{to.id}/{now.isoformat()}", now=now)
    mail: dict[str, Any] = {"letter": "test", "message_id": id, "person": to.id, "address": to.address, "day": day}
    return PreviewedMail(**mail, subject=rendered.subject, raw=raw, state=str(State.QUEUED))


def send_test(app: App, person: str, now: datetime) -> Report:
    """Send one mail to a person at once, past the outbox; return what the relay answered. Raises UnknownId."""
    if person not in app.people.persons:
        raise UnknownId("person", person, app.people.persons)
    mail = trial_mail(app, app.people.persons[person], now)
    envelope = app.sender.envelope or app.sender.mailbox.address
    out = Outgoing(envelope_sender=envelope, recipient=mail.address, raw=mail.raw, key=mail.message_id)
    with app.transport() as transport:
        report = transport.send(out)
    if report.outcome is Outcome.ACCEPTED:
        with app.store.writing() as connection:
            if person in reachable(app, connection).unreachable:  # what was not delivered is owed now
                wake_refused(app, connection, last_slot(app.policy, now))
                keep_state(connection, again="a person can be reached again")
            keep_reached(connection, person, mail.address, now)
            records.resolve_notices(connection, AlertKind.REFUSED, now, only=f"{person} {mail.address}")
    return report
