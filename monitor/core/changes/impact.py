"""What a change does to the plan, and what is doubtful about it: shown before it is saved, and left to the person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import date
from operator import attrgetter

from msgspec import Struct

from monitor.core.calendar.dates import Span, end_of, parse_span
from monitor.core.errors import BadValue, did_you_mean
from monitor.core.model.changes import Add, Change, Confirm, Correct, Deploy, End, Extend, Record
from monitor.core.model.date_names import date_field
from monitor.core.model.fields import FACTS, READERS
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import ObligationKey, Register
from monitor.core.planning.plan import plan
from monitor.core.planning.verdicts import RuleObligation, Verdict
from monitor.core.register.state import Secured, secured_until
from monitor.core.register.terms import period_end
from monitor.core.sentences import Sentence

DATES = ("planned_start", "received_on", "due_on", "ended_on", "not_before", "minimum_until")
_dates_of = attrgetter(*DATES)


class Shift(Struct, frozen=True, kw_only=True):
    """One obligation before and after."""

    key: ObligationKey
    before: RuleObligation | None  # None: there was none
    after: RuleObligation | None  # None: there is none any more
    overdue: bool = False  # its due day has passed, and it is mailed until it is closed

    @property
    def reminders(self) -> int:
        """Reminders up to the due day that move, come or stop."""
        shown = self.after if self.after and self.after.verdict.open else self.before
        return len(shown.ladder.before) if shown else 0


class Difference(Struct, frozen=True, kw_only=True):
    """Two plans compared, for the entries a change reaches."""

    moved: tuple[Shift, ...] = ()
    begun: tuple[Shift, ...] = ()
    stopped: tuple[Shift, ...] = ()
    secured: tuple[tuple[str, Secured, Secured], ...] = ()  # entry, before, after


def difference(
    before: Register, after: Register, ids: Iterable[str], day: date, policy: Policy, people: People
) -> Difference:
    """Compare the open obligations of these entries as of `day` in two registers."""
    ids = tuple(ids)
    old, new = (_open(register, ids, day, policy, people) for register in (before, after))
    moved, begun, stopped = [], [], []
    for key in dict.fromkeys((*old, *new)):
        then, now = old.get(key), new.get(key)
        overdue = now is not None and now.verdict is Verdict.OWED and now.overdue_on(day)
        shift = Shift(key=key, before=then, after=now, overdue=overdue)
        if then is None:
            begun.append(shift)
        elif now is None:
            stopped.append(shift)
        elif then.due.day != now.due.day:
            moved.append(shift)
    both = [id for id in ids if id in before.entries and id in after.entries]
    ends = ((id, secured_until(before, before[id]), secured_until(after, after[id])) for id in both)
    secured = tuple(item for item in ends if item[1] != item[2])
    return Difference(moved=tuple(moved), begun=tuple(begun), stopped=tuple(stopped), secured=secured)


def _open(
    register: Register, ids: Iterable[str], day: date, policy: Policy, people: People
) -> dict[ObligationKey, RuleObligation]:
    judged = plan(register, day, policy, people, {}, only=[id for id in ids if id in register.entries])
    items = (item for entry in judged.entries for item in entry.open)
    return {item.key: item for item in items if item.verdict is not Verdict.LISTED}


def doubts(change: Change, after: Register, policy: Policy, today: date, plausible_years: int = 30) -> tuple[str, ...]:
    """A sentence for each: a procedure that no rule asks for, a day to come or far off, a date kept as a fact."""
    found = []
    if isinstance(change, Add | Correct | Deploy):
        entry = after[change.new_id if isinstance(change, Deploy) else change.entry]
        known = {name for rule in policy.rules.rules for name in rule.select.procedure} | {"none"}
        if entry.procedure not in known:
            hint = did_you_mean(entry.procedure.casefold(), known)
            what = "No rule asks for procedure {procedure!r}.{hint}"
            found.append(Sentence(what, procedure=entry.procedure, hint=hint))
    if isinstance(change, Record | Confirm) and change.on > today:
        found.append(Sentence("{day} has not come yet.", day=change.on))
    if isinstance(change, End):
        last = period_end(after[change.entry].current)
        if last and last.latest and change.on > last.latest:
            what = "{day} lies after the last day of {entry}, {last}."
            found.append(Sentence(what, day=change.on, entry=change.entry, last=last.written))
    for name, span in far_dates(change, today, plausible_years):
        what = "{name} {date} lies more than {years} years from today."
        found.append(Sentence(what, name=name, date=span.written, years=plausible_years))
    given = change.content.facts if isinstance(change, Add) else getattr(change, "fields", {})
    for name in given:
        if name not in READERS and name not in FACTS and (field := date_field(name)):
            what = "{name} is no field: it is kept as a fact and drives nothing. The field may be {field}."
            found.append(Sentence(what, name=name, field=field))
    return tuple(found)


def far_dates(change: Change, today: date, years: int) -> list[tuple[str, Span]]:
    """The dates of a change that are more than so many years from today (2126 for 2026), with their fields; 0: none."""
    if not years:
        return []
    first, last = today.year - years, today.year + years
    return [
        (name, span)
        for name, span in (_dates_of_added(change) if isinstance(change, Add) else _dates(change, today))
        if (span.earliest and not first <= span.earliest.year <= last)
        or (span.latest and not first <= span.latest.year <= last)
    ]


def _dates(change: Change, today: date) -> Iterator[tuple[str, Span]]:
    """Every date of a change with its field. A duration is taken from today, for its start may be in another change."""
    yield "registered_on", Span.of(change.stamp.known_on)
    written = change.fields if isinstance(change, Correct | Deploy) else {}
    if isinstance(change, Extend):
        written = {"until": change.until and change.until.written, "duration": change.duration}
    for name in ("valid_from", "valid_until", "until", *DATES):
        with suppress(BadValue):  # "before recess NAME"
            if isinstance(text := written.get(name), str):
                yield name, parse_span(text)
    with suppress(BadValue):
        if isinstance(length := written.get("duration"), str):
            end = end_of(today, length)
            yield "duration", Span(written=length, earliest=end, latest=end)
    if isinstance(change, End | Extend | Record | Confirm):
        yield "on", Span.of(change.on)


def _dates_of_added(change: Add) -> list[tuple[str, Span]]:
    """The same of an entry that is added, without the looks that find nothing in it: an import has many."""
    entry, period = change.content, change.content.current
    found = [(name, span) for name, span in zip(DATES, _dates_of(entry), strict=True) if span is not None]
    found.append(("registered_on", Span.of(change.stamp.known_on)))
    if period.valid_from is not None:
        found.append(("valid_from", period.valid_from))
    with suppress(BadValue):  # an end that cannot be reckoned with is a fault of its own
        if (end := period_end(period)) is not None:
            found.append(("valid_until", end))
    return found
