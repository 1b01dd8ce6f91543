"""Who is told: the nearest choice wins, deputies stand in, and nobody is left out silently."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from monitor.core.model.people import Late, People, Person, Recipient, holders, recipients
from monitor.core.model.register import Absence, Entry, Period, Reference

DAY = date(2021, 5, 12)
NAMES = ("anna", "bram", "cato", "dirk", "esra", "ops")
PERSONS = {id: Person(id=id, name=id.title(), address=f"{id}@example.org") for id in NAMES}
PEOPLE = People(
    persons=PERSONS,
    roles={"policy": ("anna",), "legal": ("bram",), "head": ("cato",), "operator": ("ops",)},
    by_tag={"sahel": {"policy": ("cato",)}, "gulf": {"policy": ("esra",), "legal": ("esra",)}},
    by_dossier={"29 521": {"policy": ("dirk",), "legal": ("dirk",)}},
)
ENTRY = Entry(
    id="c-pawa", kind="contribution", title="PAWA", registered_on=date(2020, 9, 21),
    periods=(Period(known_on=date(2020, 9, 21)),),
)  # fmt: skip
IN_DOSSIER = replace(ENTRY, refs=(Reference(dossier="29 521", nr="412"),))
TAGGED = replace(IN_DOSSIER, tags=("sahel",))
CHOSEN = replace(TAGGED, holders={"policy": ("bram",)})


def away(person, deputy=None, first=DAY, last=DAY):
    return Absence(person=person, first=first, last=last, deputy=deputy)


def told(roles, *absences, people=PEOPLE, entry=ENTRY, day=DAY):
    return recipients(people, absences, entry, roles, day)


@pytest.mark.parametrize(
    ("entry", "holder"),
    [(ENTRY, "anna"), (IN_DOSSIER, "dirk"), (TAGGED, "cato"), (CHOSEN, "bram")],
    ids=["general", "dossier before general", "tag before dossier", "entry before tag"],
)
def test_the_nearest_choice_of_a_holder_wins(entry, holder):
    assert holders(PEOPLE, entry, "policy") == (holder,)


def test_a_choice_for_one_role_leaves_the_other_roles_alone():
    assert holders(PEOPLE, TAGGED, "legal") == ("dirk",)
    assert holders(PEOPLE, CHOSEN, "head") == ("cato",)


def test_the_first_tag_that_names_the_role_decides():
    assert holders(PEOPLE, replace(ENTRY, tags=("unknown", "gulf", "sahel")), "policy") == ("esra",)


def test_an_empty_choice_is_no_choice():
    assert holders(PEOPLE, replace(ENTRY, holders={"policy": ()}), "policy") == ("anna",)


def test_several_holders_are_all_told_in_their_order():
    people = replace(PEOPLE, roles={**PEOPLE.roles, "policy": ("esra", "anna")})
    assert [one.person for one in told(["policy"], people=people)] == ["esra", "anna"]


def test_a_person_with_two_roles_is_told_once_with_both_in_the_order_of_the_rule():
    people = replace(PEOPLE, roles={**PEOPLE.roles, "legal": ("anna",)})
    assert told(["legal", "head", "policy"], people=people) == (
        Recipient(person="anna", roles=("legal", "policy")),
        Recipient(person="cato", roles=("head",)),
    )


def test_an_owner_may_be_named_as_a_person():
    assert told(["dirk"]) == (Recipient(person="dirk", roles=("dirk",)),)


def test_a_role_that_nobody_holds_goes_to_the_fallback_role_and_says_so():
    assert told(["policy", "minister"]) == (
        Recipient(person="anna", roles=("policy",)),
        Recipient(person="ops", roles=("minister",), unheld=("minister",)),
    )


def test_a_role_held_only_by_somebody_who_is_gone_goes_to_the_fallback_role():
    assert told(["policy"], entry=replace(ENTRY, holders={"policy": ("left-in-2019",)})) == (
        Recipient(person="ops", roles=("policy",), unheld=("policy",)),
    )


def test_the_deputy_is_told_and_the_mail_can_say_for_whom():
    assert told(["policy"], away("anna", "dirk")) == (
        Recipient(person="dirk", roles=("policy",), stands_in_for="anna"),
    )


@pytest.mark.parametrize(("days", "person"), [(-1, "anna"), (0, "dirk"), (3, "dirk"), (4, "anna")])
def test_both_days_of_an_absence_count(days, person):
    absence = away("anna", "dirk", last=DAY + timedelta(days=3))
    assert [one.person for one in told(["policy"], absence, day=DAY + timedelta(days=days))] == [person]


def test_deputies_who_are_away_hand_on_to_theirs():
    (only,) = told(["policy"], away("anna", "bram"), away("bram", "cato"), away("cato", "dirk"))
    assert (only.person, only.stands_in_for) == ("dirk", "anna")


@pytest.mark.parametrize(
    "absences",
    [
        [away("anna")],
        [away("anna", "anna")],
        [away("anna", "nobody-by-this-name")],
        [away("anna", "bram"), away("bram")],
        [away("anna", "bram"), away("bram", "anna")],
        [away("anna", "bram"), away("bram", "cato"), away("cato", "bram")],
    ],
    ids=["no deputy", "own deputy", "unknown deputy", "deputy without deputy", "circle", "circle further on"],
)
def test_a_chain_of_deputies_that_leads_nowhere_ends_at_the_fallback_role(absences):
    assert told(["policy"], *absences) == (Recipient(person="ops", roles=("policy",), stands_in_for="anna"),)


def test_when_the_fallback_is_away_too_its_deputy_is_told():
    (only,) = told(["policy"], away("anna"), away("ops", "esra"))
    assert (only.person, only.stands_in_for) == ("esra", "anna")


def test_among_several_holders_of_the_fallback_role_one_who_is_there_is_told():
    people = replace(PEOPLE, roles={**PEOPLE.roles, "operator": ("ops", "dirk")})
    assert [one.person for one in told(["policy"], away("anna"), away("ops"), people=people)] == ["dirk"]


def test_when_everybody_is_away_the_person_is_told_all_the_same_and_stands_in_for_nobody():
    assert told(["policy"], away("anna"), away("ops")) == (Recipient(person="anna", roles=("policy",)),)


def test_an_absence_entered_later_corrects_the_deputy_of_the_earlier_one():
    long = away("anna", "bram", first=DAY - timedelta(days=9), last=DAY + timedelta(days=9))
    assert [one.person for one in told(["policy"], long, away("anna", "dirk"))] == ["dirk"]
    after = DAY + timedelta(days=1)
    assert [one.person for one in told(["policy"], long, away("anna", "dirk"), day=after)] == ["bram"]


def test_a_deputy_who_was_to_be_told_anyway_is_told_once():
    assert told(["policy", "legal"], away("anna", "bram")) == (
        Recipient(person="bram", roles=("policy", "legal"), stands_in_for="anna"),
    )


ROLES = ("policy", "legal", "head", "minister")
CHOICES = st.dictionaries(st.sampled_from(ROLES), st.lists(st.sampled_from((*NAMES, "gone")), max_size=3).map(tuple))
ABSENCES = st.lists(
    st.builds(away, st.sampled_from(NAMES), st.sampled_from((None, "gone", *NAMES))), max_size=12
)  # fmt: skip


@given(general=CHOICES, own=CHOICES, absences=ABSENCES, roles=st.lists(st.sampled_from(ROLES), min_size=1))
def test_whoever_is_away_every_role_reaches_a_known_person_while_the_fallback_role_is_held(
    general, own, absences, roles
):
    people = replace(PEOPLE, roles={**general, "operator": ("ops",)})
    found = told(roles, *absences, people=people, entry=replace(ENTRY, holders=own))
    assert {role for one in found for role in one.roles} == set(roles)
    assert len({one.person for one in found}) == len(found)
    assert {one.person for one in found} <= set(PERSONS)
    assert all(one.stands_in_for != one.person for one in found)


@given(absences=ABSENCES)
def test_nobody_who_is_away_is_told_while_the_fallback_is_there(absences):
    absences = [absence for absence in absences if absence.person != "ops"]
    gone = {absence.person for absence in absences}
    assert not gone & {one.person for one in told(ROLES, *absences)}


LATE = {"anna": Late(since=DAY - timedelta(days=3))}


def test_where_mail_is_late_others_are_told_as_well():
    """The person's own mail keeps waiting; the fallback role, or the deputy of a deputy who is late, gets the same."""
    anna, ops = told(("policy",), people=replace(PEOPLE, undelivered=LATE))
    assert anna == Recipient(person="anna", roles=("policy",))
    assert ops == Recipient(
        person="ops", roles=("policy",), stands_in_for="anna", undelivered_since=DAY - timedelta(days=3)
    )


def test_where_a_deputys_mail_is_late_the_fallback_role_is_told():
    found = told(("legal",), away("bram", "anna"), people=replace(PEOPLE, undelivered=LATE))
    assert [(one.person, one.stands_in_for) for one in found] == [("anna", "bram"), ("ops", "anna")]


def test_who_is_told_already_stands_in_without_a_second_mail():
    found = told(("operator", "policy"), people=replace(PEOPLE, undelivered=LATE))
    assert [(one.person, one.roles, one.stands_in_for) for one in found] == [
        ("ops", ("operator", "policy"), "anna"),
        ("anna", ("policy",), None),
    ]


def test_where_everybody_is_late_nobody_stands_in():
    found = told(("policy",), people=replace(PEOPLE, undelivered={**LATE, "ops": Late(since=DAY)}))
    assert [one.person for one in found] == ["anna"]


def test_who_gets_other_mail_is_late_with_some_entries():
    some = {"anna": Late(since=DAY, entries=frozenset({ENTRY.id}))}
    assert len(told(("policy",), people=replace(PEOPLE, undelivered=some))) == 2
    assert len(told(("policy",), people=replace(PEOPLE, undelivered=some), entry=replace(ENTRY, id="c-other"))) == 1
