"""What is said of a person without delivery: in the all-clear, in the status, and to the person after delivery."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from post_office import Office, text_of
from relay import TestRelay
from test_undelivered import FULL, live, november

from monitor.actions.audit.audit import audit
from monitor.actions.query.status import status_of
from monitor.core.model.policy import AuditTerms
from monitor.store import audit as evidence
from monitor.store.engine import Store


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    """Overviews on Mondays, and so the all-clear."""
    with TestRelay() as relay:
        office = Office(store, relay)
        policy = replace(office.app.policy, overview_day=0)
        office.app = replace(office.app, policy=policy, audit=AuditTerms())
        office.add("c-mali")
        yield office
        office.transport.close()


def all_clear(office: Office) -> str:
    """The latest that arrived."""
    return text_of(next(mail for mail in reversed(office.arrived("otto")) if "Covers" in text_of(mail)))


def test_the_all_clear_names_who_had_no_delivery(office: Office):
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 8)
    text = all_clear(office)
    assert "nothing is missing" not in text and "there are points to see to" in text
    assert "what Bram should have had since Monday 1 November 2021 has not been delivered; 1 mail waits" in text
    assert "3 reminders of the ledger are in mails that a relay took" in text, "of anna, cleo and, for bram, otto"


def test_a_week_in_which_all_arrived_is_well(office: Office):
    live(office, 1, 8)
    text = all_clear(office)
    assert "Not delivered" not in text and "Not proved" not in text


def test_what_waits_or_is_held_proves_nothing(office: Office):
    """One mail is sent, one is postponed and one hangs in doubt: one of three is proved, and none is a gap."""
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    office.relay.answer("RCPT", FULL, to="cleo@example.org")
    live(office, 1, 1)
    report = audit(office.app, office.now)
    assert (report.owed, report.agreed, report.unproved, report.findings) == (3, 1, 2, ())
    with office.app.store.reading() as connection:
        assert evidence.done(connection, november(1), november(1)).reminders == 1


def test_the_status_counts_by_person_with_the_age(office: Office):
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 1)
    found = status_of(office.app, office.now)
    assert [(one.person, one.slots, one.alarming) for one in found.undelivered] == [("bram", 1, False)]
    assert found.running_well
    live(office, 2, 4)
    found = status_of(office.app, office.now)
    assert [(one.person, one.slots, one.alarming, one.late is not None) for one in found.undelivered] == [
        ("bram", 4, True, True)
    ]
    assert not found.running_well


def test_the_overview_says_what_others_were_told_meanwhile(office: Office):
    office.relay.answer("RCPT", FULL, to="bram@example.org")
    live(office, 1, 9)
    office.relay.forget_answers()
    live(office, 10, 15)
    overviews = [text_of(mail) for mail in office.arrived("bram") if "Overview of" in mail["Subject"]]
    assert ["sent to Otto" in text for text in overviews] == [True, False], "once"
    assert "While your mail was not delivered" in overviews[0]
