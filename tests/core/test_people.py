"""Who receives: the nearest choice wins, deputies replace the absent, and no role is left out silently."""

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
    id="c-pawa",
    kind="contribution",
    title="PAWA",
    registered_on=date(2020, 9, 21),
    periods=(Period(known_on=date(2020, 9, 21)),),
)
IN_DOSSIER = replace(ENTRY, refs=(Reference(dossier="29 521", nr="412"),))
TAGGED = replace(IN_DOSSIER, tags=("sahel",))
CHOSEN = replace(TAGGED, holders={"policy": ("bram",)})


def away(person, deputy=None, first=DAY, last=DAY):
    return Absence(person=person, first=first, last=last, deputy=deputy)


def receivers(roles, *absences, people=PEOPLE, entry=ENTRY, day=DAY):
    return recipients(people, absences, entry, roles, day)


@pytest.mark.parametrize(
    ("entry", "holder"),
    [(ENTRY, "anna"), (IN_DOSSIER, "dirk"), (TAGGED, "cato"), (CHOSEN, "bram")],
    ids=["general", "dossier before general", "tag before dossier", "entry before tag"],
)
def test_the_nearest_choice_of_a_holder_wins(entry, holder):
    """The entry's own holder wins over its tags', its dossiers' and the general one."""
    assert holders(PEOPLE, entry, "policy") == (holder,)


def test_a_choice_for_one_role_leaves_the_other_roles_alone():
    """A holder chosen for one role does not change the other roles."""
    assert holders(PEOPLE, TAGGED, "legal") == ("dirk",)
    assert holders(PEOPLE, CHOSEN, "head") == ("cato",)


def test_the_first_tag_that_names_the_role_decides():
    """Of several tags, the first that names the role decides."""
    assert holders(PEOPLE, replace(ENTRY, tags=("unknown", "gulf", "sahel")), "policy") == ("esra",)


def test_an_empty_choice_is_no_choice():
    """An empty list of holders counts as no choice."""
    assert holders(PEOPLE, replace(ENTRY, holders={"policy": ()}), "policy") == ("anna",)


def test_all_holders_receive_in_their_order():
    """Several holders of a role all receive, in their order."""
    people = replace(PEOPLE, roles={**PEOPLE.roles, "policy": ("esra", "anna")})
    assert [one.person for one in receivers(["policy"], people=people)] == ["esra", "anna"]


def test_a_person_with_two_roles_receives_once():
    """A person with two roles receives once, with both roles in the order of the rule."""
    people = replace(PEOPLE, roles={**PEOPLE.roles, "legal": ("anna",)})
    assert receivers(["legal", "head", "policy"], people=people) == (
        Recipient(person="anna", roles=("legal", "policy")),
        Recipient(person="cato", roles=("head",)),
    )


def test_an_owner_may_be_named_as_a_person():
    """A rule may name a person instead of a role."""
    assert receivers(["dirk"]) == (Recipient(person="dirk", roles=("dirk",)),)


def test_a_role_without_a_holder_goes_to_the_fallback_role():
    """A role without a holder goes to the fallback role, and the recipient is marked so."""
    assert receivers(["policy", "minister"]) == (
        Recipient(person="anna", roles=("policy",)),
        Recipient(person="ops", roles=("minister",), unheld=("minister",)),
    )


def test_a_role_of_an_unknown_person_goes_to_the_fallback():
    """A role whose only holder is unknown goes to the fallback role."""
    assert receivers(["policy"], entry=replace(ENTRY, holders={"policy": ("left-in-2019",)})) == (
        Recipient(person="ops", roles=("policy",), unheld=("policy",)),
    )


def test_the_deputy_receives_and_is_marked_so():
    """The deputy receives, and the recipient names the person who is absent."""
    assert receivers(["policy"], away("anna", "dirk")) == (
        Recipient(person="dirk", roles=("policy",), stands_in_for="anna"),
    )


@pytest.mark.parametrize(("days", "person"), [(-1, "anna"), (0, "dirk"), (3, "dirk"), (4, "anna")])
def test_an_absence_includes_both_days(days, person):
    """The first and the last day of an absence are part of it."""
    absence = away("anna", "dirk", last=DAY + timedelta(days=3))
    assert [one.person for one in receivers(["policy"], absence, day=DAY + timedelta(days=days))] == [person]


def test_an_absent_deputy_has_a_deputy():
    """A deputy who is away is replaced by the next one."""
    (only,) = receivers(["policy"], away("anna", "bram"), away("bram", "cato"), away("cato", "dirk"))
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
def test_a_broken_chain_of_deputies_ends_at_the_fallback(absences):
    """A chain of deputies that ends or comes round leads to the fallback role."""
    assert receivers(["policy"], *absences) == (Recipient(person="ops", roles=("policy",), stands_in_for="anna"),)


