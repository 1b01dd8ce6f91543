"""The relay accepted a mail after its lease was lost: it was said, whatever became of the message meanwhile."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from store_samples import settle

from monitor.core.delivery.retry import Outcome, State
from monitor.core.model.register import ObligationKey
from monitor.core.planning.verdicts import LedgerLine
from monitor.store import claims, outbox
from monitor.store.engine import Store
from monitor.store.schema import ledger, messages

DAY = date(2021, 1, 4)
SLOT = datetime(2021, 1, 4, 7, tzinfo=UTC)
LATER = SLOT + timedelta(minutes=5)  # the first lease has run out
KEY = ObligationKey(entry="m-irini", rule="extension-letter", occurrence="0")


def put(store: Store, sequence: int) -> int:
    """A digest of one reminder to one person."""
    draft = outbox.NewMessage(
        message_id=f"<{sequence}@example.org>", kind="digest", person="anna", address="anna@example.org", day=DAY,
        sequence=sequence, subject="reminder", raw=b"bytes", state=State.QUEUED,
    )  # fmt: skip
    line = LedgerLine(
        obligation=KEY, person="anna", day=DAY, rung="0d", planned=DAY, due=DAY, roles=("drafter",), derivation="",
    )  # fmt: skip
    with store.writing() as connection:
        number = outbox.put(connection, draft, [line], SLOT)
    assert number is not None
    return number


@pytest.fixture
def overtaken(store: Store) -> tuple[Store, int]:
    """A message whose lease "slow" has lost to "quick"; both may have it on the wire."""
    number = put(store, 0)
    for who, now in (("slow", SLOT), ("quick", LATER)):
        with store.writing() as connection:
            assert [taken.id for taken in claims.claim(connection, who, now, 5, clock=now)] == [number]
    return store, number


def state(store: Store, number: int) -> tuple[str, list[bool]]:
    with store.reading() as connection:
        now = connection.scalar(select(messages.c.state).where(messages.c.id == number))
        return str(now), list(connection.scalars(select(ledger.c.standing).where(ledger.c.message == number)))


def test_accepted_after_a_refusal_elsewhere_counts(overtaken):
    """Another daemon had noted a refusal while the lease was lost."""
    store, number = overtaken
    assert settle(store, number, "quick", Outcome.REFUSED, LATER) == [KEY.entry]
    settle(store, number, "slow", Outcome.ACCEPTED, LATER)
    assert state(store, number) == ("sent", [True])


def test_a_mail_in_doubt_is_not_withdrawn(overtaken):
    """The daemon that lost the lease may have sent it."""
    store, number = overtaken
    settle(store, number, "quick", Outcome.RELAY_DOWN, LATER)
    with store.writing() as connection:
        assert outbox.withdraw_stale(connection, DAY + timedelta(days=1)).messages == 0
    settle(store, number, "slow", Outcome.ACCEPTED, LATER)
    assert state(store, number) == ("sent", [True])


def test_a_reminder_of_two_mails_counts_once(overtaken):
    """A second mail of the slot says it already."""
    store, number = overtaken
    settle(store, number, "quick", Outcome.REFUSED, LATER)
    again = put(store, 1)
    settle(store, number, "slow", Outcome.ACCEPTED, LATER)
    assert state(store, number) == ("sent", [False])
    assert state(store, again) == ("queued", [True])


def test_a_late_refusal_does_not_undo_what_was_sent(overtaken):
    """The lease was lost, and another daemon has sent the mail."""
    store, number = overtaken
    settle(store, number, "quick", Outcome.ACCEPTED, LATER)
    assert settle(store, number, "slow", Outcome.REFUSED, LATER) == []
    assert state(store, number) == ("sent", [True])
