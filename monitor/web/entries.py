"""The register as a list, and one entry with all that is known of it."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from monitor.actions.desk.now import letter_of
from monitor.actions.query import listing
from monitor.core.model.fields import MEANINGS, write_entry
from monitor.core.model.people import People
from monitor.core.model.register import LIFECYCLES
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.state import end_of_period
from monitor.web.desk import Visit

SHOWN = ("id", "title", "kind", "valid_from", "valid_until", "quotes", "refs", "muted")  # with a place of their own
SENT = 20  # reminders that an entry's page lists; those on one day to several people are one
PAGE = 200  # entries on a page
FILTERS = ("kind", "state", "tag", "text")


def show_entries(visit: Visit) -> Response:
    """List the entries that the address asks for."""
    asked = visit.request.query_params
    given = {name: asked.get(name, "").strip() for name in FILTERS}
    kind, state, tag, text = (given[name] or None for name in FILTERS)
    now = visit.installation.now()
    _, found = listing.list_entries(visit.app, now, kind=kind, state=state, tag=tag, text=text)
    kinds = sorted({*LIFECYCLES, *visit.app.policy.kinds})
    return visit.page("entries", entries=found[:PAGE], more=max(0, len(found) - PAGE), asked=given, kinds=kinds)


def show_entry(visit: Visit) -> Response:
    """Show one entry: periods, obligations with their reasons, mails and changes. Raises UnknownId."""
    found = listing.entry_details(visit.app, visit.request.path_params["entry"], visit.installation.now())
    entry, register = found.listed.entry, found.seen.register
    periods = [(period, end_of_period(register, entry, number)) for number, period in enumerate(entry.periods)]
    rules = {rule.id: rule.heading(visit.language) for rule in visit.app.policy.rules.rules}
    rules |= {rule.id: rule.heading(visit.language) for rule in visit.app.policy.rules.system}
    sent = _sent(found, visit.app.people)
    return visit.page(
        "entry",
        found=found,
        entry=entry,
        periods=periods,
        facts=[(name, value) for name, value in write_entry(entry).items() if name not in SHOWN],
        meanings=MEANINGS,
        open=[item for item in found.open if isinstance(item, RuleObligation)],
        upkeep=[item for item in found.open if not isinstance(item, RuleObligation)],
        children=register.dependants(entry.id),
        rules=rules,
        letter_of=letter_of,
        persons=visit.app.people.persons,
        sent=sent[:SENT],
        more=max(0, len(sent) - SENT),
        saved=visit.request.query_params.get("saved") == "yes",
    )


def _sent(shown: listing.EntryDetails, people: People) -> list[tuple[Any, tuple[str, ...]]]:
    """Return reminders that went out alike on one day, newest first, each once with the names of all who got it."""
    found: dict[tuple[Any, ...], tuple[Any, list[str]]] = {}
    for one in shown.reminders:
        alike = (one.day, one.rule, one.occurrence, one.rung, one.state, one.standing)
        person = people.persons.get(one.person)
        found.setdefault(alike, (one, []))[1].append(person.name if person else one.person)
    return [(one, tuple(names)) for one, names in found.values()]
