"""Entries that renew themselves: the last day to cancel, the terms, what a cancellation does, and what it does not."""

from datetime import date

import pytest
from facts import FIRST, Story, day, key, names, pack_policy, told
from hypothesis import given
from hypothesis import strategies as st

from monitor.app import in_english
from monitor.core.calendar.dates import duration_of, end_of
from monitor.core.coverage.survey import Survey
from monitor.core.errors import BadValue, Refused
from monitor.core.model.people import People
from monitor.core.model.register import NO_PERIOD
from monitor.core.planning.grouping import alike
from monitor.core.planning.verdicts import Verdict
from monitor.core.register.state import own_end, secured_until, status
from monitor.core.register.terms import current_term, last_day_to_cancel

CANCEL, LETTER, OTHER = "contract-cancel", "document:cancellation-letter", "event:cancelled-by-other-party"
GO_ON = "event:continuation-decided"


@pytest.fixture
def story() -> Story:
    """A cleaning contract of a year from 1 January 2021, with tacit renewal and three months' notice."""
    found = Story(policy=pack_policy("contracts")).on("01-02-2021")
    found.add("clean", "contract", valid_from="2021-01-01", valid_until="2021-12-31", renews="P1Y", notice_period="P3M")
    return found


@pytest.mark.parametrize(("end", "notice", "by"), [
    ("31-12-2021", "P3M", "30-09-2021"), ("31-12-2021", "P1M", "30-11-2021"), ("30-06-2021", "P3M", "31-03-2021"),
    ("28-02-2021", "P1M", "31-01-2021"), ("29-02-2024", "P1Y", "28-02-2023"), ("30-03-2021", "P1M", "27-02-2021"),
    ("31-12-2021", "P30D", "01-12-2021"), ("31-12-2021", "P2W", "17-12-2021"), ("14-05-2021", "P2M", "14-03-2021"),
    ("31-12-2021", None, "31-12-2021"),
])  # fmt: skip
def test_the_whole_notice_period_fits_before_the_end(end, notice, by):
    assert last_day_to_cancel(day(end), notice) == day(by)


@given(
    st.dates(date(2000, 1, 1), date(2060, 1, 1)), st.sampled_from(["P1M", "P2M", "P3M", "P6M", "P1Y", "P10D", "P3W"])
)
def test_one_day_later_it_does_not_fit(end, notice):
    """The mirror of a start plus a duration: counted from the day after, the notice ends by the end, and no later day
    does so.
    """
    by = last_day_to_cancel(end, notice)
    assert end_of(date.fromordinal(by.toordinal() + 1), notice) <= end
    assert end_of(date.fromordinal(by.toordinal() + 2), notice) > end


def test_it_has_no_end_while_nobody_cancels(story):
    """The end of a term is not its end: it is active in all years after it, and never expired."""
    entry = story.register["clean"]
    assert own_end(story.register, entry) is None and secured_until(story.register, entry).until is None
    for when in ("31-12-2021", "01-01-2022", "05-05-2031"):
        assert status(story.register, entry, day(when), story.policy) == "active"


def test_each_term_has_its_own_last_day_and_ladder(story):
    """Named by the end of the term, and planned eighteen months ahead."""
    open_ones = {item.key.occurrence: item.due.day for item in story.plan("clean", "01-02-2021").open}
    assert open_ones == {"2021-12-31": day("30-09-2021")}
    later = story.plan("clean", "01-06-2021").obligations
    assert {item.key.occurrence for item in later if item.key.rule == CANCEL} == {"2021-12-31", "2022-12-31"}


def test_the_ladder_climbs_to_the_last_day_to_cancel(story):
    assert told(story.reminders("01-02-2021", "30-09-2021", entry="clean")) == [
        ("08-07-2021", "-12w"), ("05-08-2021", "-8w"), ("02-09-2021", "-4w"), ("16-09-2021", "-2w"),
        ("23-09-2021", "-1w"), ("30-09-2021", "0d"),
    ]  # fmt: skip


def test_the_derivation_says_which_term_and_which_notice(story):
    found = story.judged(key("clean", CANCEL, "2022-12-31"), "01-06-2022").due
    assert found.derivation.split(" · ") == [
        "31-12-2021 (valid_until)", "1 × P1Y renewed → 31-12-2022 (end of the term)",
        "P3M notice → 30-09-2022 (cancel by)",
    ]  # fmt: skip


def test_a_decision_to_go_on_closes_that_term_alone(story):
    story.on("10-09-2021").record("clean", GO_ON, "10-09-2021")
    assert story.last.closing.keys == (key("clean", CANCEL, "2021-12-31"),)
    assert story.mails("11-09-2021", "01-07-2022", rule=CANCEL) == [] != story.mails("02-07-2022", "31-07-2022")


