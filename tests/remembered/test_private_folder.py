"""A folder of this account's own: nothing is taken that others could have written, nothing half, nothing without bound."""

from __future__ import annotations

import multiprocessing
import os
import time
from datetime import timedelta
from pathlib import Path

import pytest

from monitor.private_folder import PrivateFolder

NOBODY = 65534
MONTH = timedelta(days=30)
WHOLE = {letter * 200_000 for letter in (b"a", b"b")}


@pytest.fixture
def folder(tmp_path):
    return PrivateFolder(tmp_path / "cache" / "ours", most=3, lasts=MONTH, suffix=".kept")


def test_what_was_written_is_read_and_nobody_else_may_look(folder):
    assert folder.read("one.kept") is None
    folder.write("one.kept", b"first")
    folder.write("one.kept", b"second")
    assert folder.read("one.kept") == b"second"
    modes = [path.stat().st_mode & 0o777 for path in (folder.path.parent, folder.path, folder.path / "one.kept")]
    assert modes == [0o700, 0o700, 0o600]
    assert [path.name for path in folder.path.iterdir()] == ["one.kept"]


def a_link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to(file.with_name("elsewhere"))


def a_linked_folder(file: Path) -> None:
    file.parent.rename(file.parent.with_name("elsewhere"))
    file.parent.symlink_to(file.parent.with_name("elsewhere"))


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir(0o700)


def somebody_elses(path: Path) -> None:
    if os.geteuid():
        pytest.skip("only root can give a file away")
    os.chown(path, NOBODY, NOBODY)


DOUBTFUL = {
    "the group may write the file": lambda file: file.chmod(0o620),
    "others may write the file": lambda file: file.chmod(0o602),
    "the group may write in the folder": lambda file: file.parent.chmod(0o720),
    "others may write in the folder": lambda file: file.parent.chmod(0o702),
    "a link in place of the file": a_link,
    "a link in place of the folder": a_linked_folder,
    "a pipe in place of the file": a_pipe,
    "a folder in place of the file": a_folder,
    "the file is somebody else's": somebody_elses,
    "the folder is somebody else's": lambda file: somebody_elses(file.parent),
}


@pytest.mark.parametrize("name", DOUBTFUL)
def test_what_others_could_have_written_is_not_there(folder, name):
    folder.write("one.kept", b"content")
    DOUBTFUL[name](folder.path / "one.kept")
    assert folder.read("one.kept") is None


def test_a_doubtful_file_is_replaced_and_a_link_is_not_followed(folder, tmp_path):
    folder.write("one.kept", b"content")
    (tmp_path / "letter").write_bytes(b"a letter")
    (folder.path / "one.kept").unlink()
    (folder.path / "one.kept").symlink_to(tmp_path / "letter")
    folder.write("one.kept", b"new")
    assert (folder.read("one.kept"), (tmp_path / "letter").read_bytes()) == (b"new", b"a letter")


def test_nothing_is_written_where_others_may_write(folder):
    folder.path.mkdir(parents=True)
    folder.path.chmod(0o777)
    folder.write("one.kept", b"content")
    assert not list(folder.path.iterdir())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can stand in somebody else's home")
def test_root_leaves_nothing_of_its_own_in_somebody_elses_home(folder):
    home = folder.path.parent.parent
    os.chown(home, NOBODY, NOBODY)
    folder.write("one.kept", b"content")
    assert not list(home.iterdir())


@pytest.mark.parametrize("home", ["/dev/null", "/proc/no/such", "/dev/full"])
def test_where_nothing_can_be_written_nothing_is_kept(home):
    folder = PrivateFolder(Path(home) / "ours", most=3, lasts=MONTH, suffix=".kept")
    folder.write("one.kept", b"content")
    assert folder.read("one.kept") is None


def test_a_write_that_fails_half_way_leaves_what_was_there(folder, monkeypatch):
    folder.write("one.kept", b"content")

    def full(*args, **kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    folder.write("one.kept", b"new")
    monkeypatch.undo()
    assert (folder.read("one.kept"), len(list(folder.path.iterdir()))) == (b"content", 1)


def test_the_ones_written_longest_ago_make_room_and_what_is_not_ours_stays(folder):
    now = time.time() - 1000
    folder.write("old.kept", b"")
    (folder.path / "notes.txt").touch()
    (folder.path / ".dead.kept.99.abcd").touch()  # what a killed process left
    for place, path in enumerate(("old.kept", ".dead.kept.99.abcd", "notes.txt")):
        os.utime(folder.path / path, (now + place, now + place))
    for number in range(3):
        folder.write(f"{number}.kept", b"")
        os.utime(folder.path / f"{number}.kept", (now + number + 10, now + number + 10))
    assert {path.name for path in folder.path.iterdir()} == {"0.kept", "1.kept", "2.kept", "notes.txt"}


def test_what_is_a_month_old_is_as_good_as_none_and_goes_with_the_next_that_is_written(folder):
    folder.write("left.kept", b"somebody who left")
    folder.write("new.kept", b"")
    month_ago = time.time() - MONTH.total_seconds() - 60
    os.utime(folder.path / "left.kept", (month_ago, month_ago))
    assert folder.read("left.kept") is None
    folder.write("new.kept", b"")
    assert [path.name for path in folder.path.iterdir()] == ["new.kept"]


def test_what_a_clock_far_ahead_has_written_is_no_longer_there(folder):
    """Else it would last until that time has come."""
    folder.write("one.kept", b"content")
    ahead = time.time() + 2 * MONTH.total_seconds()
    os.utime(folder.path / "one.kept", (ahead, ahead))
    assert folder.read("one.kept") is None
    folder.write("two.kept", b"content")
    assert [path.name for path in folder.path.iterdir()] == ["two.kept"]


def _write(path: Path, content: bytes) -> None:
    for _ in range(150):
        PrivateFolder(path, most=3, lasts=MONTH, suffix=".kept").write("one.kept", content)


def test_two_processes_at_once_write_whole_files(folder):
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=_write, args=(folder.path, content)) for content in WHOLE]
    for writer in writers:
        writer.start()
    seen = set()
    while any(writer.is_alive() for writer in writers):
        seen.add(folder.read("one.kept"))
    for writer in writers:
        writer.join()
    assert seen - {None} <= WHOLE and folder.read("one.kept") in WHOLE
    assert [path.name for path in folder.path.iterdir()] == ["one.kept"]
