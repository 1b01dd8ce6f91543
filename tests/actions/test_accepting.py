"""Proposals of a letter into a register, on both databases, by two people at once."""

from pathlib import Path

import pytest
from facts import day, shipped_policy, stamp_at
from living import monitor_on
from msgspec.structs import replace
from score import reader

from monitor.actions.reading import accept
from monitor.actions.reading.propose import letter_of
from monitor.actions.register.change import preview, save
from monitor.core.errors import Faults
from monitor.core.model.changes import Record
from monitor.core.model.proposals import ProposalFile
from monitor.core.model.register import Register
from monitor.core.proposals.deciding import edited
from monitor.core.proposals.proposing import propose
from monitor.store.history import readings
from monitor.store.register import RegisterChanged

FILE = Path("p.json")
AT = stamp_at(day("15-03-2021")).at
TEXT = (
    "De bijdrage aan operatie Oak wordt verlengd tot en met 30 juni 2022, onder voorbehoud van verlenging van het "
    "mandaat, dat op 31 januari 2022 afloopt."
)


PROMISE = "De minister zegt toe de Kamer vóór 1 december 2022 nader te informeren over operatie Agenor."
KEPT = "Hiermee voldoet het kabinet aan de toezegging de Kamer nader te informeren over operatie Agenor."


def read(text, register):
    """The proposals of a letter of 12 March 2021, as a file holds them."""
    reading = reader().read(text, file="brief.txt", lang="nl", letter_date=day("12-03-2021"))
    proposals = propose(reading, register, shipped_policy(), AT.date())
    return ProposalFile(letter=letter_of(reading), proposals=tuple(replace(one, as_read=one.read) for one in proposals))


@pytest.fixture
def found():
    """The proposals of a letter of 12 March 2021."""
    return read(TEXT, Register())


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


@pytest.mark.parametrize(("on", "action"), [("12-03-2021", "same"), ("11-03-2021", "record")])
def test_what_was_closed_meanwhile_is_left_out(store, found, on, action):
    """Someone else closed the promise after the letter was read: that is said, and the other proposals are saved."""
    app = monitor_on(store)
    accept.save(app, accept.preview(app, read(PROMISE, Register()), "sanne", AT, file=FILE), AT)
    kept = read(f"{KEPT} {TEXT}", accept.register_of(app))
    (id,) = (one.id for one in kept.proposals if one.action == "record")
    record = Record(stamp=replace(stamp_at(day("15-03-2021")), actor="farid"), entry="t-agenor", type="document:letter",
                    on=day(on), closes=("commitment",))  # fmt: skip
    save(app, preview(app, record, AT))
    seen = accept.preview(app, kept, "sanne", AT, file=FILE)
    assert dict(seen.closed) == {id: ("commitment",)}
    assert [one.action for one in seen.proposals if one.id == id] == [action]
    accept.save(app, seen, AT)
    register = accept.register_of(app)
    assert {"t-agenor", "c-oak", "m-oak"} <= set(register.entries)
    assert len(register["t-agenor"].events) == (1 if action == "same" else 2)
    assert not any(one.corrected for one in accept.became(app, kept.letter.text_sha256).values())


def test_a_rule_that_a_person_named_is_not_left_out(store):
    """What was typed and does not fit is a fault, not something closed meanwhile."""
    app = monitor_on(store)
    accept.save(app, accept.preview(app, read(PROMISE, Register()), "sanne", AT, file=FILE), AT)
    kept = read(KEPT, accept.register_of(app))
    typed = tuple(edited(one, "closes", "extension-letter") for one in kept.proposals)
    with pytest.raises(Faults, match="extension-letter"):
        accept.preview(app, replace(kept, proposals=typed), "sanne", AT, file=FILE)
