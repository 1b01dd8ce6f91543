"""What persons commit is noted outside the database too, so that a backup restored after it is recognised."""

import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from facts import added
from msgspec.structs import replace
from other_account import in_child, told_as_nobody
from post_office import MONDAY, SLOT, Office
from relay import TestRelay
from test_restored import backup, restore

from monitor.actions.check.held_mail import Choice, drop
from monitor.actions.exchange.drop_folder import DropFolder
from monitor.actions.operator import restore_guard
from monitor.actions.register.importing import preview_import
from monitor.actions.register.saving import import_changes, save_import
from monitor.core.model.changes import Absent
from monitor.core.register.restore_marker import RestoreMarker
from monitor.store import noted
from monitor.store.engine import Store
from monitor.store.migrate import open_store
from monitor.store.register import RegisterChanged


def noting(store: Store, state: Path) -> Iterator[Office]:
    with TestRelay() as relay:
        office = Office(store, relay)
        office.app = replace(office.app, state=state)
        yield office
        office.transport.close()
        office.app.store.close()


@pytest.fixture
def office(store: Store, tmp_path: Path) -> Iterator[Office]:
    yield from noting(store, tmp_path / "state")


@pytest.fixture
def on_file(sqlite_store: Store, tmp_path: Path) -> Iterator[Office]:
    yield from noting(sqlite_store, tmp_path / "state")


def note(office: Office) -> RestoreMarker:
    found = noted.read_note(office.app.state)  # type: ignore[arg-type]
    assert found
    return found


def come(office: Office) -> RestoreMarker:
    with office.app.store.reading() as connection:
        return noted.mark(connection)


def table(office: Office, *ids: str) -> Path:
    assert office.app.state
    file = office.app.state.with_name("new.csv")
    file.write_text("id,kind,title\n" + "".join(f"{id},commitment,Promise\n" for id in ids), encoding="utf-8")
    return file


def by_a_verb(office: Office) -> None:
    office.add("c-new")


def by_an_absence(office: Office) -> None:
    office.change(Absent(stamp=added(MONDAY, "x", "request").stamp, entry="anna", first=MONDAY, last=MONDAY))


def by_an_import(office: Office) -> None:
    save_import(office.app, preview_import(office.app, table(office, "t-1", "t-2"), "sanne", office.now), office.now)


def by_a_register_file(office: Office) -> None:
    import_changes(office.app, [added(MONDAY, "c-new", "contribution")])


def by_the_drop_folder(office: Office) -> None:
    file = table(office, "t-1")
    folder = file.parent / "drop"
    folder.mkdir()
    shutil.copy(file, folder)
    dropped = DropFolder(folder=folder)
    taken = [one for _ in range(2) for one in dropped.take(office.app, office.now)]
    assert [one.taken for one in taken] == [True]


def by_dropping_what_is_held(office: Office) -> None:
    office.add("c-held")
    office.check()
    restore_guard.hold_by_hand(office.app, office.now)
    restore_guard.resume(office.app, office.now)
    drop(office.app, Choice(), office.now, actor="ruud")


WAYS = (by_a_verb, by_an_absence, by_an_import, by_a_register_file, by_the_drop_folder, by_dropping_what_is_held)


@pytest.mark.parametrize("way", WAYS)
def test_each_way_of_changing_something_is_noted(office: Office, way):
    way(office)
    assert note(office) == come(office) and note(office).register and note(office).instance


@pytest.mark.parametrize("way", WAYS)
def test_a_backup_restored_after_only_persons_worked_is_held(on_file: Office, way):
    """No check was made since the backup; the next one is the first to look."""
    on_file.add("c-old")
    copy = backup(on_file)
    way(on_file)
    restore(on_file, copy)
    found = restore_guard.recognise(on_file.app, on_file.now)
    assert found and found.kind == "restored" and "of the register that were noted" in found.what


def test_a_person_who_writes_first_after_a_restore_hides_it_not(on_file: Office):
    """Their changes would carry the register past the number that was noted."""
    on_file.add("c-old")
    copy = backup(on_file)
    on_file.add("c-1")
    restore(on_file, copy)
    on_file.add("c-2", "c-3", "c-4")
    assert [row.kind for row in on_file.notices("restored")] == ["restored"]
    on_file.check()
    on_file.deliver()
    assert not on_file.arrived("anna") and on_file.arrived("otto")


