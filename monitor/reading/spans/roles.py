"""Decide what a date is: the first row of the ladder that fits gives its role. A doubt holds back registering."""

from __future__ import annotations

from collections.abc import Callable

from monitor.reading.language.language import Sense
from monitor.reading.spans.case import FIXED, REGISTERED, Case, Decision
from monitor.reading.spans.doubting import binds, doubts_of

THAT_IS = 16  # characters: "by three months, that is to say until 30 June"
FAR = 8  # years: a bare year further ahead is a horizon of policy
UNDATED = frozenset({"relative", "undated", "recurrence", "open_ended"})  # roles without a day of their own
_LAST_DAY: frozenset[Sense] = frozenset({"until", "until_excluded", "before", "by", "not_after", "within"})

Found = tuple[str, str] | None


def decide(case: Case) -> Decision:
    """Return the date's role. With a doubt about actor, polarity or modality it is not registered."""
    role, why = next(found for rule in LADDER if (found := rule(case)))
    doubts = doubts_of(case, role)
    register = role in REGISTERED and not doubts and binds(case, role)
    before = doubts and case.about("reported") and case.about("proposed")  # merely proposed, in an earlier letter
    if ("negated_or_contrast" in doubts or before) and role not in UNDATED:
        role = "superseded"
    return Decision(role=role, why=why, doubts=doubts, register=register)


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
    if hit and hit.row.scope == "around" and case.has("planned"):
        return None  # "the exercise in May has been postponed to June"
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


def _condition_of_another(case: Case) -> Found:
    """A condition that another party meets by a day: "provided that the host nation signs by D"."""
    return None if case.period or case.about("other_actor") is None else _condition(case)


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
    _fixed, _cited, _overtaken, _past, _condition_of_another, _other_actor, _horizon, _recurrence, _recess, _period,
    _condition, _rigid, _last_day, _first_day, _by_heading, _by_verb, _event,
)  # fmt: skip
