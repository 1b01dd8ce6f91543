"""What is not covered: each gap by what it is about, and what is no gap."""

from __future__ import annotations

import pytest
from facts import Story, day, demo_register, key, shipped_policy, survey
from hypothesis import given, settings
from languages import foreign
from living import demo_people
from msgspec.structs import replace
from registers import stories
from small import rule

from monitor.app import in_english, words_in
from monitor.core.calendar.calendars import Calendar, Calendars, ClosedDay, Recess
from monitor.core.coverage.findings import NAMES_KEPT, Gap, GapKind, news
from monitor.core.coverage.survey import Survey
from monitor.core.model.people import Person
from monitor.core.model.phrases import phrase
from monitor.core.model.policy import Policy
from monitor.core.model.register import Absence

MORNING = "21-09-2020"


def found(story: Story, on: str = MORNING, *, policy=None, people=None, by_relay=False) -> dict[str, tuple[str, ...]]:
    """Key of each gap → what it concerns; what is merely to be known is left out."""
    gaps = all_of(story, on, policy=policy, people=people, by_relay=by_relay)
    return {gap.key: gap.concerns for gap in gaps if not gap.note}


def all_of(story: Story, on: str = MORNING, *, policy=None, people=None, by_relay=False) -> tuple[Gap, ...]:
    """All gaps; a Dutch reader gets no other word in them than those of users."""
    policy, people = policy or story.policy, people or demo_people()
    gaps = survey(story.register, day(on), policy, people, by_relay=by_relay)
    rules = [(rule.id, rule.select, rule.to, rule.cc, rule.title if rule.title.keys() == {"en"} else "")
             for rule in policy.rules.rules]  # fmt: skip
    data = [story.register.entries, story.register.absences, rules, people, [*policy.calendars.by_id]]
    for gap in gaps:
        said = " ".join(words_in("nl").isolate(fact) for fact in (gap.what, gap.do))
        assert not foreign(said, "nl", data), said
    return gaps


def sentence(story: Story, key: str, **more) -> str:
    return next(in_english(gap.what) for gap in all_of(story, **more) if gap.key == key)


def with_rules(*rules) -> Policy:
    policy = shipped_policy()
    return replace(policy, rules=replace(policy.rules, rules=rules))


def a_contribution(**fields) -> Story:
    story = Story().on(MORNING)
    story.add("c-unit", "contribution", **{"valid_until": "2021-12-31", "size": "large", **fields})
    return story


def test_the_demo_has_these_gaps():
    """The demo register has exactly these gaps, each with its two sentences."""
    gaps = survey(demo_register(), day(MORNING), shipped_policy(), demo_people(), by_relay=False)
    assert {gap.key: gap.concerns for gap in gaps if not gap.note} == {
        "unreached mandate mandate-outcome (has_dependants)": ("m-rsm", "m-coal"),
        "no-date valid_until": ("m-minusma", "c-rsm"),
        "no-date ended_on": ("c-emasoh-ship",),
        "no-date planned_start": ("q-heli",),
        "never-fires size large": ("post-mission-review",),
        "ladder-in-recess imprecise-date": ("q-minusma-air",),
        "ladder-late art100-letter": ("q-jordanie", "q-erbil"),
        "ladder-late debate-before-deployment": ("q-erbil",),
    }
    assert [gap.about for gap in gaps if gap.note] == ["notification-letter"]
    assert all(in_english(gap.what).endswith(".") and in_english(gap.do) for gap in gaps)


def test_a_watched_entry_is_no_gap():
    """An entry that a rule watches is no gap."""
    assert found(a_contribution()) == {"never-fires procedure art100": ART100}


def test_an_unwatched_end_is_a_gap_despite_a_yearly_rule():
    """An end that no rule reckons from is a gap although a yearly rule is about the entry."""
    story = a_contribution(procedure="art-100")
    assert found(story)["unreached contribution art100-extension-letter (procedure art-100)"] == ("c-unit",)
    assert "here it is art-100" in sentence(story, "unreached contribution art100-extension-letter (procedure art-100)")


def test_a_kind_without_any_rule_is_a_gap():
    """An entry of a kind without any rule is a gap."""
    policy = replace(shipped_policy(), kinds={"permit": "period"})
    story = Story(policy=policy).on(MORNING)
    story.add("p-1", "permit", valid_until="2021-12-31")
    assert found(story) == {"unreached permit": ("p-1",)}
    assert sentence(story, "unreached permit") == "No rule watches p-1: no rule reckons from the end of a permit."


