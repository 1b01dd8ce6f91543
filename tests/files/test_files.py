"""One look at the disk: what was read once is what everybody is told, and a second look tells every difference."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from monitor.files import Files


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "a.toml").write_text("one")
    return tmp_path


def test_what_was_read_stays_as_it_was_read(folder):
    files = Files()
    assert (files.read(folder / "a.toml"), files.inside(folder)) == (b"one", (folder / "a.toml",))
    with pytest.raises(FileNotFoundError):
        files.read(folder / "b.toml")
    (folder / "a.toml").write_text("two")
    (folder / "b.toml").write_text("new")
    assert (files.read(folder / "a.toml"), files.inside(folder)) == (b"one", (folder / "a.toml",))
    with pytest.raises(FileNotFoundError, match=r"b\.toml"):
        files.read(folder / "b.toml")


EDITS = {
    "another text": lambda folder: (folder / "a.toml").write_text("two"),
    "a file more": lambda folder: (folder / "b.toml").write_text(""),
    "a file less": lambda folder: (folder / "a.toml").unlink(),
    "another name": lambda folder: (folder / "a.toml").rename(folder / "b.toml"),
    "another mode": lambda folder: (folder / "a.toml").chmod(0o600),
    "a folder in its place": lambda folder: ((folder / "a.toml").unlink(), (folder / "a.toml").mkdir()),
    "a link to the same text elsewhere, which then changes": lambda folder: linked(folder),
}


def linked(folder: Path) -> None:
    (folder / "a.toml").unlink()
    (folder / ".elsewhere").write_text("two")
    (folder / "a.toml").symlink_to(folder / ".elsewhere")


@pytest.mark.parametrize("name", EDITS)
def test_a_second_look_tells_every_difference(folder, name):
    folder.chmod(0o755)
    (folder / "a.toml").chmod(0o644)
    files = Files()
    files.read(folder / "a.toml"), files.inside(folder), files.below(folder), files.open_to_all(folder / "a.toml")
    files.real(folder / "a.toml")
    assert files.again().same(files)
    EDITS[name](folder)
    assert not files.again().same(files)
    assert files.again().same(files.again())


def test_a_link_that_leads_nowhere_is_there_and_cannot_be_read(folder):
    (folder / "b.toml").symlink_to(folder / "nowhere")
    files = Files()
    assert files.there(folder / "b.toml")
    with pytest.raises(FileNotFoundError):
        files.read(folder / "b.toml")


def test_a_pipe_that_nobody_writes_to_is_not_waited_for(folder):
    os.mkfifo(folder / "pipe")
    assert Files().read(folder / "pipe") == b""


def test_the_digest_hangs_on_names_and_bytes(folder):
    def digest() -> str:
        files = Files()
        for path in files.inside(folder):
            files.read(path)
        return files.digest

    before = digest()
    (folder / "a.toml").rename(folder / "b.toml")
    renamed = digest()
    (folder / "b.toml").write_text("two")
    assert len({before, renamed, digest()}) == 3


def test_a_moved_home_or_link_is_a_difference(folder, monkeypatch):
    """Where ~ and links lead is part of the look."""
    (folder / "link").symlink_to(folder / "a.toml")
    monkeypatch.setenv("HOME", str(folder))
    files = Files()
    assert files.home(Path("~/a.toml")) == files.real(folder / "link") == folder / "a.toml"
    assert files.home(Path("~nobody-of-that-name/a")) == Path("~nobody-of-that-name/a")
    monkeypatch.setenv("HOME", "/elsewhere")
    assert files.home(Path("~/a.toml")) == folder / "a.toml"
    moved = files.again()
    (folder / "link").unlink()
    gone = files.again()
    assert not (files.same(moved) or files.same(gone) or moved.same(gone))
