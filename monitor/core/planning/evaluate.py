"""The verdict on each rule for one entry, before recipients are known: open or not, and which rung has come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.errors import BadValue
from monitor.core.model.phrases import Fact, Named, Phrase, phrase
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, Event, ObligationKey, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.due_day import recurrence_days
from monitor.core.planning.import_limit import listed
from monitor.core.planning.obligations import YEARS_AHEAD, obligations
from monitor.core.planning.verdicts import Case, Judgement, RuleObligation, Verdict
from monitor.core.register.rule_matching import lasting_mismatch, status_mismatch
from monitor.core.register.state import ENDED, current_events
from monitor.core.register.terms import CANCELLATIONS, EXTENDED, cancelled_end, period_end, renewing, running_end, terms


def judge_rule(rule: Rule, case: Case, *, until: date = date.max) -> tuple[Judgement, ...]:
    """One judgement when the rule gives no obligation, else one per obligation. Never raises for a bad date.

    `until`: obligations due later are left out; most of the work on one is what it asks for on the day.
    """
    if silent := _lasting_verdict(rule, case):
        return (Judgement(entry=case.entry.id, rule=rule, verdict=silent[0], why=silent[1]),)
    recurs_on = None
    try:
        recurs_on = _next_occurrence(rule, case)
        judged = tuple(_judged(item, case, recurs_on) for item in obligations(rule, case) if item.due.day <= until)
    except (BadValue, OverflowError) as fault:
        verdict, why = Verdict.UNRECKONABLE, phrase("why.unreckonable", cause=str(fault).rstrip("."))
    else:
        if judged:
            return judged
        verdict, why = _without_obligation(rule, case)
    return (Judgement(entry=case.entry.id, rule=rule, verdict=verdict, why=why, next_day=recurs_on),)


def coming(register: Register, entry: Entry, day: date, until: date, policy: Policy) -> Iterator[RuleObligation]:
    """The open obligations of that day whose due day is not after `until`. What lies farther ahead is not gone into."""
    case = Case(register=register, entry=entry, day=day, policy=policy)
    for rule in policy.rules.about(entry.kind):
        for item in judge_rule(rule, case, until=until):
            if isinstance(item, RuleObligation) and item.verdict.open:
                yield item


def closed_by(entry: Entry, register: Register) -> dict[ObligationKey, Phrase]:
    """Obligations of the entry that events on record closed, with how. A contribution inherits from its request."""
    found = {key: _recorded(event) for event in entry.effective_events() for key in event.closes}
    request = register.entries.get(entry.deployed_from or "")
    for key, how in (closed_by(request, register) if request else {}).items():
        found.setdefault(
            replace(key, entry=entry.id), phrase("why.closed_on", how=how, entry=entry.deployed_from or "")
        )
    return found


def starts_from_end(rule: Rule) -> bool:
    """Rules that an ended entry keeps: those that start from the end, and evaluations of a year it was in force."""
    return rule.due.anchor == "ended_on" or rule.select.in_force_during is not None


def min_day(*days: date | None) -> date | None:
    """The earliest of the days that there are."""
    return min((found for found in days if found is not None), default=None)


def _recorded(event: Event) -> Phrase:
    name = Named(table="event", name=event.type.rpartition(":")[2])
    return phrase("why.closed", id=event.type, type=name, day=event.on)


def _lasting_verdict(rule: Rule, case: Case) -> tuple[Verdict, Fact] | None:
    """Return what keeps a rule from an entry until the register or the rules change; asked first, as it is cheap."""
    if not rule.enabled:
        return Verdict.OFF, phrase("why.off")
    if case.entry.muted is not None:
        return Verdict.MUTED, case.entry.muted
    mismatch = lasting_mismatch(rule, case.register, case.entry)
    return (Verdict.NOT_SELECTED, mismatch.why) if mismatch else None


def _without_obligation(rule: Rule, case: Case) -> tuple[Verdict, Phrase]:
    """No obligation: a state that the rule does not ask for explains more than a date that is missing."""
    if rule.due.recur:
        return Verdict.WAITING, phrase("why.no_occurrence")
    if mismatch := status_mismatch(rule, case.register, case.entry, case.day, case.policy):
        return Verdict.NOT_SELECTED, mismatch.why
    if rule.due.anchor == "parent_outcome":
        return Verdict.NOT_SELECTED, phrase("why.no_parent_ends")
    if renewing(case.entry) and rule.due.anchor in ("valid_until", "secured_until"):
        return Verdict.NOT_SELECTED, phrase("why.renews")
    if rule.due.anchor == "cancel_by" and renewing(case.entry):
        return Verdict.WAITING, phrase("why.no_term")
    if rule.due.anchor == "cancel_by":
        return Verdict.NOT_SELECTED, phrase("why.no_end_to_cancel")
    anchor = str(rule.due.anchor)
    return Verdict.UNDATED, phrase("why.undated", id=anchor, field=Named(table="field", name=anchor))


def _judged(item: RuleObligation, case: Case, recurs_on: date | None) -> RuleObligation:
    day = case.day
    if silent := next(_reasons_to_be_silent(item, case), None):
        return replace(item, verdict=silent[0], why=silent[1], next_day=recurs_on)
    snooze = max((s.until for s in case.entry.snoozes if s.obligation == item.key and s.until > day), default=None)
    if snooze:
        return replace(item, verdict=Verdict.SNOOZED, why=phrase("why.snoozed", day=snooze), next_day=snooze)
    rung, following = item.ladder.latest(day), item.ladder.following(day)
    why: Fact = phrase("why.next" if rung else "why.first", day=following) if following else ""
    return replace(item, why=why, rung=rung, next_day=min_day(following, recurs_on))


def _reasons_to_be_silent(item: RuleObligation, case: Case) -> Iterator[tuple[Verdict, Fact]]:
    rule, ladder, register, entry = item.rule, item.ladder, case.register, case.entry
    closed = closed_by(entry, register)
    if item.key in closed:
        yield Verdict.CLOSED, closed[item.key]
    if item.is_tickler and (ended := [how for key, how in closed.items() if key.rule == rule.id]):
        yield Verdict.CLOSED, ended[0]
    # An extension or end closes what its own period owes, also what was not open when it was recorded.
    events = (event for event in entry.effective_events() if event.type in (EXTENDED, ENDED))
    outcomes = (event for event in events if event.type in rule.closes_on)
    if outcome := next((event for event in outcomes if str(event.period) == item.key.occurrence), None):
        yield Verdict.CLOSED, _recorded(outcome)
    if rule.due.anchor == "cancel_by" and (how := _cancelled(entry, item)):
        yield Verdict.CLOSED, how
    if entry.ended_on and not starts_from_end(rule):
        yield Verdict.ENDED, phrase("why.ended", day=entry.ended_on.written)
    on = item.due.day if rule.due.recur else case.day
    if mismatch := status_mismatch(rule, register, entry, on, case.policy):
        yield Verdict.NOT_SELECTED, mismatch.why
    children = (register[id] for id in register.children.get(entry.id, ()))
    made = (child for child in children if child.deployed_from == entry.id and child.muted is None)
    if heir := next((child for child in made if not lasting_mismatch(rule, register, child)), None):
        yield Verdict.HANDED_OVER, phrase("why.carried", entry=heir.id)
    if ladder.late and rule.late_on_registration == "skip":
        yield Verdict.SKIPPED, phrase("why.was_due", day=item.due.day, known=ladder.known_on)
    if listed(item, case):
        yield Verdict.LISTED, phrase("why.imported", known=ladder.known_on, day=item.due.day)


def _cancelled(entry: Entry, item: RuleObligation) -> Phrase | None:
    """How the entry was cancelled for the end that an obligation is about; None where it was not."""
    end = cancelled_end(entry)
    mine = end is not None and (period_end(entry.current) is None or str(end.earliest) == item.key.occurrence)
    event = next((one for one in reversed(current_events(entry)) if one.type in CANCELLATIONS), None)
    return _recorded(event) if mine and event else None


def _next_occurrence(rule: Rule, case: Case) -> date | None:
    """The day on which the next occurrence of a yearly rule, or of a term, is planned; a few days early for clipped
    months.
    """
    horizon = add_calendar(case.day, YEARS_AHEAD)
    if rule.due.anchor == "cancel_by":
        after = running_end(case.entry) is None and next(terms(case.entry, horizon + ONE_DAY), None)
        return _planned_on(after.cancel_by.earliest, case.day) if after and after.cancel_by.earliest else None
    if not rule.due.recur:
        return None
    until = add_calendar(horizon, Offset(amount=12, unit="y"))
    later = [found for found in recurrence_days(rule.due.recur, case.entry.registered_on, until) if found > horizon]
    return _planned_on(later[0], case.day) if later else None


def _planned_on(occurrence: date, day: date) -> date:
    """The day from which an occurrence lies within eighteen months, a few days early; `day` at the earliest."""
    back = Offset(amount=-YEARS_AHEAD.amount, unit="m")
    return max(day, date.fromordinal(add_calendar(occurrence, back).toordinal() - 31))
