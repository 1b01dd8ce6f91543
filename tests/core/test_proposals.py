"""A letter against a register: what it extends, ends, corrects, answers or repeats, and numbers that do not fit."""

from datetime import date

import pytest
from facts import demo_register, shipped_policy, stamp_at
from msgspec import convert
from msgspec.structs import replace
from score import reader

from monitor.actions.reading.propose import letter_of
from monitor.core.changes.bulk import intake
from monitor.core.changes.closing import open_obligations
from monitor.core.errors import Faults
from monitor.core.model.changes import Record
from monitor.core.model.proposals import Accepted
from monitor.core.model.register import Register
from monitor.core.proposals.accepting import Accepting
from monitor.core.proposals.deciding import edited, extends, same_as
from monitor.core.proposals.proposing import propose

DAY = date(2021, 5, 12)


def proposals(text, register=None):
    """What a Dutch letter of 12 May 2021 proposes, by entry and action."""
    reading = reader().read(text, lang="nl", letter_date=DAY)
    found = propose(reading, demo_register() if register is None else register, shipped_policy(), DAY)
    return reading, found


def only(text, register=None):
    _, found = proposals(text, register)
    (one,) = found
    return one


def accepted(reading, found, register, earlier=None):
    """The register after the proposals that are ticked."""
    made = Accepting(letter_of(reading), found, register, stamp_at(DAY), earlier or {}).prepare()
    return made, intake(register, made.changes, shipped_policy())


EXTENSION = (
    "Het kabinet heeft besloten de Nederlandse bijdrage met twee stafofficieren aan de missie EMASoH te verlengen "
    "tot en met 31 december 2021. De kosten van de inzet in EMASoH bedragen 600.000 euro."
)
CASES = [  # a letter, the entry it is about, the action, a field, the doubts
    (EXTENSION, "c-emasoh", "extend", ("valid_until", "2021-12-31"), ()),
    (
        "De hernieuwde bijdrage met stafofficieren aan operatie Irini in Rome werd op 30 april jl. beëindigd.",
        "c-irini-2", "end", ("ended_on", "2021-04-30"), (),
    ),
    (
        "De Nederlandse bijdrage aan de anti-ISIS-coalitie en de brede veiligheidsinzet in Irak loopt tot en met "
        "31 december 2022.",
        "c-irak", "correct", ("valid_until", "2022-12-31"), ("reference_mismatch",),
    ),
    (
        "De Nederlandse bijdrage aan de anti-ISIS-coalitie en de brede veiligheidsinzet in Irak loopt tot en met "
        "31 december 2021.",
        "c-irak", "same", None, (),
    ),
    ("Het mandaat van MINUSMA loopt tot en met 30 juni 2021.", "m-minusma", "correct",
     ("valid_until", "2021-06-30"), ()),
    (
        "Hiermee voldoet het kabinet aan de toezegging de Kamer over het transportvliegtuig voor MINUSMA nader te "
        "informeren.",
        "t-minusma", "record", ("type", "document:letter"), (),
    ),
    ("De bijdrage met een fregat aan operatie Agenor loopt tot en met 1 maart 2022.", "c-agenor", "add",
     ("valid_until", "2022-03-01"), ()),
]  # fmt: skip


@pytest.mark.parametrize(("text", "entry", "action", "field", "doubts"), CASES)
def test_a_letter_names_the_entry_and_what_it_does(text, entry, action, field, doubts):
    """The entry of the register is named, with the action and the reasons, and a doubt holds the tick back."""
    _, found = proposals(text)
    one = found[0]
    assert (one.entry, one.action, one.doubts) == (entry, action, doubts)
    if field:
        assert one.fields[field[0]].value == field[1]
    assert bool(one.like) == (action != "add")
    if doubts:
        assert one.accept is None


