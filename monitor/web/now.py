"""The first page: what is open now, for everybody, and for the person who looks first."""

from __future__ import annotations

import io
from urllib.parse import urlencode

from starlette.responses import Response

from monitor.actions.desk.now import Wanted, open_now
from monitor.actions.query.agenda import write_agenda
from monitor.core.model.register import LIFECYCLES
from monitor.core.sentences import Sentence
from monitor.translation import translated
from monitor.web.desk import Visit

EVERYBODY = "all"  # in the address: the lines of all persons
FILTERS = ("person", "kind", "tag", "rule", "text")


def show_now(visit: Visit) -> Response:
    """Show the lines that the address asks for; without a person in it, those of the person who looks."""
    asked = visit.request.query_params
    given = {name: asked.get(name, "").strip() for name in FILTERS}
    person = given["person"] or visit.session.person.id
    wanted = Wanted(**{**given, "person": "" if person == EVERYBODY else person})
    found = open_now(visit.app, visit.installation.now(), visit.session.person, wanted)
    policy, people = visit.app.policy, visit.app.people
    return visit.page(
        "now",
        now=found,
        asked={**given, "person": person},
        address=urlencode({name: value for name, value in given.items() if value}),
        persons=sorted(people.persons.values(), key=lambda one: one.name.casefold()),
        kinds=sorted({*LIFECYCLES, *policy.kinds}),
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
