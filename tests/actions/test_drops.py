"""The drop folder: a file is taken when it is whole, once, moved aside with a report; a refused one is told."""

import json
from email import message_from_bytes
from email import policy as mime

import pytest
from drop_room import BAD, GOOD, Room
from facts import FIRST, added
from living import happen
from msgspec.structs import replace
from written import workbook

from monitor.actions.exchange import drop_folder
from monitor.actions.exchange.dropped_file import Judged
from monitor.core.errors import Unavailable
from monitor.core.sentences import Sentence
from monitor.shared_folder import Look
from monitor.translation import translated


@pytest.fixture
def room(sqlite_store, tmp_path):
    return Room(sqlite_store, tmp_path / "drop")


def test_a_file_is_imported_at_the_second_tick(room):
    """Then it moves aside with a report."""
    room.drop("a.csv", GOOD)
    room.tick()
    assert (room.entries(), room.files()) == ([], ["a.csv"])
    room.tick()
    assert (room.entries(), room.files()) == (["m"], ["done/a.csv", "done/a.csv.report.txt"])
    report = (room.folder / "done/a.csv.report.txt").read_text(encoding="utf-8")
    assert "1 added, 0 changed, 0 left alone." in report
    assert room.notices() == []


def test_a_workbook_is_imported_too(room):
    """The history names the account that left it."""
    file = workbook(room.folder / "a.xlsx", ["id", "kind", "title"], ["m", "mandate", "T"])
    owner = file.owner()
    room.tick(2)
    assert room.actors() == [owner]


def test_a_file_that_still_grows_is_left_alone(room):
    text = GOOD
    for number in range(5):
        room.drop("a.csv", text)
        room.tick()
        text += f"n{number},mandate,T\n"
    assert room.entries() == []
    room.tick()
    assert len(room.entries()) == 5


def test_a_file_that_changes_while_it_is_read_is_left_for_later(room, monkeypatch):
    room.drop("a.csv", GOOD)
    real = drop_folder.preview_import

    def slow(*given, **named):
        found = real(*given, **named)
        with (room.folder / "a.csv").open("a") as file:
            file.write("n,mandate,T\n")
        return found

    monkeypatch.setattr(drop_folder, "preview_import", slow)
    room.tick(2)
    assert (room.entries(), room.files()) == ([], ["a.csv"])
    monkeypatch.undo()
    room.tick(2)
    assert room.entries() == ["m", "n"]


def test_a_report_is_in_the_language_of_the_register(room):
    """Both reports, also one that was kept in the database until the file could be moved, and the notice's fault."""
    room.app = replace(room.app, language="nl")
    room.again()
    room.drop("a.csv", GOOD)
    room.drop("b.csv", BAD)
    room.tick(2)
    assert room.report("done/a.csv").startswith("1 nieuw, 0 gewijzigd, 0 ongewijzigd.\n")
    refused = room.report("refused/b.csv")
    assert refused.startswith("Geweigerd; er is niets gewijzigd.\nb.csv:2: D valid_until: 'never' is geen datum.")
    line = Sentence("{count} entries judged", count=3)
    kept = Judged(look=Look.of(room.folder.stat()), taken=True, report=[line, "b: c"])
    assert Judged.read(kept.kept()) == kept and translated(Judged.read(kept.kept()).report[0], "en") == line


def test_a_refused_file_changes_nothing(room):
    """Its report has every fault, and the operator is notified."""
    room.drop("a.csv", BAD)
    room.tick(2)
    assert (room.entries(), room.files()) == ([], ["refused/a.csv", "refused/a.csv.report.txt"])
    report = (room.folder / "refused/a.csv.report.txt").read_text(encoding="utf-8")
    assert report.startswith("Refused; nothing was changed.\n")
    assert "a.csv:2: D valid_until: 'never' is not a date." in report
    assert "a.csv:3: C title: title is missing." in report
    ((kind, key, what, do),) = room.notices()
    assert (kind, key) == ("import-refused", "a.csv")
    assert "2 faults, the first at line 2" in what and "never" not in what and "a.csv.report.txt" in do
    room.tick(2)
    (mail,) = room.post.accepted
    assert "a.csv" in message_from_bytes(mail.raw, policy=mime.default).get_body(("plain",)).get_content()


def test_the_notice_of_a_refused_file_is_resolved(room):
    """A corrected file resolves it, and so does removing the refused one."""
    room.drop("a.csv", BAD)
    room.tick(2)
    room.drop("a.csv", GOOD)
    room.tick(2)
    assert room.notices() == []
    room.drop("b.csv", BAD)
    room.tick(2)
    assert len(room.notices()) == 1
    (room.folder / "refused/b.csv").unlink()
    room.tick()
    assert room.notices() == []


def test_two_files_of_one_name_are_both_kept(room):
    for text in (GOOD, GOOD + "n,mandate,T\n"):
        room.drop("a.csv", text)
        room.tick(2)
    assert len([name for name in room.files() if not name.endswith(".report.txt")]) == 2
    assert len([name for name in room.files() if name.endswith(".report.txt")]) == 2


