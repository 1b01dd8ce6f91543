"""The real letter, read and accepted, gives the golden year: the same days for the same duties."""

from collections import Counter
from datetime import date

from facts import (
    DEMO,
    FIRST,
    LAST,
    demo_actions,
    demo_register,
    foresee,
    golden_reminders,
    shipped_policy,
    stamp_at,
)  # fmt: skip
from msgspec.structs import replace
from score import reader

from monitor.actions.reading.propose import letter_of
from monitor.core.changes.bulk import intake
from monitor.core.forecast.simulate import roles_as_people
from monitor.core.model.register import Register
from monitor.core.proposals.accepting import Accepting
from monitor.core.proposals.proposing import propose

LETTER = (DEMO / "letter.txt").read_text(encoding="utf-8")
LETTER_DATE = date(2020, 9, 18)
SAME = {  # the entry of the demo → the id that the proposal gives it
    "q-jordanie": "q-verzoek-f-16", "q-erbil": "q-isis", "q-minusma-air": "q-minusma", "q-irini-extra": "q-eunavfor",
    "c-irak": "c-isis", "c-irini-1": "c-irini", "c-pawa": "c-partnership",
    "t-separaat": "t-isis", "t-vn": "t-zegde-kabinet",
}  # fmt: skip
BY_HAND = ("t-zegde-kabinet", "c-irini")  # proposed in doubt, and ticked by a person
IN_NO_TEXT = {  # why the letter cannot give a duty of the golden year
    "c-rsm": "the letter names neither the end nor the procedure of the contribution to Resolute Support",
    "c-emasoh-ship": "the letter does not say when the ship was in force",
    "s-irini-4m": "the four-monthly confirmation stands in the Council Decision, not in the letter",
}


def accepted():
    """The register of the first morning, from the proposals alone."""
    reading = reader().read(LETTER, file="letter.txt", letter_date=LETTER_DATE)
    proposals = propose(reading, Register(), shipped_policy(), FIRST)
    ticked = [replace(one, accept=bool(one.accept) or one.entry in BY_HAND) for one in proposals]
    made = Accepting(letter_of(reading), ticked, Register(), stamp_at(FIRST), {}).prepare()
    return intake(Register(), made.changes, shipped_policy())


def test_the_letter_gives_the_golden_year():
    """Of 212 reminders 191 follow from the letter; the others rest on what it does not say, and none is added."""
    register, policy = accepted(), shipped_policy()
    actions = [
        (day, replace(change, entry=SAME.get(change.entry, change.entry)))
        for day, change in demo_actions()
        if SAME.get(change.entry, change.entry) in register.entries
    ]
    people = roles_as_people(policy)
    told = Counter(
        (str(one.on), one.entry, one.rule, str(one.due), one.rung, tuple(one.roles))
        for one in foresee(register, actions, policy, people, FIRST, LAST)
        if not one.system
    )
    wanted = Counter(
        (one["on"], SAME.get(one["entry"], one["entry"]), one["rule"], one["due"], one["rung"], tuple(one["roles"]))
        for one in golden_reminders()
    )
    missing = wanted - told
    assert {key[1] for key in missing} == set(IN_NO_TEXT)
    assert (sum((wanted & told).values()), sum(missing.values()), told - wanted) == (191, 21, Counter())


def test_slips_of_the_letter_are_shown():
    """The letter of 29 November 2019 is cited under two numbers: a doubt, never corrected."""
    from monitor.core.proposals.mismatches import mismatches

    reading = reader().read(LETTER, letter_date=LETTER_DATE)
    (found,) = mismatches(reading)
    assert [reading.references[place].id for place in found.references] == ["29521-397", "29521-398"]


def test_the_letter_adds_nothing_to_the_register_made_from_it():
    """Each thing is there already, or is left to a person with the entries that resemble it."""
    reading = reader().read(LETTER, file="letter.txt", letter_date=LETTER_DATE)
    found = propose(reading, demo_register(), shipped_policy(), FIRST)
    assert [one.title for one in found if one.action == "add" and one.accept] == []
    same = {one.entry for one in found if one.action == "same"}
    assert {"c-irak", "c-irini-1", "c-irini-2", "c-emasoh", "m-irini", "m-emasoh", "q-irini-extra"} <= same
