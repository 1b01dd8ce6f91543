"""Two stories lived through edits of a running service: a recess that moves, and a rules file that is broken."""

from __future__ import annotations

import pytest
from facts import added, day
from house_on_disk import RULE, House, text_of
from living import hand_over

from monitor.core.forecast.simulate import slot_days
from monitor.store import records

PROMISE = added(day("20-05-2021"), "t-promise", "commitment", due_on="before recess zomerreces 2021")
CALENDAR = "rules/calendars/nl-tweede-kamer.toml"


@pytest.fixture
def house(sqlite_url, tmp_path):
    found = House(tmp_path)
    yield found
    found.close()


def slots(house, first, last):
    for when in slot_days(house.service.app.policy, day(first), day(last)):
        house.slot(when)


def test_an_edited_recess_moves_days_in_the_next_digest(house):
    """Story 11. The table is edited on Friday 11 June, after the slot."""
    hand_over(house.app, [PROMISE])
    slots(house, "20-05-2021", "11-06-2021")
    house.edit(CALENDAR, "start = 2021-07-09", "start = 2021-07-02")
    house.tick(2)
    (line,) = house.events("files_reloaded")
    assert line["kinds"] == ["calendars"] and line["changed"] == [str(house.folder / CALENDAR)]
    before = len(house.mails("hanneke"))
    slots(house, "14-06-2021", "01-07-2021")
    told = [text_of(mail) for mail in house.mails("hanneke")]
    assert "verschoven: 8 juli → 1 juli (reces gewijzigd)" in told[before], "the next digest, of Monday"
    assert sum("8 juli → 1 juli" in text for text in told) == 1
    said = [(f"{line.day:%d-%m}", line.rung) for line in ledger_of(house, "t-promise", "hanneke")]
    assert said == [("10-06", "-4w"), ("17-06", "-2w"), ("24-06", "-1w"), ("29-06", "-2bd"), ("01-07", "0d")]


def test_a_rules_file_with_a_slip_is_refused(house):
    """Story 14. `offset = "-6 wks"` under a running service, and its own rule reminds all the same."""
    unit = added(day("20-05-2021"), "c-unit", "contribution", valid_from="2021-01-01", valid_until="2021-09-01")
    hand_over(house.app, [unit])
    house.slot(day("20-05-2021"))
    house.write("rules/own.toml", RULE.format(id="own", offset="-6 wks"))
    slots(house, "21-05-2021", "21-07-2021")
    (fault,) = house.events("reload_refused")
    assert (fault["file"], fault["line"], fault["key"]) == (
        str(house.folder / "rules/own.toml"), 6, "rule.own.due.offset",
    )  # fmt: skip
    assert "d, w, m, y (calendar), bd (business days), kd (sitting days), as in -6w" in fault["accepted"]
    own = [line for line in ledger_of(house, "c-unit", "lotte") if line.rule == "own"]
    assert [line.rung for line in own] == ["-2w", "-1w", "0d"] and str(own[0].due) == "2021-07-21"
    texts = [text for text in map(text_of, house.mails("")) if text.startswith("1 punt voor de beheerder")]
    told = [text for text in texts if "de vorige versie blijft gelden" in text]
    assert len(told) == 1 and f"{house.folder}/rules/own.toml:6" in told[0]


def ledger_of(house, entry, person):
    from sqlalchemy import select

    from monitor.store.schema import ledger

    with house.app.store.reading() as connection:
        found = connection.execute(
            select(ledger).where(ledger.c.entry == entry, ledger.c.standing).order_by(ledger.c.day)
        )
        return [line for line in found if line.person == person]


def gaps_told(house):
    with house.app.store.reading() as connection:
        return [row.what for row in records.open_notices(connection) if row.what.startswith("No rule watches")]


def test_rules_that_leave_an_entry_alone_are_told_at_once(house):
    """The rules that watch a unit go under the running service: the same day the operator hears of it."""
    unit = added(day("20-05-2021"), "c-unit", "contribution", valid_from="2021-01-01", valid_until="2021-09-01")
    hand_over(house.app, [unit])
    house.slot(day("20-05-2021"))
    house.tick(3)
    assert gaps_told(house) == []
    house.write("rules/own.toml", "[rule.extension-letter]\nenabled = false\n")
    house.tick(6)
    (told,) = gaps_told(house)
    assert told.startswith("No rule watches c-unit: ")
