"""A file that a person names is there whole or not at all, and is written through nothing that another laid."""

from __future__ import annotations

import os

import pytest

from monitor.core.errors import Refused, Unavailable
from monitor.files import whole_file


def write(path, content=b"new"):
    with whole_file(path) as file:
        file.write(content)


def test_a_file_is_replaced_whole_and_is_private(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    write(tmp_path / "a")
    assert (tmp_path / "a").read_bytes() == b"new" and (tmp_path / "a").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("cause", [ZeroDivisionError, KeyboardInterrupt, OSError])
def test_what_stops_halfway_leaves_the_old_one(tmp_path, cause):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises((cause, Unavailable)), whole_file(tmp_path / "a") as file:
        file.write(b"half")
        raise cause
    assert (tmp_path / "a").read_bytes() == b"old" and [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_link_a_pipe_and_a_folder_are_left_alone(tmp_path):
    """Also one that leads nowhere, and one to where output usually goes."""
    (tmp_path / "mine").write_bytes(b"mine")
    (tmp_path / "link").symlink_to("mine")
    (tmp_path / "nowhere").symlink_to("none")
    (tmp_path / "stdout").symlink_to("/dev/stdout")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    before = sorted(path.name for path in tmp_path.iterdir())
    for name in ("link", "nowhere", "stdout", "folder", "pipe"):
        with pytest.raises(Refused, match="is no plain file"):
            write(tmp_path / name)
    assert (tmp_path / "mine").read_bytes() == b"mine" and sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_folder_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(Unavailable, match="cannot be written: No such file or directory"):
        write(tmp_path / "none" / "a")
