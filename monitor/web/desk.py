"""The desk as an ASGI application: its routes, who may use them, and what an error looks like."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

import structlog
from anyio.to_thread import current_default_thread_limiter
from msgspec import Struct, field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from monitor.actions.desk.access import Session, session_of
from monitor.app import App
from monitor.clock import now as machine_now
from monitor.core.errors import Faults, MonitorError, Refused, Unavailable, UnknownId
from monitor.core.model.slots import local_day
from monitor.translation import translated
from monitor.web.guard import Guard
from monitor.web.installation import Installation

COOKIE = "desk"
THREADS = 8  # requests at work at once: more wait for the database longer than they gain
FIELDS = 400  # of a form
STATIC = Path(__file__).parent / "static"

log = structlog.get_logger("monitor")


class Visit(Struct, kw_only=True):
    """One request of a person."""

    request: Request
    installation: Installation
    app: App
    session: Session
    form: FormData = field(default_factory=FormData)

    @property
    def language(self) -> str:
        """The person's language."""
        return self.session.person.language

    @property
    def day(self) -> date:
        """The day at the desk."""
        return local_day(self.app.policy, self.installation.now())

    def page(self, name: str, status: int = 200, **context: Any) -> Response:
        """Render a page in the person's language."""
        frame = {
            "me": self.session.person,
            "may_change": self.session.may_change,
            "token": self.session.form,
            "here": self.request.url.path,
            "today": self.day,
            "demo_day": self.day if self.installation.demo_day else None,
            "theme": bool(self.app.desk.theme),
        }
        return HTMLResponse(self.app.letters.page(name, self.language, **frame, **context), status)

    def fault(self, cause: MonitorError) -> Response:
        """Say what is wrong, in a page of its own."""
        status = 404 if isinstance(cause, UnknownId) else 503 if isinstance(cause, Unavailable) else 409
        return self.page("fault", status, what=translated(cause, self.language))


Handler = Callable[[Visit], Response]


def desk(installation: Installation, hosts: Sequence[str]) -> Starlette:
    """Return the desk. `hosts`: names by which browsers may call it; any other is a page that was led here."""
    from monitor.web import changes, entering, entries, now, timeline

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        yield

    def known(handler: Handler, *, changes: bool = False) -> Callable[[Request], Any]:
        return _for_persons(installation, handler, changes=changes)

    routes = [
        Route("/", known(now.show_now)),
        Route("/calendar", known(now.download_calendar)),
        Route("/entries", known(entries.show_entries)),
        Route("/entries/{entry}", known(entries.show_entry)),
        Route("/timeline", known(timeline.show_timeline)),
        Route("/change/{verb}", known(changes.show_form)),
        Route("/change/{verb}", known(changes.take_form, changes=True), methods=["POST"]),
        Route("/enter", entering.show_link(installation)),
        Route("/enter", entering.use_link(installation), methods=["POST"]),
        Route("/leave", known(entering.end_session), methods=["POST"]),
        Route("/static/desk.css", lambda _: FileResponse(STATIC / "desk.css", media_type="text/css")),
        Route("/static/theme.css", lambda _: _theme(installation)),
    ]
    middleware = [Middleware(Guard), Middleware(TrustedHostMiddleware, allowed_hosts=[*hosts], www_redirect=False)]
    return Starlette(routes=routes, middleware=middleware, lifespan=lifespan)


def _for_persons(installation: Installation, handler: Handler, *, changes: bool) -> Callable[[Request], Any]:
    """Return the endpoint of a page for persons who have come in; `changes`: a reader may not use it."""

    def work(request: Request, form: FormData) -> Response:
        app = installation.app()
        session = session_of(app, machine_now(), request.cookies.get(COOKIE, ""))
        if session is None:
            language = next(iter(app.people.persons.values())).language if app.people.persons else "nl"
            return HTMLResponse(app.letters.page("outside", language, theme=bool(app.desk.theme)), 401)
        visit = Visit(request=request, installation=installation, app=app, session=session, form=form)
        sent = request.method == "POST"
        if sent and not hmac.compare_digest(str(form.get("token", "")).encode(), session.form.encode()):
            return visit.page("fault", 403, what=None, kind="token")
        if changes and not session.may_change:
            return visit.page("fault", 403, what=None, kind="reader")
        try:
            return handler(visit)
        except MonitorError as cause:
            return visit.fault(cause)
        except Exception:
            log.exception("page_failed", path=request.url.path)
            return visit.page("fault", 500, what=None, kind="failed")

    async def endpoint(request: Request) -> Response:
        form = await request.form(max_fields=FIELDS, max_files=0) if request.method == "POST" else FormData()
        try:
            return await run_in_threadpool(work, request, form)
        except (Unavailable, Faults, Refused) as cause:  # not even the session could be read
            log.error("page_failed", path=request.url.path, error=str(cause))
            return HTMLResponse(_UNAVAILABLE, 503)

    return endpoint


_UNAVAILABLE = """<!DOCTYPE html><html lang="nl"><head><meta charset="utf-8"><title>Niet bereikbaar</title>
<link rel="stylesheet" href="/static/desk.css"></head><body><main><h1>De database is nu niet bereikbaar</h1>
<p>Probeer het over een minuut opnieuw. Er is niets gewijzigd.</p>
<p lang="en">The database cannot be reached now. Try again in a minute; nothing was changed.</p></main></body></html>"""


def _theme(installation: Installation) -> Response:
    theme = installation.app().desk.theme
    return FileResponse(theme, media_type="text/css") if theme and theme.is_file() else Response(status_code=404)


def to(path: str) -> Response:
    """Send the browser to a page of the desk after a change."""
    return RedirectResponse(path, 303)
