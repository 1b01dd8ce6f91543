"""What a second look found: each of these was wrong once."""

from __future__ import annotations

import pytest
from facts import Story, day, key, shipped_policy, with_limits
from msgspec.structs import replace

from monitor.core.calendar.dates import parse_offset
from monitor.core.changes.impact import doubts
from monitor.core.errors import Refused
from monitor.core.model.people import People, Person
from monitor.core.planning.verdicts import SentReminder, Verdict


def a_letter(story: Story, id: str = "c-unit", **fields: object) -> None:
    story.add(id, "contribution", **{"valid_until": "2021-06-30", "procedure": "none", **fields})


def test_what_was_said_under_a_clock_that_ran_ahead_silences_nothing():
    story = Story().on("21-09-2020")
    a_letter(story)
    letter = key("c-unit", "extension-letter")
    ahead = [
        SentReminder(obligation=letter, person=role, day=day("19-05-2021"), planned=day("19-05-2021"))
        for role in ("policy-officer", "parliamentary-liaison", "defence-contact")
    ]
    judged = next(i for i in story.plan("c-unit", "24-03-2021", {letter: ahead}).obligations if i.key == letter)
    assert judged.verdict is Verdict.OWED


def test_an_extension_closes_what_its_period_owes_also_what_nobody_could_see_then():
    story = Story().on("21-09-2020")
    story.add("m-new", "mandate", valid_until="2021-06-30")
    story.on("15-06-2021").extend("m-new", "2022-06-30", "14-06-2021")
    a_letter(story, depends_on=["m-new"], valid_until="2023-06-30")
    assert story.judged(key("m-new", "mandate-outcome", "0"), "05-07-2021").verdict is Verdict.CLOSED


def test_a_letter_closes_what_is_muted_so_that_unmuting_owes_nothing_twice():
    story = Story().on("21-09-2020")
    a_letter(story)
    story.on("01-04-2021").mute("c-unit")
    applied = story.on("12-05-2021").record("c-unit", "document:extension-letter", "12-05-2021")
    assert [item.rule.id for item in applied.closing.closes] == ["extension-letter"]


def test_the_end_is_recorded_and_not_corrected_into_being():
    story = Story().on("21-09-2020")
    a_letter(story)
    with pytest.raises(Refused, match="monitor end c-unit"):
        story.correct("c-unit", ended_on="2021-01-31")
    story.end("c-unit", "31-01-2021")
    with pytest.raises(Refused, match="retract event:ended"):
        story.correct("c-unit", ended_on="2021-01-30")


def test_a_fallback_of_the_entry_that_names_nobody_is_passed_over():
    bas = Person(id="bas", name="Bas", address="bas@example.org")
    story = Story(people=People(persons={"bas": bas}, roles={"operator": ("bas",)})).on("21-09-2020")
    a_letter(story, holders={"policy-officer": ["ghost"], "operator": ["ghost"]})
    judged = story.judged(key("c-unit", "extension-letter"), "24-03-2021")
    assert [one.person for one in judged.owed] == ["bas"]


def test_a_reminder_for_nobody_is_owed_and_not_said():
    story = Story(people=People()).on("21-09-2020")
    a_letter(story)
    plan = story.plan("c-unit", "24-03-2021")
    assert plan.owed_to_no_one


def test_another_letter_does_not_settle_a_promise():
    policy = shipped_policy()
    draft = replace(
        next(rule for rule in policy.rules.rules if rule.id == "commitment"), id="draft",
        closes_on=("document:draft",), due=replace(policy.rules.rules[-1].due, anchor="due_on"),
    )  # fmt: skip
    policy = replace(policy, rules=replace(policy.rules, rules=(*policy.rules.rules, draft)))
    story = Story(policy=policy).on("21-09-2020")
    story.add("t-note", "commitment", due_on="2021-03-31")
    story.on("10-03-2021").record("t-note", "document:draft", "10-03-2021")
    assert story.judged(key("t-note", "commitment"), "31-03-2021").verdict is Verdict.OWED


def test_the_parts_of_what_ended_end_with_it():
    story = Story().on("21-09-2020")
    a_letter(story, "c-whole")
    story.add("c-part", "contribution", part_of="c-whole")
    story.on("01-04-2021").end("c-whole", "31-03-2021")
    assert not [item for item in story.foresee("30-04-2021") if item.entry == "c-part" and item.on > day("31-03-2021")]


def test_a_limit_before_the_first_overdue_step_leaves_the_last_word_to_the_due_day():
    policy = with_limits(shipped_policy(), overdue=parse_offset("+0d".replace("+", "")))
    story = Story(policy=policy).on("21-09-2020")
    a_letter(story)
    ladder = story.judged(key("c-unit", "extension-letter"), "19-05-2021").ladder
    rung = ladder.latest(day("01-06-2021"))  # type: ignore[union-attr]
    assert rung and (rung.name, rung.last_word) == ("0d", True)


def test_what_an_import_brings_in_long_expired_is_not_mailed_by_the_system_rules_either():
    story = Story().on("21-09-2020")
    story.add("c-old", "contribution", imported=True, valid_until="2019-12-31", procedure="none")
    rules = {item.rule for item in story.foresee("31-12-2020") if item.entry == "c-old"}
    assert rules == set()


def test_after_a_termination_letter_the_evaluation_counts_from_the_end_of_the_period():
    story = Story().on("21-09-2020")
    a_letter(story, procedure="art100")
    story.on("01-03-2021").record("c-unit", "document:termination-letter", "01-03-2021")
    assert story.due("c-unit", "final-evaluation", on="01-07-2021") == day("30-03-2022")


@pytest.mark.parametrize(("procedure", "said"), [("art10", "Did you mean art100"), ("Art100", "Did you mean art100")])
def test_a_procedure_that_no_rule_asks_for_raises_a_doubt(procedure, said):
    story = Story().on("21-09-2020")
    a_letter(story, procedure=procedure)
    found = doubts(story.changes[-1][1], story.register, story.policy, day("21-09-2020"))
    assert len(found) == 1
    assert said in found[0]


def test_a_start_with_an_open_end_is_not_called_imprecise():
    story = Story().on("21-09-2020")
    story.add("q-open", "decision", planned_start="2021-04-01/..", procedure="art100")
    due = story.judged(key("q-open", "art100-letter"), "21-09-2020").due
    assert due and due.written is None
    assert "2021-04-01/.." in due.derivation
