"""Derivations in words: what is compact for programs is a sentence for people, in their language."""

from __future__ import annotations

from typing import get_args

import pytest
from facts import Story, day, shipped_policy
from msgspec.structs import replace
from small import calendar, policy, rule

from monitor.app import words_in
from monitor.core.calendar.calendars import Holiday
from monitor.core.planning.derivation import Source, Start, Step
from monitor.core.planning.due_day import compact
from monitor.mail.letters.samples import STEPS

TODAY = "04-01-2021"


def steps_of(*rules, at=None, kind="contribution", **entry):
    """The steps of the first obligation of a made-up entry."""
    story = Story(policy=policy(*(rules or (rule(),)), at=at)).on(TODAY)
    story.add("c", kind, **entry)
    return next(iter(story.plan("c", TODAY).judgements)).due.steps


def calendar_with(*holidays):
    """A calendar with those holidays and without recess."""
    return replace(calendar(), holidays=holidays)


def shipped(on, id, **entry):
    """The steps of an obligation by the shipped rules and calendar."""
    story = Story(policy=shipped_policy()).on(on)
    story.add("c", "contribution", **entry)
    return next(item.due.steps for item in story.plan("c", on).obligations if item.rule.id == id)


CASES = {
    "offset": (
        lambda: shipped(TODAY, "art100-extension-letter", procedure="art100", valid_until="2021-12-31"),
        "31-12-2021 (valid_until) · −16w → 10-09-2021",
        "16 weken vóór 31-12-2021 (einde) → 10-09-2021",
        "16 weeks before 31-12-2021 (end) → 10-09-2021",
    ),
    "recess": (
        lambda: shipped(TODAY, "art100-debate", procedure="art100", valid_until="2021-12-31"),
        "31-12-2021 (valid_until) · −1w → 24-12-2021 · kerstreces 2021-2022 (B) → 16-12-2021",
        "1 week vóór 31-12-2021 (einde) → 24-12-2021 · vóór kerstreces 2021-2022 (afgeleid) → 16-12-2021",
        "1 week before 31-12-2021 (end) → 24-12-2021 · before Christmas recess 2021-2022 (inferred) → 16-12-2021",
    ),
    "closed days": (
        lambda: steps_of(
            rule(offset="0d"),
            at=calendar_with(Holiday(name="tweede paasdag", easter_offset=1)),
            valid_until="2021-04-05",
        ),
        "05-04-2021 (valid_until) · preceding business day → 02-04-2021",
        "05-04-2021 (einde) · niet op tweede paasdag, zondag of zaterdag; werkdag ervoor → 02-04-2021",
        "05-04-2021 (end) · not on Easter Monday, Sunday or Saturday; business day before → 02-04-2021",
    ),
    "imprecise": (
        lambda: steps_of(valid_until="2021-34"),
        "01-04-2021 (valid_until, 2021-34: earliest day) · −6w → 18-02-2021",
        "6 weken vóór 01-04-2021 (einde; vroegste dag van “2021-34”) → 18-02-2021",
        "6 weeks before 01-04-2021 (end; earliest day of “2021-34”) → 18-02-2021",
    ),
    "start and duration": (
        lambda: steps_of(valid_from="2021-01-01", duration="P1Y"),
        "01-01-2021 (valid_from) · P1Y − 1 day → 31-12-2021 (valid_until) · −6w → 19-11-2021",
        "1 jaar vanaf 01-01-2021 (begin) → 31-12-2021 (einde) · 6 weken eerder → 19-11-2021",
        "1 year from 01-01-2021 (start) → 31-12-2021 (end) · 6 weeks earlier → 19-11-2021",
    ),
    "the day before a recess": (
        lambda: steps_of(
            rule("promise", anchor="due_on", offset="0d", undated_every="+8w"),
            kind="commitment",
            due_on="before recess zomerreces 2021",
            at=calendar(("zomerreces 2021", "09-07-2021", "06-09-2021")),
        ),
        "08-07-2021 (due_on, the day before zomerreces 2021 (A))",
        "08-07-2021 (dag vóór zomerreces 2021, bekendgemaakt)",
        "08-07-2021 (day before summer recess 2021, published)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_derivation_in_three_forms(name):
    """The compact form stays as it was; a Dutch and an English reader have it in words."""
    made, *wanted = CASES[name]
    steps = made()
    assert [compact(steps), words_in("nl").derivation(steps), words_in("en").derivation(steps)] == wanted


def test_the_samples_have_every_step_and_source():
    """A letter of a user's own is tried with every kind of step, and with every day that is counted from."""
    assert {type(step) for step in STEPS} == set(Step.__subclasses__())
    assert {step.source for step in STEPS if isinstance(step, Start)} == set(get_args(Source))


def test_a_name_that_no_language_knows_is_kept():
    """A recess of a user's own calendar has no word in English; a language that is not shipped reads English."""
    step = Start(day=day("08-07-2021"), source="before_recess", of="bouwvak 2021", certainty="Z")
    assert words_in("en").derivation((step,)) == "08-07-2021 (day before bouwvak 2021, Z)"
    assert words_in("fr").derivation((step,)) == "08-07-2021 (day before bouwvak 2021, Z)"
