"""The history as it is asked for: by whom, of what, when made, known by when, and saying what."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from facts import added, day, stamp_at
from living import happen, monitor_on
from msgspec.structs import replace

from monitor.core.changes.history import recall
from monitor.core.model.changes import Correct, Mute, Note
from monitor.store import history, records
from monitor.store.register import load_register
from monitor.store.schema import SETTINGS

THIRD = stamp_at(day("03-03-2021")).at  # when the third change was made
MADE = datetime(2021, 3, 1, tzinfo=UTC)


@pytest.fixture
def kept(store):
    """Five changes by two people; the fourth was made after its day's slot."""
    app = monitor_on(store)
    for change in (
        added(day("01-03-2021"), "c-één", "contribution", title="Überführung", valid_until="2021-12-31"),
        added(day("02-03-2021"), "m", "mandate", valid_until="2021-12-31"),
        Note(stamp=stamp_at(day("03-03-2021"), actor="farid"), entry="c-één", text="Gebeld: ÉÉN korvet, 50% kans"),
        Mute(stamp=stamp_at(day("03-03-2021"), "12:00"), entry="m", reason="a_b"),
        Correct(stamp=stamp_at(day("08-03-2021")), entry="c-één", fields={"valid_until": "2022-06-30"}),
    ):
        happen(app, change)
    return store


def numbers(store, **filters):
    with store.reading() as connection:
        return [row.number for row in history.history(connection, **filters)]


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, [5, 4, 3, 2, 1]), ({"limit": 2}, [5, 4]), ({"entry": "m"}, [4, 2]), ({"actor": "farid"}, [3]),
        ({"actor": "unknown"}, []), ({"verb": "extend"}, []), ({"first": THIRD}, [5, 4, 3]), ({"last": THIRD}, [2, 1]),
        ({"verb": "add"}, [2, 1]), ({"first": datetime(2021, 3, 3, tzinfo=UTC)}, [5, 4, 3]),
        ({"last": datetime(2021, 3, 3, tzinfo=UTC)}, [2, 1]), ({"known": 3}, [3, 2, 1]), ({"known": 0}, []),
        ({"text": "één KORVET"}, [3]), ({"text": "über"}, [1]), ({"text": "50%"}, [3]), ({"text": "0% k"}, [3]),
        ({"text": "a_b"}, [4]), ({"text": "axb"}, []), ({"text": "2021-12-31"}, [5, 2, 1]),
        ({"text": "valid_until"}, []), ({"text": "c-één", "limit": 1, "verb": "add"}, [1]),
    ],
)  # fmt: skip
def test_each_filter_finds_its_changes_newest_first(kept, filters, found):
    assert numbers(kept, **filters) == found


def test_what_a_slot_knew_ends_with_the_last_change_before_it(kept):
    with kept.reading() as connection:
        known = {when: history.known_by(connection, day(when)) for when in (
            "28-02-2021", "01-03-2021", "03-03-2021", "04-03-2021", "01-01-2030")}  # fmt: skip
    assert [found and found[0] for found in known.values()] == [None, 1, 3, 4, 5]
    assert known["03-03-2021"][1] == stamp_at(day("03-03-2021")).at


def test_what_came_before_a_change_was_known_too(kept):
    """Also when the clock ran ahead as it was made."""
    app = monitor_on(kept)
    happen(app, Note(stamp=stamp_at(day("01-01-2030")), entry="m", text="from the future"))
    happen(app, Note(stamp=stamp_at(day("09-03-2021")), entry="m", text="and back"))
    with kept.reading() as connection:
        assert history.known_by(connection, day("09-03-2021"))[0] == 7
        assert history.known_by(connection, day("08-03-2021"))[0] == 5


def test_the_kept_changes_told_again_are_the_register(kept):
    app = monitor_on(kept)
    with kept.reading() as connection:
        assert recall(history.kept_changes(connection, 10**6), app.policy) == load_register(connection)
        before = recall(history.kept_changes(connection, 3), app.policy)
    assert before["m"].muted is None and before["c-één"].current.valid_until.written == "2021-12-31"


def test_the_settings_of_a_check_are_found_by_its_day(store):
    """Only if they were kept."""
    contents = {kind: (f"{kind}-1", f"content of {kind}") for kind in SETTINGS}
    blank = records.CheckRecord(
        day=date(2021, 3, 1), at=MADE, who="slot", seconds=0.1, looked_at=0, owed=0, mails=0, held=0,
        **{kind: hash for kind, (hash, _) in contents.items()},
    )  # fmt: skip
    with store.writing() as connection:
        records.keep_versions(connection, contents, MADE)
        records.record_check(connection, blank)
        records.record_check(connection, replace(blank, day=date(2021, 3, 8), rules="rules-2"))
    with store.reading() as connection:
        assert history.in_force_by(connection, date(2021, 2, 28)) is None
        found = history.in_force_by(connection, date(2021, 3, 7))
        assert found.day == date(2021, 3, 1) and found.contents["rules"] == "content of rules"
        assert history.in_force_by(connection, date(2021, 3, 8)) is None  # rules-2 was not kept
