"""A restored backup is recognised by the note outside the database, and held until somebody lets go."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from post_office import SLOT, URGENT, Office, text_of
from relay import TestRelay

from monitor.actions.check.held_mail import Choice, drop, release
from monitor.actions.operator import restore_guard
from monitor.core.errors import Refused, Unavailable
from monitor.core.register.restore_marker import RestoreMarker
from monitor.store import noted
from monitor.store.engine import Store
from monitor.store.migrate import open_store

TUESDAY = datetime(2021, 11, 2, 7, tzinfo=UTC)
WEDNESDAY = datetime(2021, 11, 3, 7, tzinfo=UTC)


@pytest.fixture
def office(sqlite_store: Store, tmp_path: Path) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(sqlite_store, relay)
        office.app = replace(office.app, state=tmp_path / "state")
        yield office
        office.transport.close()
        office.app.store.close()


def backup(office: Office) -> Path:
    """A whole copy of the database file."""
    file = office.app.store.file
    assert file
    with office.app.store.engine.connect() as connection:
        connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    return Path(shutil.copyfile(file, file.with_suffix(".backup")))


def restore(office: Office, copy: Path) -> None:
    file = office.app.store.file
    assert file
    office.app.store.close()
    for end in ("-wal", "-shm"):
        Path(f"{file}{end}").unlink(missing_ok=True)
    shutil.copyfile(copy, file)
    office.app = replace(office.app, store=open_store(f"sqlite:///{file}"))


def work(office: Office) -> Any:
    """One go of the service at its slot."""
    report = office.check()
    office.tell()
    office.deliver()
    restore_guard.write_note(office.app, office.now)
    return report


@pytest.fixture
def lost(office: Office) -> Office:
    """Monday was told; then c-new came and was told on Tuesday; then Monday's backup was put back."""
    office.add("c-old")
    work(office)
    copy = backup(office)
    office.add("c-new")
    office.at(TUESDAY)
    work(office)
    restore(office, copy)
    office.later(hours=2)
    return office


def test_a_database_behind_the_note_is_held(lost: Office):
    """The operator is notified."""
    trouble = restore_guard.recognise(lost.app, lost.now)
    assert trouble and trouble.kind == "restored"
    assert "3 lines of the ledger, 1 change of the register and 3 attempts to send" in trouble.what
    lost.tell()
    lost.deliver()
    assert "monitor outbox resume" in text_of(lost.arrived("otto")[-1])
    assert restore_guard.recognise(lost.app, lost.now) is None, "told once, not at every tick"


def test_nothing_leaves_meanwhile_not_even_what_is_urgent(lost: Office):
    restore_guard.recognise(lost.app, lost.now)
    lost.add("c-urgent", until=URGENT)
    before = {person: len(lost.arrived(person)) for person in ("anna", "bram", "cleo")}
    lost.at(WEDNESDAY)
    assert {item.obligation.entry for item in work(lost).held} == {"c-urgent"}
    assert {person: len(lost.arrived(person)) for person in before} == before
    assert "Probably because: the database is a restored backup" in text_of(lost.arrived("otto")[-1])


def test_what_waited_in_the_backup_is_held_too(office: Office):
    office.add("c-old")
    office.check()
    copy = backup(office)  # composed, and not sent yet
    work(office)
    restore(office, copy)
    restore_guard.recognise(office.app, office.now)
    office.deliver()
    assert len(office.arrived("anna")) == 1, "it was sent after the backup was made"
    assert len(office.outbox("held")) == 3


def test_the_operator_drops_releases_and_resumes(lost: Office):
    """What arrived is dropped, the rest is released."""
    restore_guard.recognise(lost.app, lost.now)
    lost.add("c-new")
    lost.add("c-never")
    lost.at(WEDNESDAY)
    assert len(work(lost).held) == 6
    drop(lost.app, Choice(entries=("c-new",)), lost.now, actor="ruud")
    release(lost.app, Choice(), lost.now, actor="ruud")
    assert restore_guard.resume(lost.app, lost.now) == 0
    work(lost)
    last = text_of(lost.arrived("anna")[-1])
    assert "c-never" in last and "c-new" not in last
    assert not lost.notices() and restore_guard.recognise(lost.app, lost.now) is None
    assert not work(lost).queued


