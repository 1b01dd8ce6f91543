"""The audit finds nothing on days that went well, and each thing that somebody tampered with or that went wrong."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from facts import demo_actions, shipped_policy
from living import Recorder, hand_over, happen, monitor_on, plain_letters, without_brake
from msgspec.structs import replace

from monitor.actions.audit.audit import AuditReport, audit
from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.app import App, words_in
from monitor.core.audit.findings import FindingKind
from monitor.core.calendar.calendars import Recess
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.slots import slot_of
from monitor.mail.letters.letters import Letters
from monitor.settings.config.in_force import in_force
from monitor.store.engine import Store
from monitor.store.migrate import open_store
from monitor.store.schema import checks, versions

FIRST, LAST = date(2021, 4, 26), date(2021, 5, 21)
BUSY = date(2021, 5, 12)  # reminders of several rules went to several people
AFTER = datetime(2021, 5, 21, 12)


def live(app: App, first: date, last: date, *, but: date | None = None) -> None:
    """Check and deliver at each slot, after what was recorded by then; at one of them nothing happens."""
    post, waiting = Recorder(), list(demo_actions())
    while waiting and waiting[0][0] < first:
        happen(app, waiting.pop(0)[1])
    for day in slot_days(app.policy, first, last):
        while waiting and waiting[0][0] <= day:
            happen(app, waiting.pop(0)[1])
        if day != but:
            now = slot_of(app.policy, day)
            check(app, now)
            deliver(app, lambda now=now: now + timedelta(seconds=1), post)


def installed(file: Path, letters: Path) -> App:
    app = monitor_on(open_store(f"sqlite:///{file}"), policy=without_brake(shipped_policy()))
    return replace(app, letters=plain_letters(letters))


@pytest.fixture(scope="module")
def month(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A database with a month of the demo's year, and the letters."""
    folder = tmp_path_factory.mktemp("audit")
    shutil.copyfile(sqlite_template, folder / "month.db")
    with installed(folder / "month.db", folder / "letters") as app:
        hand_over(app)
        live(app, FIRST, LAST)
    return folder / "month.db", folder / "letters"


@pytest.fixture
def lived(month: tuple[Path, Path], tmp_path: Path) -> Iterator[App]:
    """That month, to be tampered with."""
    shutil.copyfile(month[0], tmp_path / "monitor.db")
    app = monitor_on(open_store(f"sqlite:///{tmp_path}/monitor.db"), policy=without_brake(shipped_policy()))
    yield app
    app.close()


def tamper(app: App, *statements: str) -> None:
    """Change the database as somebody with a database program does."""
    with closing(sqlite3.connect(str(app.store.file))) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        for statement in statements:
            assert connection.execute(statement).rowcount, f"nothing to be tampered with: {statement}"


def audited(app: App, first: date | None = None, last: date | None = None) -> AuditReport:
    return audit(app, slot_of(app.policy, LAST) + timedelta(hours=2), first, last)


def told(report: AuditReport) -> str:
    return "\n".join(words_in("en").isolate(one.what) for one in report.findings)


def kinds(report: AuditReport) -> set[str]:
    return {one.kind for one in report.findings}


ONE = f"SELECT min(number) FROM ledger WHERE day = '{BUSY}'"
MAIL = f"SELECT min(message) FROM ledger WHERE day = '{BUSY}'"


def test_days_that_went_well_have_no_finding(lived: App):
    report = audited(lived)
    assert report.findings == () and report.checks == len(list(slot_days(lived.policy, FIRST, LAST)))
    assert report.owed == report.agreed > 100


def test_a_window_is_judged_with_what_was_sent_before_it(lived: App):
    report = audited(lived, BUSY, BUSY)
    assert (report.first, report.last, report.checks, report.findings) == (BUSY, BUSY, 1, ())
    assert report.owed > 10


