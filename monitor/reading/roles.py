"""Decide what a date is: the first row of the ladder that fits gives its role. A doubt holds back registering."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from msgspec import Struct

from monitor.core.calendar.dates import Span
from monitor.reading.expressions import ALONE, Expression
from monitor.reading.facts import Facts, Hit, Place
from monitor.reading.language import Fact, Sense

REGISTERED = frozenset({
    "end", "start", "not_before", "period", "minimum", "condition", "event", "relative", "before_recess",
    "after_recess", "recurrence", "undated", "open_ended",
})  # fmt: skip
THAT_IS = 16  # characters: "by three months, that is to say until 30 June"
FAR = 8  # years: a bare year further ahead is a horizon of policy
_RIGID: frozenset[Sense] = frozenset({"minimum", "not_before", "not_after"})  # neither "not" nor "may" changes them
_LAST_DAY: frozenset[Sense] = frozenset({"until", "until_excluded", "before", "by", "not_after", "within"})


class Decision(Struct, frozen=True, kw_only=True):
    """A role, the row that decided it, and doubts."""

    role: str
    why: str
    doubts: tuple[str, ...] = ()
    register: bool


class Case(Struct, frozen=True, kw_only=True):
    """One date with all that its role is decided by."""

    expression: Expression
    place: Place
    span: Span | None  # first and last possible day
    facts: Facts
    letter_date: date | None
    period: bool  # a range, or a start with a duration
    heading: str | None  # of the table's column; None: not in a table
    cited: bool  # in brackets with a reference

    def about(self, fact: Fact) -> Hit | None:
        """Return the cue that states the fact about the date."""
        return self.facts.about(self.place, fact)

    def has(self, *senses: Sense) -> bool:
        """Return whether a connector gives one of these senses."""
        return any(sense in senses for sense in self.expression.senses)

    @property
    def ceases(self) -> Hit | None:
        """The cue by which something no longer is from the date on: its last day is the day before."""
        return self.about("ceases") if self.has("from", "per") else None

    @property
    def ends(self) -> bool:
        """Whether its clause says that something ends."""
        return bool(self.ceases or (self.about("end") and not self.about("start")))

    @property
    def why(self) -> str:
        """The id of the row of its first connector, else of the expression."""
        connectors = self.expression.connectors
        return connectors[0].id if connectors else self.expression.row.id

    @property
    def of_years(self) -> bool:
        """Whether it names no more than years."""
        return self.expression.row.kind == "year" or (
            self.expression.row.kind == "part" and "month" not in self.expression.groups
        )


Found = tuple[str, str] | None
FIXED = {"duration": "duration", "undated": "undated", "open_ended": "open_ended", "event": "relative"}


def decide(case: Case) -> Decision:
    """Return the date's role. With a doubt about actor, polarity or modality it is not registered."""
    role, why = next(found for rule in LADDER if (found := rule(case)))
    doubts = _doubts(case, role)
    register = role in REGISTERED and not doubts and _binds(case, role)
    before = case.about("reported") and case.about("proposed")  # merely proposed, in an earlier letter
    if ("negated_or_contrast" in doubts or (doubts and before)) and role not in (
        "relative",
        "undated",
        "recurrence",
        "open_ended",
    ):
        role = "superseded"
    return Decision(role=role, why=why, doubts=doubts, register=register)


def _doubts(case: Case, role: str) -> tuple[str, ...]:
    if role not in REGISTERED:
        return ()
    found = ["reference_mismatch"] if case.about("mismatch") else []
    public = role in ("event", "period", "start") and case.about("public")
    unsure = public or case.about("hearsay") or case.about("proposed") or case.facts.asked(case.place)
    reported = case.about("reported") and not case.has(*_RIGID) and not case.about("upheld")
    if unsure or reported:
        found.append("actor_unclear")
    if case.expression.row.kind in FIXED and (case.about("other_actor") and not case.about("own")):
        found.append("actor_unclear")
    if role in ("not_before", "minimum", "condition") or case.has(*_RIGID, "after"):
        return tuple(found)
    if role == "relative" and case.about("condition"):
        return tuple(found)  # "lapses if work has not begun within 26 weeks of the decision"
    if case.about("negated") and not (role == "end" and case.ceases):
        found.append("negated_or_contrast")
    if case.about("possible") and not case.has("by", "within") and case.expression.row.kind != "letter":
        found.append("actor_unclear")
    return tuple(dict.fromkeys(found))


def _binds(case: Case, role: str) -> bool:
    """Return whether the sentence makes a duty of what has no day of its own."""
    if role == "open_ended":
        return not case.facts.in_sentence(case.place, "at_least")  # "at least until May; no end date is known"
    if role == "event" and case.heading is None and not case.expression.connectors:
        return case.expression.row.kind == "day" or not case.facts.title(case.place)  # "Planning autumn 2024"
    if role not in ("recurrence", "undated", "relative") or (role == "relative" and "number" in case.expression.groups):
        return True
    if case.expression.row.value == ALONE:
        return not case.about("condition")
    if case.about("past") and not case.about("future"):
        return False
    ahead = role != "recurrence" and case.expression.row.value != "told" and case.about("future")
    return bool(case.about("duty") or ahead)


def _fixed(case: Case) -> Found:
    role = FIXED.get(case.expression.row.kind)
    if case.expression.row.value == "extension" and case.place.next - case.place.end <= THAT_IS:
        role = "duration"  # "by six months, until 30 June": the day follows
    past = role == "undated" and case.about("past") and not case.about("future")
    if past or (role == "open_ended" and case.about("superseded")):
        role = "superseded"
    return (role, case.expression.row.id) if role and not case.period else None


