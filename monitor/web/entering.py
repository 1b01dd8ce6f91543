"""Coming in by a one-time link, and leaving. Looking at the link changes nothing; the button on its page uses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from monitor.actions.desk import access
from monitor.clock import now as machine_now
from monitor.web.desk import COOKIE, Visit, to
from monitor.web.installation import Installation


def show_link(installation: Installation) -> Callable[[Request], Any]:
    """Return the endpoint that shows whom a link lets in, with the button that does so."""

    def endpoint(request: Request) -> Response:
        app, key = installation.app(), request.query_params.get("key", "")
        person = access.person_of_link(app, machine_now(), key)
        if person is None:
            return _outside(installation)
        theme = bool(app.desk.theme)
        return HTMLResponse(app.letters.page("enter", person.language, person=person, key=key, theme=theme))

    return endpoint


def use_link(installation: Installation) -> Callable[[Request], Any]:
    """Return the endpoint that begins a session."""

    def begin(key: str) -> Response:
        token = access.enter(installation.app(), machine_now(), key)
        if token is None:
            return _outside(installation)
        found = to("/")
        seconds = int(access.SESSION_LASTS.total_seconds())
        found.set_cookie(COOKIE, token, max_age=seconds, httponly=True, samesite="lax")
        return found

    async def endpoint(request: Request) -> Response:
        form = await request.form(max_fields=2, max_files=0)
        return await run_in_threadpool(begin, str(form.get("key", "")))

    return endpoint


def end_session(visit: Visit) -> Response:
    """End the session of the person, here and on every other page it is open on."""
    access.leave(visit.app, visit.request.cookies.get(COOKIE, ""))
    found = to("/")
    found.delete_cookie(COOKIE)
    return found


def _outside(installation: Installation) -> Response:
    app = installation.app()
    language = next(iter(app.people.persons.values())).language if app.people.persons else "nl"
    return HTMLResponse(app.letters.page("outside", language, theme=bool(app.desk.theme)), 401)
