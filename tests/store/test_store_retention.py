"""The text of old mails can go; that they were sent, to whom and what they said stays."""

from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace
from sqlalchemy import select
from store_samples import DAY, MINUTE, NOW, claim, draft, line, put, settle

from monitor.core.audit.mails import mail_findings
from monitor.core.delivery.retry import Outcome, State
from monitor.store import audit, retention
from monitor.store.engine import Store
from monitor.store.schema import attempts, messages

WORD = b"WORD-THAT-MUST-GO"
LATER = NOW + timedelta(days=400)


def mail(number: int, **more: object) -> object:
    return replace(draft(number, **more), raw=WORD * 400)


def sent(store: Store, number: int) -> int:
    id = put(store, mail(number), line(f"e-{number}"))
    claim(store, "me", NOW + MINUTE)
    settle(store, id, "me", Outcome.ACCEPTED, NOW + MINUTE, reply=f"250 {WORD.decode()}")
    return id


def texts(store: Store) -> dict[int, bytes]:
    with store.reading() as connection:
        return {row.id: row.raw for row in connection.execute(select(messages.c.id, messages.c.raw))}


def forget(store: Store, before: object = LATER, limit: int = 100) -> int:
    with store.writing() as connection:
        return retention.forget_mails(connection, before, limit)


def test_only_settled_mails_from_before_the_day_lose_their_text(store: Store):
    old = sent(store, 0)
    waits = put(store, mail(1), line("e-1"))
    held = put(store, mail(2, state=State.HELD), line("e-2"))
    assert forget(store, NOW) == 0
    assert forget(store) == 1
    assert texts(store) == {old: b"", waits: WORD * 400, held: WORD * 400}
    assert forget(store) == 0, "what is gone is not counted again"


def test_no_more_than_the_limit_goes_at_once(store: Store):
    for number in range(5):
        sent(store, number)
    assert [forget(store, limit=2) for _ in range(4)] == [2, 2, 1, 0]


def test_an_audit_needs_no_text_of_a_mail(store: Store):
    sent(store, 0)
    forget(store)
    with store.reading() as connection:
        [mail] = audit.mails(connection, DAY, DAY)
        assert mail.accepted and (mail.lines, mail.standing) == (1, 1) and not [*mail_findings(mail)]
        assert [row.reply for row in connection.execute(select(attempts.c.reply))] == [""]


def test_on_sqlite_the_bytes_themselves_are_gone(sqlite_store: Store):
    sent(sqlite_store, 0)
    file = sqlite_store.file
    assert file
    files = [file, Path(f"{file}-wal")]
    assert any(WORD in path.read_bytes() for path in files)
    forget(sqlite_store)
    retention.settle_files(sqlite_store)
    assert not any(path.exists() and WORD in path.read_bytes() for path in files)


def test_who_has_a_mail_that_waits_again_is_not_forgotten(store: Store):
    """Between looking and removing another daemon, whose people still have them, may have written to them."""
    waits = put(store, mail(0), line("e-0"))
    with store.writing() as connection:
        retention.forget_person(connection, "p.vries")
    assert texts(store) == {waits: WORD * 400}
