"""The drop folder as hostile ground: what another account lays there moves, opens and overwrites nothing elsewhere."""

from __future__ import annotations

import os
import shutil
import socket
import stat
from pathlib import Path

import pytest
from drop_room import BAD, GOOD, Room
from facts import FIRST, added
from living import happen

from monitor.actions.exchange import drop_folder, dropped_file
from monitor.core.model.changes import Correct

STRANGER = 65534
SECRET = "id,kind,title,password\nsecret,mandate,hunter2,x\n"


@pytest.fixture
def room(sqlite_store, tmp_path):
    return Room(sqlite_store, tmp_path / "drop")


@pytest.fixture
def rules(tmp_path):
    """A folder of the service's own, which a file must not get into."""
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "mine.toml").write_text("mine", encoding="utf-8")
    return folder


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret.csv"
    file.write_text(SECRET, encoding="utf-8")
    return file


def given_away(path):
    if os.geteuid():
        pytest.skip("only root can give a file away")
    os.chown(path, STRANGER, STRANGER, follow_symlinks=False)


def in_folder(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", ["done", "refused"])
@pytest.mark.parametrize("text", [GOOD, BAD])
def test_a_link_in_place_of_a_folder_leads_nowhere(room, rules, name, text):
    (room.folder / name).symlink_to(rules)
    room.drop("a.toml", text)
    room.drop("b.csv", text)
    room.tick(3)
    assert in_folder(rules) == ["mine.toml"]
    assert {"a.toml", "b.csv"} <= set(in_folder(room.folder)) and room.entries() == []
    ((kind, _, what, _),) = room.notices()
    assert kind == "import-folder" and f"{name} is a link or no folder" in what
    (room.folder / name).unlink()
    room.tick(2)
    assert not room.notices() or room.notices()[0][0] == "import-refused"
    assert not (room.folder / "b.csv").exists()


@pytest.mark.parametrize("name", ["done", "refused"])
def test_a_folder_of_another_account_gets_nothing(room, name):
    (room.folder / name).mkdir()
    given_away(room.folder / name)
    room.drop("a.csv", GOOD)
    room.tick(3)
    assert room.files() == ["a.csv"] and room.entries() == []
    assert f"{name} in it belongs to another account" in room.notices()[0][2]


@pytest.mark.parametrize("text", [GOOD, BAD])
def test_a_link_in_place_of_a_report_overwrites_nothing(room, rules, text):
    """Also where the administrator lets everybody write in done/ and refused/."""
    for name in ("done", "refused"):
        (room.folder / name).mkdir()
        (room.folder / name).chmod(0o777)
        (room.folder / name / "a.csv.report.txt").symlink_to(rules / "mine.toml")
        (room.folder / name / "b.csv").symlink_to(rules / "mine.toml")
    room.drop("a.csv", text)
    room.drop("b.csv", text)
    room.tick(2)
    assert (rules / "mine.toml").read_text(encoding="utf-8") == "mine" and in_folder(rules) == ["mine.toml"]
    place = room.folder / ("done" if text == GOOD else "refused")
    assert len([path for path in place.iterdir() if not path.is_symlink()]) == 4, "both files and both reports"
    assert in_folder(room.folder) == ["done", "refused"]


def test_a_drop_folder_replaced_by_a_foreign_link_is_unused(room, rules, tmp_path):
    """People who may write beside the drop folder could have the service work in any folder of its own."""
    (rules / "b.csv").write_text(GOOD, encoding="utf-8")
    room.folder.rename(tmp_path / "away")
    room.folder.symlink_to(rules)
    given_away(room.folder)
    room.tick(3)
    assert in_folder(rules) == ["b.csv", "mine.toml"]
    assert "is a link, and another account may have laid it" in room.notices()[0][2]


def test_an_own_link_in_a_shared_place_is_not_followed(room, rules, tmp_path):
    """Others could replace a link of this account in a folder that they may write to."""
    room.folder.rename(tmp_path / "away")
    open_to_all = tmp_path / "open"
    open_to_all.mkdir()
    (open_to_all / "drop").symlink_to(rules)
    open_to_all.chmod(0o777)
    room.service.drops = drop_folder.DropFolder(folder=open_to_all / "drop")
    room.tick()
    assert "is a link" in room.notices()[0][2]
    open_to_all.chmod(0o1777)  # others cannot take the link away there
    room.tick()
    assert room.notices() == []


def test_a_link_that_the_administrator_made_is_followed(room, tmp_path):
    (tmp_path / "disk").mkdir()
    shutil.move(room.folder, tmp_path / "disk/drop")
    room.folder.symlink_to("disk/./drop")
    room.drop("a.csv", GOOD)
    room.tick(2)
    assert room.entries() == ["m"] and (tmp_path / "disk/drop/done/a.csv").is_file()


def test_links_in_a_circle_are_a_trouble_of_the_folder(room, tmp_path):
    room.folder.rmdir()
    room.folder.symlink_to(tmp_path / "other")
    (tmp_path / "other").symlink_to(room.folder)
    room.tick()
    assert "symbolic links" in room.notices()[0][2]


def a_pipe(path, secret):
    os.mkfifo(path)


def a_socket(path, secret):
    place = Path.cwd()
    os.chdir(path.parent)  # the address of a socket is short
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(path.name)
    os.chdir(place)


def a_device(path, secret):
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))  # /dev/zero
    except PermissionError:
        pytest.skip("only root can make a device")


