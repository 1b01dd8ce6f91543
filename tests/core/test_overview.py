"""The overview of one person: exactly what comes, and what is late, undated, waited for or told to somebody else."""

from __future__ import annotations

import pytest
from facts import Story, day, key
from living import demo_people
from msgspec.structs import replace

from monitor.core.mailing.content import Digest
from monitor.core.mailing.digest import digest, reminders
from monitor.core.mailing.overview import OverviewInput, lines, look_ahead, overview
from monitor.core.model.people import People
from monitor.core.model.register import Absence
from monitor.core.model.slots import overview_of
from monitor.core.planning.plan import plan
from monitor.core.planning.verdicts import LedgerLine


def of(story, person, when, *, said=None, away=None, people=None):
    """That person's overview as of a slot, around an empty digest; `said` by default as the story foretells it."""
    everybody, on = people or demo_people(), day(when)
    told = ledger(story, everybody, on) if said is None else said
    made = plan(story.register, on, story.policy, everybody, told)
    outlook = OverviewInput(
        plan=made, register=story.register, policy=story.policy, people=everybody, away=away or {},
        ahead=look_ahead(made, story.register, story.policy, everybody, told),
    )  # fmt: skip
    return overview(person, outlook, lines(outlook), Digest(to=everybody.persons[person], day=on, groups=()))


def ledger(story, people, before):
    """Everything foretold before that day counts as said to all who hold its roles."""
    found = {}
    for item in story.foresee(f"{before:%d-%m-%Y}"):
        obligation = key(item.entry, item.rule, item.occurrence)
        for role in item.roles if item.on < before else ():
            for person in people.roles[role]:
                found.setdefault(obligation, []).append(
                    LedgerLine(obligation=obligation, person=person, day=item.on, due=item.due)
                )
    return found


def section(seen, name):
    return next((section.items for section in seen.sections if section.name == name), ())


def deadlines(seen):
    return [item for name in ("overdue", "week", "ahead", "later") for item in section(seen, name)]


def agenda(seen, last):
    """Reminders to come up to that day, in order; each stands in the line of its obligation."""
    coming = [(one.day, item.entry, one.rung) for item in deadlines(seen) for one in item.reminders]
    return [(f"{on:%d-%m}", entry, rung) for on, entry, rung in sorted(coming) if on <= day(last)]


@pytest.fixture(scope="module")
def february():
    return Story.of_the_year("01-02-2021", about=[])


def test_the_first_fortnight_of_february_has_exactly_four_lines(february):
    seen = of(february, "lotte", "01-02-2021")
    assert agenda(seen, "14-02-2021") == [
        ("03-02", "m-irini", "-8w"), ("04-02", "q-irini-extra", "-1w"), ("11-02", "q-irini-extra", "0d"),
        ("12-02", "m-emasoh", "-2w"),
    ]  # fmt: skip
    moved = next(item for item in section(seen, "ahead") if item.entry == "q-irini-extra")
    assert "18-02-2021" in moved.derivation and "verkiezingsreces" in moved.derivation


def test_an_obligation_has_one_line(february):
    """Whatever reminders of it come; in order of due days within its section."""
    seen = of(february, "lotte", "01-02-2021")
    keys = [(item.entry, item.rule, item.occurrence) for item in deadlines(seen)]
    assert len(keys) == len(set(keys)) > 5
    for name, first, last in (("week", "01-02", "07-02"), ("ahead", "08-02", "15-03"), ("later", "16-03", "31-12")):
        dues = [item.due for item in section(seen, name)]
        assert dues == sorted(dues)
        assert all(day(f"{first}-2021") <= due <= day(f"{last}-2021") for due in dues), name


def test_a_reminder_of_the_day_stands_in_its_line():
    """One that has no other line gets one: a system rule's is upkeep of the register."""
    story = Story.of_the_year("10-02-2021", about=[])
    people, on = demo_people(), day("10-02-2021")
    told = ledger(story, people, on)
    made = plan(story.register, on, story.policy, people, told)
    items = [item for item in reminders(made) if item.recipient.person == "lotte"]
    mine = digest("lotte", items, story.register, people)
    outlook = OverviewInput(
        plan=made, register=story.register, policy=story.policy, people=people,
        ahead=look_ahead(made, story.register, story.policy, people, told),
    )  # fmt: skip
    seen = overview("lotte", outlook, lines(outlook), mine)
    shown = [item for part in seen.sections for item in part.items if item.reminder]
    assert len(shown) == len(mine.lines) > 0
    assert {item.reminder for item in shown} == set(mine.lines)
    keys = [(item.entry, item.rule, item.occurrence) for item in deadlines(seen)]
    assert len(keys) == len(set(keys))


def test_what_is_too_much_is_counted(february):
    """The first lines stay, in order; the digest around them is cut as well."""
    seen = of(february, "lotte", "01-02-2021")
    cut = seen.cut(3)
    assert sum(len(part.items) for part in cut.sections) == 3 and cut.left_out == seen.size - 3
    assert [item for part in cut.sections for item in part.items] == [
        item for part in seen.sections for item in part.items
    ][:3]
    assert seen.cut(seen.size) is seen


def test_who_is_no_owner_reads_only_what_is_for_them(february):
    seen = of(february, "hanneke", "01-02-2021")
    assert [line for line in agenda(seen, "14-02-2021") if line[1] != "q-irini-extra"] == []
    assert not of(february, "margriet", "01-02-2021").worth_sending


