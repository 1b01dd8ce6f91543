"""The mail that a person will get, before it is made: the coming slots are lived on a copy, with the real check."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.admin.send_test import trial_mail
from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.actions.operator import restore_guard
from monitor.app import App, Pace
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.retry import State
from monitor.core.errors import Refused, UnknownId
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.slots import last_slot, local_day, overview_of, slot_of
from monitor.core.planning.due_day import show
from monitor.mail.transport.transport import NullTransport
from monitor.store import records
from monitor.store.in_memory import scratch
from monitor.store.state import read_state

KINDS: Mapping[str, str] = {  # letter → kind of mail in the outbox
    "reminder": "digest",
    "overview": "overview",
    "all-clear": "all-clear",
    "notice": "notice",
}
FAR = timedelta(days=366)  # how far ahead the next mail is looked for


class PreviewedMail(Struct, frozen=True, kw_only=True):
    """One mail as it is, or will be, in the outbox."""

    letter: str
    person: str
    address: str
    day: date  # the slot's day
    subject: str
    raw: bytes
    state: str  # "queued": will be sent; "held": the brake would hold it; else as it stands in the outbox


def preview_letter(
    app: App, letter: str, now: datetime, *, person: str | None = None, day: date | None = None
) -> list[PreviewedMail]:
    """The mails of that letter at a slot: at the one of `day`, else at the next at which there is one.

    One person's, or everybody's. Nothing is written: what lies ahead is lived on a copy, as if everything that waits
    were delivered and nobody changed anything; what was made already is shown as it stands in the outbox. Before the
    very first check, which names the installation, its Message-ID will be another one. Raises UnknownId for a name that
    there is not, Refused when nothing is said.
    """
    if letter not in app.letters.names():
        raise UnknownId("letter", letter, app.letters.names())
    if person is not None and person not in app.people.persons:
        raise UnknownId("person", person, app.people.persons)
    if letter not in KINDS:
        return [_trial(app, letter, id, now) for id in ([person] if person else app.people.persons)]
    if day and not app.policy.calendar().is_business_day(day):
        following = app.policy.calendar().roll(day, "following")
        raise Refused(f"There is no slot on {show(day)}, a closed day; the next one is on {show(following)}.")
    made = _made(app, letter, person, day, now) if day else _ahead(app, letter, person, now)
    if not made:
        raise Refused(_nothing(app, letter, person, day))
    return made


def _made(app: App, letter: str, person: str | None, day: date, now: datetime) -> list[PreviewedMail]:
    """What a slot of the past said stands in the outbox; one that is to come is lived."""
    with app.store.reading() as connection:
        checked = read_state(connection).checked
        if day < last_slot(app.policy, now) or (checked is not None and day <= checked):
            return [_specimen(letter, row) for row in records.mails_of(connection, KINDS[letter], day, person)]
    found: list[PreviewedMail] = []
    for lived, copy in _lived(app, now, day):
        if lived == day:
            found = _new(copy, letter, person, day)
    return found


def _ahead(app: App, letter: str, person: str | None, now: datetime) -> list[PreviewedMail]:
    """At the next slot at which there is one."""
    for lived, copy in _lived(app, now, local_day(app.policy, now) + FAR):
        if found := _new(copy, letter, person, lived):
            return found
    return []


def _lived(app: App, now: datetime, last: date) -> Iterator[tuple[date, App]]:
    """Each slot that is to come, up to `last`, just after its check; what it said is delivered before the next one."""
    with scratch(app.store) as store, NullTransport() as nowhere:
        copy = replace(app, store=store, pace=Pace())  # one connection: in memory there is no more than one
        restore_guard.recognise(copy, now)
        copy = replace(copy, state=None)  # how far a copy comes is noted nowhere
        with store.reading() as connection:
            checked = read_state(connection).checked
        done = checked or date.min
        first = last_slot(app.policy, now)
        deliver(copy, lambda: now, nowhere)
        for day in slot_days(app.policy, first + ONE_DAY if done >= first else first, last):
            at = max(now, slot_of(app.policy, day))
            check(copy, at)
            yield day, copy
            deliver(copy, lambda at=at: at, nowhere)  # type: ignore[misc]


def _new(app: App, letter: str, person: str | None, day: date) -> list[PreviewedMail]:
    with app.store.reading() as connection:
        return [_specimen(letter, row) for row in records.mails_of(connection, KINDS[letter], day, person)]


def _specimen(letter: str, row: records.StoredMessage) -> PreviewedMail:
    return PreviewedMail(
        letter=letter, person=row.person, address=row.address, day=row.day, subject=row.subject, raw=row.raw,
        state=row.state,
    )  # fmt: skip


def _trial(app: App, letter: str, person: str, now: datetime) -> PreviewedMail:
    to = app.people.persons[person]
    trial = trial_mail(app, to, now)
    return PreviewedMail(
        letter=letter, person=person, address=to.address, day=local_day(app.policy, now), subject=trial.subject,
        raw=trial.raw, state=str(State.QUEUED),
    )  # fmt: skip


def _nothing(app: App, letter: str, person: str | None, day: date | None) -> str:
    whom = person or "anybody"
    what = f"No {letter} goes to {whom}"
    if day is None:
        return f"{what} in the coming year, as things stand."
    others = _others(app, letter, day)
    return f"{what} on {show(day)}.{others}"


def _others(app: App, letter: str, day: date) -> str:
    if letter == "reminder" and overview_of(app.policy, day) == day:
        return " On an overview day the reminders stand in the overview: `monitor preview overview`."
    return ""
