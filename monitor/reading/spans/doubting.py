"""What holds a date back: doubt about its actor, modality or polarity, or no duty in its sentence."""

from __future__ import annotations

from monitor.reading.spans.case import FIXED, REGISTERED, RIGID, Case
from monitor.reading.spans.expressions import PROMISE


def doubts_of(case: Case, role: str) -> tuple[str, ...]:
    """Return the doubts about who acts, whether it is decided, and whether it is denied."""
    if role not in REGISTERED:
        return ()
    found = ["reference_mismatch"] if case.about("mismatch") else []
    public = role in ("event", "period", "start") and case.about("public")
    unsure = public or case.about("hearsay") or case.about("proposed") or case.facts.asked(case.place)
    reported = case.about("reported") and not case.has(*RIGID) and not case.about("upheld")
    if unsure or reported:
        found.append("actor_unclear")
    if case.expression.row.kind in FIXED and (case.about("other_actor") and not case.about("own")):
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


def binds(case: Case, role: str) -> bool:
    """Return whether the sentence makes a duty of what has no day of its own."""
    if role == "open_ended":
        return not case.facts.in_sentence(case.place, "at_least")  # "at least until May; no end date is known"
    if role == "event" and case.heading is None and not case.expression.connectors:
        return case.expression.row.kind == "day" or not case.facts.title(case.place)  # "Planning autumn 2024"
    if role not in ("recurrence", "undated", "relative") or (role == "relative" and "number" in case.expression.groups):
        return True
    if case.expression.row.value == PROMISE:
        return not case.about("condition")
    if case.about("past") and not case.about("future"):
        return False
    ahead = role != "recurrence" and case.expression.row.value != "told" and case.about("future")
    return bool(case.about("duty") or ahead)
