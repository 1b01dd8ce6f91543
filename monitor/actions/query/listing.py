"""Entries and changes as lists, in detail, explained rule by rule, and over time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from monitor.actions.query.as_of import RegisterView, known_number, view_register
from monitor.actions.query.summaries import EntrySummary, concerns, summaries
from monitor.app import App, in_english, words_in
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.changes.history import RecordedChange
from monitor.core.errors import UnknownId
from monitor.core.forecast.timeline import Grouping, Timeline, default_span, timeline
from monitor.core.model.register import Entry
from monitor.core.model.slots import local_day, slot_instant
from monitor.core.planning.plan import EntryPlan, plan
from monitor.core.planning.verdicts import Judgement, Obligation, RuleObligation, most_pressing
from monitor.core.register.periods import Link, UncoveredSpan, chain, gaps, in_force
from monitor.core.register.search import matches
from monitor.core.register.state import Secured, secured_until, status
from monitor.files import whole_file
from monitor.store import records
from monitor.store.engine import Transaction
from monitor.store.history import has_history, history, people_of_checks
from monitor.store.records import RecordedReminder
from monitor.store.register import ids_like

LAST_CHANGES = 5  # shown with an entry; `history` shows the others


class EntryDetails(Struct, frozen=True, kw_only=True):
    """One entry with everything around it."""

    seen: RegisterView
    listed: EntrySummary
    open: tuple[Obligation, ...]
    reminders: Sequence[RecordedReminder]
    changes: Sequence[RecordedChange]  # the last ones, newest first
    chain: tuple[Link, ...]  # what it depends on
    gaps: tuple[UncoveredSpan, ...]  # days on which it is not covered
    in_force: bool | None  # on the day of the view; None: of a kind that never is


class Explanation(Struct, frozen=True, kw_only=True):
    """Every rule once, with one verdict."""

    entry: Entry
    day: date  # of the slot as of which it is judged
    asked: date  # the day asked about; another than `day` where it has no slot, or none that knows the entry
    state: str
    secured: Secured
    plan: EntryPlan
    known: date | None = None  # as known on that day; None: as known now
    basis: str = ""  # which rules it was judged with, where they might differ from today's

    def rules(self) -> list[tuple[Judgement, list[Obligation]]]:
        """For each rule the most pressing judgement, and all its obligations."""
        found: dict[str, list[Judgement]] = {}
        for item in self.plan.judgements:
            found.setdefault(item.rule.id, []).append(item)
        return [
            (most_pressing(items), [item for item in items if isinstance(item, Obligation)]) for items in found.values()
        ]

    def plain(self) -> dict[str, Any]:
        """For --json."""
        return {
            "entry": self.entry.id,
            "day": self.day.isoformat(),
            "asked": self.asked.isoformat(),
            "known": self.known and self.known.isoformat(),
            "basis": self.basis or None,
            "state": self.state,
            "secured_until": self.secured.until and self.secured.until.isoformat(),
            "binding": self.secured.binding,
            "rules": [
                {
                    "rule": chief.rule.id,
                    **_plain(chief),
                    "obligations": [{"occurrence": item.key.occurrence, **_plain(item)} for item in items],
                }
                for chief, items in self.rules()
            ],
        }


def list_entries(
    app: App,
    now: datetime,
    *,
    kind: str | None = None,
    state: str | None = None,
    tag: str | None = None,
    text: str | None = None,
    rule: str | None = None,
    role: str | None = None,
    on: date | None = None,
    known: date | None = None,
) -> tuple[RegisterView, list[EntrySummary]]:
    """Return entries in register order, judged as of the last slot.

    `rule`: those with an open obligation of it; `role`: those that it owns or is reminded of, with `rule` by that one.
    `on`: those in force on that day, as they were then; `known`: as they were known at the slot of that day.
    """
    with app.store.reading() as connection:
        seen = view_register(app, connection, now, on, known, None)
    wanted = [
        entry
        for entry in seen.register
        if kind in (None, entry.kind)
        and (tag is None or tag in entry.tags)
        and matches(entry, text or "")
        and (on is None or _in_force_on(seen, entry, on))
    ]
    judged = {item.entry.id: item for item in summaries(seen, wanted)}
    found = (judged[entry.id] for entry in wanted)
    return seen, [item for item in found if state in (None, item.state) and concerns(seen, item, rule, role)]


def entry_details(
    app: App, id: str, now: datetime, *, on: date | None = None, known: date | None = None
) -> EntryDetails:
    """Return one entry with what it depends on, its gaps, its open obligations and the reminders about it.

    As of a day and as known on one, like list_entries. Raises UnknownId, Refused.
    """
    with app.store.reading() as connection:
        seen = view_register(app, connection, now, on, known, [id])
        reminders = [row for row in records.reminders_about(connection, id) if not (on or known) or row.day <= seen.day]
        last = known_number(connection, known)
        changes = _with_known_actors(app, connection, history(connection, entry=id, known=last, limit=LAST_CHANGES))
    entry, register = seen.register[id], seen.register
    made = plan(register, max(seen.day, entry.registered_on), seen.policy, seen.people, seen.recorded, only=[id])
    open_ones = [item for item in made.entries[0].obligations if item.verdict.open]
    return EntryDetails(
        seen=seen,
        listed=summaries(seen, [entry])[0],
        open=tuple(sorted(open_ones, key=lambda item: (not isinstance(item, RuleObligation), item.sort_key))),
        reminders=reminders,
        changes=changes,
        chain=chain(register, entry),
        gaps=gaps(register, entry),
        in_force=_in_force_on(seen, entry, seen.day) if seen.policy.lifecycle(entry) == "period" else None,
    )


def explain(app: App, id: str, now: datetime, *, day: date | None = None, known: date | None = None) -> Explanation:
    """Return every rule's verdict on an entry as of a slot (default: the last), after what that slot said.

    Of a closed `day` it is the slot before it; before the entry was known, the first that knows it. `known`: as the
    register, the rules and the people were known on that day. Raises UnknownId, Refused.
    """
    calendar = app.policy.calendar()
    with app.store.reading() as connection:
        seen = view_register(app, connection, now, day and calendar.roll(day, "preceding"), known, [id])
    entry, register = seen.register[id], seen.register
    at = max(calendar.roll(seen.day, "preceding"), calendar.roll(entry.registered_on, "following"))
    made = plan(register, at, seen.policy, seen.people, seen.recorded, only=[id]).entries[0]
    state, secured = status(register, entry, at, seen.policy), secured_until(register, entry)
    asked = day or seen.day
    return Explanation(
        entry=entry, day=at, asked=asked, state=state, secured=secured, plan=made, known=known, basis=seen.basis
    )


def timeline_of(
    app: App,
    now: datetime,
    *,
    entries: Collection[str] = (),
    first: date | None = None,
    last: date | None = None,
    kind: str | None = None,
    text: str = "",
    by: Grouping = "kind",
    known: date | None = None,
) -> Timeline:
    """Return entries over time: those named (default: all), of one kind or of all, that hold the words of `text`.

    Raises UnknownId, Refused.
    """
    with app.store.reading() as connection:
        seen = view_register(app, connection, now, None, known, entries or None)
    register, policy, day = seen.register, seen.policy, seen.day
    wanted = [id for id in entries or register.entries if kind in (None, register[id].kind)]
    wanted = [id for id in wanted if matches(register[id], text)]
    made = plan(register, day, policy, seen.people, {}, only=wanted, as_entered=True)
    today = known or local_day(app.policy, now)
    begin, end = default_span(today, first, last)
    return timeline(register, made, policy, first=begin, last=end, today=today, known=known, by=by)


def draw_timeline(
    shown: Timeline, file: Path | None = None, *, language: str = "en", link: Callable[[str], str] | None = None
) -> str:
    """Return a timeline as SVG in a language; write it to a file too, if one is named. Raises Refused, Unavailable.

    `link`: entry → its page, for a picture inside a page.
    """
    from monitor.drawing.timeline_svg import timeline_svg

    picture = timeline_svg(shown, words_in(language), link)
    if file:
        with whole_file(file) as output:
            output.write(picture.encode())
    return picture


def changes_of(
    app: App, *, entry: str | None, first: date | None, last: date | None, known: date | None, **filters: Any
) -> Sequence[RecordedChange]:
    """Return changes, newest first, of one entry or person or of all. `first` and `last`: days in the register's zone.

    `filters`: actor, verb, text, limit. Raises UnknownId for a name that neither the register nor the history nor the
    people know.
    """
    zone = app.policy.zone
    begin = slot_instant(first, time(), zone) if first else None
    end = slot_instant(last + ONE_DAY, time(), zone) if last else None
    with app.store.reading() as connection:
        if entry is not None and entry not in app.people.persons and not has_history(connection, entry):
            raise UnknownId("entry", entry, [*ids_like(connection, entry), *app.people.persons])
        number = known_number(connection, known)
        found = history(connection, entry=entry, first=begin, last=end, known=number, **filters)
        return _with_known_actors(app, connection, found)


def _with_known_actors(
    app: App, connection: Transaction, changes: Sequence[RecordedChange]
) -> Sequence[RecordedChange]:
    """Return the changes, with whether the actor of each is or was a person of the configuration."""
    strangers = {row.actor for row in changes} - app.people.persons.keys()
    strangers -= people_of_checks(connection) if strangers else frozenset()
    return [replace(row, actor_known=row.actor not in strangers) for row in changes]


def _in_force_on(seen: RegisterView, entry: Entry, day: date) -> bool:
    """Only what has periods is in force; a request, a decision or a commitment is open."""
    return seen.policy.lifecycle(entry) == "period" and in_force(seen.register, entry, day, day)


def _plain(item: Judgement) -> dict[str, Any]:
    due, rung = (item.due, item.rung) if isinstance(item, Obligation) else (None, None)
    return {
        "verdict": str(item.verdict),
        "why": in_english(item.why),
        "due": due and due.day.isoformat(),
        "rung": rung and rung.name,
        "derivation": due and due.derivation,
        "provisional": bool(due and due.provisional),
    }