def test_a_kill_before_the_note_holds_nothing(office: Office, monkeypatch):
    """The note is behind the database, which is no restore."""
    office.add("c-old")
    with monkeypatch.context() as patch:
        patch.setattr(restore_guard, "_advance_note", lambda app: None)
        office.add("c-new")
    assert note(office).register == 1 and come(office).register == 2
    assert restore_guard.recognise(office.app, office.now) is None
    office.add("c-more")
    assert note(office) == come(office)


def test_a_missing_or_damaged_note_is_left_to_the_check(office: Office):
    """Which tells the operator; a person's note would hide that it was gone."""
    office.add("c-old")
    office.check()
    office.deliver()
    assert office.app.state
    file = office.app.state / "noted.json"
    other = RestoreMarker(instance="elsewhere", ledger=9, register=9, attempts=9)
    for found in (None, "{", json.dumps({name: getattr(other, name) for name in RestoreMarker.__struct_fields__})):
        file.unlink(missing_ok=True)
        if found is not None:
            file.write_text(found, encoding="utf-8")
        office.add(f"c-{len(found or '')}")
        assert (file.read_text(encoding="utf-8") if file.exists() else None) == found
        assert restore_guard.recognise(office.app, office.now)
        restore_guard.write_note(office.app, office.now)
        assert note(office) == come(office) and not office.notices()


def test_parallel_writers_leave_the_note_at_the_latest(office: Office):
    """Whoever notes less after another's note does so again."""
    office.add("c-first")
    others = [office.another(who=f"person:{number}", state=office.app.state) for number in range(6)]

    def persist(number: int) -> None:
        for count in range(5):
            saved = False
            while not saved:
                with suppress(RegisterChanged):
                    saved = (
                        import_changes(others[number].app, [added(MONDAY, f"c-{number}-{count}", "contribution")]) == 1
                    )

    threads = [threading.Thread(target=persist, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert come(office).register == 31 and note(office) == come(office)
    assert restore_guard.recognise(office.app, office.now) is None


def change_something(url: str, state: Path) -> None:
    with TestRelay() as relay:
        office = Office(open_store(url), relay)
        office.app = replace(office.app, state=state)
        office.add("c-other")
        assert not office.notices()


def test_an_unwritable_note_does_not_stop_a_change(office: Office, database_url: str):
    """The service, or the next check, notes it; the operator is told nothing of it."""
    folder = Path(tempfile.mkdtemp())
    try:
        office.add("c-old")
        shutil.copytree(office.app.state, folder / "state")  # type: ignore[arg-type]
        folder.chmod(0o755)
        (folder / "state").chmod(0o700)
        if database_url.startswith("sqlite"):
            file = folder / "monitor.db"
            with office.app.store.engine.connect() as connection:
                connection.connection.dbapi_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
            shutil.copy(str(office.app.store.file), file)
            folder.chmod(0o777)
            file.chmod(0o666)
            database_url = f"sqlite:///{file}"
        before = (folder / "state" / "noted.json").read_bytes()
        assert told_as_nobody(change_something, database_url, folder / "state") == ""
        assert (folder / "state" / "noted.json").read_bytes() == before or os.geteuid() != 0
    finally:
        shutil.rmtree(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can write for another account")
def test_a_note_that_root_writes_is_the_folders_owners(office: Office):
    """A person who is root changes something; the service's account must still read and replace the note."""
    office.add("c-old")
    folder = office.app.state
    assert folder
    os.chown(folder, 54321, 54321)
    office.add("c-new")
    file = (folder / "noted.json").stat()
    assert (file.st_uid, file.st_gid, oct(file.st_mode)[-3:]) == (54321, 54321, "600")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_note_in_a_folder_of_a_group_is_readable_by_the_group(tmp_path: Path):
    folder = Path(tempfile.mkdtemp())
    try:
        os.chown(folder, 54321, 65534)
        folder.chmod(0o770)
        assert in_child(write_as_member, folder) == "54322 65534 660"
    finally:
        shutil.rmtree(folder)


def write_as_member(folder: Path) -> str:
    os.setgroups([65534])
    os.setgid(54322)
    os.setuid(54322)
    noted.write_note(folder, RestoreMarker(instance="i", ledger=1, register=1, attempts=1))
    file = (folder / noted.FILE).stat()
    return f"{file.st_uid} {file.st_gid} {oct(file.st_mode)[-3:]}"


def test_the_first_check_keeps_the_installations_name(office: Office):
    """The first change gave it."""
    office.add("c-old")
    name = come(office).instance
    office.at(SLOT + timedelta(days=1))
    office.check()
    assert come(office).instance == name != ""
