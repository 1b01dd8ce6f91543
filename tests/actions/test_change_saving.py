"""A change is shown first, saved if nothing moved, and takes back unsent mails that speak of what it changed."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from facts import added, stamp_at
from post_office import MONDAY, Office, text_of
from relay import TestRelay

from monitor.actions.register.change import save
from monitor.core.calendar.dates import parse_span
from monitor.core.errors import Refused, UnknownId
from monitor.core.model.changes import Correct, End, Extend, Note, Record
from monitor.store import history as kept
from monitor.store.engine import Store
from monitor.store.register import RegisterChanged

STAMP = stamp_at(MONDAY)
LETTER = "document:extension-letter"


@pytest.fixture
def office(store: Store) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.add("c-mali", "c-sahel")
        yield office
        office.transport.close()


def history(office: Office) -> list[tuple[str, str, str, datetime]]:
    with office.app.store.reading() as connection:
        return [(row.entry, row.verb, row.actor, row.at) for row in kept.history(connection)]


def test_a_preview_says_what_moves_and_writes_nothing(office: Office):
    before = history(office)
    seen = office.preview(Correct(stamp=STAMP, entry="c-mali", fields={"valid_until": "2022-05-17"}))
    (moved,) = seen.difference.moved
    assert moved.before is not None and moved.before.due is not None and moved.before.due.day == date(2021, 12, 6)
    assert moved.after is not None and moved.after.due is not None and moved.after.due.day == date(2022, 4, 5)
    assert moved.reminders == 5
    assert history(office) == before and "2022-01-17" in repr(
        office.preview(Note(stamp=STAMP, entry="c-mali", text="x"))
    )


def test_a_change_withdraws_unsent_mails_about_the_entry(office: Office):
    """The next check composes them again, with the day as corrected."""
    office.check()
    office.later(minutes=1)
    saved = office.change(Correct(stamp=STAMP, entry="c-mali", fields={"valid_until": "2021-12-31"}))
    assert saved.withdrawn == 3
    assert {row.state for row in office.outbox()} == {"withdrawn"}
    assert office.state.again
    office.check()
    office.deliver()
    (mail,) = office.arrived("anna")
    assert (
        "06-12-2021" not in text_of(mail).split("c-sahel")[0]
        and "c-mali" in text_of(mail)
        and "c-sahel" in text_of(mail)
    )


def test_a_change_of_one_entry_leaves_mails_about_others_alone(office: Office):
    office.change(End(stamp=STAMP, entry="c-sahel", on=date(2021, 10, 31)))
    office.check()
    assert office.change(Note(stamp=STAMP, entry="c-sahel", text="a remark")).withdrawn == 0
    assert {row.state for row in office.outbox()} == {"queued"}


def test_a_letter_recorded_before_the_mail_left_withdraws_it(office: Office):
    """The reminder is not composed again: the letter closed the obligation."""
    office.check()
    office.later(minutes=1)
    office.change(Record(stamp=STAMP, entry="c-mali", type=LETTER, on=MONDAY))
    office.check()
    office.deliver()
    assert "c-mali" not in text_of(office.arrived("anna")[0]) and "c-sahel" in text_of(office.arrived("anna")[0])


def test_a_mail_that_is_sent_already_stays_as_it_is(office: Office):
    office.check()
    office.deliver()
    assert office.change(Correct(stamp=STAMP, entry="c-mali", fields={"valid_until": "2022-05-17"})).withdrawn == 0
    assert {row.state for row in office.outbox()} == {"sent"}


def test_of_two_who_save_at_once_the_second_is_refused(office: Office):
    """The second save changes nothing and says that the register changed."""
    first = office.preview(Correct(stamp=STAMP, entry="c-mali", fields={"title": "First"}))
    second = office.preview(Correct(stamp=STAMP, entry="c-mali", fields={"title": "Second"}))
    save(office.app, first)
    count = len(history(office))
    with pytest.raises(RegisterChanged, match="The register was changed at the same moment"):
        save(office.app, second)
    assert len(history(office)) == count
    assert office.preview(Note(stamp=STAMP, entry="c-mali", text="x")).before["c-mali"].title == "First"


def test_the_history_says_who_and_when(office: Office):
    office.at(datetime(2021, 11, 1, 9, 15, tzinfo=UTC))
    change = Extend(stamp=stamp_at(MONDAY, actor="bram"), entry="c-mali", on=MONDAY, until=parse_span("2023-01-17"))
    office.change(change)
    assert history(office)[0] == ("c-mali", "extend", "bram", office.now)


def test_the_history_keeps_what_stood_there_before_a_correction(office: Office):
    office.change(Correct(stamp=STAMP, entry="c-mali", fields={"valid_until": "2022-05-17"}))
    with office.app.store.reading() as connection:
        latest = kept.history(connection)[0]
    assert latest.effects["before"] == {"valid_until": "2022-01-17"}


def test_a_changed_parent_withdraws_mails_about_its_children(office: Office):
    """Mails about entries that depend on the changed one are composed again."""
    office.change(added(MONDAY, "m-eutm", "mandate", valid_from="2020-01-01", valid_until="2023-01-17"))
    office.add("c-leans", depends_on=["m-eutm"])
    office.check()
    office.later(minutes=1)
    saved = office.change(Correct(stamp=STAMP, entry="m-eutm", fields={"valid_until": "2021-12-31"}))
    assert saved.withdrawn == 3, "their mails name the binding limit that has just moved"


@pytest.mark.parametrize(
    ("change", "error", "sentence"),
    [
        (Note(stamp=STAMP, entry="c-mail", text="x"), UnknownId, "Did you mean c-mali"),
        (Correct(stamp=STAMP, entry="c-mali", fields={"valid_until": "2019-01-01"}), Refused, "is before valid_from"),
        (Correct(stamp=STAMP, entry="c-mali", fields={"depends_on": ["c-mali"]}), Refused, "c-mali → c-mali"),
        (Correct(stamp=STAMP, entry="c-mali", fields={"depends_on": ["c-shael"]}), UnknownId, "Did you mean c-sahel"),
        (Extend(stamp=STAMP, entry="c-mali", on=MONDAY, until=parse_span("2021-01-31")), Refused, "is not after"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_in_one_sentence(office: Office, change, error, sentence):
    count = len(history(office))
    with pytest.raises(error, match=sentence):
        office.change(change)
    assert len(history(office)) == count
