"""Proposals of a letter into a register, on both databases, by two people at once."""

from pathlib import Path

import pytest
from facts import day, shipped_policy, stamp_at
from living import monitor_on
from msgspec.structs import replace
from score import reader

from monitor.actions.reading import accept
from monitor.actions.reading.propose import letter_of
from monitor.core.model.proposals import ProposalFile
from monitor.core.model.register import Register
from monitor.core.proposals.proposing import propose
from monitor.store.history import readings
from monitor.store.register import RegisterChanged

FILE = Path("p.json")
AT = stamp_at(day("15-03-2021")).at
TEXT = (
    "De bijdrage aan operatie Oak wordt verlengd tot en met 30 juni 2022, onder voorbehoud van verlenging van het "
    "mandaat, dat op 31 januari 2022 afloopt."
)


@pytest.fixture
def found():
    """The proposals of a letter of 12 March 2021."""
    reading = reader().read(TEXT, file="brief.txt", lang="nl", letter_date=day("12-03-2021"))
    proposals = propose(reading, Register(), shipped_policy(), AT.date())
    return ProposalFile(letter=letter_of(reading), proposals=tuple(replace(one, as_read=one.read) for one in proposals))


def test_what_was_accepted_is_known_afterwards(store, found):
    """The history keeps what each proposal became, and the same file changes nothing more."""
    app = monitor_on(store)
    accept.save(app, accept.preview(app, found, "sanne", AT, file=FILE), AT)
    became = accept.became(app, found.letter.text_sha256)
    assert {one.proposal: one.entry for one in became.values()} == {"p1": "m-oak", "p2": "c-oak"}
    with store.reading() as connection:
        assert [one.corrected for one in readings(connection)] == [{}, {}]
    again = accept.preview(app, found, "farid", AT, file=FILE)
    assert (again.seen.saved, dict(again.before)) == ((), {"p1": "m-oak", "p2": "c-oak"})


def test_two_people_accept_one_letter(store, found):
    """The second one's preview no longer holds: it is refused, and a new look shows what the first did."""
    app = monitor_on(store)
    one, other = (accept.preview(app, found, actor, AT, file=FILE) for actor in ("sanne", "farid"))
    accept.save(app, one, AT)
    with pytest.raises(RegisterChanged):
        accept.save(app, other, AT)
    assert len(accept.register_of(app).entries) == 2
    assert accept.preview(app, found, "farid", AT, file=FILE).before == {"p1": "m-oak", "p2": "c-oak"}
