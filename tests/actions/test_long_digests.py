"""A digest too long for one mail goes in several, and each promise of sending holds for each of them."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from facts import day, stamp_at
from post_office import Office, text_of
from relay import TestRelay
from sqlalchemy import select
from test_overview_sent import MONDAY, TUESDAY, Life, contribution

from monitor.actions.check import held_mail
from monitor.actions.check.check import rehearse
from monitor.actions.check.held_mail import Choice
from monitor.core.mailing import digest
from monitor.core.model.changes import Correct
from monitor.store.engine import Store
from monitor.store.schema import ledger, messages, moves

IDS = [f"c-{number}" for number in range(7)]


@pytest.fixture(autouse=True)
def three_a_mail(monkeypatch):
    monkeypatch.setattr(digest, "LINES", 3)


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """Seven entries of which three people each are reminded; one of them is due before the others."""
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add(*IDS[:6])
        office.add(IDS[6], until="2022-01-10")
        yield office
        office.transport.close()


def told(office: Office, person: str, state: str = "sent") -> list[list[str]]:
    """For each mail to that person, oldest first, the entries that the ledger says it told."""
    with office.app.store.reading() as connection:
        query = select(messages.c.id, ledger.c.entry).join(ledger, ledger.c.message == messages.c.id)
        mine = (messages.c.person == person, messages.c.state == state)
        found: dict[int, list[str]] = {}
        for row in connection.execute(query.where(*mine).order_by(messages.c.id, ledger.c.number)):
            found.setdefault(row.id, []).append(row.entry)
    return list(found.values())


def test_a_long_digest_goes_in_several_mails(office: Office):
    """What is due first comes first; each mail says its own lines, on the ledger too, and which of how many it is."""
    assert rehearse(office.app, office.now + timedelta(hours=1)).mails == 9
    report = office.check()
    assert (len(report.queued), report.mails) == (21, 9)
    office.deliver()
    mails = office.arrived("anna")
    assert [mail["Subject"][:6] for mail in mails] == ["(1/3) ", "(2/3) ", "(3/3) "]
    assert "Part 2 of 3" in text_of(mails[1])
    said = told(office, "anna")
    assert [len(ids) for ids in said] == [3, 3, 1] and said[0][0] == "c-6"
    assert sorted(id for ids in said for id in ids) == sorted(IDS)
    for mail, ids in zip(mails, said, strict=True):
        assert {id for id in IDS if f"[{id}]" in text_of(mail)} == set(ids)


def test_each_mail_has_a_name_of_its_own(office: Office):
    """And the same one when it is sent again; only what speaks of one obligation alone belongs to a thread."""
    office.check()
    rows = [row for row in office.outbox() if row.person == "anna"]
    assert [row.sequence for row in rows] == [0, 1, 2] and len({row.message_id for row in rows}) == 3
    office.deliver()
    assert [mail["Message-ID"] for mail in office.arrived("anna")] == [row.message_id for row in rows]
    assert [mail["References"] is not None for mail in office.arrived("anna")] == [False, False, True]


def test_nothing_is_said_twice_by_a_second_check(office: Office):
    office.check()
    assert office.check().queued == ()
    office.deliver()
    assert office.check().queued == () and len(office.arrived("anna")) == 3


def test_what_did_not_leave_is_made_again_whole(office: Office):
    """One of three was accepted before the relay went away: the next slot's digest says what the other two said."""
    office.check()
    office.deliver(stop=lambda: bool(office.arrived("anna")))
    (sent,) = told(office, "anna")
    office.later(days=1)
    office.check()
    again = told(office, "anna", "queued")
    assert sorted(id for ids in (sent, *again) for id in ids) == sorted(IDS)
    office.deliver()
    arrived = [id for mail in office.arrived("anna") for id in IDS if f"[{id}]" in text_of(mail)]
    assert Counter(arrived) == Counter(IDS)


def test_a_change_takes_back_the_mail_that_mentions_it(office: Office):
    office.check()
    (first, second, third) = told(office, "anna", "queued")
    office.change(Correct(stamp=stamp_at(MONDAY), entry=third[0], fields={"title": "Another"}))
    assert told(office, "anna", "queued") == [first, second]
    office.check()
    assert told(office, "anna", "queued") == [first, second, third]
    rows = [row for row in office.outbox("queued") if row.person == "anna"]
    assert len({row.message_id for row in rows}) == 3 and max(row.sequence for row in rows) == 3


def test_the_brake_holds_and_releases_each_of_them(store: Store):
    with TestRelay() as relay:
        office = Office(store, relay, reminders_per_check=20)
        office.add(*IDS)
        report = office.check()
        assert (len(report.held), report.waiting) == (21, 9)
        one = next(row.id for row in office.outbox("held") if row.person == "anna")
        held_mail.release(office.app, Choice(mails=(one,)), office.now, actor="ruud")
        office.deliver()
        assert len(told(office, "anna")) == 1 and len(told(office, "anna", "held")) == 2
        office.transport.close()


def test_an_overview_leaves_to_digests_what_is_too_much_for_it(store: Store):
    life = Life(store, *(contribution(id, until="2021-03-26") for id in IDS))
    life.slot(MONDAY)
    assert [row.kind for row in life.mails("lotte")] == ["overview", "digest", "digest"]
    told = [{row.entry for row in life.standing(ledger, id) if row.person == "lotte"} for id in IDS]
    assert all(told)
    life.tick()
    life.slot(TUESDAY)
    assert len(life.mails("lotte")) == 3


def test_days_that_moved_are_shared_out_too(office: Office):
    """Seven due days that moved and one new reminder: three mails, each day told once."""
    office.check()
    office.deliver()
    for id in IDS:
        office.change(Correct(stamp=stamp_at(MONDAY), entry=id, fields={"valid_until": day("14-01-2022")}))
    office.add("c-new")
    office.later(days=1)
    office.check()
    office.deliver()
    mails = office.arrived("anna")[3:]
    assert ["c-new" in text_of(mail) for mail in mails] == [True, False, False]
    assert Counter(id for mail in mails for id in IDS if f"{id} " in text_of(mail)) == Counter(IDS)
    with office.app.store.reading() as connection:
        rows = connection.execute(select(moves.c.entry, moves.c.message).where(moves.c.person == "anna")).all()
    assert Counter(Counter(row.message for row in rows).values()) == Counter((3, 3, 1))