def test_an_extension_is_told_by_its_own_letter():
    """The letter that extends an entry is proposed as the letter that the rules ask for."""
    reading, found = proposals(EXTENSION)
    assert [(one.action, one.entry) for one in found] == [("extend", "c-emasoh"), ("record", "c-emasoh")]
    assert found[1].fields["type"].value == "document:extension-letter"
    _, after = accepted(reading, found, demo_register())
    entry = after["c-emasoh"]
    assert [str(period.valid_until.latest) for period in entry.periods] == ["2021-06-30", "2021-12-31"]
    assert {event.type for event in entry.events} == {"event:extended", "document:extension-letter"}
    assert [quote.source for quote in entry.quotes][-1].endswith(f"(sha256 {reading.letter.sha256})")


def test_a_letter_that_keeps_a_promise_closes_it():
    """Also a promise of which no reminder was due yet: the rule is named, and nothing of the entry stays open."""
    promise = "De minister zegt toe de Kamer vóór 1 december 2022 nader te informeren over operatie Agenor."
    reading, found = proposals(promise, Register())
    _, register = accepted(reading, found, Register())
    (entry,) = register
    assert [item.rule.id for item in open_obligations(register, entry, DAY, shipped_policy())] == ["commitment"]
    kept = "Hiermee voldoet het kabinet aan de toezegging de Kamer nader te informeren over operatie Agenor."
    reading, (one,) = proposals(kept, register)
    assert (one.action, one.entry, one.fields["closes"].value) == ("record", entry.id, ["commitment"])
    _, after = accepted(reading, [one], register)
    assert open_obligations(after, after[entry.id], DAY, shipped_policy()) == ()
    _, again = proposals(kept, after)
    assert [one.action for one in again] == ["same"]


def test_a_letter_on_record_closes_what_it_left_open():
    """A letter recorded without closing the promise is proposed again; with nothing left to close it is the same."""
    promise = "De minister zegt toe de Kamer vóór 1 december 2022 nader te informeren over operatie Agenor."
    reading, found = proposals(promise, Register())
    _, register = accepted(reading, found, Register())
    (entry,) = register
    plain = Record(stamp=stamp_at(DAY), entry=entry.id, type="document:letter", on=DAY)
    register = intake(register, [plain], shipped_policy())
    assert open_obligations(register, register[entry.id], DAY, shipped_policy())
    kept = "Hiermee voldoet het kabinet aan de toezegging de Kamer nader te informeren over operatie Agenor."
    reading, (one,) = proposals(kept, register)
    assert (one.action, one.fields["closes"].value) == ("record", ["commitment"])
    _, after = accepted(reading, [one], register)
    assert open_obligations(after, after[entry.id], DAY, shipped_policy()) == ()
    assert only(kept, after).action == "same"


@pytest.mark.parametrize(("mission", "action"), [("Agenor", "same"), ("Elm", "add")])
def test_a_promise_about_another_mission_is_another(mission, action):
    """The same words and the same day make no promise the same where the name is another's: a person decides."""
    promise = "De minister zegt toe de Kamer vóór 1 december 2022 nader te informeren over operatie {}."
    reading, found = proposals(promise.format("Agenor"), Register())
    _, register = accepted(reading, found, Register())
    one = only(promise.format(mission), register)
    assert (one.action, [like.entry for like in one.like]) == (action, ["t-agenor"])
    assert one.accept is (True if action == "same" else None)


