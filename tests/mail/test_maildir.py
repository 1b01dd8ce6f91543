import mailbox
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from patience import LIMIT

from monitor.core.delivery.retry import Outcome
from monitor.mail.transport.maildir import MaildirTransport, folder_name
from monitor.mail.transport.transport import Outgoing

RAW = b"Date: Wed, 31 Mar 2021 06:00:00 +0000\r\nSubject: Brief\r\n\r\n.punt\r\nFrom mij\r\n"
PIET = "piet@ministerie.example"


def message(recipient=PIET, *, key="sleutel", raw=RAW):
    return Outgoing(envelope_sender="monitor@ministerie.example", recipient=recipient, raw=raw, key=key)


def files(root):
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_message_is_stored_in_its_recipients_new(tmp_path):
    """Its line ends are those of Unix."""
    with MaildirTransport(tmp_path / "post" / "bus") as transport:
        report = transport.send(message())
    assert report.outcome is Outcome.ACCEPTED
    (path,) = (tmp_path / "post" / "bus" / PIET / "new").iterdir()
    assert report.reply == f"stored as {path}"
    assert path.read_bytes() == RAW.replace(b"\r\n", b"\n")
    assert files(tmp_path / "post" / "bus" / PIET / "tmp") == []


def test_the_standard_librarys_mailbox_reads_what_was_delivered(tmp_path):
    transport = MaildirTransport(tmp_path)
    for number in range(3):
        transport.send(message(key=f"sleutel {number}", raw=RAW.replace(b"Brief", b"Brief %d" % number)))
    box = mailbox.Maildir(tmp_path / PIET, create=False)
    assert sorted(mail["Subject"] for mail in box) == ["Brief 0", "Brief 1", "Brief 2"]
    assert {mail.get_payload() for mail in box} == {".punt\nFrom mij\n"}


def test_each_recipient_has_a_maildir_that_only_the_owner_reads(tmp_path):
    transport = MaildirTransport(tmp_path)
    transport.send(message())
    transport.send(message("an@ministerie.example"))
    assert sorted(folder.name for folder in tmp_path.iterdir()) == ["an@ministerie.example", PIET]
    assert sorted(folder.name for folder in (tmp_path / PIET).iterdir()) == ["cur", "new", "tmp"]
    assert (tmp_path / PIET).stat().st_mode & 0o077 == 0
    assert next((tmp_path / PIET / "new").iterdir()).stat().st_mode & 0o077 == 0


def test_file_names_sort_in_the_order_of_posting(tmp_path):
    transport = MaildirTransport(tmp_path)
    days = [b"Wed, 31 Mar 2021", b"Mon, 21 Sep 2020", b"Mon, 31 Jan 2022"]
    for day in days:
        transport.send(message(key=day.decode(), raw=RAW.replace(days[0], day)))
    listed = sorted((tmp_path / PIET / "new").iterdir())
    assert [path.read_bytes()[6:22] for path in listed] == [days[1], days[0], days[2]]


@pytest.mark.parametrize("date", [b"", b"Date: kapot\r\n", b"Date: Wed, 31 Feb 2021 06:00:00 +0000\r\n"])
def test_a_message_without_a_date_is_delivered_all_the_same(tmp_path, date):
    assert MaildirTransport(tmp_path).send(message(raw=date + b"Subject: x\r\n\r\n")).outcome is Outcome.ACCEPTED


def test_the_same_key_twice_is_one_message(tmp_path):
    first, second = (MaildirTransport(tmp_path).send(message()) for _ in range(2))
    assert first == second
    assert len(files(tmp_path)) == 1
    MaildirTransport(tmp_path).send(message(key="een andere sleutel"))
    assert len(files(tmp_path)) == 2


