"""Every change goes the same way: a form, what it would do, and a button that does it if nothing changed meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from starlette.responses import Response

from monitor.actions.register.change import ChangePreview, preview_all, save_all, stamp
from monitor.core.calendar.calendars import Calendar
from monitor.core.changes.impact import doubts
from monitor.core.errors import MonitorError, Refused, UnknownId
from monitor.core.model.changes import Change
from monitor.core.model.slots import local_day
from monitor.core.register.naming import known_types
from monitor.translation import translated
from monitor.web.desk import Visit, to
from monitor.web.forms import FORMS, Filled, Form, fill

MOST = 50  # entries or obligations that one form is about


def show_form(visit: Visit) -> Response:
    """Show an empty form about what the address names. Raises UnknownId."""
    verb, form, named = _form(visit)
    typed = {one.name: visit.request.query_params.get(one.name, "") for one in form.fields}
    return _form_page(visit, verb, form, Filled(typed=typed), named)


def take_form(visit: Visit) -> Response:
    """Show what a filled form would do; save it when that was shown and the register is still as it was then."""
    verb, form, named = _form(visit)
    now = visit.installation.now()
    filled = fill(form, {name: str(value) for name, value in visit.form.items()}, lambda: _today(visit))
    if filled.faults or not named:
        return _form_page(visit, verb, form, filled, named, status=422)
    try:
        changes = form.make(stamp(visit.app, visit.session.person.id, now), named, filled.values)
        found = preview_all(visit.app, changes, now)
    except MonitorError as cause:
        return _form_page(visit, verb, form, filled, named, status=409, why=translated(cause, visit.language))
    seen = str(visit.form.get("version", ""))
    if seen == str(found[-1].version):
        save_all(visit.app, found)
        return to("/?saved=yes" if form.of != "entries" else f"/entries/{named[0]}?saved=yes")
    return _preview_page(visit, verb, filled, named, changes, found, overtaken=bool(seen))


def _form(visit: Visit) -> tuple[str, Form, list[str]]:
    """Return the form that the address names, and what it is about. Raises UnknownId, Refused."""
    verb = visit.request.path_params["verb"]
    if verb not in FORMS:
        raise UnknownId("form", verb, FORMS)
    named = _named(visit, FORMS[verb])
    return verb, FORMS[verb].about(len(named)), named


def _named(visit: Visit, form: Form) -> list[str]:
    """Return what the form is about: entries, obligations, or the person who looks. Raises Refused for too many."""
    if form.of == "person":
        return [visit.session.person.id]
    given = visit.form.getlist("about") or visit.request.query_params.getlist("about")
    found = list(dict.fromkeys(word for each in given for word in str(each).split()))
    if len(found) > MOST:
        raise Refused("{count} at once are too many; {most} go.", count=len(found), most=MOST)
    return [name.partition(":")[0] for name in found] if form.of == "entries" else found


def _today(visit: Visit) -> tuple[date, Calendar]:
    policy = visit.app.policy
    return local_day(policy, visit.installation.now()), policy.calendar()


def _form_page(
    visit: Visit, verb: str, form: Form, filled: Filled, named: Sequence[str], status: int = 200, why: str = ""
) -> Response:
    faults = {name: translated(fault, visit.language) for name, fault in filled.faults.items()}
    titles = {name: _title(visit, name) for name in named} if form.of != "person" else {}
    return visit.page(
        "form",
        status,
        verb=verb,
        fields=form.fields,
        of=form.of,
        typed=filled.typed,
        faults=faults,
        titles=titles,
        headings={rule.id: rule.heading(visit.language) for rule in visit.app.policy.rules.rules},
        why=why,
        types=known_types(visit.app.policy),
        persons=visit.app.people.persons.values(),
    )


def _title(visit: Visit, name: str) -> str:
    """Return the title of the entry that a name is about. Raises UnknownId."""
    from monitor.actions.query.listing import entry_details

    entry = entry_details(visit.app, name.partition(":")[0], visit.installation.now()).listed.entry
    return "" if entry.sensitive else entry.title


def _preview_page(
    visit: Visit,
    verb: str,
    filled: Filled,
    named: Sequence[str],
    changes: Sequence[Change],
    found: Sequence[ChangePreview],
    *,
    overtaken: bool,
) -> Response:
    today, app = _today(visit)[0], visit.app
    doubtful: list[Any] = []
    for seen in found:
        doubtful += doubts(seen.change, seen.applied.register, app.policy, today, app.plausible_years)
    return visit.page(
        "confirm",
        409 if overtaken else 200,
        verb=verb,
        typed=filled.typed,
        fields=FORMS[verb].fields,
        values=filled.values,
        about=named,
        found=found,
        version=found[-1].version,
        overtaken=overtaken,
        doubts=[translated(one, visit.language) for one in doubtful],
        persons=app.people.persons,
    )
