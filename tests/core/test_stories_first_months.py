"""The first morning, a vague date, and the morning on which three duties coincide."""

import pytest
from facts import Story, day, days, key, told

from monitor.core.mailing.digest import by_person, digest, reminders
from monitor.core.planning.plan import plan
from monitor.core.planning.verdicts import LedgerLine, RuleObligation

SUMMER = day("02-07-2020")


@pytest.fixture(scope="module")
def first_days():
    return Story.of_the_year("21-09-2020", about=[])


def test_the_first_morning_has_three_late_and_one_caught_up(first_days):
    """On the first morning three obligations are late and one rung is caught up."""
    found = [(item.entry, item.rule, item.rung, item.due) for item in first_days.reminders("21-09-2020", "21-09-2020")]
    assert found == [
        ("q-jordanie", "art100-letter", "late", SUMMER),
        ("q-erbil", "art100-letter", "late", SUMMER),
        ("q-jordanie", "debate-before-deployment", "-1w", day("24-09-2020")),
        ("q-erbil", "debate-before-deployment", "late", SUMMER),
    ]


def test_what_is_late_goes_to_the_roles_of_the_due_day(first_days):
    """What is late is planned for the first morning and goes to the roles of the due day."""
    late = [item for item in first_days.reminders("21-09-2020", "21-09-2020") if item.rung == "late"]
    assert {item.planned for item in late} == {day("21-09-2020")}
    letters = [item.roles for item in late if item.rule == "art100-letter"]
    assert (
        letters == [("policy-officer", "legal-adviser", "parliamentary-liaison", "defence-contact", "head-of-unit")] * 2
    )


def test_the_first_morning_gives_one_digest_a_person(first_days):
    """On the first morning each person concerned gets one digest, and the top gets none."""
    made = plan(first_days.register, day("21-09-2020"), first_days.policy, first_days.whom(), {})
    theirs = by_person(reminders(made))
    assert set(theirs) == {
        "policy-officer", "legal-adviser", "parliamentary-liaison", "defence-contact", "head-of-unit", "director",
    }  # fmt: skip
    mail = digest("parliamentary-liaison", theirs["parliamentary-liaison"], first_days.register, first_days.whom())
    assert [(group.rule, group.due, len(group.lines)) for group in mail.groups] == [
        ("art100-letter", SUMMER, 2),
        ("debate-before-deployment", SUMMER, 1),
        ("debate-before-deployment", day("24-09-2020"), 1),
    ]


@pytest.mark.parametrize("rule", ["art100-letter", "debate-before-deployment"])
def test_overdue_mails_follow_the_overdue_steps(first_days, rule):
    """Overdue mails follow after one, three and five business days, then every five."""
    found = first_days.reminders("22-09-2020", "13-10-2020", entry="q-erbil", rule=rule)
    assert [(item.on, item.rung) for item in found] == [
        (day("22-09-2020"), "+1bd"), (day("24-09-2020"), "+3bd"), (day("28-09-2020"), "+5bd"),
        (day("05-10-2020"), "+10bd"), (day("12-10-2020"), "+15bd"),
    ]  # fmt: skip


def test_citations_and_past_facts_raise_nothing(first_days):
    """No citation and nothing past in the letter raises a reminder."""
    quiet = {"c-irini-1", "c-irak-train", "c-emasoh-ship", "m-coal", "q-heli", "t-cie-bz"}
    assert not quiet & {item.entry for item in first_days.reminders("21-09-2020", "09-10-2020")}


@pytest.fixture(scope="module")
def vague():
    story = Story.of_the_year("25-09-2020", about=["m-emasoh", "c-pawa"])
    story.on("30-09-2020").correct("m-emasoh", valid_until="2021-02-28")
    story.on("09-10-2020", "15:00").record("c-pawa", "event:earliest-accepted", "09-10-2020")
    return story


def test_vague_dates_ask_for_precision_until_they_are_fixed(vague):
    """Vague dates ask for precision twice, and stop when they are fixed or accepted."""
    found = vague.reminders("21-09-2020", "31-01-2022", rule="imprecise-date")
    mine = [(item.on, item.entry) for item in found if item.entry in ("m-emasoh", "c-pawa")]
    assert mine == [
        (day("25-09-2020"), "m-emasoh"), (day("25-09-2020"), "c-pawa"), (day("09-10-2020"), "c-pawa"),
    ]  # fmt: skip
    assert {item.derivation.partition(" ·")[0] for item in found if item.entry == "c-pawa"} == {
        "01-01-2021 (valid_from, 2021-33: earliest day)"
    }


