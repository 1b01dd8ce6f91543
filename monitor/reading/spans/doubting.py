"""What holds a date back: doubt about its actor, modality or polarity, or no duty in its sentence."""

from __future__ import annotations

from monitor.reading.language.language import Fact, Sense
from monitor.reading.spans.case import FIXED, REGISTERED, RIGID, Case
from monitor.reading.spans.expressions import PROMISE

EVIDENCE: tuple[Fact, ...] = ("asserted", "future", "end", "start", "runs")  # what a clause says happens
ACTORS: tuple[Fact, ...] = ("known", "own")  # whose acts are followed
COUNTED: tuple[Fact, ...] = ("duty", "future", "decided", "condition", "impersonal")  # what makes a term count
UNSURE: tuple[Fact, ...] = ("hearsay", "proposed", "unrelated")  # not said to be so, or no duty
LASTING: tuple[Sense, ...] = (
    "until",
    "until_excluded",
    "before",
    "by",
    "within",
    "not_after",
)  # say themselves: an end
ASSERTED = frozenset({"event", "start", "end", "period", "minimum", "not_before"})  # roles that need a verb


def doubts_of(case: Case, role: str) -> tuple[str, ...]:
    """Return the doubts about who acts, whether it is decided, and whether it is denied."""
    if role not in REGISTERED:
        return ()
    found = ["reference_mismatch"] if case.about("mismatch") else []
    if unclear(case, role):
        found.append("actor_unclear")
    if role in ("not_before", "minimum", "condition") or case.has(*RIGID, "after"):
        return tuple(found)
    if role == "relative" and case.about("condition"):
        return tuple(found)  # "lapses if work has not begun within 26 weeks of the decision"
    if case.about("negated") and not case.about("ban") and not (role == "end" and case.ceases):
        found.append("negated_or_contrast")
    row = case.expression.row
    counted = row.kind in ("letter", "event") and row.value != "extension" and "number" in case.expression.groups
    if case.about("possible") and not case.has("by", "within") and not counted and not case.about("ban"):
        found.append("actor_unclear")
    return tuple(dict.fromkeys(found))


def unclear(case: Case, role: str) -> bool:
    """Return whether it is in doubt who acts, or whether what is said is decided. An unknown way to say it is so."""
    facts, place = case.facts, case.place
    lasts = role == "end" and case.has(*LASTING)
    if any(map(case.about, UNSURE)) or facts.asked(place) or facts.quoted(place):
        return True
    if role in ASSERTED - RIGID and not lasts and case.about("public"):
        return True
    if case.about("reported") and not case.has(*RIGID) and not case.about("upheld"):
        return True
    if case.expression.row.kind in FIXED and case.about("other_actor") and not case.about("own"):
        return True
    if role in ASSERTED and not lasts and not said(case):
        return True
    if case.heading is None and (facts.follows_another(place) or named_only(case, role)):
        return True
    return undecided(case, role) or told(case, role)


def named_only(case: Case, role: str) -> bool:
    """Return whether the date only names a thing that is no document or meeting: "your objection of 2 April"."""
    return role == "event" and {*case.expression.senses} == {"of"} and not case.facts.document(case.place)


def told(case: Case, role: str) -> bool:
    """Return whether the sentence tells of the past, and of nothing decided then: "spoke of a lease until D"."""
    if role == "condition" or case.heading is not None or case.facts.line(case.place) or not case.about("past"):
        return False
    return not any(case.facts.of_sentence(case.place, fact) for fact in ("future", "state", "decided", "upheld"))


def undecided(case: Case, role: str) -> bool:
    """Return whether the date lies in what someone says, wants or thinks, and no word says that it is decided.

    "The chairman fears that …", "refuses to …": what governs a content clause is unknown unless the table knows it.
    """
    content = case.about("content")
    if content is None or role == "condition" or case.about("upheld"):
        return False
    if content.row.scope == "clause" and content.start > case.place.begin:
        return False  # "meets on 1 May to decide": what is done on the day is said before it
    before = case.facts.of_sentence(case.place, "decided", content.start)
    return not before or bool(case.facts.of_sentence(case.place, "negated", content.start))


def said(case: Case) -> bool:
    """Return whether the sentence says of a thing that it lasts, or of an actor whom the table knows what he does.

    What is no sentence says so too: a label, a cell, a line of a list. Another verb with another actor is in doubt.
    """
    if case.heading is not None or case.has("planned") or case.facts.line(case.place):
        return True
    has = {fact: bool(case.facts.of_sentence(case.place, fact)) for fact in (*EVIDENCE, "impersonal", *ACTORS)}
    acts = case.has("by", "within") or any(has[fact] for fact in EVIDENCE)
    return (acts and any(has[fact] for fact in ACTORS)) or has["impersonal"]


def binds(case: Case, role: str) -> bool:
    """Return whether the sentence makes a duty of what has no day of its own."""
    if role == "open_ended":
        return not case.facts.of_sentence(case.place, "at_least")  # "at least until May; no end date is known"
    if role == "event" and case.heading is None and not case.expression.connectors:
        return case.expression.row.kind == "day" or not case.facts.title(case.place)  # "Planning autumn 2024"
    if role not in ("recurrence", "undated", "relative"):
        return True
    if case.expression.row.value == PROMISE:
        return not case.about("condition")
    in_sentence = case.facts.of_sentence
    if role == "relative" and "number" in case.expression.groups:
        return case.facts.line(case.place) or any(in_sentence(case.place, fact) for fact in (*COUNTED, *ACTORS))
    if in_sentence(case.place, "past") and not in_sentence(case.place, "future"):
        return False
    ahead = role != "recurrence" and case.expression.row.value != "told" and case.about("future")
    return bool(case.about("duty") or ahead)
