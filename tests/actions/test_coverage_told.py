"""What the operator is told of the coverage: after the mails of the slot, when it changes, and what is no longer so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from facts import added
from msgspec.structs import replace
from post_office import MONDAY, SLOT, Office, people, text_of
from relay import TestRelay

from monitor.actions.admin.check_now import check_and_deliver
from monitor.actions.operator.alerts import relay_down
from monitor.actions.operator.notices import raise_alerts
from monitor.actions.query import coverage
from monitor.actions.query.coverage import Coverage, gaps_of
from monitor.core.model.changes import Absent, Correct, End
from monitor.core.model.people import People
from monitor.settings.config.in_force import in_force
from monitor.store.engine import Store

NO_RULE = "unreached contribution extension-letter (procedure art-100)"


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        settings(office, staff())
        yield office


def staff(*, without: str = "") -> People:
    """The small office with somebody for each role, or all but one."""
    roles = {**people().roles, "head-of-unit": ("anna",), "director": ("bram",)}
    return replace(people(), roles={role: who for role, who in roles.items() if role != without})


def settings(office: Office, everybody: People) -> None:
    """As after an edit of the configuration."""
    office.app = replace(office.app, people=everybody, in_force=in_force(office.app.policy, everybody))


def a_slot_later(office: Office, **span: float) -> list[str]:
    """The next slot, as the service lives through it; gives what the operator is told of the coverage."""
    office.later(**span or {"days": 1})
    office.check()
    return surveyed(office)


def surveyed(office: Office) -> list[str]:
    """What is raised by a survey, if one is made now."""
    before = {row.number for row in office.notices()}
    service = Coverage()
    service.advance(office.app, office.now)
    while service.under_way:
        service.advance(office.app, office.now)
    office.tell()
    return [row.key for row in office.notices() if row.number not in before]


def correct(office: Office, id: str, **fields: str) -> None:
    office.change(Correct(stamp=added(MONDAY, id, "contribution").stamp, entry=id, fields=fields))


def test_a_gap_is_told_once_and_told_again_when_it_is_closed(office: Office):
    office.add("c-mali", procedure="art-100")
    office.check()
    assert surveyed(office) == [NO_RULE]
    assert surveyed(office) == a_slot_later(office) == []
    office.deliver()
    (mail,) = office.arrived("otto")
    assert "No rule watches c-mali" in text_of(mail) and "monitor explain c-mali" in text_of(mail)
    correct(office, "c-mali", procedure="none")
    a_slot_later(office)
    office.deliver()
    assert "No longer so: No rule watches c-mali" in text_of(office.arrived("otto")[-1])
    assert not office.notices()


def test_a_gap_that_grows_is_told_again_with_what_is_new(office: Office):
    office.add("c-mali", procedure="art-100")
    office.check()
    surveyed(office)
    office.add("c-niger", procedure="art-100")
    assert a_slot_later(office) == [NO_RULE]
    (notice,) = office.notices()
    assert notice.what.endswith("New since the last report: c-niger.")
    for id in ("c-mali", "c-niger"):
        office.change(End(stamp=added(MONDAY, id, "contribution").stamp, entry=id, on=MONDAY))
    a_slot_later(office)
    office.deliver()
    told = text_of(office.arrived("otto")[-1])
    assert "No longer so: No rule watches c-mali and c-niger" in told and "New since" not in told


def test_a_gap_that_shrinks_is_not_told_again(office: Office):
    office.add("c-mali", "c-niger", procedure="art-100")
    office.check()
    surveyed(office)
    correct(office, "c-niger", procedure="none")
    assert a_slot_later(office) == []


def test_no_survey_is_made_before_the_slot_was_checked(office: Office):
    office.add("c-mali", procedure="art-100")
    assert surveyed(office) == []
    assert not office.state.coverage


def test_mails_are_in_the_outbox_before_the_survey(office: Office):
    """A survey runs after the mails of the slot."""
    office.add("c-mali", "c-niger", procedure="art-100")
    office.add("c-owed")
    office.check()
    assert not office.state.coverage
    assert {row.person for row in office.outbox("queued")} == {"anna", "bram", "cleo"}


def test_an_absence_without_deputy_is_told_before_it_begins(office: Office):
    """The operator is notified while a deputy can still be named."""
    office.add("c-mali")
    office.check()
    assert surveyed(office) == []
    absent = Absent(
        stamp=added(MONDAY, "c-mali", "contribution").stamp, entry="anna",
        first=MONDAY + timedelta(days=60), last=MONDAY + timedelta(days=70), deputy=None,
    )  # fmt: skip
    office.change(absent)
    assert a_slot_later(office) == ["away anna"]


def test_other_settings_are_surveyed_at_once(office: Office):
    office.add("c-mali")
    office.check()
    assert surveyed(office) == []
    settings(office, staff(without="defence-contact"))
    assert surveyed(office) == ["defence-contact"]


def test_an_unheld_role_is_one_trouble(office: Office):
    """A check and a survey that find the same role without a holder raise one notice."""
    settings(office, staff(without="defence-contact"))
    office.add("c-mali")
    report = office.check()
    assert {trouble.kind for trouble in report.alerts} == {"role-unheld"}
    assert surveyed(office) == []
    assert [row.kind for row in office.notices()] == ["role-unheld"]


def test_an_unchanged_or_large_register_is_surveyed_weekly(office: Office, monkeypatch: pytest.MonkeyPatch):
    """A change asks for a survey the same day only in a small register."""
    office.add("c-mali", "c-niger")
    office.check()
    surveyed(office)
    monkeypatch.setattr(coverage, "PIECE", 1)  # a survey that begins is under way after one piece

    def begins(**span: float) -> bool:
        office.later(**span)
        office.check()
        service = Coverage()
        service.advance(office.app, office.now)
        return service.under_way is not None

    assert not begins(hours=1)
    assert not begins(days=1)
    correct(office, "c-mali", title="Another title")
    assert begins(days=1)  # somebody changed something
    monkeypatch.setattr(coverage, "SMALL", 1)
    assert not begins(hours=1)  # too large to be surveyed for that
    assert begins(days=5)  # a week after the first


def test_a_survey_runs_piece_by_piece(office: Office, monkeypatch: pytest.MonkeyPatch):
    """After a restart it begins again."""
    monkeypatch.setattr(coverage, "PIECE", 2)
    office.add("c-1", "c-2", "c-3", "c-4", "c-5", procedure="art-100")
    office.check()
    service = Coverage()
    assert not service.advance(office.app, office.now)
    service = Coverage()  # the process was started again
    assert [service.advance(office.app, office.now) for _ in range(3)] == [False, False, True]
    (notice,) = office.notices()
    assert "c-1, c-2, c-3, c-4 and c-5" in notice.what


def test_who_checks_by_hand_is_told_in_the_same_go(office: Office):
    office.add("c-mali", procedure="art-100")
    office.at(SLOT)
    check_and_deliver(office.app, office.clock, office.transport)
    assert "No rule watches c-mali" in text_of(office.arrived("otto")[0])


def test_to_ask_for_the_gaps_writes_nothing(office: Office):
    office.add("c-mali", procedure="art-100")
    assert [gap.key for gap in gaps_of(office.app, office.now) if not gap.note] == [NO_RULE]
    assert not office.state.coverage and not office.notices()


def test_a_resolved_notice_does_not_hide_a_closed_gap(office: Office):
    """The operator is notified that the gap is closed although its notice was resolved meanwhile."""
    settings(office, staff(without="defence-contact"))
    office.add("c-mali")
    office.check()
    surveyed(office)
    settings(office, staff())  # everybody holds their role again: the next check settles the notice
    with office.app.store.writing() as connection:
        raise_alerts(connection, [relay_down("421")], office.now)
    a_slot_later(office)
    office.deliver()
    told = " ".join(text_of(mail) for mail in office.arrived("otto"))
    assert "No longer so: role-unheld defence-contact" in told
