"""`monitor serve` as a process: one address on this machine, one link, a stop in good order."""

import re
import signal
import stat
import subprocess
import sys

import httpx
import pytest
from desk_of_two import Desk
from patience import LIMIT, wait_until


def started(folder, *options):
    """Run the command; its output grows in a file."""
    log = folder / "log.txt"
    with log.open("w") as out:
        command = [sys.executable, "-m", "monitor", "--config", str(folder / "config.toml"), "serve", *options]
        process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    wait_until(lambda: "key=" in log.read_text() or process.poll() is not None)
    return process, log.read_text()


def stopped(process):
    """Stop it as a service manager does."""
    process.send_signal(signal.SIGTERM)
    return process.wait(LIMIT)


@pytest.fixture
def folder(tmp_path):
    """A configuration and its database."""
    Desk(tmp_path).app.close()
    return tmp_path


def test_the_link_printed_at_start_lets_in_once(folder):
    """The one who started it comes in; a second use opens nothing."""
    process, said = started(folder, "--port", "0")
    try:
        [link] = re.findall(r"^http://127\.0\.0\.1:\d+/enter\?key=\S+$", said, re.MULTILINE)
        assert "lets Lotte Verhagen in" in said
        address, key = link.split("/enter?key=")
        with httpx.Client(base_url=address, follow_redirects=True) as browser:
            page = browser.post("/enter", data={"key": key})
            assert page.status_code == 200 and "Bijdrage c-mali" in page.text
            assert httpx.post(f"{address}/enter", data={"key": key}).status_code == 401
    finally:
        assert stopped(process) == 0
    log = (folder / "log.txt").read_text()
    assert "Traceback" not in log and log.count(key) == 1  # where it was printed, and in no log of requests


def test_a_unix_socket_is_for_this_account_alone(folder):
    """Mode 0600 from the first moment on."""
    place = folder / "desk.sock"
    process, said = started(folder, "--socket", str(place), "--person", "idris")
    try:
        assert stat.S_IMODE(place.stat().st_mode) == 0o600
        key = re.findall(r"key=(\S+)", said)[0]
        transport = httpx.HTTPTransport(uds=str(place))
        with httpx.Client(transport=transport, base_url="http://localhost", follow_redirects=True) as browser:
            assert "Idris el Amrani" in browser.post("/enter", data={"key": key}).text
        other, said = started(folder, "--socket", str(place))
        assert other.wait(LIMIT) == 4 and "cannot be served" in said
    finally:
        process.kill()
        process.wait(LIMIT)
    assert place.is_socket()  # a killed desk leaves it behind: the next one clears it away
    again, said = started(folder, "--socket", str(place))
    assert "key=" in said
    assert stopped(again) == 0 and not place.exists()


def test_a_taken_port_is_told(folder):
    """With what to do; nothing is left running."""
    first, said = started(folder, "--port", "0")
    try:
        port = re.findall(r"127\.0\.0\.1:(\d+)", said)[0]
        second, said = started(folder, "--port", port)
        assert second.wait(LIMIT) == 4 and f"127.0.0.1:{port} cannot be served" in said and "--port" in said
    finally:
        stopped(first)


def test_an_unknown_person_is_told(folder):
    """With the nearest name."""
    process, said = started(folder, "--port", "0", "--person", "lote")
    assert process.wait(LIMIT) != 0 and "lotte" in said and "Traceback" not in said


def test_edited_files_count_without_a_restart(folder, monkeypatch):
    """A new person may come in; files with a fault leave the last good ones in force."""
    from monitor.app import build
    from monitor.web import installation

    monkeypatch.setattr(installation, "LOOK_EVERY", 0.0)
    file = folder / "config.toml"
    with build(file) as app:
        there = installation.Installation(file, app, lambda: None)
        good = file.read_text()
        file.write_text(good + '[people.nora]\nname = "Nora"\naddress = "nora@example.org"\n')
        assert "nora" in there.app().people.persons
        file.write_text(good + "[people.nora]\nname = 1\n")
        assert "nora" in there.app().people.persons
        file.write_text(good)
        assert "nora" not in there.app().people.persons


def test_a_database_that_is_away_is_a_page(folder):
    """503 with a sentence, and the desk goes on when it is back."""
    process, said = started(folder, "--port", "0")
    try:
        address = re.findall(r"http://127\.0\.0\.1:\d+", said)[0]
        (folder / "monitor.db").rename(folder / "away.db")
        (folder / "monitor.db").mkdir()
        answer = httpx.get(address, cookies={"desk": "x"})
        assert answer.status_code in (401, 503) and "Traceback" not in answer.text
    finally:
        stopped(process)


def test_the_style_sheet_is_small(folder):
    """At most 30 kB, and nothing in it is fetched from elsewhere."""
    from monitor.web.desk import STATIC

    sheet = (STATIC / "desk.css").read_text()
    assert len(sheet.encode()) <= 30_000 and "url(" not in sheet and "@import" not in sheet