def test_the_deputy_of_an_absent_fallback_receives():
    """When the fallback role's holder is away too, the deputy receives."""
    (only,) = receivers(["policy"], away("anna"), away("ops", "esra"))
    assert (only.person, only.stands_in_for) == ("esra", "anna")


def test_a_present_holder_of_the_fallback_role_receives():
    """Of several holders of the fallback role, one who is there receives."""
    people = replace(PEOPLE, roles={**PEOPLE.roles, "operator": ("ops", "dirk")})
    assert [one.person for one in receivers(["policy"], away("anna"), away("ops"), people=people)] == ["dirk"]


def test_the_person_receives_when_all_are_away():
    """When all are away, the person receives all the same and replaces no other."""
    assert receivers(["policy"], away("anna"), away("ops")) == (Recipient(person="anna", roles=("policy",)),)


def test_a_later_absence_corrects_the_deputy():
    """An absence entered later corrects the deputy of the earlier one."""
    long = away("anna", "bram", first=DAY - timedelta(days=9), last=DAY + timedelta(days=9))
    assert [one.person for one in receivers(["policy"], long, away("anna", "dirk"))] == ["dirk"]
    after = DAY + timedelta(days=1)
    assert [one.person for one in receivers(["policy"], long, away("anna", "dirk"), day=after)] == ["bram"]


def test_a_deputy_who_receives_anyway_receives_once():
    """A deputy who receives in a role of their own receives once."""
    assert receivers(["policy", "legal"], away("anna", "bram")) == (
        Recipient(person="bram", roles=("policy", "legal"), stands_in_for="anna"),
    )


ROLES = ("policy", "legal", "head", "minister")
CHOICES = st.dictionaries(st.sampled_from(ROLES), st.lists(st.sampled_from((*NAMES, "gone")), max_size=3).map(tuple))
ABSENCES = st.lists(st.builds(away, st.sampled_from(NAMES), st.sampled_from((None, "gone", *NAMES))), max_size=12)


@given(general=CHOICES, own=CHOICES, absences=ABSENCES, roles=st.lists(st.sampled_from(ROLES), min_size=1))
def test_every_role_reaches_a_known_person(general, own, absences, roles):
    """Every role reaches a known person in any absence while the fallback role has a holder."""
    people = replace(PEOPLE, roles={**general, "operator": ("ops",)})
    found = receivers(roles, *absences, people=people, entry=replace(ENTRY, holders=own))
    assert {role for one in found for role in one.roles} == set(roles)
    assert len({one.person for one in found}) == len(found)
    assert {one.person for one in found} <= set(PERSONS)
    assert all(one.stands_in_for != one.person for one in found)


@given(absences=ABSENCES)
def test_no_absent_person_receives_while_the_fallback_is_there(absences):
    """No person who is away receives while the fallback role's holder is there."""
    absences = [absence for absence in absences if absence.person != "ops"]
    gone = {absence.person for absence in absences}
    assert not gone & {one.person for one in receivers(ROLES, *absences)}


LATE = {"anna": Late(since=DAY - timedelta(days=3))}


def test_where_mail_is_late_others_are_told_as_well():
    """The person's own mail keeps waiting; the fallback role, or the deputy of a deputy who is late, gets the same."""
    anna, ops = receivers(("policy",), people=replace(PEOPLE, undelivered=LATE))
    assert anna == Recipient(person="anna", roles=("policy",))
    assert ops == Recipient(
        person="ops", roles=("policy",), stands_in_for="anna", undelivered_since=DAY - timedelta(days=3)
    )


def test_the_fallback_receives_for_a_late_deputy():
    """When mail to a deputy is undelivered, the fallback role receives as well."""
    found = receivers(("legal",), away("bram", "anna"), people=replace(PEOPLE, undelivered=LATE))
    assert [(one.person, one.stands_in_for) for one in found] == [("anna", "bram"), ("ops", "anna")]


def test_a_recipient_replaces_another_without_a_second_mail():
    """A person who receives already gets no second mail for a person whose mail is undelivered."""
    found = receivers(("operator", "policy"), people=replace(PEOPLE, undelivered=LATE))
    assert [(one.person, one.roles, one.stands_in_for) for one in found] == [
        ("ops", ("operator", "policy"), "anna"),
        ("anna", ("policy",), None),
    ]


def test_no_one_replaces_when_all_mail_is_late():
    """When mail to all is undelivered, no person replaces another."""
    found = receivers(("policy",), people=replace(PEOPLE, undelivered={**LATE, "ops": Late(since=DAY)}))
    assert [one.person for one in found] == ["anna"]


def test_mail_may_be_late_for_some_entries_only():
    """Mail to a person may be undelivered for some entries only."""
    some = {"anna": Late(since=DAY, entries=frozenset({ENTRY.id}))}
    assert len(receivers(("policy",), people=replace(PEOPLE, undelivered=some))) == 2
    assert (
        len(receivers(("policy",), people=replace(PEOPLE, undelivered=some), entry=replace(ENTRY, id="c-other"))) == 1
    )
