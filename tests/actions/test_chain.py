"""The chain of hashes finds what was altered, removed or inserted, and by an earlier head what was made again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace
from post_office import Office, people
from relay import TestRelay
from sqlalchemy import delete, text

from monitor.actions.admin.maintenance import prune
from monitor.actions.audit.chain import examine_chain
from monitor.actions.operator import restore_guard
from monitor.app import words_in
from monitor.core.audit.chain import ChainReport, Head, parse_head
from monitor.core.errors import BadValue
from monitor.core.model.people import People
from monitor.core.model.policy import Retention
from monitor.settings.config.in_force import in_force
from monitor.store.chain import build
from monitor.store.engine import Store
from monitor.store.schema import chain

TUESDAY = datetime(2021, 11, 2, 7, tzinfo=UTC)
YEARS_LATER = datetime(2023, 3, 1, 7, tzinfo=UTC)


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """Two entries, of which reminders were sent."""
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-one", "c-two")
        office.check()
        office.deliver()
        yield office
        office.transport.close()


def examined(office: Office, *expected: Head) -> ChainReport:
    report = examine_chain(office.app, expected)
    for one in report.findings:  # each has a sentence in both languages
        assert words_in("en").isolate(one.what) != words_in("nl").isolate(one.what)
    return report


def kinds(report: ChainReport) -> list[str]:
    return [str(one.kind) for one in report.findings]


def tamper(office: Office, statement: str) -> None:
    with office.app.store.writing() as connection:
        assert connection.execute(text(statement)).rowcount


def test_what_was_not_tampered_with_has_no_finding(office: Office):
    report = examined(office)
    assert report.findings == () and report.rows["changes"] == 2 and report.rows["ledger"] >= 2
    assert report.rows["versions"] == 4 and report.head.instance
    assert examined(office, report.head, parse_head(str(report.head))).findings == ()


ONE = "(SELECT min(number) FROM ledger)"


@pytest.mark.parametrize(
    ("statement", "kind", "words"),
    [
        (f"UPDATE ledger SET person = 'eve' WHERE number = {ONE}", "altered", "The ledger, "),
        ("UPDATE changes SET actor = 'eve' WHERE number = 1", "altered", "The history, row 1, is not what was chained"),
        ("UPDATE versions SET content = content || ' ' WHERE kind = 'rules'", "altered", "was altered afterwards"),
        (f"DELETE FROM ledger WHERE number = {ONE}", "removed", "it was removed"),
        ("DELETE FROM changes WHERE number = 1", "removed", "lacks 1 row that was chained"),
        ("DELETE FROM versions WHERE kind = 'people'", "removed", "is not there any more"),
        ("INSERT INTO changes SELECT 99, entry, verb, actor, at, known_on, body, effects FROM changes WHERE number = 1",
         "inserted", "The history, row 99, is not in the chain"),
        ("INSERT INTO versions SELECT 'abc', kind, content, first_seen FROM versions WHERE kind = 'rules'",
         "inserted", "is not in the chain"),
        ("UPDATE chain SET digest = head WHERE number = 2", "link", "Link 2 of the chain does not follow"),
        ("DELETE FROM chain WHERE number = 2", "link", "Links 2 to 2 of the chain were removed"),
        ("UPDATE meta SET value = 'mine' WHERE key = 'instance'", "instance", "by the database mine"),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_found(office: Office, statement: str, kind: str, words: str):
    """One row that is altered, removed or inserted is found in each part, also after the work went on."""
    tamper(office, statement)
    report = examined(office)
    said = "\n".join(words_in("en").isolate(one.what) for one in report.findings)
    assert kind in kinds(report) and words in said, said


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        (f"UPDATE ledger SET day = 'zzz' WHERE number = {ONE}", "altered"),
        (f"UPDATE ledger SET roles = 'zzz' WHERE number = {ONE}", "altered"),
        ("UPDATE changes SET at = 'zzz', body = 'zzz' WHERE number = 1", "altered"),
        ("UPDATE versions SET first_seen = 'zzz' WHERE kind = 'rules'", "altered"),
        ("UPDATE chain SET first = 'zzz', head = 'zzz' WHERE number = 2", "link"),
    ],
)
def test_what_cannot_be_read_is_found_too(office: Office, statement: str, kind: str):
    """SQLite keeps a text where a day, an instant, JSON or a number belongs."""
    if office.app.store.file is None:
        with pytest.raises(Exception, match="zzz"):
            tamper(office, statement.replace(", head = 'zzz'", ""))
        return
    tamper(office, statement)
    assert kind in kinds(examined(office))


def test_a_row_inserted_by_hand_is_never_taken_in(office: Office):
    """A row without a link stays outside the chain when the monitor writes more."""
    columns = "entry, verb, actor, at, known_on, body, effects"
    tamper(office, f"INSERT INTO changes SELECT 5, {columns} FROM changes WHERE number = 1")
    if office.app.store.file is None:
        with office.app.store.writing() as connection:
            connection.execute(text("SELECT setval(pg_get_serial_sequence('changes', 'number'), 5)"))
    office.add("c-three")
    assert "inserted" in kinds(examined(office))


def test_only_a_head_shows_a_cut_tail_or_a_new_chain(office: Office):
    """A chain without its end, and one computed again, look whole; a head that a mailbox kept tells them."""
    before = examined(office).head
    tamper(office, "UPDATE changes SET actor = 'eve' WHERE number = 1")
    with office.app.store.writing() as connection:
        connection.execute(delete(chain))
        build(connection)
    assert kinds(examined(office)) == []
    assert kinds(examined(office, before)) == ["cut" if before.count > examined(office).head.count else "other"]
    again = examined(office).head
    tamper(office, f"DELETE FROM chain WHERE number = {again.count}")
    assert "cut" in kinds(examined(office, again))


def test_what_prune_and_forgetting_leave_is_whole(office: Office):
    """Texts of mails are not chained; where a name is erased, the chain has what is left."""
    before = examined(office).head
    everybody = people()
    there = {id: person for id, person in everybody.persons.items() if id != "anna"}
    left = People(persons=there, roles=dict.fromkeys(everybody.roles, ("otto",)))
    retention = Retention()
    office.app = replace(office.app, people=left, in_force=in_force(office.app.policy, left), retention=retention)
    office.at(TUESDAY)
    office.check()
    office.deliver()
    office.at(YEARS_LATER)
    prune(office.app, YEARS_LATER)
    report = examined(office, before)
    assert report.findings == () and report.head.count > before.count
    with office.app.store.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM chain WHERE part = 'erased'")) == 1
    tamper(office, "UPDATE versions SET content = replace(content, '@', '#') WHERE kind = 'people'")
    assert "altered" in kinds(examined(office))


def test_a_restore_leaves_a_chain_that_says_so(office: Office):
    """After a restore the chain goes on under the new name, and does not have the heads of what was lost."""
    before = examined(office).head
    restore_guard.hold_by_hand(office.app, TUESDAY)
    report = examined(office, before)
    assert report.findings == () and report.head.instance == f"{before.instance}~1"
    lost = Head(count=report.head.count + 3, hash="0" * 64)
    assert kinds(examined(office, lost)) == ["cut"]


@pytest.mark.parametrize("head", ["", "12", "x-" + "0" * 64, "12-abc"])
def test_what_is_no_head_is_refused(head: str):
    with pytest.raises(BadValue):
        parse_head(head)
