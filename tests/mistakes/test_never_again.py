"""The failures seen elsewhere that must be impossible here, one test each (numbers as in the list of failures).

Beside each test lies a patch that makes its mistake; test_mistakes.py applies it to a copy and sees this test fail.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from facts import ROOT, Story, day, key, shipped_policy, with_limits
from living import Recorder, hand_over, monitor_on

from monitor.actions.check import check
from monitor.actions.deliver import deliver
from monitor.app import App
from monitor.core.errors import Faults
from monitor.core.slots import known_on, local_day, slot_instant
from monitor.core.verdicts import Verdict
from monitor.mail.letter_check import check_letters
from monitor.mail.letters import Letters
from monitor.settings.calendars import load_calendars
from monitor.settings.rules import load_rules
from monitor.store.engine import Store

LETTER = key("c-unit", "extension-letter")  # ends 30-06-2021: due 19-05-2021
FIRST_SLOT = datetime(2020, 9, 21, 6, 0, tzinfo=UTC)


def a_contribution(*, until: str = "2021-06-30", on: str = "21-09-2020") -> Story:
    story = Story()
    story.on(on).add("c-unit", "contribution", valid_from="2020-01-01", valid_until=until, procedure="none")
    return story


@pytest.fixture
def office(sqlite_store: Store) -> App:
    """The demo's register, entered on the first morning."""
    app = monitor_on(sqlite_store, policy=replace(shipped_policy(), overview_day=None))  # the first slot is a Monday
    hand_over(app)
    return app


def send(app: App, post: Recorder, now: datetime = FIRST_SLOT) -> int:
    return deliver(app, lambda: now, post).sent


def test_01_a_reminder_whose_day_was_missed_is_owed_the_day_after():
    judged = a_contribution().judged(LETTER, "25-03-2021")  # the rung of eight weeks was yesterday
    assert judged.verdict is Verdict.OWED
    assert judged.rung and judged.rung.day == day("24-03-2021")


def test_02_a_second_run_mails_nothing_again(office: App):
    post = Recorder()
    check(office, FIRST_SLOT)
    first = send(office, post)
    check(office, FIRST_SLOT + timedelta(hours=2))
    assert first > 0
    assert send(office, post, FIRST_SLOT + timedelta(hours=2)) == 0


def test_03_nothing_counts_as_sent_before_it_is(office: App):
    def dies(message: object) -> None:
        raise KeyboardInterrupt

    check(office, FIRST_SLOT)
    with pytest.raises(KeyboardInterrupt):
        deliver(office, lambda: FIRST_SLOT, Recorder(answer=dies))
    post = Recorder()
    later = FIRST_SLOT + timedelta(minutes=5)  # the lease of the dead process has run out
    assert send(office, post, later) == len({message.key for message in post.accepted}) > 4


def test_04_day_zero_and_the_days_after_it_are_not_silent():
    said = a_contribution().mails("19-05-2021", "01-06-2021", entry="c-unit", rule="extension-letter")
    assert said == [day(text) for text in ("19-05-2021", "20-05-2021", "25-05-2021", "27-05-2021")]


def test_05_one_date_that_cannot_be_reckoned_with_stops_nobody_else():
    story = a_contribution()
    story.on("21-09-2020").add(
        "c-odd", "contribution", valid_until="9999-12-31", ended_on="9999-12-01", procedure="art100"
    )
    assert story.mails("24-03-2021", "24-03-2021", entry="c-unit", rule="extension-letter") == [day("24-03-2021")]


def test_06_what_could_not_be_written_stays_owed(office: App, tmp_path: Path):
    class Broken(Letters):
        def render(self, name: str, language: str, **context: object) -> object:  # type: ignore[override]
            if getattr(getattr(context.get("digest"), "to", None), "id", "") == "hanneke":
                raise ValueError("this letter cannot be written")
            return super().render(name, language, **context)

    broken = replace(office, letters=Broken([ROOT / "templates"]))
    check(broken, FIRST_SLOT)
    again = check(office, FIRST_SLOT + timedelta(minutes=30))
    assert {item.recipient.person for item in again.said} == {"hanneke"}


