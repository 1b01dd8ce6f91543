"""A sensitive entry appears in mail, logs and reports by its id alone: a secret word is in all its other fields."""

from collections.abc import Iterator
from datetime import date, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest
from facts import FIRST, demo_actions, demo_changes, shipped_policy, stamp_at
from living import Recorder, demo_people, hand_over, happen, monitor_on, without_brake
from msgspec.structs import replace
from sqlalchemy import select

from monitor.core.delivery.retry import Outcome, Report
from monitor.core.model.changes import Absent, Acknowledge, Add, Correct, Note, Record, SnoozeUntil
from monitor.core.model.register import Entry, ObligationKey, Quote, Reference
from monitor.core.model.slots import slot_of
from monitor.journal import configure
from monitor.service import Service
from monitor.store.engine import Store
from monitor.store.schema import messages, notices

WORD = "kanarievogel"
LAST = date(2020, 10, 6)
SAID = ("q-erbil", "c-new", "uitgesteld tot", "verschoven", "Tijdens uw afwezigheid")


def marked(entry: Entry) -> Entry:
    """Sensitive, with the word in every text of its own."""
    return replace(
        entry, sensitive=True, title=f"{WORD} title", condition=f"{WORD} condition", size=f"{WORD} size",
        tags=(f"{WORD}-tag",), facts={name: f"{WORD} {name}" for name in ("note", "issuer", "open_question")},
        quotes=(Quote(text=f"{WORD} quote", source=f"{WORD} source"),), refs=(Reference(dossier=f"{WORD} 27 925"),),
    )  # fmt: skip


def changes() -> list[Any]:
    return [
        replace(change, content=marked(change.content)) if isinstance(change, Add)
        else replace(change, reference=f"{WORD} ref", note=f"{WORD} note") if isinstance(change, Record) else change
        for change in demo_changes()
    ]  # fmt: skip


class Room:
    """A service with the whole register, every entry of it sensitive, and a drop folder."""

    def __init__(self, store: Store, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.now = folder, stamp_at(FIRST).at
        self.post = Recorder(answer=self.says)
        policy = without_brake(shipped_policy())
        app = monitor_on(store, policy=policy)
        sender = replace(app.sender, titles_in_subject=True)
        self.app = replace(app, drop_folder=folder, sender=sender, transport=lambda: self.post)
        self.service = Service(self.app, lambda: self.now)
        self.refusing = next(iter(demo_people().persons.values())).address

    def says(self, message: Any) -> Report:
        gone = message.recipient == self.refusing and self.now.day == 6
        return Report(outcome=Outcome.REFUSED if gone else Outcome.ACCEPTED, reply="250 or not")

    def at(self, day: date, **later: float) -> None:
        self.now = slot_of(self.app.policy, day) + timedelta(**later)
        self.service.tick()

    def drop(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")
        for minute in (20, 21):
            self.at(self.now.date(), minutes=minute)


def live(room: Room) -> None:
    """Two weeks: letters recorded, a snooze, an absence, an edited date, and files in the drop folder."""
    app, first = room.app, stamp_at(date(2020, 9, 22))
    hand_over(app, changes())
    persons = [app.people.roles[role][0] for role in ("policy-officer", "legal-adviser")]
    key = ObligationKey(entry="q-jordanie", rule="art100-letter", occurrence="0")
    happen(app, Note(stamp=stamp_at(FIRST), entry="q-erbil", text=f"{WORD} remark"))
    todo: list[tuple[date, Any]] = [
        (date(2020, 9, 22), SnoozeUntil(
            stamp=first, entry=key.entry, obligation=key, until=date(2020, 11, 30), reason=f"{WORD} reason")),
        (date(2020, 9, 22), Acknowledge(stamp=first, entry="q-erbil", obligation=replace(key, entry="q-erbil"))),
        (date(2020, 9, 23), Absent(
            stamp=stamp_at(date(2020, 9, 23)), entry=persons[0], first=date(2020, 9, 24), last=date(2020, 9, 25),
            deputy=persons[1])),
        (date(2020, 9, 29), Correct(
            stamp=stamp_at(date(2020, 9, 29)), entry="q-erbil", fields={"planned_start": "2021-03-01"})),
        *((day, change) for day, change in demo_actions() if change.entry not in (key.entry, "q-erbil")),
    ]  # fmt: skip
    day = FIRST
    while day <= LAST:
        for when, change in [item for item in todo if item[0] == day]:
            worded = replace(change, reference=f"{WORD} 1", note=f"{WORD} 2") if isinstance(change, Record) else change
            happen(app, worded)
            todo.remove((when, change))
        room.at(day)
        day += timedelta(days=1)
    table = "id,kind,title,valid_until,sensitive,condition\n"
    room.drop("new.csv", f"{table}c-new,contribution,{WORD} title,2020-12-15,yes,{WORD} condition\n")
    room.drop("edit.csv", f"{table}c-new,contribution,{WORD} other,2020-12-16,yes,{WORD} condition\n")
    room.drop("bad.csv", f"{table}c-bad,contribution,{WORD} title,{WORD},yes,x\n")
    room.at(LAST + timedelta(days=3))


def parts(raw: bytes) -> Iterator[str]:
    """Everything in a mail that somebody could read."""
    yield raw.decode("utf-8", "replace")
    for part in message_from_bytes(raw).walk():
        yield from (str(make_header(decode_header(value))) for value in part.values())
        payload = part.get_payload(decode=True)
        if isinstance(payload, bytes):
            yield payload.decode("utf-8")


@pytest.fixture
def lived(sqlite_store: Store, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> tuple[Room, str]:
    """The service after two weeks, and its log."""
    configure("debug", "json")
    room = Room(sqlite_store, tmp_path / "drop")
    live(room)
    with (
        sqlite_store.writing() as connection
    ):  # what nobody foresaw is logged too, and must hold nothing of the register
        connection.exec_driver_sql(
            "CREATE TRIGGER broken BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    room.drop("worse.csv", f"id,kind,title,sensitive\nc-new,contribution,{WORD} third,yes\n")
    return room, capfd.readouterr().err


def test_a_sensitive_entry_is_shown_by_its_id_only(lived: tuple[Room, str]):
    """No letter, log or report says more of it."""
    room, log = lived
    with room.app.store.reading() as connection:
        mails = connection.execute(select(messages)).all()
        told = connection.execute(select(notices)).all()
    kinds = {mail.kind for mail in mails}
    assert kinds == {"digest", "overview", "notice", "all-clear"}
    for mail in mails:
        found = [part for part in (mail.subject, *parts(mail.raw)) if WORD in part.casefold()]
        assert not found, f"{mail.kind} of {mail.day} to {mail.person}: {found[0][:2000]}"
    assert not [row for row in told if WORD in repr(tuple(row))]
    assert WORD not in log and "tick_failed" in log and "file_imported" in log
    reports = {path.name: path.read_text(encoding="utf-8") for path in room.folder.glob("done/*.report.txt")}
    assert len(reports) == 2 and not [name for name, text in reports.items() if WORD in text]
    texts = "".join(part for mail in room.post.accepted for part in parts(mail.raw))
    assert not [said for said in SAID if said not in texts], (
        "the letters of that time had something to keep to themselves"
    )
