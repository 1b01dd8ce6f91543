"""What a list shows of an entry, and which entries a rule or a role concerns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from monitor.actions.query.as_of import RegisterView
from monitor.core.calendar.dates import Span
from monitor.core.model.register import Entry
from monitor.core.planning.plan import plan
from monitor.core.planning.system_rules import owner_of
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.state import Secured, own_end, secured_until, status
from monitor.core.register.terms import Term, current_term


class EntrySummary(Struct, frozen=True, kw_only=True):
    """One entry in a list."""

    entry: Entry
    state: str
    end: Span | None  # None: no end date, a state of its own
    term: Term | None = None  # the end for which an entry that goes on can be cancelled next
    secured: Secured
    open: tuple[RuleObligation, ...]  # of ordinary rules: system rules have no due day

    @property
    def next_due(self) -> RuleObligation | None:
        """The open obligation due first."""
        return min(self.open, key=lambda item: item.sort_key, default=None)

    def plain(self) -> dict[str, Any]:
        """Return it for programs."""
        due = self.next_due
        return {
            "id": self.entry.id,
            "kind": self.entry.kind,
            "title": self.entry.title,
            "state": self.state,
            "until": self.end and self.end.written,
            "term_until": self.term and self.term.end.written,
            "cancel_by": self.term and self.term.cancel_by.earliest,
            "secured_until": self.secured.until,
            "binding": self.secured.binding,
            "first_due": due and due.due and due.due.day,
            "rule": due and due.rule.id,
            "derivation": due and due.due and due.due.derivation,
            "muted": self.entry.muted,
        }


def summaries(seen: RegisterView, entries: Sequence[Entry]) -> list[EntrySummary]:
    """Return what lists show of these entries, each judged as of the day of the view."""
    register, day = seen.register, seen.day
    ids = [entry.id for entry in entries]
    made = plan(register, day, seen.policy, seen.people, {}, only=ids, as_entered=True)
    found = []
    for judged in made.entries:
        entry = judged.entry
        state, secured = status(register, entry, day, seen.policy), secured_until(register, entry)
        end, term = own_end(register, entry), current_term(entry, day)
        found.append(EntrySummary(entry=entry, state=state, end=end, term=term, secured=secured, open=judged.open))
    return found


def concerns(seen: RegisterView, item: EntrySummary, rule: str | None, role: str | None) -> bool:
    """Whether an obligation of the rule is open, and the role is reminded of one or owns the entry; None: any."""
    open = [one for one in item.open if rule in (None, one.rule.id)]
    if rule is not None and not open:
        return False
    reminded = {to for one in open for to in (one.roles or (*one.rule.to, *one.rule.cc))}
    return role is None or role in reminded or role == owner_of(seen.register, item.entry, seen.policy, seen.people)
