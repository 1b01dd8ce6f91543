"""Ids that look alike are never both in the register, whichever way they come in."""

import pytest
from facts import FIRST, Story, added, shipped_policy, stamp_at

from monitor.core.changes.bulk import intake
from monitor.core.errors import Faults, Refused
from monitor.core.model.changes import Deploy
from monitor.core.model.register import Register
from monitor.core.register.lookalikes import DASHES, check_id, skeleton


@pytest.mark.parametrize("dash", [*DASHES])
def test_every_dash_but_the_hyphen_is_refused(dash):
    """Every dash other than the hyphen is refused in an id."""
    with pytest.raises(Refused, match=f"U\\+{ord(dash):04X}"):
        check_id(f"c{dash}irak", [])


@pytest.mark.parametrize(
    ("id", "sentence"),
    [
        ("c-irak\u200b", "cannot be seen: U\\+200B ZERO WIDTH SPACE"), ("c\u00ad-irak", "cannot be seen: U\\+00AD"),
        ("c-\u2060irak", "cannot be seen"), ("c-irak\ufeff", "cannot be seen"), ("c-\u00a0irak", "cannot be seen"),
        ("c-\u202eirak", "cannot be seen"), ("c-ir\u034fak", "cannot be seen"), ("c-irak\ufe0f", "cannot be seen"),
        ("c-ir\u0430k", "two scripts: U\\+0430 CYRILLIC SMALL LETTER A"),
        ("c-ir\u03b1k", "two scripts: U\\+03B1 GREEK"),
        ("\uff43-irak", "Type it as 'c-irak'"), ("cafe\u0301", "Type it as 'caf\u00e9'"),
        ("\u2170-irak", "Type it as 'i-irak'"),
    ],
)  # fmt: skip
def test_an_id_that_cannot_be_typed_is_refused(id, sentence):
    """An id with characters that people cannot see or type is refused."""
    with pytest.raises(Refused, match=sentence):
        check_id(id, [])


@pytest.mark.parametrize(
    "id", ["c-irak", "oekra\u00efne", "\u0441-\u0438\u0440\u0430\u043a", "m.1_a", "\u4efb\u52d9-1", "007", "a|b;c=d"]
)
def test_an_id_in_any_one_script_is_accepted(id):
    """An id in letters of one script is accepted."""
    check_id(id, ["other"])


@pytest.mark.parametrize(
    ("id", "other", "difference"),
    [
        ("C-Irak", "c-irak", "capitals alone"),
        ("\u0441\u043e\u0440\u0430", "copa", "U\\+0441 CYRILLIC"),
        ("\u03bf\u03c1", "op", "U\\+03BF GREEK"),
        ("STRASSE", "stra\u00dfe", "capitals alone"),
        ("c\u0131a", "cia", "U\\+0131"),
    ],
)
def test_an_id_that_looks_like_another_is_refused(id, other, difference):
    """An id that looks like one in the register is refused."""
    assert skeleton(id) == skeleton(other)
    with pytest.raises(Refused, match=f"looks like '{other}'.*{difference}"):
        check_id(id, ["another", other])


def test_a_new_entry_must_not_look_like_another():
    """An entry that is added or deployed must not look like another."""
    story = Story()
    story.register = intake(Register(), [added(FIRST, "c-irak", "contribution")], shipped_policy())
    from monitor.core.changes.apply import apply

    for change in (
        added(FIRST, "C-IRAK", "contribution"),
        Deploy(stamp=stamp_at(FIRST), entry="c-irak", new_id="c\u2011irak"),
    ):
        with pytest.raises(Refused, match="The id"):
            apply(story.register, change, shipped_policy())


def test_many_new_ids_are_compared_with_each_other():
    """Many new ids are compared with each other and with the register."""
    there = intake(Register(), [added(FIRST, "c-irak", "contribution")], shipped_policy())
    many = [added(FIRST, "C-irak", "contribution"), added(FIRST, "m-a", "mandate"), added(FIRST, "M-A", "mandate"),
            added(FIRST, "c-x", "contribution", depends_on=["M-a", "c\u2011irak"], part_of="m\u2010a")]  # fmt: skip
    with pytest.raises(Faults) as caught:
        intake(there, many, shipped_policy())
    said = [fault.what for fault in caught.value.faults]
    assert sum("looks like" in what for what in said) == 5
    assert any(what.startswith("There is no entry 'M-a'. 'm-a' looks like it.") for what in said)
    assert any("'c-irak' looks like it. They differ in U+2011" in what for what in said)


def test_entries_that_are_there_already_stay_as_they_are():
    """A register of an earlier release may hold such ids; corrections of them go on."""
    old = Register(
        entries={
            "C-IRAK": added(FIRST, "C-IRAK", "contribution").content,
            "c-irak": added(FIRST, "c-irak", "contribution").content,
        }
    )
    assert intake(old, [], shipped_policy()) == old
