"""Coverage: find what no reminder covers, before anything is due, and notify the operator when it changes.

A survey reads the whole register, so it belongs to no check: it runs after the mails of a slot have left, a piece at a
time, when something it depends on has changed, and once a week for what only time changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from msgspec import DecodeError, Struct, ValidationError, field, json

from monitor.actions.operator.alerts import Alert, coverage_closed
from monitor.actions.operator.notices import facts_of, raise_alerts
from monitor.actions.operator.undelivered import reachable
from monitor.app import App
from monitor.core.coverage.findings import OWN_NOTICE, SHOWN, Gap, GapKind, news
from monitor.core.coverage.survey import Survey
from monitor.core.delivery.alerts import AlertKind
from monitor.core.model.phrases import Fact, Sentences, phrase, several
from monitor.core.model.slots import last_slot, overview_of
from monitor.store import records
from monitor.store.engine import Transaction
from monitor.store.register import load_absences, load_register, next_positions, register_version
from monitor.store.state import DamagedNote, keep_state, read_state

PIECE = 500  # entries judged in one go
SMALL = 10_000  # entries up to which a change of the register asks for a survey the same day, instead of the weekly one
WEEK = timedelta(days=7)


class Covered(Struct, frozen=True, kw_only=True):
    """The latest survey whose result was reported."""

    day: date  # the slot as of which it judged
    version: int  # of the register when it began
    settings: str  # hashes of rules, calendars, people and limits
    entries: int  # how many it saw
    reported: Mapping[str, tuple[str, ...]] = field(name="told")  # key of a gap → what it concerned

    def outdated(self, app: App, version: int, day: date) -> bool:
        """Whether what it depends on has changed: other settings at once, the rest at the next slot."""
        if self.settings != app.settings:
            return True
        if day <= self.day:
            return day < self.day  # the clock has gone back
        weekly = overview_of(app.policy, day) or self.day + WEEK
        return self.day < weekly <= day or (version != self.version and self.entries <= SMALL)


class SurveyRun(Struct, kw_only=True):
    """A survey under way."""

    survey: Survey
    version: int
    settings: str
    last: int = -1  # place in the register of the entry seen last

    def step(self, app: App) -> bool:
        """Judge the next piece; True when all was seen."""
        with app.store.reading() as connection:
            piece = next_positions(connection, self.last, PIECE)
            if not piece:
                return True
            self.survey.add(load_register(connection, [id for _, id in piece]), [id for _, id in piece])
        self.last = piece[-1][0]
        return len(piece) < PIECE

    def gaps(self, app: App, connection: Transaction) -> tuple[Gap, ...]:
        """What it found, with what people and calendars show."""
        return self.survey.gaps(load_absences(connection), by_relay=app.by_relay)


class Coverage(Struct, kw_only=True):
    """The coverage of a service: called after each delivery, it goes one piece further."""

    under_way: SurveyRun | None = None

    def advance(self, app: App, now: datetime) -> bool:
        """Begin when a survey is due, go one piece further, report at the end. True: the operator is to be notified."""
        run, self.under_way = self.under_way or _due(app, now), None  # what fails half-way starts again
        if run is None:
            return False
        if run.step(app):
            return _report(app, run, now)
        self.under_way = run
        return False


def cover(app: App, now: datetime) -> bool:
    """Make a survey that is due in one go, for a check by hand. True: the operator is to be notified."""
    coverage = Coverage()
    changed = coverage.advance(app, now)
    while coverage.under_way:
        changed = coverage.advance(app, now)
    return changed


def gaps_of(app: App, now: datetime) -> tuple[Gap, ...]:
    """Return what is not covered now. Writes nothing and notifies no one."""
    with app.store.reading() as connection:
        run = _begin(app, connection, last_slot(app.policy, now))
    while not run.step(app):
        pass
    with app.store.reading() as connection:
        return run.gaps(app, connection)


def open_gaps(connection: Transaction) -> int:
    """Return how many gaps the latest survey found, of those that the operator is notified of."""
    latest = _latest(connection)
    return len(latest.reported) if latest else 0


def _begin(app: App, connection: Transaction, day: date) -> SurveyRun:
    made = Survey(day=day, policy=app.policy, people=reachable(app, connection))
    return SurveyRun(survey=made, version=register_version(connection), settings=app.settings)


def _due(app: App, now: datetime) -> SurveyRun | None:
    """A survey of the slot that was just checked, if one is to be made."""
    day = last_slot(app.policy, now)
    with app.store.reading() as connection:
        if read_state(connection).checked != day:
            return None
        before = _latest(connection)
        outdated = before is None or before.outdated(app, register_version(connection), day)
        return _begin(app, connection, day) if outdated else None


def _latest(connection: Transaction) -> Covered | None:
    kept = read_state(connection).coverage
    try:
        return json.decode(kept, type=Covered) if kept else None
    except (DecodeError, ValidationError):
        raise DamagedNote(connection, "coverage", kept) from None


def _report(app: App, run: SurveyRun, now: datetime) -> bool:
    """Keep the result, and notify the operator of what is new. True: there is anything new."""
    with app.store.writing() as connection:
        before, gaps = _latest(connection), run.gaps(app, connection)
        changed = _notify(connection, before.reported if before else {}, gaps, now)
        reported = {gap.key: gap.concerns for gap in gaps if gap.kind not in OWN_NOTICE}
        day, seen = run.survey.day, run.survey.seen
        latest = Covered(day=day, version=run.version, settings=run.settings, entries=seen, reported=reported)
        keep_state(connection, coverage=json.encode(latest).decode())
    return changed


def _notify(
    connection: Transaction, reported: Mapping[str, tuple[str, ...]], gaps: tuple[Gap, ...], now: datetime
) -> bool:
    """Raise what is new or has grown, and what is no longer so."""
    found = news(reported, gaps)
    raise_alerts(connection, map(_alert, found.new), now)
    for gap, added in found.grown:
        more = _alert(gap, added)
        records.resolve_notices(connection, more.kind, now, only=more.key)
        raise_alerts(connection, [more], now)
    open_notices = {(row.kind, row.key): facts_of(row)[0] for row in records.open_notices(connection)}
    for key in found.over:
        kind, name = _notice(*key.split(" ", 1)) if " " in key else _notice(key, "")
        records.resolve_notices(connection, kind, now, only=name)
        what = open_notices.get((kind, name), f"{key}.")
        raise_alerts(connection, [coverage_closed(key, what.parts[0] if isinstance(what, Sentences) else what)], now)
    records.resolve_notices(connection, AlertKind.COVERAGE_CLOSED, now)  # reported once, then resolved
    return bool(found.new or found.grown or found.over)


def _alert(gap: Gap, added: tuple[str, ...] = ()) -> Alert:
    kind, key = _notice(gap.kind, gap.about)
    problem: Fact = gap.what
    if added:
        problem = Sentences(parts=(gap.what, phrase("gap.new", names=several(added, SHOWN))))
    return Alert(kind=kind, key=key, problem=problem, advice=gap.do)


def _notice(kind: str, about: str) -> tuple[AlertKind, str]:
    """The notice of a gap. A role without a holder has the same notice when a check finds it."""
    if kind == GapKind.ROLE_UNHELD:
        return AlertKind.ROLE_UNHELD, about
    return AlertKind.COVERAGE, f"{kind} {about}".strip()