@pytest.mark.parametrize(
    "silent",
    [
        lambda story: story.mute("c-unit"),
        lambda story: story.end("c-unit", "20-09-2020"),
        lambda story: story.record("c-unit", "event:end-confirmed", "20-09-2020"),
    ],
    ids=["muted", "ended", "its end confirmed"],
)
def test_a_muted_or_ended_entry_is_no_gap(silent):
    """An entry that was muted, ended or whose end was confirmed is no gap."""
    story = a_contribution(procedure="art-100")
    silent(story)
    assert not [key for key in found(story) if key.startswith("unreached")]


def test_a_part_is_watched_with_its_whole():
    """A part is watched with its whole."""
    story = a_contribution()
    story.add("c-part", "contribution", part_of="c-unit", procedure="art-100")
    assert not [key for key in found(story) if key.startswith("unreached")]


def test_a_date_that_cannot_be_reckoned_with_is_a_gap():
    """A date outside the supported years is a gap."""
    story = a_contribution(valid_until="9999-12-31", ended_on="9999-12-01", procedure="art100")
    assert found(story)["unreckonable final-evaluation"] == ("c-unit",)


def test_a_missing_date_is_a_gap_while_a_rule_asks_for_it():
    """A missing date is a gap only while the rule asks for it."""
    story = Story().on(MORNING)
    story.add("q-1", "request", procedure="art100", planned_start="2021-06-01")
    assert found(story)["no-date received_on"] == ("q-1",)
    story.record("q-1", "document:notification-letter", MORNING)
    assert "no-date received_on" not in found(story)


def test_a_rule_on_an_empty_field_never_fires():
    """A rule that asks for a field that no entry has filled can never fire."""
    story = a_contribution(size="", procedure="art100")
    key = "never-fires size large"
    assert found(story)[key] == ("post-mission-review",)
    assert sentence(story, key).startswith("No entry of its kind has a size (large is asked for)")
    story.correct("c-unit", size="large")
    assert key not in found(story)


def test_a_rule_on_an_absent_value_never_fires():
    """A rule that asks for a value that no entry has can never fire, and the gap names the value that was meant."""
    story = a_contribution(tags=["defence"])
    policy = with_rules(rule(), rule("tagged", select={"tags": ("defense",)}))
    assert found(story, policy=policy, people=OFFICER) == {"never-fires tags defense": ("tagged",)}
    assert "did you mean defence?" in sentence(story, "never-fires tags defense", policy=policy)


def test_a_rule_on_procedure_none_is_no_gap():
    """A rule for entries without a procedure is no gap where every entry has one."""
    notes = [gap.about for gap in all_of(a_contribution(procedure="art100")) if gap.note]
    assert "extension-letter" in notes


def test_a_rule_with_nothing_to_do_is_a_note():
    """A rule that has nothing to do at the moment is a note and no gap."""
    policy = with_rules(
        rule(), rule("other", select={"kind": ("mandate",)}), rule("met", select={"has_condition": True})
    )
    notes = {gap.about: in_english(gap.what) for gap in all_of(a_contribution(), policy=policy) if gap.note}
    assert notes == {
        "other": "other has nothing to do at the moment: there is no mandate.",
        "met": "met has nothing to do at the moment: no entry meets all it asks for (has_condition).",
    }
    assert not found(a_contribution(), policy=policy, people=OFFICER)


def test_an_empty_register_has_no_gaps():
    """An empty register has no gaps."""
    assert all_of(Story()) == ()


def test_a_role_without_a_holder_is_a_gap():
    """A role without a holder is a gap of the entries that need it."""
    people = demo_people()
    people = replace(people, roles={role: held for role, held in people.roles.items() if role != "head-of-unit"})
    assert found(a_contribution(), people=people)["role-unheld head-of-unit"][0] == "c-unit"


def test_an_unknown_person_named_for_an_entry_is_a_gap():
    """A person named for an entry who is not in the configuration is a gap."""
    story = a_contribution(holders={"policy-officer": ["gerda"]}, owner="gerda")
    assert found(story)["person-gone gerda"] == ("c-unit",)
    assert "`monitor correct c-unit holders.policy-officer`" in next(
        in_english(gap.do) for gap in all_of(story) if gap.about == "gerda"
    )


@pytest.mark.parametrize(
    ("deputy", "others", "why"),
    [
        (None, (), "has no deputy"),
        ("idris", (), None),
        ("gerda", (), "the deputy gerda is not in the configuration"),
        ("idris", (("idris", "25-12-2020", "04-01-2021", None),), "the deputy idris is not there from 25-12-2020"),
        ("idris", (("idris", "25-12-2020", "04-01-2021", "hanneke"),), None),
    ],
)
def test_an_absence_without_a_deputy_is_a_gap(deputy, others, why):
    """An absence is a gap when the deputy is missing, unknown or away."""
    story = a_contribution()
    away = [Absence(person="lotte", first=day("20-12-2020"), last=day("31-12-2020"), deputy=deputy)]
    away += [Absence(person=p, first=day(a), last=day(b), deputy=d) for p, a, b, d in others]
    story.register = replace(story.register, absences=tuple(away))
    gaps = {gap.about: in_english(gap.what) for gap in all_of(story) if gap.kind is GapKind.AWAY}
    assert ("lotte" in gaps) is (why is not None)
    assert why is None or why in gaps["lotte"]
    assert not [gap for gap in all_of(story, "01-01-2021") if gap.about == "lotte"]  # it is over