def test_a_missed_day_goes_on_until_the_decision_is_recorded(story):
    """It renewed itself, and the owner still has to say so; the next term has its own reminders."""
    assert told(story.reminders("01-10-2021", "15-10-2021")) == [
        ("01-10-2021", "+1bd"), ("05-10-2021", "+3bd"), ("07-10-2021", "+5bd"), ("14-10-2021", "+10bd"),
    ]  # fmt: skip
    assert status(story.register, story.register["clean"], day("01-02-2022"), story.policy) == "active"


def test_a_cancellation_in_time_ends_it_with_its_term(story):
    """Recorded before its reminders had begun, too: the end follows, and nothing asks for a cancellation any more."""
    story.on("02-03-2021").record("clean", LETTER, "01-03-2021")
    entry = story.register["clean"]
    assert own_end(story.register, entry).latest == day("31-12-2021")
    assert story.last.closing.keys == (key("clean", CANCEL, "2021-12-31"),)
    assert [status(story.register, entry, day(when), story.policy) for when in ("31-12-2021", "01-01-2022")] == [
        "active", "ended",
    ]  # fmt: skip
    assert story.reminders("02-03-2021", "01-06-2022") == []


def test_a_cancellation_a_day_late_ends_the_next_term(story):
    story.on("01-10-2021").record("clean", LETTER, "01-10-2021")
    assert own_end(story.register, story.register["clean"]).latest == day("31-12-2022")
    assert story.last.closing.keys == (key("clean", CANCEL, "2021-12-31"), key("clean", CANCEL, "2022-12-31"))


def test_the_other_party_can_cancel_too(story):
    story.on("01-06-2021").record("clean", OTHER, "28-05-2021")
    assert own_end(story.register, story.register["clean"]).latest == day("31-12-2021")


def test_a_retracted_cancellation_lets_it_go_on(story):
    story.on("02-03-2021").record("clean", LETTER, "01-03-2021")
    story.retract("clean", LETTER)
    assert own_end(story.register, story.register["clean"]) is None
    assert names(story.plan("clean", "03-03-2021").open) == {f"{CANCEL}/2021-12-31"}


def test_an_old_cancellation_is_kept_for_the_record(story):
    """Of a term that was over when the entry became known: it ends nothing and silences nothing."""
    story.on("03-03-2021").record("clean", LETTER, "15-09-2019")
    assert story.last.event.period == NO_PERIOD and story.last.closing.keys == ()
    assert own_end(story.register, story.register["clean"]) is None


def test_a_cancellation_before_the_registration_counts(story):
    """Of a term that still runs when the entry is typed in."""
    story.on("01-11-2021").add("guard", "contract", valid_until="2021-12-31", renews="P1Y", notice_period="P3M")
    story.record("guard", LETTER, "20-09-2021")
    assert own_end(story.register, story.register["guard"]).latest == day("31-12-2021")


def test_a_sheet_with_an_old_end_asks_for_the_running_term(story):
    """An end of 2017 in a sheet: the terms since then renewed themselves, and none of them is asked for."""
    story.on("15-11-2021").add("old", "contract", valid_until="2017-12-31", renews="P1Y", notice_period="P3M")
    assert names(story.plan("old", "15-11-2021").open) == {f"{CANCEL}/2022-12-31"}
    assert current_term(story.register["old"], day("15-11-2021")).end.written == "2022-12-31"


def test_no_term_before_the_minimum_is_asked_for(story):
    """A minimum of three years: the first end it can be cancelled for is that of the third year."""
    story.on("03-02-2021").add(
        "lease", "contract", valid_from="2021-01-01", duration="1 jaar", renews="P1Y", notice_period="6 maanden",
        minimum_until="2023-12-31",
    )  # fmt: skip
    assert story.plan("lease", "03-02-2021").open == ()
    assert names(story.plan("lease", "03-02-2022").open) == {f"{CANCEL}/2023-12-31"}
    assert story.plan("lease", "03-02-2021").next_look <= day("01-01-2022")


def test_a_minimum_without_end_is_asked_for_once(story):
    """It is no end: nothing is overdue after it, and it is cancelled with its notice period at any time."""
    story.on("03-02-2021").add("phone", "contract", notice_period="P1M", minimum_until="2021-12-31")
    minimum = [("05-10-2021", "-8w"), ("16-11-2021", "-2w"), ("30-11-2021", "0d")]
    assert told(story.reminders("03-02-2021", "31-12-2022", rule="contract-minimum")) == minimum
    assert status(story.register, story.register["phone"], day("05-01-2022"), story.policy) == "active"
    story.on("10-03-2022").record("phone", LETTER, "10-03-2022")
    assert own_end(story.register, story.register["phone"]).latest == day("10-04-2022")


