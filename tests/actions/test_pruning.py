"""What is kept no longer goes; the register, its history, the ledger and the proof stay."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from post_office import MONDAY, Office, people
from relay import TestRelay
from sqlalchemy import select

from monitor.actions.admin.maintenance import Prunable, prunable, prune
from monitor.actions.audit.audit import audit
from monitor.core.model.people import People
from monitor.core.model.policy import Retention
from monitor.settings.config.in_force import in_force
from monitor.store.engine import Store
from monitor.store.schema import attempts, changes, ledger, messages, notices, versions

TUESDAY = datetime(2021, 11, 2, 7, tzinfo=UTC)
YEARS_LATER = datetime(2023, 3, 1, 7, tzinfo=UTC)
KEPT = (ledger, changes)


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """Anna's address refuses, so that otto, the fallback, is told; then she leaves, and years pass."""
    with TestRelay() as relay:
        office = Office(store, relay)
        office.relay.answer("RCPT", "550 5.1.1 no anna@example.org here", to="anna@example.org")
        office.add("c-one")
        office.check()
        office.deliver()
        office.at(TUESDAY)
        office.check()
        office.tell()
        office.deliver()
        leave(office, "anna")
        office.check()
        office.at(YEARS_LATER)
        yield office
        office.transport.close()


def leave(office: Office, *gone: str) -> None:
    everybody = people()
    there = {id: person for id, person in everybody.persons.items() if id not in gone}
    roles = {role: tuple(p for p in held if p in there) for role, held in everybody.roles.items()}
    left = People(persons=there, roles={role: held for role, held in roles.items() if held})
    office.app = replace(office.app, people=left, in_force=in_force(office.app.policy, left))


def whole(office: Office, *tables: Any) -> list[Any]:
    with office.app.store.reading() as connection:
        return [connection.execute(select(table)).all() for table in tables]


def everything(office: Office) -> str:
    return repr(whole(office, messages, attempts, notices, versions))


def test_looking_removes_nothing_and_says_what_would_go(office: Office):
    before = everything(office)
    found = prunable(office.app, office.now)
    assert found.people == ("anna",) and found.mails > 4 and found.size > 1000
    assert everything(office) == before


def test_texts_and_people_who_left_go_and_what_was_said_stays(office: Office):
    kept = whole(office, *KEPT)
    report = audit(office.app, office.now, MONDAY, TUESDAY.date())
    assert report.agreed and not report.findings
    prune(office.app, office.now)
    assert whole(office, *KEPT) == kept
    with office.app.store.reading() as connection:
        assert {row.raw for row in connection.execute(select(messages.c.raw))} == {b""}
    assert "anna@example.org" not in everything(office) and "Anna" not in everything(office)
    assert "bram@example.org" in everything(office), "who is still there is still known"
    assert not prunable(office.app, office.now)
    assert audit(office.app, office.now, MONDAY, TUESDAY.date()) == report


def test_versions_keep_who_held_which_role(office: Office):
    prune(office.app, office.now)
    content = [json.loads(row.content) for row in whole(office, versions)[0] if row.kind == "people"]
    assert any(version["roles"].get("policy-officer") == ["anna"] for version in content)


def test_none_keeps_for_ever(office: Office):
    office.app = replace(office.app, retention=Retention(mail=None, people=None))
    before = everything(office)
    assert prune(office.app, office.now) == Prunable()
    assert everything(office) == before


def test_unsettled_mails_and_their_people_are_kept(store: Store):
    """A mail that is not settled keeps its text, and its person the name and address."""
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-one")
        office.check()
        leave(office, "anna")
        office.at(YEARS_LATER)
        assert not prunable(office.app, office.now)
        office.transport.close()


def test_on_sqlite_nothing_of_it_is_left_in_the_files(sqlite_store: Store):
    with TestRelay() as relay:
        office = Office(sqlite_store, relay)
        office.add("c-one")
        office.check()
        office.deliver()
        leave(office, "anna")
        office.check()
        office.at(YEARS_LATER)
        file = sqlite_store.file
        assert file
        files = [file, Path(f"{file}-wal")]
        assert any(b"anna@example.org" in path.read_bytes() for path in files)
        prune(office.app, office.now)
        assert not any(b"anna@example.org" in path.read_bytes() for path in files if path.exists())
        office.transport.close()