def test_reserved_domains_are_a_gap_with_a_relay():
    """Addresses at reserved domains are a gap where mails go to a relay."""
    assert "undeliverable example.org" not in found(a_contribution())
    assert len(found(a_contribution(), by_relay=True)["undeliverable example.org"]) == 9
    own = replace(OFFICER, persons={"anna": replace(OFFICER.persons["anna"], address="anna@intranet")})
    assert not [key for key in found(a_contribution(), people=own, by_relay=True) if key.startswith("undeliv")]


def test_a_refused_address_is_a_gap():
    """An address that refused a mail permanently is a gap."""
    people = replace(demo_people(), unreachable=frozenset({"lotte"}))
    assert found(a_contribution(), people=people)["refused lotte"] == ("lotte",)


def test_a_ladder_in_recess_is_a_gap():
    """A ladder of which every rung falls in recess is a gap."""
    policy = with_rules(rule("short", offset="0d", remind="-2w 0d"))
    inside, reaching_out = a_contribution(valid_until="2021-08-13"), a_contribution(valid_until="2021-07-15")
    assert found(inside, policy=policy, people=OFFICER) == {"ladder-in-recess short": ("c-unit",)}
    assert not found(reaching_out, policy=policy, people=OFFICER)


def test_recess_is_nothing_to_a_pack_that_ignores_it():
    """Beside the rules of parliament, contracts are judged by the same calendar: their managers work in its recess."""
    short, debate = rule("short", offset="0d", remind="-2w 0d"), rule("debate", recess="before")
    inside = a_contribution(valid_until="2021-08-13")
    ignoring = with_rules(replace(short, pack="contracts"), replace(debate, pack="mandates"))
    heeding = with_rules(replace(short, pack="mandates"), replace(debate, pack="mandates"))
    assert "ladder-in-recess short" not in found(inside, policy=ignoring, people=OFFICER)
    assert "ladder-in-recess short" in found(inside, policy=heeding, people=OFFICER)


def test_a_ladder_in_an_absence_without_deputy_is_a_gap():
    """A ladder of which every rung falls in an absence is a gap unless there is a deputy."""
    story, policy = a_contribution(), with_rules(rule("short", offset="0d", remind="-1w 0d"))
    for first, deputy, gap in (("23-12-2021", None, True), ("25-12-2021", None, False), ("23-12-2021", "bert", False)):
        away = Absence(person="anna", first=day(first), last=day("07-01-2022"), deputy=deputy)
        story.register = replace(story.register, absences=(away,))
        keys = found(story, policy=policy, people=OFFICER)
        assert ("ladder-in-absence anna" in keys) is gap


@pytest.mark.parametrize(
    ("changed", "until", "why"),
    [
        ({}, "2020-10-05", "it was due already when it became known"),
        ({"remind": ""}, "2021-12-31", "the rule has no rung up to that day"),
        ({"remind": "-4w", "catch_up": False}, "2020-11-13", "its rungs lay before it became known"),
    ],
)
def test_a_first_reminder_after_the_due_day_is_a_gap(changed, until, why):
    """A first reminder after the due day is a gap, with its reason."""
    story, policy = a_contribution(valid_until=until), with_rules(rule(**changed))
    assert why in sentence(story, "ladder-late letter", policy=policy)
    story.policy = policy
    story.record("c-unit", "document:letter", MORNING, closes=["letter"])
    assert not [gap for gap in all_of(story, policy=policy) if gap.kind is GapKind.LADDER_LATE]


def test_due_days_beyond_the_last_recess_are_one_gap():
    """Due days beyond the last known recess are one gap of their calendar."""
    story = a_contribution(valid_until="2028-06-30", procedure="art100")
    names = found(story)["calendar-horizon nl-tweede-kamer"]
    assert names == ("art100-extension-letter of c-unit", "art100-debate of c-unit")
    assert "no recess after 06-09-2027" in sentence(story, "calendar-horizon nl-tweede-kamer")