def test_a_letter_that_may_keep_two_promises_names_both():
    """It is proposed for each that is open, never ticked: a person chooses, and the other one stays."""
    promise = "De minister zegt toe de Kamer vóór 1 december 2022 nader te informeren over operatie Agenor."
    reading, (one,) = proposals(promise, Register())
    _, first = accepted(reading, [one], Register())
    _, register = accepted(reading, [replace(one, entry="t-other", key="other", accept=True)], first)
    reading, found = proposals(
        "Hiermee voldoet het kabinet aan de toezegging de Kamer nader te informeren over operatie Agenor.", register
    )
    assert [(one.action, one.entry, one.accept) for one in found] == [
        ("record", "t-agenor", None),
        ("record", "t-other", None),
    ]
    assert len({one.id for one in found} | {one.key for one in found}) == 4
    _, after = accepted(reading, [replace(found[1], accept=True)], register)
    left = [entry.id for entry in after if open_obligations(after, entry, DAY, shipped_policy())]
    assert left == ["t-agenor"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "De kosten van de bijdrage met twee stafofficieren aan de missie EMASoH, die tot en met 30 juni 2021 "
            "loopt, bedragen 650.000 euro.",
            "The cost of c-emasoh is 600,000 EUR, and the letter says 650,000 EUR.",
        ),
        (
            "De Nederlandse bijdrage aan de anti-ISIS-coalitie en de brede veiligheidsinzet in Irak loopt tot en met "
            "31 december 2021 (Kamerstuk 27 925, nr. 663, d.d. 18 oktober 2019).",
            "The document of 2019-10-18 is nr. 662 in c-irak, and 27925, nr. 663 here.",
        ),
    ],
)
def test_numbers_that_do_not_fit_are_shown(text, said):
    """Sums and documents beside those of the register: a doubt in words, and no tick."""
    one = only(text)
    assert (one.remarks, one.doubts, one.accept) == ((said,), ("reference_mismatch",), None)


def test_what_depends_on_a_known_mandate_names_it():
    """A new contribution depends on the mandate that the register has."""
    _, found = proposals(
        "Het kabinet levert een fregat als bijdrage aan operatie Irini tot en met 31 maart 2023, onder voorbehoud van "
        "verlenging van het mandaat van Irini."
    )
    link = [parent for one in found for parent in one.depends_on]
    assert [parent.entry for parent in link] == ["m-irini"]


def test_accepting_twice_changes_nothing():
    """What became a change is known by its sentence and values, also when the letter is read again."""
    reading, found = proposals(EXTENSION)
    made, after = accepted(reading, found, demo_register())
    kept = [convert(one, Accepted) for item in made.kept for one in item.get("readings", ())]
    earlier = {one.key: one for one in kept}
    again, same = accepted(reading, found, after, earlier)
    assert (again.changes, same.entries == after.entries) == ((), True)
    assert set(again.before.values()) == {"c-emasoh"}
    _, read_again = proposals(EXTENSION, after)
    assert read_again[0].key in earlier


def test_a_proposal_without_what_it_depends_on_is_refused():
    """The parent is accepted too, or the proposal is changed."""
    text = (
        "De bijdrage aan missie Elm wordt verlengd tot en met 24 oktober 2025, mits de Raad het mandaat van Elm "
        "vernieuwt dat op 31 augustus 2024 afloopt."
    )
    reading, found = proposals(text, Register())
    alone = [replace(one, accept=one.kind == "contribution") for one in found]
    with pytest.raises(Faults, match=r"depends on p1 .* which is not accepted"):
        accepted(reading, alone, Register())
    _, after = accepted(reading, found, Register())
    assert after["c-elm"].depends_on == ("m-elm",)
    assert after["c-elm"].condition.startswith("mits de Raad")


def test_a_person_decides_otherwise():
    """Another date, the same as an entry, an extension of one: the change follows, and the correction is kept."""
    register = demo_register()
    reading, found = proposals("De bijdrage met een fregat aan operatie Agenor loopt tot en met 1 maart 2022.")
    later = edited(replace(found[0], as_read=found[0].read), "valid_until", "2022-04-01")
    made, after = accepted(reading, [later], register)
    assert str(after["c-agenor"].current.valid_until.latest) == "2022-04-01"
    assert made.kept[0]["readings"][0]["corrected"] == {"valid_until": ("2022-03-01", "2022-04-01")}
    _, same = accepted(reading, [same_as(found[0], "c-irini-2", register)], register)
    assert [quote.text for quote in same["c-irini-2"].quotes] == [reading.quoted(reading.statements[0].quotes[0])]
    _, longer = accepted(reading, [extends(found[0], "c-irini-2", register)], register)
    assert str(longer["c-irini-2"].current.valid_until.latest) == "2022-03-01"
