"""Coming in at the desk: a one-time link begins a session; a session ends by itself, or when its person leaves."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from monitor.app import App
from monitor.core.errors import UnknownId
from monitor.core.model.people import Person
from monitor.store import sessions
from monitor.store.sessions import StoredSession

LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(hours=12)  # a working day; the next day begins with a new link
SEEN_EVERY = timedelta(minutes=1)  # how exactly the last use of a session is known


class Session(Struct, frozen=True, kw_only=True):
    """A person at the desk."""

    person: Person
    form: str  # the token that the session's forms carry
    may_change: bool  # one of [desk] readers may not


def new_link(app: App, now: datetime, person: str) -> str:
    """Return the token of a link by which this person comes in once, within LINK_LASTS. Raises UnknownId."""
    if person not in app.people.persons:
        raise UnknownId("person", person, app.people.persons)
    return _put(app, StoredSession(token="", kind="link", person=person, created_at=now, until=now + LINK_LASTS))


def person_of_link(app: App, now: datetime, token: str) -> Person | None:
    """Return whom a link lets in, and leave it unused: looking changes nothing."""
    with app.store.reading() as connection:
        found = sessions.find(connection, "link", token, now)
    return app.people.persons.get(found.person) if found else None


def enter(app: App, now: datetime, token: str) -> str | None:
    """Use a link; return the token of the session that it begins, or None for a link that opens nothing (any more)."""
    with app.store.writing() as connection:
        person = sessions.take(connection, token, now)
    if person is None or person not in app.people.persons:
        return None
    begun = StoredSession(
        token="",
        kind="session",
        person=person,
        form=secrets.token_urlsafe(24),
        created_at=now,
        until=now + SESSION_LASTS,
        seen_at=now,
    )
    return _put(app, begun)


def session_of(app: App, now: datetime, token: str) -> Session | None:
    """Return the session of a token; None: it has ended, or its person is no longer in the configuration."""
    with app.store.reading() as connection:
        found = sessions.find(connection, "session", token, now)
    person = app.people.persons.get(found.person) if found else None
    if not found or not person:
        return None
    if found.seen_at is None or now - found.seen_at >= SEEN_EVERY:
        with app.store.posting() as connection:
            sessions.touch(connection, token, now)
    may = person.id not in app.desk.readers
    return Session(person=person, form=found.form, may_change=may)


def leave(app: App, token: str) -> None:
    """End the session of a token."""
    with app.store.posting() as connection:
        sessions.end(connection, token=token)


def _put(app: App, session: StoredSession) -> str:
    token = secrets.token_urlsafe(32)
    with app.store.writing() as connection:
        sessions.put(connection, replace(session, token=sessions.hashed(token)))
    return token
