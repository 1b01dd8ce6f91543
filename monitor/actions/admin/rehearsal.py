"""Slots run on a copy of the database in memory, with the check itself: previews, and the mails of days to come."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import date, datetime, timedelta
from itertools import groupby
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.audit.weekly_report import report_week_at_once
from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.actions.operator import restore_guard
from monitor.actions.query.simulate import Scenario
from monitor.actions.register.change import preview, save
from monitor.actions.register.importing import preview_import
from monitor.actions.register.saving import import_changes, save_import
from monitor.app import App, Pace, build_policy, open_app, read_letters, toolbox
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.delivery.retry import State
from monitor.core.errors import Fault, Faults, MonitorError
from monitor.core.forecast.simulate import InapplicableChange, roles_as_people, slot_days
from monitor.core.model.changes import Add, Change, Stamp
from monitor.core.model.policy import Policy
from monitor.core.model.slots import last_slot, local_day, slot_of
from monitor.exchange.actions_file import read_actions
from monitor.exchange.register_file import read_register
from monitor.mail.transport.transport import NullTransport
from monitor.settings.config.configuration import Config
from monitor.store.backup import in_memory_copy, in_memory_store
from monitor.store.outbox import MadeMail, mails_between
from monitor.store.state import read_state

EARLY = timedelta(minutes=30)  # a register file is entered this long before the first slot
KINDS = ("digest", "overview", "all-clear")  # that can be foretold; a notice tells of trouble


class PersonalMail(Struct, frozen=True, kw_only=True):
    """One mail of days to come, or of days that have passed."""

    person: str
    day: date  # the slot's day
    kind: str  # one of KINDS
    reminders: int  # that it says
    held: bool  # the brake holds it until a person decides

    @classmethod
    def of(cls, mail: MadeMail) -> PersonalMail:
        """One that was made."""
        held = mail.state == State.HELD
        return cls(person=mail.person, day=mail.day, kind=mail.kind, reminders=mail.reminders, held=held)

    @property
    def week(self) -> date:
        """The Monday of its week."""
        return self.day - timedelta(days=self.day.weekday())


class Load(Struct, frozen=True, kw_only=True):
    """What one person gets in one week."""

    person: str
    week: date  # its Monday
    mails: tuple[PersonalMail, ...]  # by day

    @property
    def reminders(self) -> int:
        """How many they say."""
        return sum(mail.reminders for mail in self.mails)


def loads(mails: Iterable[PersonalMail]) -> tuple[Load, ...]:
    """Mails by week and person."""
    ordered = sorted(mails, key=lambda mail: (mail.week, mail.person, mail.day))
    groups = groupby(ordered, key=lambda mail: (mail.week, mail.person))
    return tuple(Load(person=person, week=week, mails=tuple(found)) for (week, person), found in groups)


def checked(app: App) -> date:
    """Return the latest day that was checked."""
    with app.store.reading() as connection:
        return read_state(connection).checked or date.min


def slots_ahead(app: App, now: datetime, last: date) -> Iterator[date]:
    """Yield each slot from `now` to `last` that was not checked; what was missed earlier is made up at the first."""
    today = local_day(app.policy, now)
    first = (
        today if last_slot(app.policy, now) == today and checked(app) < today else last_slot(app.policy, now) + ONE_DAY
    )
    return slot_days(app.policy, first, last)


def live(app: App, now: datetime, days: Iterable[date], actions: Iterable[tuple[date, Change]] = ()) -> Iterator[date]:
    """Check at each of these slots; yield its day, then deliver to nowhere. Each action is taken on its day.

    Raises InapplicableChange for one that does not fit.
    """
    waiting = deque(sorted(actions, key=lambda item: item[0]))
    with NullTransport() as nowhere:
        deliver(app, lambda: now, nowhere)
        for day in days:
            while waiting and waiting[0][0] <= day:
                _take(app, waiting.popleft()[1])
            at = max(now, slot_of(app.policy, day))
            check(app, at)
            report_week_at_once(app, at)
            yield day
            deliver(app, lambda at=at: at, nowhere)  # type: ignore[misc]


def _take(app: App, change: Change) -> None:
    """Save a change. Raises InapplicableChange."""
    try:
        save(app, preview(app, change, change.stamp.at))
    except MonitorError as cause:
        raise InapplicableChange(change, cause) from cause


def on_copy(app: App, stack: ExitStack, now: datetime) -> App:
    """Return the App on a copy of its database in memory, which writes no restore marker."""
    copy = replace(app, store=stack.enter_context(in_memory_copy(app.store)), pace=Pace())  # one connection in memory
    restore_guard.recognise(copy, now)
    return replace(copy, state=None)


def foretell_mails(config: Config, files: Scenario, first: date, last: date, now: datetime) -> list[PersonalMail]:
    """Return every mail from `first` to `last`, by day and person; those of past days as they were made.

    As if everything were delivered and nothing but the actions were changed. Nothing is written.
    Raises Faults, Refused or Unavailable.
    """
    policy = build_policy(config, before=files.rules, calendar=files.calendar)
    with ExitStack() as stack:
        if files.register:
            app, begin = _from_file(config, policy, files.register, first, stack)
        else:
            app, begin = on_copy(stack.enter_context(open_app(config)), stack, now), now
            app = replace(toolbox(config, policy, app.letters, app.store), state=None, pace=Pace())
        actions = read_actions(files.actions, policy.zone) if files.actions else ()
        return foretold(app, begin, first, last, actions, file=str(files.actions or ""))


def foretold(
    app: App, now: datetime, first: date, last: date, actions: Sequence[tuple[date, Change]] = (), *, file: str = ""
) -> list[PersonalMail]:
    """Run the slots from `now` to `last` on a database that may be changed; return the mails from `first` on."""
    try:
        for _ in live(app, now, slots_ahead(app, now, last), actions):
            pass
    except InapplicableChange as cause:
        number = next(number for number, (_, change) in enumerate(actions, start=1) if change is cause.change)
        raise Faults([Fault(file=file, key=f"actions[{number}]", what=cause.sentence)]) from cause
    with app.store.reading() as connection:
        found = mails_between(connection, KINDS, first, last)
    return [PersonalMail.of(mail) for mail in found]


def _from_file(config: Config, policy: Policy, file: Path, first: date, stack: ExitStack) -> tuple[App, datetime]:
    """Return an App on an empty database in memory into which the register file was entered, and when."""
    app = toolbox(config, policy, read_letters(config), stack.enter_context(in_memory_store()))
    at = slot_of(policy, first) - EARLY
    read = read_register(file, Stamp(actor="register file", at=at, known_on=first), known=None)
    app = replace(app, state=None, pace=Pace())
    if not app.people.persons:  # as `simulate --register` does: each role is a person
        owners = [change.content.owner for change in read.changes if isinstance(change, Add)]
        app = replace(app, people=roles_as_people(policy, owners))
    if read.is_export:
        save_import(app, preview_import(app, file, "register file", at, judge=False), at)
    else:
        import_changes(app, read.changes, file=str(file))
    return app, at