def test_a_key_is_found_after_a_client_moved_it(tmp_path):
    """Flags that the client added do not matter."""
    transport = MaildirTransport(tmp_path)
    transport.send(message())
    box = mailbox.Maildir(tmp_path / PIET)
    ((name, mail),) = box.items()
    mail.set_subdir("cur")
    mail.add_flag("S")
    box[name] = mail
    box.flush()
    assert [path.rpartition("/")[2][-4:] for path in files(tmp_path)] == [":2,S"]
    assert transport.send(message()).outcome is Outcome.ACCEPTED
    assert len(files(tmp_path)) == 1


def test_two_at_once_with_the_same_message_leave_one(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        reports = list(pool.map(lambda _: MaildirTransport(tmp_path).send(message()), range(40)))
    assert {report.outcome for report in reports} == {Outcome.ACCEPTED}
    assert len(files(tmp_path)) == 1


def test_a_file_system_without_hard_links_is_served_by_renaming(tmp_path, monkeypatch):
    def no_links(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert MaildirTransport(tmp_path).send(message()).outcome is Outcome.ACCEPTED
    assert [path.split("/")[1] for path in files(tmp_path)] == ["new"]


@pytest.mark.parametrize(
    ("address", "folder"),
    [
        ("Piet.Jansen@Ministerie.example", "piet.jansen@ministerie.example"), ("a/b@x.example", "a%2Fb@x.example"),
        ("../../etc/x@x.example", "%2E.%2F..%2Fetc%2Fx@x.example"), ("a+b@x.example", "a+b@x.example"),
        ("a%2Fb@x.example", "a%252fb@x.example"), (".", "%2E"), ("..", "%2E."),
    ],
)  # fmt: skip
def test_an_address_never_leads_out_of_the_root(address, folder):
    assert folder_name(address) == folder
    assert "/" not in folder_name(address)


def test_a_slash_in_an_address_stays_inside_the_root(tmp_path):
    assert MaildirTransport(tmp_path / "root").send(message("a/b@x.example")).outcome is Outcome.ACCEPTED
    assert [path.name for path in (tmp_path / "root").iterdir()] == ["a%2Fb@x.example"]


def test_a_file_where_a_folder_should_be_is_one_sentence(tmp_path):
    (tmp_path / PIET).write_text("geen map")
    report = MaildirTransport(tmp_path).send(message())
    assert report.outcome is Outcome.RELAY_DOWN
    assert str(tmp_path / PIET) in report.reply
    assert "\n" not in report.reply
    assert MaildirTransport(tmp_path).send(message("an@ministerie.example")).outcome is Outcome.ACCEPTED


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    """RLIMIT_FSIZE makes the write fail in its middle, in a process of its own."""
    transport = MaildirTransport(tmp_path)
    transport.send(message(key="eerste"))
    result = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)], capture_output=True, text=True, check=True, timeout=LIMIT
    )
    outcome, _, sentence = result.stdout.strip().partition(" ")
    assert outcome == "relay-down"
    assert "File too large" in sentence
    assert len(files(tmp_path)) == 1
    big = RAW + b"regel\r\n" * 10_000
    assert transport.send(message(key="groot", raw=big)).outcome is Outcome.ACCEPTED


FULL_DISK = f"""
import resource, signal, sys
from pathlib import Path
from monitor.mail.transport.maildir import MaildirTransport
from monitor.mail.transport.transport import Outgoing
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
raw = {RAW!r} + b"regel\\r\\n" * 10_000
message = Outgoing(envelope_sender="", recipient={PIET!r}, raw=raw, key="groot")
report = MaildirTransport(Path(sys.argv[1])).send(message)
print(report.outcome.value, report.reply)
"""


def test_a_kill_in_the_middle_of_writing_leaves_nothing_in_new(tmp_path):
    result = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], capture_output=True, timeout=LIMIT, check=False
    )
    assert result.returncode == 9
    assert [path.split("/")[1] for path in files(tmp_path)] == ["tmp"]
    assert MaildirTransport(tmp_path).send(message()).outcome is Outcome.ACCEPTED
    assert [path.read_bytes() for path in (tmp_path / PIET / "new").iterdir()] == [RAW.replace(b"\r\n", b"\n")]


