"""Holding everything while other processes check, send and note: nothing slips through or is held without need."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from post_office import SLOT, Office
from relay import TestRelay

from monitor.actions.check import check as checking
from monitor.actions.check.held_mail import Choice, drop, release
from monitor.actions.operator import restore_guard
from monitor.core.errors import Refused
from monitor.core.register.restore_marker import RestoreMarker
from monitor.store import claims, noted
from monitor.store.engine import Store


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.app = replace(office.app, state=tmp_path / "state")
        office.add("c-old", "c-new")
        yield office
        office.transport.close()


def mark(office: Office) -> RestoreMarker:
    with office.app.store.reading() as connection:
        return noted.mark(connection)


def test_a_note_of_another_process_is_no_restore(office: Office, monkeypatch):
    """Another process writes a later note between two reads."""
    office.check()
    read = noted.read_note

    def after_another(folder: Path) -> RestoreMarker | None:
        monkeypatch.setattr(noted, "read_note", read)
        office.deliver()
        restore_guard.write_note(office.app, office.now)
        return read(folder)

    monkeypatch.setattr(noted, "read_note", after_another)
    assert restore_guard.recognise(office.app, office.now) is None and not office.state.restored


def test_a_backup_under_a_running_process_is_recognised(office: Office):
    """The running process does not overwrite the note that is ahead."""
    office.check()
    restore_guard.write_note(office.app, office.now)
    assert office.app.state
    ahead = replace(mark(office), ledger=mark(office).ledger + 5)
    noted.write_note(office.app.state, ahead)  # as far as the lost database had come
    restore_guard.write_note(office.app, office.now)
    assert noted.read_note(office.app.state) == ahead
    found = restore_guard.recognise(office.app, office.now)
    assert found and "5 lines of the ledger" in found.what


def test_a_hold_during_a_check_holds_its_mails(office: Office, monkeypatch):
    """The check is made again with everything held."""
    compose = checking.compose

    def somebody_holds(*arguments):
        if not office.state.restored:
            restore_guard.hold_by_hand(office.app, office.now)
        return compose(*arguments)

    monkeypatch.setattr(checking, "compose", somebody_holds)
    report = office.check()
    assert report.restored and len(report.held) == 6
    assert office.deliver().sent == len(office.relay.to("otto@example.org")) > 0


def test_a_hold_by_hand_renames_the_installation(office: Office, tmp_path: Path):
    """No note of another daemon is ahead of it, and its Message-IDs are new."""
    office.check()
    office.deliver()
    restore_guard.write_note(office.app, office.now)
    elsewhere = replace(office.app, state=tmp_path / "elsewhere")
    before = mark(office)
    noted.write_note(tmp_path / "elsewhere", replace(before, ledger=before.ledger + 9))
    restore_guard.hold_by_hand(office.app, office.now)
    restore_guard.resume(office.app, office.now)
    assert restore_guard.recognise(elsewhere, office.now) is None, "one resume is enough"
    assert mark(office).instance == f"{before.instance}~1"


def test_before_the_first_change_there_is_no_name_to_change(store: Store, tmp_path: Path):
    """The installation is named with its first change or check; holding before that names nothing."""
    with TestRelay() as relay:
        office = Office(store, relay)
        office.app = replace(office.app, state=tmp_path / "state")
        restore_guard.hold_by_hand(office.app, office.now)
        office.transport.close()
    assert mark(office).instance == ""


def test_a_mail_on_the_wire_at_a_hold_goes_as_it_is(office: Office):
    """It may have left, so it is not parted."""
    office.check()
    with office.app.store.posting() as connection:
        assert len(claims.claim(connection, "second:2", office.now, 1, clock=office.now)) == 1
    restore_guard.hold_by_hand(office.app, office.now)
    (doubtful,) = (row for row in office.outbox("held") if row.in_doubt)
    with pytest.raises(Refused, match=f"Mail {doubtful.id} may have left"):
        release(office.app, Choice(entries=("c-old",)), office.now, actor="ruud")
    office.at(SLOT + timedelta(days=1))
    office.check()
    assert doubtful.id in [row.id for row in office.outbox("held")]
    restore_guard.resume(office.app, office.now)
    others = tuple(row.id for row in office.outbox("held") if row.id != doubtful.id)
    drop(office.app, Choice(mails=others), office.now, actor="ruud")
    office.at(SLOT + timedelta(days=2))
    report = office.check()
    assert (len(report.held), report.waiting) == (0, 1)
    (notice,) = office.notices("held")
    assert "1 mail that may have left before is held" in notice.what, "said at every slot"
    release(office.app, Choice(), office.now, actor="ruud")
    assert not office.notices("held") and office.deliver().sent >= 1
    assert [row.state for row in office.outbox() if row.id == doubtful.id] == ["sent"]


def test_by_a_wrong_clock_nothing_is_released(office: Office):
    office.check()
    restore_guard.hold_by_hand(office.app, office.now)
    wrong = office.another(store=office.app.store)
    wrong.later(days=1)
    with pytest.raises(Refused, match="1 day ahead"):
        release(wrong.app, Choice(entries=("c-old",)), wrong.now, actor="ruud")
    assert len(office.outbox("held")) == 3