@pytest.mark.parametrize(
    ("statement", "kind", "words"),
    [
        (f"DELETE FROM ledger WHERE number = ({ONE})", FindingKind.MISSING, "the line that says so is missing"),
        (f"DELETE FROM messages WHERE id = ({MAIL})", FindingKind.MAIL_GONE, "the outbox does not have that mail"),
        (f"UPDATE ledger SET standing = 0 WHERE number = ({ONE})", FindingKind.UNSAID, "no longer counts as sent"),
        (f"UPDATE messages SET state = 'failed' WHERE id = ({MAIL})", FindingKind.UNSENT, "count as sent to"),
        (f"DELETE FROM attempts WHERE message = ({MAIL})", FindingKind.UNACCEPTED, "no relay accepted it"),
        (f"DELETE FROM ledger WHERE message = ({MAIL})", FindingKind.NO_LINE, "the ledger has no reminder in it"),
        (f"UPDATE ledger SET rung = '-9w' WHERE number = ({ONE})", FindingKind.DIFFERS, "as “-9w” for"),
        (f"UPDATE ledger SET person = 'bas' WHERE number = ({ONE})", FindingKind.NOT_OWED, "bas was not among its"),
        ("""UPDATE versions SET content = replace(content, '"amount":-8', '"amount":-7') WHERE kind = 'rules'""",
         FindingKind.ALTERED,
         "were altered afterwards"),
        ("DELETE FROM versions WHERE kind = 'calendars'", FindingKind.GONE, "are not kept any more"),
        (f"DELETE FROM checks WHERE day = '{BUSY}'", FindingKind.NOT_OWED, "no check made that mail"),
        (f"DELETE FROM checks WHERE day = '{BUSY}'", FindingKind.NO_CHECK, "No check was made for the slot of"),
        ("DELETE FROM changes WHERE verb = 'add' AND entry = 'c-emasoh'", FindingKind.UNREADABLE,
         "The history cannot be followed"),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_found(lived: App, statement: str, kind: str, words: str):
    tamper(lived, statement)
    report = audited(lived)
    assert kind in kinds(report) and words in told(report), told(report)
    assert all(one.day <= LAST for one in report.findings)


def test_a_recess_back_dated_is_found(lived: App):
    """A recess that somebody writes into what earlier checks had in force is found, with what would have followed."""
    calendar, policy = lived.policy.calendar(), lived.policy
    spring = Recess(name="back-dated", start=date(2021, 5, 10), end=date(2021, 5, 28), certainty="A")
    by_id = {calendar.id: replace(calendar, recesses=(*calendar.recesses, spring))}
    other = replace(policy, calendars=replace(policy.calendars, by_id=by_id))
    hash, content = in_force(other, lived.people)["calendars"]
    with lived.store.writing() as connection:
        kept = {"hash": hash, "kind": "calendars", "content": content, "first_seen": slot_of(policy, LAST)}
        connection.execute(versions.insert().values(**kept))
        connection.execute(checks.update().where(checks.c.day < BUSY).values(calendars=hash))
    report = audited(lived)
    assert FindingKind.BACKDATED in kinds(report) and "were kept only on" in told(report)
    assert {FindingKind.NOT_OWED, FindingKind.MISSING, FindingKind.DIFFERS} & kinds(report), told(report)


def test_a_day_without_a_check_is_found(sqlite_store: Store, month: tuple[Path, Path]):
    """What was owed at the slot that was missed is made up at the next, and is no finding."""
    app = replace(monitor_on(sqlite_store, policy=without_brake(shipped_policy())), letters=Letters([month[1]]))
    hand_over(app)
    live(app, FIRST, date(2021, 5, 4), but=date(2021, 4, 29))
    report = audit(app, slot_of(app.policy, date(2021, 5, 4)))
    assert [(one.kind, one.day) for one in report.findings] == [(FindingKind.NO_CHECK, date(2021, 4, 29))]


def test_nothing_on_record_is_no_finding(sqlite_store: Store):
    report = audit(monitor_on(sqlite_store), slot_of(shipped_policy(), LAST))
    assert report == AuditReport(first=None, last=None)
