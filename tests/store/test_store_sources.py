"""Sources of the public record: one process asks at a time, and at most once a minute."""

from datetime import UTC, datetime, timedelta

from monitor.core.model.watching import Answer, Trouble
from monitor.store import sources

NOON = datetime(2026, 4, 1, 12, 0, tzinfo=UTC)
WHOLE = Answer(cursor={"Toezegging": "x"})
BROKEN = Answer(cursor={"Toezegging": "x"}, troubles=(Trouble(kind="refused", part="Document", detail="500"),))


def claim(store, who, **after):
    with store.posting() as connection:
        return sources.claim(connection, "kamer", who, NOON + timedelta(**after))


def settle(store, who, answer, **after):
    with store.writing() as connection:
        return sources.settle(connection, "kamer", who, answer, NOON + timedelta(**after))


def test_two_daemons_do_not_ask_at_once(store):
    """The second waits for the lease; one whose process died is asked again when the lease has run out."""
    assert claim(store, "first").cursor == {}
    assert claim(store, "second", minutes=5) is None
    assert claim(store, "second", minutes=11).cursor == {}
    assert not settle(store, "first", WHOLE, minutes=11), "it came too late: what it read is read again"
    assert settle(store, "second", WHOLE, minutes=12)


def test_a_source_rests_for_a_minute(store):
    """Also after an answer that was not whole, which keeps the time of the last that was."""
    claim(store, "first")
    settle(store, "first", WHOLE)
    assert claim(store, "second", seconds=59) is None
    claimed = claim(store, "second", seconds=61)
    assert (claimed.cursor, claimed.complete_at) == ({"Toezegging": "x"}, NOON)
    settle(store, "second", BROKEN, minutes=3)
    with store.reading() as connection:
        (found,) = sources.known(connection).values()
    assert (found.complete_at, found.troubles, found.silent_since) == (NOON, BROKEN.troubles, NOON)


def test_a_clock_that_went_back_holds_no_source(store):
    """What was asked, or claimed, by a clock that ran ahead by a day is asked by the right one."""
    claim(store, "first", days=1)
    assert claim(store, "second")
