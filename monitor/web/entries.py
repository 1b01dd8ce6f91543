"""The register as a list, and one entry with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from monitor.actions.desk.now import letter_of
from monitor.actions.query import listing
from monitor.actions.query.summaries import EntrySummary
from monitor.core.model.fields import MEANINGS, write_entry
from monitor.core.model.people import People
from monitor.core.model.register import Entry
from monitor.core.model.rules import STATUSES
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.search import tags_of
from monitor.core.register.state import end_of_period
from monitor.web.desk import Visit
from monitor.web.files import PRINT, TYPES, Row, as_file, form_of
from monitor.web.filters import choices

SHOWN = ("id", "title", "kind", "valid_from", "valid_until", "quotes", "refs", "muted")  # with a place of their own
SENT = 20  # reminders that an entry's page lists; those on one day to several people are one
PAGE = 200  # entries on a page
COLUMNS = ("entry", "title", "kind", "state", "end", "secured", "first", "what", "why", "tags", "muted")
FILTERS = ("kind", "state", "role", "tag", "rule", "text")


def show_entries(visit: Visit) -> Response:
    """List the entries that the address asks for."""
    asked, form = visit.request.query_params, form_of(visit)
    given = {name: asked.get(name, "").strip() for name in FILTERS}
    wanted: dict[str, Any] = {name: value or None for name, value in given.items()}
    seen, found = listing.list_entries(visit.app, visit.installation.now(), **wanted)
    if form in TYPES:
        plain = {"day": seen.day, "entries": [one.plain() | _kept(one.entry) for one in found]}
        return as_file(visit, form, "entries", COLUMNS, _rows(visit, found), plain)
    shown = found if form == PRINT else found[:PAGE]
    return visit.page(
        "entries",
        entries=shown,
        more=len(found) - len(shown),
        asked=given,
        address=urlencode({name: value for name, value in given.items() if value}),
        paper=form == PRINT,
        states=STATUSES,
        tags=tags_of(seen.register),
        **choices(visit),
    )


def _kept(entry: Entry) -> dict[str, Any]:
    """What a list leaves out of a sensitive entry: it goes by its id."""
    return {"title": "", "muted": entry.muted and ""} if entry.sensitive else {}


def _rows(visit: Visit, found: Sequence[EntrySummary]) -> Iterator[Row]:
    """Yield the entries for people, as the page has them."""
    words = visit.app.letters.desk_words(visit.language)
    for one in found:
        entry, end, due = one.entry, one.end, one.next_due
        yield (
            *(entry.id, "" if entry.sensitive else entry.title, words.known("value", entry.kind)),
            *(words.known("value", one.state), (end.earliest if end.exact else end.written) if end else None),
            *(one.secured.until, due.due.day if due else None, due.rule.heading(visit.language) if due else ""),
            *(words.derivation(due.due.steps) if due else "", ", ".join(entry.tags)),
            "" if entry.sensitive else entry.muted,
        )


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