KILLED = f"""
import os, sys
from pathlib import Path
from monitor.mail.transport.maildir import MaildirTransport
from monitor.mail.transport.transport import Outgoing
os.fsync = lambda handle, sync=os.fsync: sync(handle) if os.path.isdir(f"/proc/self/fd/{{handle}}") else os._exit(9)
MaildirTransport(Path(sys.argv[1])).send(Outgoing(envelope_sender="", recipient={PIET!r}, raw={RAW!r}, key="sleutel"))
"""


def test_content_and_name_are_synced_before_acceptance(tmp_path, monkeypatch):
    """The content is synced before its name."""
    MaildirTransport(tmp_path).send(message(key="eerste"))
    steps = []
    sync, link = os.fsync, os.link
    monkeypatch.setattr(
        os, "fsync", lambda handle: (steps.append(Path(f"/proc/self/fd/{handle}").readlink().parts[-2:]), sync(handle))
    )
    monkeypatch.setattr(os, "link", lambda *paths: (steps.append("link"), link(*paths)))
    MaildirTransport(tmp_path).send(message())
    assert [step if step == "link" else step[0] for step in steps] == ["tmp", "link", PIET]
    assert steps[-1] == (PIET, "new")


def test_a_root_that_may_not_be_written_is_one_sentence(tmp_path, as_nobody):
    (tmp_path / "post").mkdir(mode=0o555)
    as_nobody()
    report = MaildirTransport(tmp_path / "post").send(message())
    assert report.outcome is Outcome.RELAY_DOWN
    assert report.reply.endswith("cannot be written: Permission denied.")
    assert MaildirTransport(tmp_path / "post").probe().outcome is Outcome.RELAY_DOWN


@pytest.fixture
def as_nobody():
    """Root may write everywhere: gives that right away for the rest of the test."""
    owner = os.geteuid()
    yield lambda: os.seteuid(65534) if owner == 0 else None
    os.seteuid(owner)


def test_probe_writes_and_leaves_nothing(tmp_path):
    """It reports whether a message could be written."""
    assert MaildirTransport(tmp_path / "post").probe().outcome is Outcome.ACCEPTED
    assert files(tmp_path) == []
    (tmp_path / "bestand").write_text("geen map")
    report = MaildirTransport(tmp_path / "bestand" / "post").probe()
    assert report.outcome is Outcome.RELAY_DOWN
    assert "cannot be written" in report.reply


def test_a_place_that_takes_no_folders_is_one_sentence():
    report = MaildirTransport(Path("/proc/post")).send(message())
    assert report.outcome is Outcome.RELAY_DOWN
    assert "cannot be written" in report.reply


@pytest.mark.parametrize("laid", ["", "new", "tmp", "cur"])
def test_a_link_laid_in_a_maildir_leads_no_mail_elsewhere(tmp_path, laid):
    """A recipient who has rights in a Maildir points a folder of it at the rules: that recipient's mail alone waits."""
    (tmp_path / "rules").mkdir()
    root = tmp_path / "post"
    (root / PIET / laid).parent.mkdir(parents=True)
    (root / PIET / laid).symlink_to(tmp_path / "rules")
    report = MaildirTransport(root).send(message())
    assert report.outcome is Outcome.POSTPONED and report.reply.endswith("cannot be written: it is a link.")
    assert list((tmp_path / "rules").iterdir()) == []
    (root / PIET / laid).unlink()
    assert MaildirTransport(root).send(message()).outcome is Outcome.ACCEPTED


def test_a_root_that_is_a_link_of_the_administrators_is_followed(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "post").symlink_to(tmp_path / "disk")
    assert MaildirTransport(tmp_path / "post").send(message()).outcome is Outcome.ACCEPTED