def a_link(path, secret):
    path.symlink_to(secret)


def a_link_to_nothing(path, secret):
    path.symlink_to("/no/such")


def a_second_name(path, secret):
    os.link(secret, path)


@pytest.mark.parametrize("lay", [a_pipe, a_socket, a_device, a_link, a_link_to_nothing, a_second_name])
def test_what_is_no_plain_file_of_its_own_is_refused_unread(room, secret, lay):
    """Nothing is waited for, and the next file is taken in the same tick."""
    lay(room.folder / "a.csv", secret)
    room.drop("b.csv", GOOD)
    room.tick(2)
    assert room.entries() == ["m"] and in_folder(room.folder) == ["done", "refused"]
    assert room.report("refused/a.csv").startswith("Refused; nothing was changed.\n")
    assert "hunter2" not in room.report("refused/a.csv") and "password" not in room.report("refused/a.csv")
    assert secret.read_text(encoding="utf-8") == SECRET
    assert room.notices()[0][:2] == ("import-refused", "a.csv")


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (b"caf\xe9.csv", "caf\\xe9.csv"),
        (b"a\nb.csv", "a\\nb.csv"),
        (b"a\x1b[31m.csv", "a\\x1b[31m.csv"),
        ("a\u2028b.csv".encode(), "a\\u2028b.csv"),
        (b"x" * 251 + b".csv", "x" * 188 + "….csv"),
        ("é".encode() * 125 + b".csv", "é" * 94 + "….csv"),
        (b"x." + b"y" * 253, "x." + "y" * 190 + "…"),
    ],
)
def test_a_name_that_cannot_be_shown_is_refused_once(room, name, shown):
    """Not UTF-8, more than a line, too long for a report: refused with a report, and no other file waits."""
    (room.folder / os.fsdecode(name)).write_text(GOOD.replace("m,", "bad,"), encoding="utf-8")
    room.drop("zz.csv", GOOD)
    room.tick(2)
    assert room.entries() == ["m"] and in_folder(room.folder) == ["done", "refused"]
    assert in_folder(room.folder / "refused") == sorted([shown, f"{shown}.report.txt"])
    assert "name of this file" in room.report(f"refused/{shown}") and shown in room.report(f"refused/{shown}")
    assert [notice[:2] for notice in room.notices()] == [("import-refused", shown)]
    room.tick(2)
    assert len(room.post.accepted) == 1 and len(room.notices()) == 1
    (room.folder / "refused" / shown).unlink()
    room.tick()
    assert room.notices() == []


def test_a_long_name_with_signs_of_any_script_is_taken(room):
    name = "Übersicht – 登記簿 – mandaten 🙂 " + "x" * 100 + ".csv"
    room.drop(name, GOOD)
    room.tick(2)
    assert room.files() == [f"done/{name}", f"done/{name}.report.txt"]


def test_a_file_replaced_before_it_is_opened_is_not_read(room, secret, monkeypatch):
    real = dropped_file.opened

    def swapped(folder, name):
        (room.folder / name).unlink()
        (room.folder / name).write_text(SECRET, encoding="utf-8")
        return real(folder, name)

    monkeypatch.setattr(dropped_file, "opened", swapped)
    room.drop("a.csv", GOOD)
    room.tick(2)
    assert room.entries() == [] and room.files() == ["a.csv"]