def test_a_cancellation_within_the_minimum_ends_it_then(story):
    story.on("03-02-2021").add("phone", "contract", notice_period="P1M", minimum_until="2021-12-31")
    story.on("10-03-2021").record("phone", LETTER, "10-03-2021")
    assert own_end(story.register, story.register["phone"]).latest == day("31-12-2021")


def test_a_cancelled_fixed_term_is_not_asked_for_an_extension(story):
    story.on("03-02-2021").add("build", "contract", valid_until="2021-12-31")
    assert names(story.plan("build", "03-02-2021").open) == {"contract-end/0"}
    story.record("build", OTHER, "03-02-2021")
    assert story.plan("build", "04-02-2021").open == ()
    assert status(story.register, story.register["build"], day("01-01-2022"), story.policy) == "ended"


def test_an_extension_begins_terms_of_its_own(story):
    """A new term was agreed: it follows the first one, and renews itself by the same length."""
    story.on("01-06-2021").extend("clean", until="2023-06-30", on="01-06-2021")
    assert own_end(story.register, story.register["clean"]) is None
    assert names(story.plan("clean", "01-12-2021").open) == {f"{CANCEL}/2023-06-30"}


def test_months_do_not_drift(story):
    """Terms of a month from 31 January: each ends on the last day of its month or the day before the next begins."""
    story.on("01-02-2021").add("car", "contract", valid_until="2021-03-30", renews="P1M")
    ends = {item.key.occurrence for item in story.plan("car", "01-02-2021").obligations if item.key.rule == CANCEL}
    assert {"2021-03-30", "2021-04-30", "2022-02-28", "2022-03-30"} <= ends


def test_an_imprecise_end_is_cancelled_for_its_earliest_day(story):
    story.on("03-02-2021").add("paper", "contract", valid_until="2021-12", renews="P1Y", notice_period="P1M")
    found = story.judged(key("paper", CANCEL, "2021-12-01"), "03-02-2021")
    assert found.due.day == day("01-11-2021") and found.due.written == "2021-12"


def test_rules_from_the_end_say_why_they_wait(story):
    found = next(item for item in story.plan("clean", "03-02-2021").judgements if item.rule.id == "contract-end")
    assert (found.verdict, in_english(found.why)) == (Verdict.NOT_SELECTED, "renews: true")


def test_renewing_without_an_end_is_refused(story):
    with pytest.raises(Refused, match="renews needs the end of the first term"):
        story.add("x", "contract", renews="P1Y")


def test_the_survey_finds_no_gap_but_a_missing_notice_period(story):
    story.add("odd", "contract", valid_until="2021-12-31", renews="P1Y")
    made = Survey(day=FIRST, policy=story.policy, people=People())
    made.add(story.register, story.register.entries)
    gaps = {gap.key: gap.concerns for gap in made.gaps((), by_relay=False) if gap.kind in ("no-date", "unreached")}
    assert gaps == {"no-date notice_period": ("odd",)}


def test_a_term_that_ends_in_years_is_watched(story):
    """Its reminders are planned eighteen months ahead; until then nothing is missing."""
    story.add("far", "contract", valid_until="2025-12-31", renews="P5Y", notice_period="P6M")
    made = Survey(day=FIRST, policy=story.policy, people=People())
    made.add(story.register, ["far"])
    assert not [gap for gap in made.gaps((), by_relay=False) if gap.kind == "unreached"]
    assert story.plan("far", "01-02-2021").next_look <= day("31-12-2023")


def test_contracts_with_other_terms_are_not_judged_alike(story):
    for id, notice in (("a", "P1M"), ("b", "P2M")):
        story.add(id, "contract", valid_until="2021-12-31", renews="P1Y", notice_period=notice)
    assert alike(story.register, ["a", "b"]) == [["a"], ["b"]]


@pytest.mark.parametrize(("written", "read"), [
    ("3 maanden", "P3M"), ("1 jaar", "P1Y"), ("2 weken", "P2W"), ("30 dagen", "P30D"), ("6 Months", "P6M"),
    ("P1Y", "P1Y"), ("1 mnd", "P1M"),
])  # fmt: skip
def test_durations_are_read_as_people_write_them(written, read):
    assert duration_of(written) == read


@pytest.mark.parametrize("written", ["", "3", "maanden", "3 manden", "0 maanden", "p3m", "half jaar"])
def test_other_words_are_no_duration(written):
    with pytest.raises(BadValue, match=r"is not a duration|lasts no day"):
        duration_of(written)