def test_mails_after_a_restore_have_new_message_ids(lost: Office):
    """They differ from those of the mails that were lost."""
    lost_ids = {mail["Message-ID"] for mail in lost.arrived("anna")}
    lost.at(TUESDAY - timedelta(hours=1))
    lost.add("c-other", "c-more")
    lost.at(TUESDAY)
    lost.check()  # the same person, day and number as the mail that was lost
    release(lost.app, Choice(), lost.now, actor="ruud")
    lost.deliver()
    assert len({mail["Message-ID"] for mail in lost.arrived("anna")} - lost_ids) == 1


def test_a_second_restore_from_before_the_first_is_recognised(lost: Office):
    copy = backup(lost)
    restore_guard.recognise(lost.app, lost.now)
    restore_guard.resume(lost.app, lost.now)
    restore(lost, copy)
    found = restore_guard.recognise(lost.app, lost.now)
    assert found and found.kind == "restored" and "a restore that was noted" in found.what


def test_another_daemon_accepts_a_resumed_restore(lost: Office, tmp_path: Path):
    """It was resumed elsewhere."""
    other = replace(lost.app, state=tmp_path / "elsewhere")
    before = noted.read_note(lost.app.state)  # type: ignore[arg-type]
    assert before
    noted.write_note(tmp_path / "elsewhere", before)
    restore_guard.recognise(lost.app, lost.now)
    restore_guard.resume(lost.app, lost.now)
    assert restore_guard.recognise(other, lost.now) is None


def test_what_is_not_held_cannot_be_resumed(office: Office):
    with pytest.raises(Refused, match="Nothing is to be resumed"):
        restore_guard.resume(office.app, SLOT)


def test_everything_can_be_held_by_hand(office: Office):
    office.add("c-old")
    office.check()
    restore_guard.hold_by_hand(office.app, office.now)
    assert office.deliver().sent == 0 and len(office.outbox("held")) == 3
    assert restore_guard.resume(office.app, office.now) == 3


def test_a_note_behind_the_database_is_no_harm(office: Office):
    office.add("c-old")
    work(office)
    folder = office.app.state
    assert folder
    kept = noted.read_note(folder)
    assert kept
    noted.write_note(folder, replace(kept, ledger=kept.ledger - 2))
    assert restore_guard.recognise(office.app, office.now) is None


def test_a_missing_note_is_told_once_and_made_anew(office: Office):
    office.add("c-old")
    work(office)
    (office.app.state / "noted.json").unlink()  # type: ignore[operator]
    assert restore_guard.recognise(office.app, office.now)
    work(office)
    assert "monitor outbox hold" in text_of(office.arrived("otto")[-1])
    assert not office.notices() and not office.outbox("held")
    assert noted.read_note(office.app.state)  # type: ignore[arg-type]


def test_a_damaged_note_is_told_holds_nothing_and_is_mended(office: Office):
    office.add("c-old")
    work(office)
    (office.app.state / "noted.json").write_text("{", encoding="utf-8")  # type: ignore[operator]
    found = restore_guard.recognise(office.app, office.now)
    assert found and "damaged" in found.what
    restore_guard.write_note(office.app, office.now)
    assert restore_guard.recognise(office.app, office.now) is None and not office.notices()


def test_an_unwritable_note_is_reported_once(office: Office, tmp_path: Path):
    """Nothing is stopped by it."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder", encoding="utf-8")
    office.app = replace(office.app, state=blocked / "state")
    office.add("c-old")
    for _ in range(3):
        restore_guard.recognise(office.app, office.now)
        work(office)
    assert len(office.arrived("anna")) == 1 and len(office.arrived("otto")) == 1
    assert "[paths] state" in text_of(office.arrived("otto")[0])


def test_another_installations_note_is_told_and_replaced(office: Office):
    folder = office.app.state
    assert folder
    noted.write_note(folder, RestoreMarker(instance="elsewhere", ledger=900, register=900, attempts=900))
    office.add("c-old")
    work(office)
    assert len(office.arrived("anna")) == 1 and "another installation" in text_of(office.arrived("otto")[0])
    assert not office.notices()


def test_the_note_is_whole_or_the_old_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    first = RestoreMarker(instance="i", ledger=1, register=1, attempts=1)
    noted.write_note(tmp_path, first)

    def full(number: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unavailable, match="No space left"):
        noted.write_note(tmp_path, replace(first, ledger=2))
    assert noted.read_note(tmp_path) == first and [path.name for path in tmp_path.iterdir()] == ["noted.json"]
    assert oct((tmp_path / "noted.json").stat().st_mode)[-3:] == "600"