def test_a_gap_in_the_recess_table_names_both_ends():
    """A gap in the recess table is reported with the days on which it begins and ends."""
    later = Recess(name="zomerreces 2028", start=day("07-07-2028"), end=day("04-09-2028"), certainty="A")
    kamer = shipped_policy().calendar()
    gapped = replace(kamer, recesses=(*kamer.recesses, later))
    policy = replace(shipped_policy(), calendars=Calendars(by_id={gapped.id: gapped}, default=gapped.id))
    story = a_contribution(valid_until="2027-12-31", procedure="art100")
    found = sentence(story, "calendar-horizon nl-tweede-kamer", policy=policy)
    assert "no recess after 06-09-2027 and before 07-07-2028: 2 due days" in found
    story.policy = policy
    debate = story.judged(key("c-unit", "art100-debate"), f"{MORNING}").due
    assert debate.provisional and debate.day == day("24-12-2027")


def test_a_recess_table_that_has_ended_is_a_gap():
    """A recess table that has ended is a gap before any due day rests on it."""
    assert found(a_contribution(), "07-09-2027")["calendar-horizon nl-tweede-kamer"] == ()
    assert "calendar-horizon nl-tweede-kamer" not in found(a_contribution(), "06-09-2027")


def test_a_list_of_closed_days_that_ends_soon_is_a_gap():
    """A list of closed days that ends within half a year is a gap."""
    listed = Calendar(id="office", closed_days=(ClosedDay(day=day("25-12-2020"), name="Christmas"),))
    policy = replace(with_rules(rule()), calendars=Calendars(by_id={"office": listed}, default="office"))
    assert "closed-days-end office" in found(a_contribution(), policy=policy, people=OFFICER)
    assert "closed-days-end office" not in found(a_contribution(), "20-06-2020", policy=policy, people=OFFICER)
    assert "closed-days-end nl-tweede-kamer" not in found(a_contribution())


def test_unverified_entries_are_one_gap():
    """Entries that were not checked against their source for long are one gap."""
    story = a_contribution()
    assert "unverified" not in found(story, "19-03-2021")
    assert found(story, "22-03-2021")["unverified"] == ("c-unit",)


def test_a_survey_in_pieces_equals_one_of_the_whole():
    """A survey of slices gives the same gaps as one of the whole register."""
    register, policy, people = demo_register(), shipped_policy(), demo_people()
    made = Survey(day=day(MORNING), policy=policy, people=people)
    for id in register.entries:
        made.add(register, [id])
    assert made.gaps((), by_relay=True) == survey(register, day(MORNING), policy, people, by_relay=True)


@settings(max_examples=12)
@given(stories())
def test_any_register_can_be_surveyed(story: Story):
    """Any register can be surveyed, and each gap has its own key."""
    gaps = all_of(story, "01-06-2021", by_relay=True)
    assert len({gap.key for gap in gaps}) == len(gaps)
    assert all(gap.what and gap.do and gap.count >= len(gap.concerns) for gap in gaps)


def test_a_gap_keeps_a_limited_number_of_names():
    """A gap keeps a limited number of names and the full count."""
    story = a_contribution(procedure="x")
    made = Survey(day=day(MORNING), policy=story.policy, people=demo_people())
    for number in range(NAMES_KEPT + 5):
        id = f"c-{number}"
        made.add(replace(story.register, entries={id: replace(story.register["c-unit"], id=id)}), [id])
    (gap,) = (gap for gap in made.gaps((), by_relay=False) if gap.kind is GapKind.UNREACHED)
    assert (len(gap.concerns), gap.count) == (NAMES_KEPT, NAMES_KEPT + 5)
    assert "and 199 more" in in_english(gap.what)


def test_news_are_new_grown_and_closed_gaps():
    """News are the gaps that are new, have grown or are over."""

    def gap(kind: GapKind, about: str, *names: str) -> Gap:
        return Gap(
            kind=kind,
            about=about,
            concerns=names,
            count=len(names),
            what=phrase("gap.refused"),
            do=phrase("gap_do.refused"),
        )

    told = {"no-date valid_until": ["a", "b"], "unverified": ["a"], "away anna": ["x"]}
    now = [
        gap(GapKind.NO_DATE, "valid_until", "b", "c"),
        gap(GapKind.UNVERIFIED, "", "a", "b"),
        gap(GapKind.AWAY, "bert", "y"),
        gap(GapKind.NOTHING_TODAY, "rule"),
        gap(GapKind.REFUSED, "anna", "anna"),
    ]
    found = news(told, now)
    assert [new.key for new in found.new] == ["away bert"]
    assert [(grown.key, added) for grown, added in found.grown] == [("no-date valid_until", ("c",))]
    assert found.over == ("away anna",)


ART100 = (
    "art100-extension-letter", "art100-debate", "debate-before-deployment", "progress-report", "final-evaluation",
    "post-mission-review",
)  # fmt: skip
OFFICER = replace(
    demo_people(),
    persons={id: Person(id=id, name=id, address=f"{id}@ministry.nl") for id in ("anna", "bert", "bas")},
    roles={"officer": ("anna",), "operator": ("bas",)},
)
