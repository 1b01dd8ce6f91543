"""The first page: what is open now, for everybody, and for the person who looks first."""

from __future__ import annotations

import io
from collections.abc import Iterator
from urllib.parse import urlencode

from starlette.responses import Response

from monitor.actions.desk.now import PAGE, Now, Wanted, open_now
from monitor.actions.query.agenda import write_agenda
from monitor.core.sentences import Sentence
from monitor.translation import translated
from monitor.web.desk import Visit
from monitor.web.files import PRINT, TYPES, Row, as_file, form_of
from monitor.web.filters import choices

EVERYBODY = "all"  # in the address: the lines of all persons
FILTERS = ("person", "role", "kind", "tag", "rule", "text")
COLUMNS = ("section", "due", "days", "title", "entry", "what", "why", "next", "readers", "until", "reason")


def show_now(visit: Visit) -> Response:
    """Show the lines that the address asks for; without a person in it, those of the person who looks."""
    asked, form = visit.request.query_params, form_of(visit)
    given = {name: asked.get(name, "").strip() for name in FILTERS}
    person = given["person"] or visit.session.person.id
    wanted = Wanted(**{**given, "person": "" if person == EVERYBODY else person})
    found = open_now(visit.app, visit.installation.now(), visit.session.person, wanted, None if form else PAGE)
    if form in TYPES:
        plain = {"day": found.day, "lines": [one.plain() for section in found.sections for one in section.items]}
        return as_file(visit, form, "now", COLUMNS, _rows(visit, found), plain)
    return visit.page(
        "now",
        now=found,
        asked={**given, "person": person},
        address=urlencode({name: value for name, value in given.items() if value}),
        paper=form == PRINT,
        persons=sorted(visit.app.people.persons.values(), key=lambda one: one.name.casefold()),
        names={person.id: person.name for person in visit.app.people.persons.values()},
        tags=found.tags,
        **choices(visit),
        saved=asked.get("saved") == "yes",
    )


def download_calendar(visit: Visit) -> Response:
    """Give the deadlines of the register as a file for the calendar of the person who asks."""
    file = io.BytesIO()
    write_agenda(visit.app, file, visit.installation.now(), visit.language)
    name = translated(Sentence("Deadlines"), visit.language).casefold()
    return Response(
        file.getvalue(),
        media_type="text/calendar",
        headers={"Content-Disposition": f'attachment; filename="{name}.ics"'},
    )


def _rows(visit: Visit, found: Now) -> Iterator[Row]:
    """Yield the lines for people, as the page has them."""
    words = visit.app.letters.desk_words(visit.language)
    for section in found.sections:
        for one in section.items:
            line = one.line
            why = words.derivation(line.steps) if line.steps else ""
            coming = ", ".join(words.date(each.day, "digits") for each in line.reminders)
            reason = words.known("reason", line.reason) if section.name == "undated" else line.reason
            yield (
                *(words.say(f"section.{section.name}"), line.due, line.days_left, line.title, line.entry),
                *(line.heading, why, coming, ", ".join(one.readers), line.until, reason),
            )
