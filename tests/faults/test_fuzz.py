"""Whatever is fed to the readers, each gives a value or its own sentences: no traceback, no hang.

MONITOR_FUZZ=N tries N examples of each instead of the few that fit into every run.
"""

import csv
import io
import os
import shutil
import socket
import threading
import time

import pytest
from facts import DEMO, FIRST, ROOT, ZONE, stamp_at
from hypothesis import example, given, settings
from hypothesis import strategies as st
from living import monitor_on
from mutations import BYTES, mutated

from monitor.actions.register.importing import preview_import
from monitor.core.calendar.dates import parse_day, parse_duration, parse_offset, parse_span
from monitor.core.delivery.retry import Outcome, Report
from monitor.core.errors import BadValue, Fault, Faults
from monitor.exchange.actions_file import read_actions
from monitor.exchange.xlsx_writer import write_xlsx
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.smtp import SmtpTransport
from monitor.mail.transport.transport import Outgoing
from monitor.settings.config.load import load_config
from monitor.settings.rules.calendars import load_calendars
from monitor.settings.rules.load import load_rules
from monitor.store.migrate import open_store
from monitor.store.register import register_version

EXAMPLES = int(os.environ.get("MONITOR_FUZZ", "0"))
LONGEST = 5.0  # seconds of processor time for one file or text; the longest seen takes a hundredth of it
# The same few in every run; new ones in a longer search.
FEW = settings(max_examples=EXAMPLES or 40, derandomize=not EXAMPLES)

NOW = stamp_at(FIRST).at
CALENDAR = (ROOT / "rules" / "calendars" / "nl-tweede-kamer.toml").read_bytes()
RULES = sorted([*(ROOT / "rules").glob("*.toml"), *(ROOT / "rules").glob("packs/mandates/[0-9]*.toml")])
CONFIG = (ROOT / "config.example.toml").read_bytes() + b"\n" + (DEMO / "people.toml").read_bytes()
REGISTER = (DEMO / "register.json").read_bytes()
ACTIONS = (DEMO / "actions.json").read_bytes()
TABLE = (
    b"id,kind,title,depends_on,valid_from,valid_until,tags\r\n"
    b'm-mali,mandate,"Mission, Mali",,2020-10-01,2021-03-31,"sahel; un"\r\n'
    b"c-mali,contribution,Staff officers,m-mali,2020-10,[2021-03..2021-05],\r\n"
    b"q-niger,request,An ask,,,..,sahel\r\n"
)


def said(fault: Faults) -> None:
    """Each fault is a sentence for people that says where."""
    assert fault.faults
    for one in fault.faults:
        assert isinstance(one, Fault) and one.what.strip() and "Traceback" not in str(one), one
        assert len(str(one)) < 4000, str(one)[:400]


class Quickly:
    """Fails when what it holds takes too long."""

    def __enter__(self) -> None:
        self.began = time.process_time()

    def __exit__(self, kind: object, *_: object) -> None:
        assert kind is not None or time.process_time() - self.began < LONGEST


SIGNS = st.text(alphabet="0123456789-/.~?%[]{}uXYPWDMbdkwmy+ ,", max_size=24)


@FEW
@given(st.one_of(SIGNS, st.text(max_size=30), st.sampled_from([b.decode("latin-1") for b in BYTES])))
def test_a_date_is_read_or_refused_in_words(text):
    for read in (parse_span, parse_day, parse_offset, parse_duration):
        with Quickly():
            try:
                read(text)
            except BadValue as wrong:
                assert str(wrong).strip()


@FEW
@given(st.sampled_from(RULES).flatmap(lambda file: mutated(file.read_bytes())))
def test_a_file_of_rules_is_read_or_its_faults_are_told(tmp_path, raw):
    (tmp_path / "own.toml").write_bytes(raw)
    with Quickly():
        try:
            load_rules([tmp_path, ROOT / "rules"], calendars=load_calendars([ROOT / "rules"], "nl-tweede-kamer").by_id)
        except Faults as found:
            said(found)


@FEW
@given(mutated(CALENDAR))
def test_a_calendar_is_read_or_its_faults_are_told(tmp_path, raw):
    (tmp_path / "calendars").mkdir(exist_ok=True)
    (tmp_path / "calendars" / "own.toml").write_bytes(raw)
    with Quickly():
        try:
            load_calendars([tmp_path, ROOT / "rules"], "own")
        except Faults as found:
            said(found)