def _cited(case: Case) -> Found:
    ahead = case.span and case.letter_date and case.span.latest and case.span.latest > case.letter_date
    if ahead or case.period or case.expression.row.kind in ("recurrence", "recess"):
        return None
    written = case.expression.row.kind == "day" and not case.expression.connectors
    own = written and case.span and case.span.exact and case.span.latest == case.letter_date
    if case.cited or own:
        return "citation", case.why
    if case.has("of") or (not case.expression.connectors and case.expression.row.kind == "day"):
        hit = case.facts.document(case.place)
        return ("citation", hit.row.id) if hit else None
    return None


def _overtaken(case: Case) -> Found:
    hit = case.about("superseded")
    if hit and hit.row.scope == "after" and case.ceases:
        return None  # "from 15 March the ban no longer applies"
    if hit and hit.row.scope == "after" and case.about("condition"):
        return None  # "if no decision has been taken by D, it will not go ahead"
    return ("superseded", hit.row.id) if hit and case.expression.row.kind != "recurrence" else None


def _past(case: Case) -> Found:
    if case.has("since", "earlier") and not case.period:
        return "past_event", case.why
    if case.span is None or case.span.latest is None:
        return None
    if case.letter_date:
        is_past = case.span.latest < case.letter_date or (
            case.has("from") and not case.period
            and case.span.earliest is not None and case.span.earliest < case.letter_date
            and case.expression.row.kind == "day"
        )  # fmt: skip
        told = case.span.latest == case.letter_date and case.about("past") and not case.about("future")
        under_way = (
            not case.period and not case.span.exact and case.span.earliest and case.span.earliest <= case.letter_date
        )
        if is_past or told or (under_way and case.about("past") and not case.about("future")):
            return "past_event", case.why
        return None
    hit = case.about("past")
    return ("past_event", hit.row.id) if hit and not case.about("future") else None


def _other_actor(case: Case) -> Found:
    hit, own = case.about("other_actor"), case.about("own")
    if hit is None or case.heading is not None or (own and hit.end <= own.start):
        return None
    return "other_actor", hit.row.id


def _horizon(case: Case) -> Found:
    hit = case.about("horizon")
    if hit and case.of_years and (case.has("for") or not (case.about("end") or case.about("start"))):
        return "horizon", hit.row.id
    if case.expression.row.kind != "year":
        return None
    if hit:
        return "horizon", hit.row.id
    today = case.letter_date
    far = today and case.span and case.span.latest and case.span.latest.year > today.year + FAR
    told = case.about("duty") and not case.has(*_LAST_DAY)
    idle = not (case.has("planned") or case.about("end") or case.about("start") or case.about("runs") or told)
    return ("horizon", case.why) if far or idle or case.has("for") else None


def _rigid(case: Case) -> Found:
    if case.period:
        return None
    hit = case.about("at_least")
    if hit and (hit.row.scope == "next" or case.has("until", "until_excluded")):
        return "minimum" if case.has("until", "until_excluded") else "not_before", hit.row.id
    for sense, role in (("minimum", "minimum"), ("not_before", "not_before"), ("not_after", "end")):
        if case.has(sense):  # type: ignore[arg-type]
            return role, case.why
    negated = case.about("negated")
    if negated and case.has("after"):
        return "end", negated.row.id
    return (
        ("not_before", negated.row.id) if negated and case.has("before") and negated.start < case.place.begin else None
    )


def _recurrence(case: Case) -> Found:
    return ("recurrence", case.expression.row.id) if case.expression.row.kind == "recurrence" else None


def _recess(case: Case) -> Found:
    if case.expression.row.kind != "recess":
        return None
    return f"{case.expression.row.value}_recess", case.expression.row.id


def _period(case: Case) -> Found:
    return ("period", case.why) if case.period else None


def _condition(case: Case) -> Found:
    hit = case.about("condition") or (case.about("proviso") if case.has("after") else None)
    end = case.about("end")
    return ("condition", hit.row.id) if hit and not (end and end.start > hit.start) else None


def _last_day(case: Case) -> Found:
    if case.expression.row.kind == "letter":
        return "end" if case.span else "relative", case.expression.row.id
    return ("end", case.why) if case.has(*_LAST_DAY) else None


def _first_day(case: Case) -> Found:
    if case.has("from", "per"):
        end = case.ceases or case.about("end")
        return ("end", end.row.id) if end and (case.ceases or not case.about("start")) else ("start", case.why)
    return ("not_before", case.why) if case.has("after") else None


def _by_heading(case: Case) -> Found:
    for fact in ("end", "start"):
        row = case.facts.said(case.heading, fact) if case.heading else case.facts.label(case.place, fact)
        if row:
            return fact, row.id
    return None


def _by_verb(case: Case) -> Found:
    end, start = case.about("end"), case.about("start")
    if end and not (start and abs(start.start - case.place.start) < abs(end.start - case.place.start)):
        return "end", end.row.id
    return ("start", start.row.id) if start else None


def _event(case: Case) -> Found:
    return "event", case.why


LADDER: tuple[Callable[[Case], Found], ...] = (
    _fixed, _cited, _overtaken, _past, _other_actor, _horizon, _recurrence, _recess, _period, _condition, _rigid,
    _last_day, _first_day, _by_heading, _by_verb, _event,
)  # fmt: skip