def test_overdue_mails_to_come_are_not_listed():
    """Overdue mails to come have no lines; what is late has a section of its own."""
    story = Story.of_the_year("21-09-2020", about=[])
    seen = of(story, "lotte", "28-09-2020")
    assert {item.entry for item in section(seen, "overdue")} >= {"q-erbil"}
    assert not [one for item in deadlines(seen) for one in item.reminders if one.rung.startswith("+")]


def test_an_entry_without_an_end_stands_under_its_own_heading():
    story = Story(people=demo_people())
    story.on("04-01-2021").add("c-open", "contribution", valid_from="2020-01-01")
    story.add("t-some-day", "commitment")
    seen = of(story, "lotte", "11-01-2021", said={})
    assert {item.entry: item.reason for item in section(seen, "undated")} == {"c-open": "no end"}
    liaison = of(story, "hanneke", "11-01-2021", said={})
    assert {item.entry: item.reason for item in section(liaison, "undated")} == {"t-some-day": "no due day"}
    assert not of(story, "claire", "11-01-2021", said={}).worth_sending


def test_a_snooze_and_a_binding_limit_are_shown():
    """A snoozed obligation is shown with its reason, a secured entry with the entry that binds it."""
    story = Story.of_the_year("01-03-2021", about=["m-irini", "c-irini-2"])
    story.on("02-03-2021").snooze(key("m-irini", "mandate-outcome"), "22-03-2021")
    seen = of(story, "lotte", "08-03-2021", said={})
    snoozed = section(seen, "snoozed")
    assert [(item.entry, item.until, item.reason) for item in snoozed] == [
        ("m-irini", day("22-03-2021"), "waits for the minister")
    ]
    waits = {item.entry: (item.binding, item.until) for item in section(seen, "waiting")}
    assert waits["c-irini-2"] == ("m-irini", day("31-03-2021"))


def test_an_import_long_overdue_is_listed_until_closed():
    """What an import brought in long overdue is listed until an event closes it."""
    story = Story(people=demo_people())
    story.on("04-01-2021").add(
        "c-old", "contribution", imported=True, valid_from="2018-01-01", valid_until="2019-12-31"
    )
    seen = of(story, "lotte", "11-01-2021", said={})
    assert "c-old" in {item.entry for item in section(seen, "listed")}
    assert "c-old" not in {item.entry for item in section(seen, "overdue")}


def test_on_return_the_overview_lists_the_deputy_s_reminders():
    """On return a person sees the reminders that the deputy received during the absence, and no others."""
    story = Story.of_the_year("01-02-2021", about=[])
    away = Absence(person="lotte", first=day("01-02-2021"), last=day("05-02-2021"), deputy="joost")
    story.register = replace(story.register, absences=(away,))
    told = LedgerLine(
        obligation=key("m-irini", "mandate-outcome"), person="joost", day=day("03-02-2021"), due=day("31-03-2021"),
        rung="-8w", roles=("policy-officer",),
    )  # fmt: skip
    own = replace(told, person="idris", roles=("legal-adviser",))
    after = replace(told, day=day("08-02-2021"))
    seen = of(story, "lotte", "08-02-2021", said={}, away={"lotte": (told, own, after)})
    assert [(item.entry, item.day, item.told) for item in section(seen, "away")] == [
        ("m-irini", day("03-02-2021"), ("Joost Terlinden",))
    ]


def test_deputies_and_the_fallback_role_read_for_others():
    """A deputy reads for a person who is away, the fallback role for a role without a holder."""
    story = Story.of_the_year("01-02-2021", about=[])
    away = Absence(person="lotte", first=day("01-02-2021"), last=day("26-02-2021"), deputy="joost")
    story.register = replace(story.register, absences=(away,))
    seen = of(story, "joost", "01-02-2021", said={})
    assert "Lotte Verhagen" in {item.stands_in_for for item in deadlines(seen)}
    crew = demo_people()
    nobody = People(persons=crew.persons, roles={**crew.roles, "policy-officer": ()})
    operator = of(story, "bas", "01-02-2021", said={}, people=nobody)
    assert {item.unheld for item in deadlines(operator) if item.entry == "m-irini"} == {("policy-officer",)}


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("01-02-2021", "01-02-2021"),
        ("05-02-2021", "01-02-2021"),
        ("05-04-2021", "29-03-2021"),
        ("06-04-2021", "06-04-2021"),
    ],
)
def test_an_overview_on_a_closed_day_moves_to_the_next(on, expected):
    """An overview that falls on a closed day is sent on the next business day."""
    policy = Story().policy
    assert overview_of(policy, day(on)) == day(expected)
    assert overview_of(replace(policy, overview_day=None), day(on)) is None


def test_an_owner_reads_what_others_must_do_with_their_names():
    story = Story(people=demo_people())
    story.on("04-01-2021").add("q-x", "request", procedure="art100", planned_start="2021-02-22")
    story.record("q-x", "document:notification-letter", "04-01-2021")
    seen = of(story, "lotte", "11-01-2021", said={})
    others = {item.told for item in deadlines(seen) if item.only_told and "debat" in item.heading.lower()}
    assert others == {("Hanneke Brugmans", "Duncan Okafor")}
