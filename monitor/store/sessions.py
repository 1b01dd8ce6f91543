"""Who may come in at the desk: one-time links and sessions. Of a token only its hash is kept."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import asdict
from sqlalchemy import Connection, delete, insert, select, update

from monitor.store.engine import fetch
from monitor.store.schema import sessions

Kind = Literal["link", "session"]


class StoredSession(Struct, frozen=True, kw_only=True):
    """A one-time link, or a session that it began."""

    token: str  # SHA-256 of the token, in hexadecimal
    kind: str  # a Kind
    person: str
    form: str = ""  # what a form of the session must bring along; empty for a link
    created_at: datetime
    until: datetime  # from then on it opens nothing
    seen_at: datetime | None = None  # the last request but those of the same minute


def hashed(token: str) -> str:
    """Return what is kept of a token."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def put(connection: Connection, session: StoredSession) -> None:
    """Keep a link or a session, and forget those that have run out."""
    connection.execute(delete(sessions).where(sessions.c.until <= session.created_at))
    connection.execute(insert(sessions).values(**asdict(session)))


def find(connection: Connection, kind: Kind, token: str, now: datetime) -> StoredSession | None:
    """Return the link or session of a token that is still good."""
    asked = (sessions.c.token == hashed(token), sessions.c.kind == kind, sessions.c.until > now)
    return next(iter(fetch(connection, select(sessions).where(*asked), StoredSession)), None)


def take(connection: Connection, token: str, now: datetime) -> str | None:
    """Use a one-time link: return its person, and never again. None: it was used, has run out, or never was."""
    asked = (sessions.c.token == hashed(token), sessions.c.kind == "link", sessions.c.until > now)
    person: str | None = connection.execute(delete(sessions).where(*asked).returning(sessions.c.person)).scalar()
    return person


def touch(connection: Connection, token: str, now: datetime) -> None:
    """Note that a session was used."""
    connection.execute(update(sessions).where(sessions.c.token == hashed(token)).values(seen_at=now))


def end(connection: Connection, *, token: str = "", person: str = "") -> int:
    """End the session of a token, or all sessions and links of a person; return how many."""
    which = sessions.c.token == hashed(token) if token else sessions.c.person == person
    return connection.execute(delete(sessions).where(which)).rowcount