def test_08_a_snooze_defers_and_swallows_nothing():
    story = a_contribution()
    story.on("23-03-2021").snooze(LETTER, "29-03-2021")  # over the rung of 24 March
    assert story.mails("22-03-2021", "31-03-2021", entry="c-unit", rule="extension-letter") == [day("29-03-2021")]


def test_09_a_flood_is_held_and_asks(sqlite_store: Store):
    policy = replace(with_limits(shipped_policy(), reminders_per_check=5), overview_day=None)
    app = monitor_on(sqlite_store, policy=policy)
    hand_over(app)
    report = check(app, FIRST_SLOT)
    post = Recorder()
    send(app, post)
    assert len(report.held) > 5
    assert {trouble.kind for trouble in report.troubles} == {"held"}
    assert len(post.accepted) == len({item.recipient.person for item in report.said}) + 1  # and the operator's notice


def test_10_no_rung_falls_on_a_closed_day():
    calendar = shipped_policy().calendar()
    ladder = a_contribution().judged(LETTER, "21-09-2020").ladder  # −2w would be 5 May, a holiday
    days = [rung.day for rung in ladder.before]  # type: ignore[union-attr]
    assert all(calendar.is_business_day(found) for found in days)
    assert len(days) == 5


def test_11_the_slot_keeps_to_the_wall_clock_when_the_clocks_change():
    def at(when: str) -> str:
        return f"{slot_instant(day(when), shipped_policy().send_at, shipped_policy().zone):%H:%M}"

    assert (at("29-10-2021"), at("01-11-2021")) == ("06:00", "07:00")
    skipped = slot_instant(day("28-03-2021"), datetime(2021, 3, 28, 2, 30).time(), shipped_policy().zone)
    assert skipped == datetime(2021, 3, 28, 1, 0, tzinfo=UTC)


def test_12_a_day_is_a_day_in_the_registers_zone():
    late = datetime(2021, 3, 30, 22, 30, tzinfo=UTC)  # half past midnight in Amsterdam
    assert local_day(shipped_policy(), late) == day("31-03-2021") == known_on(shipped_policy(), late)


def test_14_a_placeholder_typo_is_found_and_never_mailed(tmp_path: Path):
    (tmp_path / "reminder").mkdir()
    (tmp_path / "reminder" / "body.txt").write_text("Dear {{ digest.to.nmae }},\n", encoding="utf-8")
    letters = Letters([tmp_path, ROOT / "templates"])
    assert any("nmae" in str(fault) for fault in check_letters(letters))


def test_15_a_rule_that_can_never_fire_is_a_fault(tmp_path: Path):
    (tmp_path / "own.toml").write_text(NEVER, encoding="utf-8")
    folders = [tmp_path, ROOT / "rules"]
    calendars = load_calendars(folders, "nl-tweede-kamer")
    with pytest.raises(Faults, match=r"own\.toml"):
        load_rules(folders, calendars=calendars.by_id)


def test_18_after_an_extension_the_new_end_counts():
    story = a_contribution()
    story.on("13-05-2021").record("c-unit", "document:extension-letter", "12-05-2021")
    story.extend("c-unit", "2021-12-31", "12-05-2021")
    assert story.due("c-unit", "extension-letter", "1", on="14-05-2021") == day("19-11-2021")
    assert story.mails("14-05-2021", "24-09-2021", entry="c-unit", rule="extension-letter") == [day("24-09-2021")]


NEVER = """
[rule.never]
title.en = "Never"
title.nl = "Nooit"
norm = "policy"
why.en = "A commitment is open or settled, never expired."
why.nl = "Een toezegging is open of nagekomen, nooit verlopen."
select = { kind = ["commitment"], status = ["expired"] }
due = { anchor = "due_on" }
remind = ["0d"]
to = ["policy-officer"]
closes_on = ["event:commitment-settled"]
"""
