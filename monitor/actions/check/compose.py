"""From reminders to finished mails. A letter that fails for one person does not stop the mails of others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.check.snapshot import CheckSnapshot
from monitor.actions.operator.alerts import Alert, letter_replaced, not_composed
from monitor.actions.operator.notices import new_message
from monitor.app import App
from monitor.core.delivery.retry import State
from monitor.core.errors import MonitorError
from monitor.core.mailing.brake import HELD, RELEASED, UNCOUNTED, Braked
from monitor.core.mailing.content import Digest, Overview
from monitor.core.mailing.digest import Reminder, by_person, digest
from monitor.core.mailing.due_date_changes import Move, moved_due_day
from monitor.core.mailing.overview import OverviewInput, overview
from monitor.core.model.people import Person
from monitor.core.planning.verdicts import LedgerLine
from monitor.mail.letters.answers import Rendered
from monitor.mail.message import message_id
from monitor.store.outbox import NewMessage

HTML = 90_000  # bytes of the HTML part at most: Gmail cuts at 102 kB
LINES = 100  # lines of a mail before its size is known
BAD_LETTER = (MonitorError, ValueError, TypeError, LookupError, ArithmeticError)  # what making one mail can raise


class ComposedMail(Struct, frozen=True, kw_only=True):
    """A finished mail and what it says."""

    message: NewMessage
    lines: tuple[LedgerLine, ...]
    moved: tuple[Move, ...] = ()  # moved due days that it names
    alerts: tuple[Alert, ...] = ()

    @property
    def held(self) -> bool:
        """Whether the brake holds it."""
        return self.message.state is State.HELD


class FailedMail(Struct, frozen=True, kw_only=True):
    """A mail that could not be made; its reminders stay owed. An overview has no entries: none depends on it."""

    entries: tuple[str, ...]
    alert: Alert


def compose(app: App, snapshot: CheckSnapshot, braked: Braked, now: datetime) -> Composition:
    """Make one mail per person of what goes, on overview day within the overview, and one of what is held."""
    made = Composition(app, snapshot, now)
    goes = made.overviews(braked.goes)
    mailed = {mail.message.person for mail in made.mails}
    for person, items in goes.items():
        made.digests(person, items, moved=() if person in mailed else snapshot.moves_for(person))
    for person, items in by_person(braked.held).items():
        made.digests(person, items, held=True)
    return made


class Composition:
    """The mails of one check, as they are made."""

    def __init__(self, app: App, snapshot: CheckSnapshot, now: datetime) -> None:
        self.app, self.snapshot, self.now = app, snapshot, now
        self.mails: list[ComposedMail] = []
        self.failed: list[FailedMail] = []
        self._sequences = dict(snapshot.sequences)

    def overviews(self, goes: Sequence[Reminder]) -> dict[str, list[Reminder]]:
        """Make the overviews, each with a digest in it. Return the reminders of people whose overview is not made."""
        left, week = by_person(goes), self.snapshot.week
        if week.outlook is None:
            return left
        for person in week.persons:
            with self._guard(person):
                if mail := self._overview(week.outlook, person, left.get(person, [])):
                    self.mails.append(mail)
                    left.pop(person, None)
        return left

    def digests(
        self, person: str, items: Sequence[Reminder], *, moved: Sequence[Move] = (), held: bool = False
    ) -> None:
        """Make a person's digest."""
        sequence = self._sequences.get(person, 0)
        with self._guard(person, items):
            shown = self._digest(person, items, moved)
            rendered = self._fitted("reminder", shown.to, digest=shown)
            mail = self._composed("digest", shown, rendered, items, moved, sequence, held=held)
            self._sequences[person] = sequence + 1
            self.mails.append(mail)

    @contextmanager
    def _guard(self, person: str, items: Sequence[Reminder] = ()) -> Iterator[None]:
        """Record a mail that cannot be made, in place of raising."""
        try:
            yield
        except BAD_LETTER as cause:
            entries = tuple(dict.fromkeys(item.obligation.entry for item in items))
            self.failed.append(FailedMail(entries=entries, alert=not_composed(person, cause)))

    def _overview(self, outlook: OverviewInput, person: str, items: Sequence[Reminder]) -> ComposedMail | None:
        week, moved = self.snapshot.week, self.snapshot.moves_for(person)
        shown = overview(person, outlook, week.placed, self._digest(person, items, moved))
        if not shown.worth_sending:
            return None
        rendered = self._fitted("overview", shown.digest.to, overview=shown)
        return self._composed("overview", shown.digest, rendered, items, moved, week.sequences[person])

    def _fitted(self, letter: str, to: Person, **shown: Digest | Overview) -> Rendered:
        """Render a letter with as many of its lines as a mail program shows; the attached table has them all."""
        [(name, whole)] = shown.items()
        most, made = min(whole.size, LINES), whole.cut(LINES)
        while True:
            table = whole if made.left_out else None
            rendered = self.app.letters.render(letter, to.language, **{name: made, "whole": table})
            size = len(rendered.html.encode()) + rendered.html.count("\n")  # a line of a mail ends in two characters
            if size <= HTML or most <= 1:
                return rendered
            most = max(1, min(most - 1, int(0.95 * most * HTML / size)))
            made = whole.cut(most)

    def _digest(self, person: str, items: Sequence[Reminder], moved: Sequence[Move]) -> Digest:
        people, register, titles = self.snapshot.people, self.snapshot.register, self.app.sender.titles_in_subject
        to = people.persons[person]
        shown = Digest(to=to, day=self.snapshot.plan.day, groups=(), show_titles_in_subject=titles)
        if items:
            shown = digest(person, items, register, people, titles_in_subject=titles)
        return replace(shown, moved=tuple(moved_due_day(move, register, self.app.policy, to) for move in moved))

    def _composed(
        self,
        kind: str,
        shown: Digest,
        rendered: Rendered,
        items: Sequence[Reminder],
        moved: Sequence[Move],
        sequence: int,
        *,
        held: bool = False,
    ) -> ComposedMail:
        instance, references = self.snapshot.state.instance, None
        if kind == "digest" and len(items) == 1:  # mails about one obligation alone are one thread
            references = message_id(f"{instance}/{items[0].obligation.key}", self.app.sender.domain)
        message = new_message(
            self.app,
            kind,
            shown.to,
            rendered,
            self.now,
            day=shown.day,
            sequence=sequence,
            instance=instance,
            state=State.HELD if held else State.QUEUED,
            references=references,
        )
        letter = "reminder" if kind == "digest" else kind
        replaced = (letter_replaced(letter, shown.to.language, rendered.fault),) if rendered.fault else ()
        lines = tuple(self._line(item, held=held) for item in items)
        return ComposedMail(message=message, lines=lines, moved=tuple(moved), alerts=replaced)

    def _line(self, item: Reminder, *, held: bool) -> LedgerLine:
        """Return the ledger line of a reminder; what a person released stays released, should it be taken back."""
        obligation, person = item.obligation, item.recipient.person
        released = self.snapshot.prior.get((obligation.key, person), "") == RELEASED
        uncounted = UNCOUNTED if item.quiet else ""
        return LedgerLine(
            obligation=obligation.key,
            person=person,
            day=item.day,
            rung=item.rung.name,
            planned=item.rung.day,
            due=item.due,
            roles=item.recipient.roles,
            derivation=obligation.due.derivation,
            brake=HELD if held else RELEASED if released else uncounted,
        )
