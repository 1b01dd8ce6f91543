"""One dropped file's trouble holds neither the next file nor the tick, and the operator hears of it once."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path

import pytest
from drop_room import BAD, GOOD, Room

from monitor.actions.exchange import drop_folder, dropped_file
from monitor.core.errors import Unavailable


@pytest.fixture
def room(sqlite_store, tmp_path):
    return Room(sqlite_store, tmp_path / "drop")


OTHER = GOOD.replace("m,", "other,")


def failing(number):
    def fail(*given, **named):
        raise OSError(number, os.strerror(number))

    return fail


def for_a(module, name, monkeypatch, instead):
    """The function as it is, but for what is about a.csv."""
    real = getattr(module, name)
    monkeypatch.setattr(module, name, lambda *given, **named: (
        instead if "a.csv" in str(given) else real)(*given, **named))  # fmt: skip


@pytest.mark.parametrize("number", [errno.EACCES, errno.EIO])
def test_an_unreadable_file_does_not_delay_the_next(room, monkeypatch, number):
    """It is refused with the system's reason, and the next file is imported."""
    for_a(dropped_file, "opened", monkeypatch, failing(number))
    room.drop("a.csv", GOOD)
    room.drop("b.csv", OTHER)
    room.tick(2)
    assert room.entries() == ["other"]
    assert f"The file cannot be read: {os.strerror(number)}." in room.report("refused/a.csv")


def test_a_disk_error_in_the_middle_of_a_file_is_that_files_own(room, monkeypatch):
    real = dropped_file.parts

    def broken(number):
        yield next(real(number))
        failing(errno.EIO)()

    monkeypatch.setattr(dropped_file, "parts", broken)
    room.drop("a.csv", GOOD)
    room.tick(2)
    assert "The file cannot be read: Input/output error." in room.report("refused/a.csv") and room.entries() == []


def test_a_file_of_terabytes_is_refused_unread(room):
    with (room.folder / "a.csv").open("wb") as file:
        file.truncate(4 * 2**40)
    room.drop("b.csv", GOOD)
    room.tick(2)
    assert room.entries() == ["m"] and "Accepted: at most 500 MB." in room.report("refused/a.csv")


def test_a_file_that_grows_while_it_is_read_waits(room, monkeypatch):
    """A file that is written as fast as it is read is left for a later tick."""
    real = dropped_file.parts

    def growing(number):
        for part in real(number):
            with (room.folder / "a.csv").open("a") as file:
                file.write("n,mandate,T\n")
            yield part

    monkeypatch.setattr(dropped_file, "parts", growing)
    room.drop("a.csv", GOOD)
    room.drop("b.json", '{"entries": []}')
    room.tick(2)
    assert room.files()[0] == "a.csv" and room.entries() == []


@pytest.mark.parametrize(("text", "place", "first"), [(GOOD, "done", "1 added, 0 ch"), (BAD, "refused", "Refused; no")])
def test_a_full_disk_at_the_report_judges_no_file_twice(room, monkeypatch, text, place, first):
    """The import stands, the operator is mailed once; when there is room, the first report lies beside the file."""
    for_a(dropped_file, "make", monkeypatch, failing(errno.ENOSPC))
    room.drop("a.csv", text)
    room.drop("b.csv", OTHER)
    room.tick(6)
    assert room.files() == ["a.csv", "done/b.csv", "done/b.csv.report.txt"] and "other" in room.entries()
    assert ("import-waits", "a.csv") in [notice[:2] for notice in room.notices()]
    assert len(room.post.accepted) == 1
    monkeypatch.undo()
    room.tick(2)
    assert (room.folder / place / "a.csv").is_file() and room.report(f"{place}/a.csv").startswith(first)
    assert "import-waits" not in [notice[0] for notice in room.notices()]
    assert len(room.actors()) == (2 if text == GOOD else 1), "each was imported once"


