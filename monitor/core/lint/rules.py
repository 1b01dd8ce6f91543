"""Which rules reach nothing: some never can as the register stands, others have nothing to do at the moment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from msgspec import Struct, field

from monitor.core.errors import nearest
from monitor.core.lint.entries import EntrySurvey
from monitor.core.lint.findings import Finding, GapKind
from monitor.core.lint.messages import listed
from monitor.core.model.people import People
from monitor.core.model.policy import Policy
from monitor.core.model.register import Entry
from monitor.core.model.rules import Rule
from monitor.core.planning.verdicts import Verdict
from monitor.core.register.naming import roles_of

FILLED = ("procedure", "size", "tags")  # conditions on a value that people fill in
UNFILLED = "none"  # the procedure of an entry for which nobody said anything
VALUES_KEPT = 100  # different values of a field that are remembered to name one that was meant


class RuleUse(Struct, kw_only=True):
    """What one rule found in the entries seen so far."""

    rule: Rule
    candidates: int = 0  # entries of its kinds that are not muted
    about: int = 0  # entries it is about, whatever their state
    open: int = 0  # entries for which something is to be delivered
    undated: int = 0  # entries whose missing date is told already
    unmet: dict[str, int] = field(default_factory=dict)  # condition → candidates that do not meet it
    values: dict[str, set[str]] = field(default_factory=lambda: {name: set() for name in FILLED})

    def note(self, seen: EntrySurvey) -> None:
        """Take in one more entry."""
        unmet = {one.field for one in seen.unmet[self.rule.id]}
        if unmet & {"kind", "parts"}:
            return
        self.candidates += 1
        self.about += not unmet
        self.open += any(item.rule.id == self.rule.id for item in seen.open)
        self.undated += any(
            item.rule.id == self.rule.id and item.verdict is Verdict.UNDATED for item in seen.judged
        )  # fmt: skip
        for name in unmet:
            self.unmet[name] = self.unmet.get(name, 0) + 1
        for name in FILLED:
            if len(self.values[name]) < VALUES_KEPT:
                self.values[name].update(_values(seen.entry, name))


def rule_findings(reaches: Iterable[RuleUse], policy: Policy, people: People) -> Iterator[Finding]:
    """What the rules show once every entry was seen."""
    for reach in reaches:
        if not reach.open and not reach.undated:
            yield _reaches_nothing(reach)
            yield from _unheld(reach.rule, people)


def _reaches_nothing(reach: RuleUse) -> Finding:
    rule, kinds = reach.rule, " or ".join(reach.rule.select.kind) or "entry"
    never = next((name for name in FILLED if _asks_in_vain(reach, name)), None)
    if never:
        wanted = " or ".join(getattr(rule.select, never))
        reason = _never(never, wanted, sorted(reach.values[never]))
        return Finding(kind=GapKind.NEVER_FIRES, about=f"{never} {wanted}", name=rule.id, reason=reason)
    if reach.about > 1:
        reason = f"none of the {reach.about} entries it is about has anything open"
    elif reach.about:
        reason = "the one entry it is about has nothing open"
    elif reach.candidates:
        reason = f"no {kinds} meets all it asks for ({', '.join(sorted(reach.unmet))})"
    else:
        reason = f"there is no {kinds}"
    return Finding(kind=GapKind.NOTHING_TODAY, about=rule.id, name=rule.id, reason=reason)


def _asks_in_vain(reach: RuleUse, name: str) -> bool:
    """Entries there are, and none has what it asks for. Who asks for what has no procedure asks for nothing filled in."""
    unmet = reach.candidates > 0 and reach.unmet.get(name) == reach.candidates
    return unmet and UNFILLED not in getattr(reach.rule.select, name)


def _never(name: str, wanted: str, there: list[str]) -> str:
    if not there:
        return f"No entry of its kind has {'tags' if name == 'tags' else f'a {name}'} ({wanted} is asked for)"
    near = nearest(wanted, there)
    hint = f"; did you mean {near}?" if near else ""
    label = "tag" if name == "tags" else name
    return f"No entry of its kind has the {label} {wanted} (there is {listed(there)}{hint})"


def _values(entry: Entry, name: str) -> tuple[str, ...]:
    """What stands there, to be named in mail: nothing of a sensitive entry."""
    if entry.sensitive:
        return ()
    found = getattr(entry, name)
    return found if isinstance(found, tuple) else () if found in ("", UNFILLED) else (found,)


def _unheld(rule: Rule, people: People) -> Iterator[Finding]:
    """A role that nobody holds anywhere, in a rule that meets no entry yet."""
    places = (people.roles, *people.by_tag.values(), *people.by_dossier.values())
    for role in roles_of(rule):
        if role not in people.persons and not any(place.get(role) for place in places):
            yield Finding(kind=GapKind.ROLE_UNHELD, about=role, name=rule.id)