@FEW
@given(mutated(CONFIG))
def test_a_configuration_is_read_or_its_faults_are_told(tmp_path, raw):
    file = tmp_path / "config.toml"
    file.write_bytes(raw)
    with Quickly():
        try:
            load_config(file, {})
        except Faults as found:
            said(found)


@FEW
@given(mutated(ACTIONS))
def test_dated_actions_are_read_or_their_faults_are_told(tmp_path, raw):
    file = tmp_path / "actions.json"
    file.write_bytes(raw)
    with Quickly():
        try:
            read_actions(file, ZONE)
        except Faults as found:
            said(found)


@pytest.fixture(scope="module")
def app(sqlite_template, tmp_path_factory):
    file = tmp_path_factory.mktemp("fuzz") / "monitor.db"
    shutil.copyfile(sqlite_template, file)
    store = open_store(f"sqlite:///{file}")
    yield monitor_on(store)
    store.close()


def sheet() -> bytes:
    """The table as a workbook."""
    header, *lines = csv.reader(io.StringIO(TABLE.decode()))
    made = io.BytesIO()
    write_xlsx(made, header, lines)
    return made.getvalue()


@pytest.mark.parametrize(("name", "good"), [("t.csv", TABLE), ("t.xlsx", sheet()), ("t.json", REGISTER)])
@FEW
@given(data=st.data())
def test_an_import_is_read_or_refused_whole(app, tmp_path, name, good, data):
    """Its faults are listed, and nothing is changed."""
    file = tmp_path / name
    file.write_bytes(data.draw(mutated(good)))
    with Quickly():
        try:
            preview_import(app, file, "fuzz", NOW)
        except Faults as found:
            said(found)
    with app.store.reading() as connection:
        assert register_version(connection) == 0


class Babbler:
    """A listener that answers each line as given, then hangs up."""

    def __init__(self, answers):
        self.answers, self.server = answers, socket.create_server(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.close()
        self.thread.join(2)

    def _serve(self):
        try:
            peer, _ = self.server.accept()
        except OSError:
            return
        with peer:
            peer.settimeout(2)
            try:
                for answer in self.answers:
                    peer.sendall(answer)
                    if not peer.recv(65536):
                        return
            except OSError:
                return


CODES = st.sampled_from(
    ["220", "250", "354", "421", "450", "451", "500", "550", "554", "235", "334", "999", "25", "-1", "٢٥٠"]
)
LINES = st.tuples(CODES, st.sampled_from([" ", "-", "", "\t"]), st.text(max_size=12)).map("".join)
REPLIES = st.one_of(
    LINES.map(lambda line: f"{line}\r\n".encode("utf-8", "surrogatepass")), st.binary(max_size=40),
    st.lists(LINES, max_size=4).map(lambda many: "\r\n".join(many).encode("utf-8", "surrogatepass")),
    st.sampled_from([b"250 ok\r\n", b"220 here\r\n", b"354 go\r\n", b"250-SIZE\r\n250 ok\r\n", b"2" * 3000, b""]),
)  # fmt: skip
POLITE = [b"220 here\r\n", b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b"250 queued\r\n"]


@FEW
@given(st.integers(0, len(POLITE) - 1), st.lists(REPLIES, min_size=1, max_size=3))
@example(0, ["250 \U00018d09 \u202e ok\r\n".encode()])  # what no terminal should be given
def test_whatever_a_relay_answers_becomes_a_report(place, answers):
    mail = Outgoing(
        envelope_sender="m@example.org",
        recipient="a@example.org",
        raw=b"Subject: x\r\n\r\nx\r\n",
        key="<1@example.org>",
    )
    with Babbler([*POLITE[:place], *answers, *POLITE[place + len(answers) :]]) as babbler:
        relay = Relay(host="127.0.0.1", port=babbler.port, security="plain", timeout=0.1, total_timeout=1.0)
        with Quickly(), SmtpTransport(relay) as transport:
            report = transport.send(mail)
    assert isinstance(report, Report) and report.reply.isprintable(), report
    if report.outcome is Outcome.REFUSED:
        assert any(b"5" in answer for answer in answers), (report, answers)
