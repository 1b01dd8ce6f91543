"""What the lists of the desk can be narrowed to; the address is the filter."""

from __future__ import annotations

from typing import Any

from monitor.core.model.register import LIFECYCLES
from monitor.web.desk import Visit


def choices(visit: Visit) -> dict[str, Any]:
    """Return kinds, roles, and rules (id → heading in the reader's language) that a list can be narrowed to."""
    policy, people = visit.app.policy, visit.app.people
    rules = [rule for rule in policy.rules.rules if rule.enabled]
    headings = {rule.id: rule.heading(visit.language) for rule in rules}
    headings |= {rule.id: rule.heading(visit.language) for rule in policy.rules.system}
    roles = {*people.roles}.union(*((*rule.to, *rule.cc) for rule in rules))
    return {
        "kinds": sorted({*LIFECYCLES, *policy.kinds}),
        "roles": sorted(roles - people.persons.keys()),  # a rule can name a person
        "rules": dict(sorted(headings.items(), key=lambda one: one[1].casefold())),
    }