def test_a_file_that_may_not_be_moved_leaves_no_heap_of_reports(room, monkeypatch):
    monkeypatch.setattr(dropped_file, "move", failing(errno.EPERM))
    room.drop("a.csv", GOOD)
    room.tick(5)
    assert room.files() == ["a.csv"] and room.entries() == ["m"] and len(room.actors()) == 1
    ((kind, _, what, _),) = room.notices()
    assert kind == "import-waits" and "was imported, but it cannot be moved aside" in what


def test_a_temporary_folder_that_is_gone_makes_a_file_wait(room, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    room.drop("a.csv", GOOD)
    room.tick(2)
    assert room.notices() == [], "it may be over in a moment"
    room.tick(3)
    assert room.files() == ["a.csv"] and room.notices()[0][:2] == ("import-waits", "a.csv")
    monkeypatch.undo()
    room.tick(4)
    assert room.entries() == ["m"] and room.notices() == []


def test_a_file_on_which_the_program_fails_is_refused_and_logged(room, monkeypatch, capfd):
    def broken(app, path, *given, **named):
        raise ZeroDivisionError("in a parser")

    for_a(drop_folder, "preview_import", monkeypatch, broken)
    room.drop("a.csv", GOOD)
    room.drop("b.csv", OTHER)
    room.tick(2)
    assert room.entries() == ["other"]
    assert "This program failed on it (ZeroDivisionError)" in room.report("refused/a.csv")
    said = capfd.readouterr()
    assert "in a parser" in said.out + said.err and room.notices()[0][0] == "import-refused"


def test_a_file_whose_saving_fails_waits_and_the_next_is_taken(room, monkeypatch):
    real = drop_folder.save_import

    def broken(app, seen, *given, **named):
        if "a.csv" in seen.file:
            raise ZeroDivisionError("in the database")
        return real(app, seen, *given, **named)

    monkeypatch.setattr(drop_folder, "save_import", broken)
    room.drop("a.csv", GOOD)
    room.drop("b.csv", OTHER)
    room.tick(5)
    assert room.entries() == ["other"] and room.files()[0] == "a.csv"
    assert room.notices()[0][:2] == ("import-waits", "a.csv")


def test_a_file_too_large_for_the_database_goes_last(room, monkeypatch):
    """A file for which there is no room does not delay the others."""
    real = drop_folder.save_import

    def unable(app, seen, *given, **named):
        if "a.csv" in seen.file:
            raise Unavailable("The temporary folder has no room.")
        return real(app, seen, *given, **named)

    monkeypatch.setattr(drop_folder, "save_import", unable)
    room.drop("a.csv", GOOD)
    room.drop("b.csv", OTHER)
    room.tick(5)
    assert room.entries() == ["other"] and room.files()[0] == "a.csv"


@pytest.mark.parametrize("text", ["\\u0000", "\\ud800", "\\n\\u001b[31m"])
def test_what_a_database_cannot_keep_in_a_file_is_refused(room, text):
    """Wherever it stands in the file, the report and the notice can be written."""
    entry = f'{{"id": "a{text}b", "kind": "mandate", "title": "T", "valid_until": "never", "x{text}": 1}}'
    room.drop("a.json", f'{{"entries": [{entry}]}}')
    room.drop("b.csv", GOOD)
    room.tick(2)
    assert room.entries() == ["m"] and room.report("refused/a.json").startswith("Refused")
    assert room.notices()[0][:2] == ("import-refused", "a.json")


def test_nothing_is_left_in_the_temporary_folder(room, monkeypatch, tmp_path):
    private = tmp_path / "private"
    private.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    seen: list[int] = []
    real = drop_folder.preview_import

    def looking(app, path, *given, **named):
        seen.append(Path(path).parent.stat().st_mode & 0o777)
        return real(app, path, *given, **named)

    monkeypatch.setattr(drop_folder, "preview_import", looking)
    room.drop("a.csv", GOOD)
    room.drop("b.csv", BAD)
    room.tick(2)
    assert seen == [0o700, 0o700] and list(private.iterdir()) == []