@pytest.mark.parametrize("name", [".a.csv", "~$a.xlsx", "a.csv.part", "a.xlsx.tmp"])
def test_what_programs_write_meanwhile_is_not_looked_at(room, name):
    room.drop(name, GOOD)
    room.tick(3)
    assert room.files() == [name]


def test_a_link_is_refused_unread(room, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("password\n", encoding="utf-8")
    (room.folder / "a.csv").symlink_to(secret)
    room.tick(2)
    assert secret.exists()
    assert "password" not in (room.folder / "refused/a.csv.report.txt").read_text(encoding="utf-8")


def test_one_bad_file_does_not_keep_the_next_from_being_taken(room):
    room.drop("a.csv", BAD)
    room.drop("b.csv", GOOD)
    room.tick(2)
    assert room.entries() == ["m"]


def test_a_folder_that_cannot_be_used_is_one_notice_until_it_can(room):
    room.folder.rename(room.folder.with_name("gone"))
    room.tick(3)
    ((kind, _, what, _),) = room.notices()
    assert kind == "import-folder" and "No such file" in what
    room.folder.with_name("gone").rename(room.folder)
    room.tick()
    assert room.notices() == []


def test_a_file_stays_while_the_database_cannot_be_written(room, monkeypatch):
    room.drop("a.csv", GOOD)
    real = drop_folder.save_import

    def locked(*given, **named):
        raise Unavailable("The database was locked.")

    monkeypatch.setattr(drop_folder, "save_import", locked)
    room.tick(3)
    assert room.files() == ["a.csv"]
    monkeypatch.setattr(drop_folder, "save_import", real)
    room.tick(3)
    assert room.entries() == ["m"]


def test_a_register_that_moves_meanwhile_makes_the_file_wait(room, monkeypatch):
    room.drop("a.csv", GOOD)
    real = drop_folder.save_import

    def overtaken(*given, **named):
        monkeypatch.setattr(drop_folder, "save_import", real)
        happen(room.app, added(FIRST, "m", "mandate"))
        return real(*given, **named)

    monkeypatch.setattr(drop_folder, "save_import", overtaken)
    room.tick(2)
    assert (room.titles(), room.files()) == (["Title of m"], ["a.csv"])
    room.tick(3)
    assert room.titles() == ["T"]


def test_a_service_that_is_asked_to_stop_leaves_the_file(room, monkeypatch):
    room.drop("a.csv", GOOD)
    room.tick()
    real = drop_folder.preview_import

    def stopping(*given, **named):
        room.service.stop()
        return real(*given, **named)

    monkeypatch.setattr(drop_folder, "preview_import", stopping)
    room.tick()
    assert (room.entries(), room.files()) == ([], ["a.csv"])


@pytest.mark.parametrize(
    ("text", "do"),
    [
        ("id;kind;title;einddatum\nm;mandate;T;2030-12-31\n", "the name of the field, or --map einddatum=valid_until"),
        ("id;kind;title;valid_until\nm;mandate;T;31-12-2030\n", "days as 2021-03-31, or --dates day-first"),
        ("id;kind;title;valid_until\nm;mandate;T;2130-12-31\n", "or a larger [limits] plausible_years"),
    ],
)
def test_what_only_a_person_can_say_is_refused_with_what_to_do(room, text, do):
    room.drop("a.csv", text)
    room.tick(2)
    assert (room.entries(), room.files()) == ([], ["refused/a.csv", "refused/a.csv.report.txt"])
    report = (room.folder / "refused/a.csv.report.txt").read_text(encoding="utf-8")
    assert report.startswith("Refused; nothing was changed.\na.csv:2: ") and do in report


def test_a_report_says_which_entries_no_rule_watches(room):
    room.drop("a.csv", "id,kind,title,valid_until,procedure\nc,contribution,T,2030-12-31,art-100\n")
    room.tick(2)
    report = (room.folder / "done/a.csv.report.txt").read_text(encoding="utf-8")
    assert (
        "Watched by no rule (1):\n  No rule watches c: art100-extension-letter is only about procedure art100" in report
    )


@pytest.mark.parametrize(
    ("owner", "event", "meant"),
    [("polcy-officer", "document:letter", "policy-officer"), ("", "document:leter", "document:letter")],
)
def test_a_slip_in_a_dropped_file_names_the_nearest(room, owner, event, meant):
    """A misspelt owner or event is refused with the name that was probably meant."""
    entry = {"id": "m", "kind": "mandate", "title": "T", "owner": owner}
    events = [{"entry": "m", "type": event, "on": "2020-01-02"}]
    room.drop("a.json", json.dumps({"entries": [entry], "events": events}))
    room.tick(2)
    assert (room.entries(), room.files()[0]) == ([], "refused/a.json")
    assert f"Did you mean {meant}?" in room.report("refused/a.json")
