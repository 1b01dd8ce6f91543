"""What a second look found: each of these was wrong once."""

from __future__ import annotations

import pytest
from facts import Story, day, key, shipped_policy, with_limits
from msgspec.structs import replace

from monitor.core.calendar.dates import parse_offset
from monitor.core.changes.impact import doubts
from monitor.core.errors import Refused
from monitor.core.model.people import People, Person
from monitor.core.planning.verdicts import LedgerLine, Verdict


def a_letter(story: Story, id: str = "c-unit", **fields: object) -> None:
    story.add(id, "contribution", **{"valid_until": "2021-06-30", "procedure": "none", **fields})


def test_a_reminder_under_a_fast_clock_silences_nothing():
    """A reminder that was sent while the clock ran ahead does not silence a later one."""
    story = Story().on("21-09-2020")
    a_letter(story)
    letter = key("c-unit", "extension-letter")
    ahead = [
        LedgerLine(obligation=letter, person=role, day=day("19-05-2021"), planned=day("19-05-2021"))
        for role in ("policy-officer", "parliamentary-liaison", "defence-contact")
    ]
    judged = next(i for i in story.plan("c-unit", "24-03-2021", {letter: ahead}).obligations if i.key == letter)
    assert judged.verdict is Verdict.OWED


def test_an_extension_closes_all_obligations_of_its_period():
    """An extension closes all that its period asks for, also what was muted or switched off then."""
    story = Story().on("21-09-2020")
    story.add("m-new", "mandate", valid_until="2021-06-30")
    story.on("15-06-2021").extend("m-new", "2022-06-30", "14-06-2021")
    a_letter(story, depends_on=["m-new"], valid_until="2023-06-30")
    assert story.judged(key("m-new", "mandate-outcome", "0"), "05-07-2021").verdict is Verdict.CLOSED


def test_a_letter_closes_muted_obligations():
    """A letter closes obligations of a muted entry, so that unmuting raises nothing again."""
    story = Story().on("21-09-2020")
    a_letter(story)
    story.on("01-04-2021").mute("c-unit")
    applied = story.on("12-05-2021").record("c-unit", "document:extension-letter", "12-05-2021")
    assert [item.rule.id for item in applied.closing.closes] == ["extension-letter"]


def test_an_end_is_recorded_and_not_corrected():
    """An end is recorded; a correction cannot set it."""
    story = Story().on("21-09-2020")
    a_letter(story)
    with pytest.raises(Refused, match="monitor end c-unit"):
        story.correct("c-unit", ended_on="2021-01-31")
    story.end("c-unit", "31-01-2021")
    with pytest.raises(Refused, match="retract event:ended"):
        story.correct("c-unit", ended_on="2021-01-30")


def test_an_entry_fallback_without_persons_is_passed_over():
    """A fallback role of the entry that names no known person is passed over."""
    bas = Person(id="bas", name="Bas", address="bas@example.org")
    story = Story(people=People(persons={"bas": bas}, roles={"operator": ("bas",)})).on("21-09-2020")
    a_letter(story, holders={"policy-officer": ["ghost"], "operator": ["ghost"]})
    judged = story.judged(key("c-unit", "extension-letter"), "24-03-2021")
    assert [one.person for one in judged.owed] == ["bas"]


def test_a_reminder_without_recipient_stays_owed():
    """A reminder without a recipient stays owed."""
    story = Story(people=People()).on("21-09-2020")
    a_letter(story)
    plan = story.plan("c-unit", "24-03-2021")
    assert plan.owed_to_no_one


def test_an_unrelated_letter_does_not_settle_a_commitment():
    """A letter that closed nothing does not settle a commitment."""
    policy = shipped_policy()
    draft = replace(
        next(rule for rule in policy.rules.rules if rule.id == "commitment"),
        id="draft",
        closes_on=("document:draft",),
        due=replace(policy.rules.rules[-1].due, anchor="due_on"),
    )
    policy = replace(policy, rules=replace(policy.rules, rules=(*policy.rules.rules, draft)))
    story = Story(policy=policy).on("21-09-2020")
    story.add("t-note", "commitment", due_on="2021-03-31")
    story.on("10-03-2021").record("t-note", "document:draft", "10-03-2021")
    assert story.judged(key("t-note", "commitment"), "31-03-2021").verdict is Verdict.OWED


def test_parts_end_with_their_whole():
    """The parts of an entry that ended have ended too."""
    story = Story().on("21-09-2020")
    a_letter(story, "c-whole")
    story.add("c-part", "contribution", part_of="c-whole")
    story.on("01-04-2021").end("c-whole", "31-03-2021")
    assert not [item for item in story.foresee("30-04-2021") if item.entry == "c-part" and item.on > day("31-03-2021")]


def test_a_short_overdue_limit_makes_the_due_day_the_last():
    """With an overdue limit before the first overdue step, the reminder of the due day is the last."""
    policy = with_limits(shipped_policy(), overdue=parse_offset("+0d".replace("+", "")))
    story = Story(policy=policy).on("21-09-2020")
    a_letter(story)
    ladder = story.judged(key("c-unit", "extension-letter"), "19-05-2021").ladder
    rung = ladder.latest(day("01-06-2021"))  # type: ignore[union-attr]
    assert rung and (rung.name, rung.last_word) == ("0d", True)


def test_system_rules_do_not_mail_long_expired_imports():
    """What an import brings in long expired is not mailed by the system rules either."""
    story = Story().on("21-09-2020")
    story.add("c-old", "contribution", imported=True, valid_until="2019-12-31", procedure="none")
    rules = {item.rule for item in story.foresee("31-12-2020") if item.entry == "c-old"}
    assert rules == set()


def test_after_a_termination_the_evaluation_starts_from_the_end():
    """After a termination letter the evaluation counts from the end of the period."""
    story = Story().on("21-09-2020")
    a_letter(story, procedure="art100")
    story.on("01-03-2021").record("c-unit", "document:termination-letter", "01-03-2021")
    assert story.due("c-unit", "final-evaluation", on="01-07-2021") == day("30-03-2022")


@pytest.mark.parametrize(("procedure", "said"), [("art10", "Did you mean art100"), ("Art100", "Did you mean art100")])
def test_a_procedure_that_no_rule_asks_for_raises_a_doubt(procedure, said):
    """A procedure that no rule asks for raises a doubt."""
    story = Story().on("21-09-2020")
    a_letter(story, procedure=procedure)
    found = doubts(story.changes[-1][1], story.register, story.policy, day("21-09-2020"))
    assert len(found) == 1
    assert said in found[0]


def test_a_start_without_end_is_not_imprecise():
    """A start that is open towards the end is not imprecise."""
    story = Story().on("21-09-2020")
    story.add("q-open", "decision", planned_start="2021-04-01/..", procedure="art100")
    due = story.judged(key("q-open", "art100-letter"), "21-09-2020").due
    assert due and due.written is None
    assert "2021-04-01/.." in due.derivation
