"""A long digest or overview is one mail that no mail program cuts: what it leaves out is in the attached table."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest
from facts import day, shipped_policy, stamp_at, with_limits
from post_office import Office, text_of
from relay import TestRelay
from sqlalchemy import select
from test_overview_sent import MONDAY, Life, contribution

from monitor.actions.check import compose
from monitor.actions.check.check import rehearse
from monitor.core.model.changes import Correct
from monitor.mail.mail_files import write_mail_files
from monitor.store.engine import Store
from monitor.store.schema import ledger, moves

MANY = [f"c-{number}" for number in range(130)]
GMAIL = 102_000  # bytes of HTML after which it cuts


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """A hundred and thirty entries of which three people each are reminded; the last one is due before the others."""
    with TestRelay() as relay:
        office = Office(store, relay, reminders_per_check=0)
        office.add(*MANY[:-1])
        office.add(MANY[-1], until="2022-01-10")
        yield office
        office.transport.close()


def parts_of(mail: Message, kind: str) -> list[Message]:
    return [part for part in mail.walk() if part.get_content_type() == kind]


def html_of(mail: Message) -> str:
    return parts_of(mail, "text/html")[0].get_payload(decode=True).decode()  # type: ignore[union-attr]


def table_of(mail: Message) -> list[list[str]]:
    """The attached table, without its head."""
    (part,) = parts_of(mail, "text/csv")
    assert part.get_content_disposition() == "attachment" and part.get_filename() == "deadlines.csv"
    text = part.get_payload(decode=True).decode("utf-8-sig")  # type: ignore[union-attr]
    return list(csv.reader(io.StringIO(text), delimiter=","))[1:]


def entries_in(rows: list[list[str]], column: int) -> list[str]:
    return [row[column] for row in rows]


def test_a_long_digest_is_one_mail_with_a_table(office: Office):
    """What is due first is shown; the ledger knows all that the mail says, in text or in the table."""
    assert rehearse(office.app, office.now + timedelta(hours=1)).mails == 3
    report = office.check()
    assert (len(report.queued), report.mails) == (390, 3)
    office.deliver()
    (mail,) = office.arrived("anna")
    assert 60_000 < len(html_of(mail).encode()) <= compose.HTML < GMAIL
    shown = [id for id in MANY if f"[{id}]" in text_of(mail)]
    rows = table_of(mail)
    assert MANY[-1] in shown and 5 < len(shown) < len(MANY)
    assert sorted(entries_in(rows, 3)) == sorted(MANY) and rows[0][3] == MANY[-1]
    rest = f"{len(MANY) - len(shown)} more lines are only in the attached deadlines.csv"
    assert rest in text_of(mail) and rest in " ".join(html_of(mail).split())
    with office.app.store.reading() as connection:
        rows_of = select(ledger.c.entry).where(ledger.c.person == "anna", ledger.c.standing)
        assert sorted(connection.scalars(rows_of)) == sorted(MANY)


def test_a_preview_writes_the_table_too(office: Office, tmp_path: Path):
    office.check()
    office.deliver()
    (mail,) = office.arrived("anna")
    names = [path.suffix for path in write_mail_files(tmp_path, "digest", mail.as_bytes())]
    assert names == [".txt", ".html", ".csv", ".eml"]
    with (tmp_path / "digest.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file))[1:] == table_of(mail)


def test_a_short_digest_has_no_table(store: Store):
    with TestRelay() as relay:
        office = Office(store, relay, reminders_per_check=0)
        office.add("c-a", "c-b")
        office.check()
        office.deliver()
        (mail,) = office.arrived("anna")
        assert parts_of(mail, "text/csv") == [] and mail.get_content_type() == "multipart/alternative"
        office.transport.close()


def test_a_second_check_says_nothing_twice(office: Office):
    office.check()
    assert office.check().queued == ()
    office.deliver()
    assert office.check().queued == () and len(office.arrived("anna")) == 1


def test_many_moved_days_are_one_mail_too(office: Office):
    """Each is named once, in the mail or its table, and counts as told."""
    office.check()
    office.deliver()
    for id in MANY:
        office.change(Correct(stamp=stamp_at(MONDAY), entry=id, fields={"valid_until": day("14-01-2022")}))
    office.add("c-new")
    office.later(days=1)
    office.check()
    office.deliver()
    mail = office.arrived("anna")[-1]
    assert "[c-new]" in text_of(mail) and len(html_of(mail).encode()) <= compose.HTML
    assert set(entries_in(table_of(mail), 3)) == {*MANY, "c-new"}
    with office.app.store.reading() as connection:
        told = connection.execute(select(moves.c.entry, moves.c.message).where(moves.c.person == "anna")).all()
    assert {row.entry for row in told} == set(MANY) and len({row.message for row in told}) == 1


def test_a_long_overview_is_one_mail_with_a_table(store: Store):
    """In Dutch, whose Excel takes semicolons."""
    policy = with_limits(shipped_policy(), reminders_per_check=0)
    life = Life(store, *(contribution(id, until="2021-03-26") for id in MANY), policy=policy)
    life.slot(MONDAY)
    (row,) = life.mails("lotte")
    mail = message_from_bytes(row.raw)
    assert row.kind == "overview" and len(html_of(mail).encode()) <= compose.HTML
    (part,) = parts_of(mail, "text/csv")
    text = part.get_payload(decode=True).decode("utf-8-sig")  # type: ignore[union-attr]
    head, *rows = csv.reader(io.StringIO(text), delimiter=";")
    assert part.get_filename() == "termijnen.csv" and head[:3] == ["Onderdeel", "Uiterste datum", "Dagen"]
    assert {row[4] for row in rows} == set(MANY)
    assert {one.message for one in life.standing(ledger, "c-129") if one.person == "lotte"} == {row.id}


def test_a_cell_is_never_a_formula(store: Store):
    """A title that begins like one stays text; quotes and separators stay in their cell."""
    with TestRelay() as relay:
        office = Office(store, relay, reminders_per_check=0)
        office.add(*MANY)
        office.change(Correct(stamp=stamp_at(MONDAY), entry="c-0", fields={"title": '=HYPERLINK("x"),"y"; z'}))
        office.check()
        office.deliver()
        (mail,) = office.arrived("anna")
        (row,) = [row for row in table_of(mail) if row[3] == "c-0"]
        assert row[2] == '\'=HYPERLINK("x"),"y"; z'
        office.transport.close()