def test_a_link_laid_before_it_is_opened_is_not_followed(room, secret, monkeypatch):
    real = dropped_file.opened

    def swapped(folder, name):
        if not (room.folder / name).is_symlink():
            (room.folder / name).unlink()
            (room.folder / name).symlink_to(secret)
        return real(folder, name)

    monkeypatch.setattr(dropped_file, "opened", swapped)
    room.drop("a.csv", GOOD)
    room.tick(2)
    assert room.entries() == [] and secret.exists()
    assert not [path for path in room.folder.rglob("*.txt") if "hunter2" in path.read_text(encoding="utf-8")]


def test_what_is_judged_is_what_was_read(room, monkeypatch):
    """Its owner changes it while it is judged, and sets size and time back: the bytes read first are the ones kept."""
    real = drop_folder.preview_import

    def rewriting(app, path, *given, **named):
        file = room.folder / "a.csv"
        times = file.stat().st_mtime_ns
        with file.open("r+", encoding="utf-8") as opened:
            opened.write(GOOD.replace("T", "X"))
        os.utime(file, ns=(times, times))
        return real(app, path, *given, **named)

    monkeypatch.setattr(drop_folder, "preview_import", rewriting)
    room.drop("a.csv", GOOD)
    room.tick(2)
    assert room.register()["m"].title == "T"


def test_a_file_that_takes_the_name_is_not_moved_unread(room, monkeypatch):
    """A file that gets the name of the one just imported stays, and is imported in its turn."""
    real = drop_folder.save_import

    def replaced(*given, **named):
        monkeypatch.setattr(drop_folder, "save_import", real)
        found = real(*given, **named)
        (room.folder / "new").write_text(GOOD.replace("m,", "n,"), encoding="utf-8")
        (room.folder / "new").rename(room.folder / "a.csv")
        return found

    monkeypatch.setattr(drop_folder, "save_import", replaced)
    room.drop("a.csv", GOOD)
    room.tick(2)
    assert room.entries() == ["m"] and room.files() == ["a.csv", "done/a.csv.report.txt"]
    room.tick(2)
    assert room.entries() == ["m", "n"] and (room.folder / "a.csv").exists() is False


def test_a_file_that_vanishes_meanwhile_leaves_its_report(room, monkeypatch):
    """A file removed while it is judged has its report all the same."""
    real = drop_folder.save_import

    def taken_away(*given, **named):
        found = real(*given, **named)
        (room.folder / "a.csv").unlink()
        return found

    monkeypatch.setattr(drop_folder, "save_import", taken_away)
    room.drop("a.csv", GOOD)
    room.tick(3)
    assert room.files() == ["done/a.csv.report.txt"] and room.notices() == []


def test_a_killed_service_does_not_undo_a_correction(room, monkeypatch):
    """It is killed after the import, before the move; a person corrects the entry; the next service only moves it."""

    def killed(*given):
        raise SystemExit

    monkeypatch.setattr(drop_folder, "move_aside", killed)
    room.drop("a.csv", GOOD)
    room.tick()
    with pytest.raises(SystemExit):
        room.tick()
    monkeypatch.undo()
    change = added(FIRST, "m", "mandate")
    happen(room.app, Correct(stamp=change.stamp, entry="m", fields={"title": "By hand"}))
    room.again()
    room.tick(2)
    assert room.register()["m"].title == "By hand"
    assert "1 added, 0 changed" in room.report("done/a.csv") and room.files()[0] == "done/a.csv"


def test_a_killed_service_refuses_once_and_says_so(room, monkeypatch):
    def killed(*given):
        raise SystemExit

    monkeypatch.setattr(drop_folder, "move_aside", killed)
    room.drop("a.csv", BAD)
    room.tick()
    with pytest.raises(SystemExit):
        room.tick()
    monkeypatch.undo()
    room.again()
    room.tick(3)
    assert room.files() == ["refused/a.csv", "refused/a.csv.report.txt"]
    assert [notice[:2] for notice in room.notices()] == [("import-refused", "a.csv")]


def test_a_file_moved_back_is_read_again(room):
    room.drop("a.csv", GOOD)
    room.tick(2)
    happen(room.app, Correct(stamp=added(FIRST, "m", "mandate").stamp, entry="m", fields={"title": "By hand"}))
    (room.folder / "done/a.csv").rename(room.folder / "a.csv")
    room.tick(2)
    assert room.register()["m"].title == "T"