def test_an_end_fixed_on_a_sunday_is_due_on_the_friday_before(vague):
    """The end that was fixed on a Sunday is due on the Friday before."""
    found = vague.reminders("21-09-2020", "26-02-2021", entry="m-emasoh", rule="mandate-outcome")
    assert {item.due for item in found} == {day("26-02-2021")}
    assert [item.on for item in found] == [day("31-12-2020"), *days("29-01 12-02 19-02 24-02 26-02", 2021)]
    assert found[0].derivation == "28-02-2021 (valid_until) · preceding business day → 26-02-2021"


def test_the_plan_made_from_the_vague_end_never_sends():
    unpinned = Story.of_the_year("25-09-2020", about=["m-emasoh", "c-pawa"])
    assert unpinned.mails("21-09-2020", "31-12-2020", entry="m-emasoh", rule="mandate-outcome") != []
    pinned = Story.of_the_year("25-09-2020", about=["m-emasoh", "c-pawa"])
    pinned.on("30-09-2020").correct("m-emasoh", valid_until="2021-02-28")
    assert pinned.mails("21-09-2020", "30-12-2020", entry="m-emasoh", rule="mandate-outcome") == []


@pytest.fixture(scope="module")
def coinciding():
    story = Story.of_the_year("24-03-2021", about=["c-emasoh"])
    story.on("10-03-2021").record("c-emasoh", "document:condition-report", "09-03-2021")
    return story


def test_an_end_in_june_makes_the_extension_letter_due_on_19_may(coinciding):
    """The extension letter of a contribution that ends in June is due on 19 May."""
    found = coinciding.reminders("24-03-2021", "19-05-2021", entry="c-emasoh", rule="extension-letter")
    assert told(found) == [
        ("24-03-2021", "-8w"), ("21-04-2021", "-4w"), ("04-05-2021", "-2w"), ("12-05-2021", "-1w"),
        ("19-05-2021", "0d"),
    ]  # fmt: skip
    assert {item.due for item in found} == {day("19-05-2021")}


def test_three_duties_of_one_day_have_three_headings(coinciding):
    """Three obligations due on one day have three headings in one digest."""
    said = coinciding.reminders("12-05-2021", "12-05-2021")
    assert {item.rule for item in said} == {"extension-letter", "progress-report", "annual-evaluation"}
    assert {item.due for item in said} == {day("19-05-2021")}
    made = plan(coinciding.register, day("12-05-2021"), coinciding.policy, coinciding.whom(), _said_before(coinciding))
    mine = [
        item for item in by_person(reminders(made))["policy-officer"] if isinstance(item.obligation, RuleObligation)
    ]
    mail = digest("policy-officer", mine, coinciding.register, coinciding.whom())
    assert [group.heading for group in mail.groups] == [
        coinciding.policy.rules.rules[place].heading("nl") for place in _places(coinciding)
    ]
    assert {group.due for group in mail.groups} == {day("19-05-2021")} and len(mail.groups) == 3


def test_a_holiday_has_no_mails(coinciding):
    """On a holiday no mail is sent; two days before it only the progress report is."""
    assert [item for item in coinciding.foresee("19-05-2021") if item.on == day("05-05-2021")] == []
    found = coinciding.reminders("17-05-2021", "17-05-2021")
    assert {(item.rule, item.rung) for item in found} == {("progress-report", "-2bd")}


def _places(story):
    """The rules of the three headings, in the order of the rules."""
    ids = story.policy.rules.ids()
    return sorted(ids.index(rule) for rule in ("extension-letter", "progress-report", "annual-evaluation"))


def _said_before(story):
    """What every role was told up to the day before."""
    lines = {}
    for item in story.foresee("11-05-2021"):
        obligation = key(item.entry, item.rule, item.occurrence)
        lines.setdefault(obligation, []).extend(
            LedgerLine(obligation=obligation, person=role, day=item.on) for role in item.roles
        )
    return lines
