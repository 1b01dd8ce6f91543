"""The verdict on each rule for one entry, before anybody is looked up: open or not, and which rung has come."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from msgspec.structs import replace

from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.errors import BadValue
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry, ObligationKey, Register
from monitor.core.model.rules import Rule
from monitor.core.planning.due_day import recurrence_days, show
from monitor.core.planning.import_limit import listed
from monitor.core.planning.obligations import YEARS_AHEAD, Obligation, obligations
from monitor.core.planning.verdicts import Judgement, Verdict
from monitor.core.register.rule_matching import lasting_mismatch, status_mismatch
from monitor.core.register.state import ENDED, EXTENDED


def judge_rule(
    rule: Rule, register: Register, entry: Entry, day: date, policy: Policy, *, until: date = date.max
) -> tuple[Judgement, ...]:
    """One judgement when the rule gives no obligation, else one per obligation. Never raises for a bad date.

    `until`: obligations due later are left out; most of the work on one is what it says on the day.
    """
    if silent := _lastingly_silent(rule, register, entry):
        return (Judgement(entry=entry.id, rule=rule, verdict=silent[0], why=silent[1]),)
    plain = Judgement(entry=entry.id, rule=rule, verdict=Verdict.OFF, next_day=_next_occurrence(rule, entry, day))
    try:
        found = obligations(rule, register, entry, day, policy)
        judged = tuple(_judged(plain, item, register, entry, day, policy) for item in found if item.due.day <= until)
    except (BadValue, OverflowError) as fault:
        return (replace(plain, verdict=Verdict.UNRECKONABLE, why=str(fault)),)
    return judged or (_nothing(plain, rule, register, entry, day, policy),)


def _lastingly_silent(rule: Rule, register: Register, entry: Entry) -> tuple[Verdict, str] | None:
    """What keeps a rule from an entry on every day until somebody changes something; asked first, as it is cheap."""
    if not rule.enabled:
        return Verdict.OFF, "switched off"
    if entry.muted is not None:
        return Verdict.MUTED, entry.muted
    if mismatch := lasting_mismatch(rule, register, entry):
        return Verdict.NOT_SELECTED, mismatch.why
    return None


def closed_by(entry: Entry, register: Register) -> dict[ObligationKey, str]:
    """Obligations of the entry that standing events closed, with how. A contribution inherits from its request."""
    found = {key: f"{event.type} of {show(event.on)}" for event in entry.standing_events() for key in event.closes}
    request = register.entries.get(entry.deployed_from or "")
    for key, how in (closed_by(request, register) if request else {}).items():
        found.setdefault(replace(key, entry=entry.id), f"{how} on {entry.deployed_from}")
    return found


def starts_from_end(rule: Rule) -> bool:
    """Rules that an ended entry keeps: those that start from the end, and evaluations of a year it was in force."""
    return rule.due.anchor == "ended_on" or rule.select.in_force_during is not None


def _nothing(plain: Judgement, rule: Rule, register: Register, entry: Entry, day: date, policy: Policy) -> Judgement:
    """No obligation: a state that the rule does not ask for says more than a date that is missing."""
    mismatch = None if rule.due.recur else status_mismatch(rule, register, entry, day, policy)
    if mismatch:
        return replace(plain, verdict=Verdict.NOT_SELECTED, why=mismatch.why)
    if rule.due.recur:
        return replace(plain, verdict=Verdict.WAITING, why="no occurrence within eighteen months")
    if rule.due.anchor == "parent_outcome":
        return replace(plain, verdict=Verdict.NOT_SELECTED, why="no parent's period ends within the entry's own")
    return replace(plain, verdict=Verdict.UNDATED, why=f"no {rule.due.anchor} with an earliest day")


def _judged(
    plain: Judgement, item: Obligation, register: Register, entry: Entry, day: date, policy: Policy
) -> Judgement:
    """The judgement on one obligation."""
    basis = Judgement(
        entry=entry.id, rule=plain.rule, verdict=Verdict.WAITING, next_day=plain.next_day, key=item.key, due=item.due,
        ladder=item.ladder,
    )  # fmt: skip
    for verdict, why in _reasons_to_be_silent(item, register, entry, day, policy):
        return replace(basis, verdict=verdict, why=why)
    return _open(basis, item, entry, day)


def _reasons_to_be_silent(
    item: Obligation, register: Register, entry: Entry, day: date, policy: Policy
) -> Iterator[tuple[Verdict, str]]:
    closed = closed_by(entry, register)
    if item.key in closed:
        yield Verdict.CLOSED, closed[item.key]
    if item.tickler and (ended := [how for key, how in closed.items() if key.rule == item.rule.id]):
        yield Verdict.CLOSED, ended[0]
    if outcome := _outcome(item, entry):
        yield Verdict.CLOSED, outcome
    if entry.ended_on and not starts_from_end(item.rule):
        yield Verdict.ENDED, f"ended on {entry.ended_on.written}"
    judged_on = item.due.day if item.rule.due.recur else day
    if mismatch := status_mismatch(item.rule, register, entry, judged_on, policy):
        yield Verdict.NOT_SELECTED, mismatch.why
    if heir := _heir(item.rule, register, entry):
        yield Verdict.HANDED_OVER, f"carried by {heir}"
    if item.ladder.late and item.rule.late_on_registration == "skip":
        yield Verdict.SKIPPED, f"was due {show(item.due.day)}, before it became known on {show(item.known_on)}"
    if listed(item, register, entry, policy):
        yield Verdict.LISTED, f"imported on {show(item.known_on)}, long after {show(item.due.day)}"


def _outcome(item: Obligation, entry: Entry) -> str | None:
    """An extension or end closes what its own period owes, also what nobody could see when it was recorded."""
    return next(
        (
            f"{event.type} of {show(event.on)}"
            for event in entry.standing_events()
            if event.type in (EXTENDED, ENDED) and event.type in item.rule.closes_on
            and item.key.occurrence == str(event.period)
        ),
        None,
    )  # fmt: skip


def _open(basis: Judgement, item: Obligation, entry: Entry, day: date) -> Judgement:
    snooze = max((s.until for s in entry.snoozes if s.obligation == item.key and s.until > day), default=None)
    if snooze:
        return replace(basis, verdict=Verdict.SNOOZED, why=f"until {show(snooze)}", next_day=snooze)
    rung, following = item.ladder.latest(day), item.ladder.following(day)
    which = "next" if rung else "first"
    why = f"{which} reminder {show(following)}" if following else ""
    next_day = min_day(following, basis.next_day)
    return replace(basis, verdict=Verdict.WAITING, why=why, rung=rung, next_day=next_day)


def _heir(rule: Rule, register: Register, entry: Entry) -> str | None:
    """The contribution made from this request, when the rule is about it too."""
    children = (register[id] for id in register.children.get(entry.id, ()))
    return next(
        (
            child.id
            for child in children
            if child.deployed_from == entry.id
            and child.muted is None
            and lasting_mismatch(rule, register, child) is None
        ),
        None,
    )


def _next_occurrence(rule: Rule, entry: Entry, day: date) -> date | None:
    """The day on which a yearly rule's next occurrence comes into sight, a few days early for clipped months."""
    if not rule.due.recur or not rule.enabled:
        return None
    horizon = add_calendar(day, YEARS_AHEAD)
    until = add_calendar(horizon, Offset(amount=12, unit="y"))
    later = [found for found in recurrence_days(rule.due.recur, entry.registered_on, until) if found > horizon]
    back = Offset(amount=-YEARS_AHEAD.amount, unit="m")
    return max(day, date.fromordinal(add_calendar(later[0], back).toordinal() - 31)) if later else None


def min_day(*days: date | None) -> date | None:
    """The earliest of the days that there are."""
    return min((found for found in days if found is not None), default=None)


def earliest(judgements: Iterable[Judgement]) -> date | None:
    """The next day on which any of these may ask for something."""
    return min_day(*(judgement.next_day for judgement in judgements))


def coming(register: Register, entry: Entry, day: date, until: date, policy: Policy) -> Iterator[Judgement]:
    """The open judgements of that day whose due day is not after `until`. What lies farther ahead is not gone into."""
    for rule in policy.rules.about(entry.kind):
        for item in judge_rule(rule, register, entry, day, policy, until=until):
            if item.verdict.open and item.due is not None and item.due.day <= until:
                yield item
