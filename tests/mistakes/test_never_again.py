"""The failures seen elsewhere that must be impossible here, one test each (numbers as in the list of failures).

Beside each test lies a patch that makes its mistake; test_mistakes.py applies it to a copy and sees this test fail.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from facts import ROOT, Story, day, key, shipped_policy, survey, with_limits
from living import ACCEPTED, Recorder, demo_people, hand_over, monitor_on
from msgspec.structs import replace

from monitor.actions.audit.audit import audit
from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.actions.query.coverage import gaps_of
from monitor.app import App, in_english
from monitor.core.audit.findings import FindingKind
from monitor.core.calendar.calendars import Calendar, Calendars, ClosedDay
from monitor.core.coverage.findings import GapKind
from monitor.core.delivery.retry import Outcome, Report
from monitor.core.errors import Faults
from monitor.core.model.register import Absence
from monitor.core.model.slots import known_on, local_day, slot_instant
from monitor.core.planning.plan import plan_entry
from monitor.core.planning.verdicts import Verdict
from monitor.mail.letters.check import check_letters
from monitor.mail.letters.letters import Letters
from monitor.mail.transport.transport import Outgoing
from monitor.settings.rules.calendars import load_calendars
from monitor.settings.rules.load import load_rules
from monitor.store.engine import Store

LETTER = key("c-unit", "extension-letter")  # ends 30-06-2021: due 19-05-2021
FIRST_SLOT = datetime(2020, 9, 21, 6, 0, tzinfo=UTC)


def a_contribution(*, until: str = "2021-06-30", on: str = "21-09-2020", **fields: Any) -> Story:
    story = Story()
    told = {"valid_from": "2020-01-01", "valid_until": until, "procedure": "none", **fields}
    story.on(on).add("c-unit", "contribution", **told)
    return story


@pytest.fixture
def office(sqlite_store: Store) -> App:
    """The demo's register, entered on the first morning."""
    app = monitor_on(sqlite_store, policy=replace(shipped_policy(), overview_day=None))  # the first slot is a Monday
    hand_over(app)
    return app


class Broken(Letters):
    """No letter to Hanneke can be written."""

    def render(self, name: str, language: str, **context: object) -> object:  # type: ignore[override]
        if getattr(getattr(context.get("digest"), "to", None), "id", "") == "hanneke":
            raise ValueError("this letter cannot be written")
        return super().render(name, language, **context)


def send(app: App, post: Recorder, now: datetime = FIRST_SLOT) -> int:
    return deliver(app, lambda: now, post).sent


def reached(post: Recorder) -> set[str]:
    """Who got something."""
    addresses = {person.address: id for id, person in demo_people().persons.items()}
    return {addresses[message.recipient] for message in post.accepted}


def test_01_a_missed_reminder_is_owed_the_day_after():
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


def test_05_one_bad_date_stops_no_other_entry():
    story = a_contribution()
    story.on("21-09-2020").add(
        "c-odd", "contribution", valid_until="9999-12-31", ended_on="9999-12-01", procedure="art100"
    )
    assert story.mails("24-03-2021", "24-03-2021", entry="c-unit", rule="extension-letter") == [day("24-03-2021")]


def test_05b_one_letter_that_fails_stops_no_other(office: App):
    report = check(replace(office, letters=Broken([ROOT / "templates"])), FIRST_SLOT)
    post = Recorder()
    send(office, post)
    assert {item.recipient.person for item in report.queued} - reached(post) == {"hanneke"}
    assert len(reached(post)) > 4


def test_05c_one_refused_address_stops_no_other_mail(office: App):
    def refuses(message: Outgoing) -> Report:
        bad = message.recipient.startswith("hanneke.")
        return Report(outcome=Outcome.REFUSED, reply="550 5.1.1 unknown") if bad else ACCEPTED

    report = check(office, FIRST_SLOT)
    post = Recorder(answer=refuses)
    send(office, post)
    assert {item.recipient.person for item in report.queued} - reached(post) == {"hanneke"}
    sent = len(post.accepted)
    send(office, post)
    assert len(post.accepted) == sent  # and nothing of the batch is repeated


def test_06_what_could_not_be_written_stays_owed(office: App, tmp_path: Path):
    broken = replace(office, letters=Broken([ROOT / "templates"]))
    check(broken, FIRST_SLOT)
    again = check(office, FIRST_SLOT + timedelta(minutes=30))
    assert {item.recipient.person for item in again.queued} == {"hanneke"}


def test_07_what_a_rate_limit_held_back_is_postponed(office: App):
    taken: list[datetime] = []

    def two_a_minute(message: Outgoing) -> Report:
        if sum(at == clock[0] for at in taken) >= 2:
            return Report(outcome=Outcome.POSTPONED, reply="450 4.7.1 too many this minute")
        taken.append(clock[0])
        return ACCEPTED

    report, clock = check(office, FIRST_SLOT), [FIRST_SLOT]
    post = Recorder(answer=two_a_minute)
    for _ in range(20):
        deliver(office, lambda: clock[0], post)
        clock[0] += timedelta(minutes=1)
    assert reached(post) >= {item.recipient.person for item in report.queued}
    assert len({message.key for message in post.accepted}) == len(post.accepted)


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
    assert {trouble.kind for trouble in report.alerts} == {"held"}
    assert len(post.accepted) == len({item.recipient.person for item in report.queued}) + 1  # and the operator's notice


def test_10_no_rung_falls_on_a_closed_day():
    calendar = shipped_policy().calendar()
    ladder = a_contribution().judged(LETTER, "21-09-2020").ladder  # −2w would be 5 May, a holiday
    days = [rung.day for rung in ladder.before]  # type: ignore[union-attr]
    assert all(calendar.is_business_day(found) for found in days)
    assert len(days) == 5


def test_11_the_slot_keeps_to_the_wall_clock():
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


def test_15b_a_rule_on_a_field_without_values_is_reported(office: App):
    (told,) = (gap for gap in gaps_of(office, FIRST_SLOT) if gap.kind is GapKind.NEVER_FIRES)
    assert told.concerns == ("post-mission-review",)
    assert "has a size (large is asked for)" in in_english(told.what)


def test_16_what_is_for_a_person_who_left_reaches_another():
    policy, people = shipped_policy(), replace(demo_people(), unreachable=frozenset({"hanneke"}))
    story = a_contribution(holders={"policy-officer": ["gerda"]})  # gerda is gone, hanneke's address is dead
    away = Absence(person="duncan", first=day("01-03-2021"), last=day("31-03-2021"))  # without a deputy
    register = replace(story.register, absences=(away,))
    owed = plan_entry(register, register["c-unit"], day("24-03-2021"), policy, people, {}).obligations
    told = {role: one.person for item in owed for one in item.owed for role in one.roles}
    assert told == dict.fromkeys(("policy-officer", "parliamentary-liaison", "defence-contact"), "bas")
    found = {(gap.kind, gap.about) for gap in survey(register, day("01-02-2021"), policy, people, by_relay=True)}
    assert found >= {
        (GapKind.PERSON_GONE, "gerda"), (GapKind.REFUSED, "hanneke"), (GapKind.AWAY, "duncan"),
        (GapKind.UNDELIVERABLE, "example.org"),
    }  # fmt: skip


def test_17_a_day_beyond_the_last_known_recess_is_provisional():
    story = a_contribution(until="2028-06-30", procedure="art100")
    due = story.judged(key("c-unit", "art100-extension-letter"), "21-09-2020").due
    assert due.provisional and "no recess known after 06-09-2027" in due.derivation
    horizon = [item for item in story.plan("c-unit", "21-09-2020").judgements if item.rule.id == "calendar-horizon"]
    assert {item.verdict for item in horizon} == {Verdict.OWED}


def test_17b_closed_days_are_known_to_end_beforehand():
    office = Calendar(id="office", closed_days=(ClosedDay(day=day("25-12-2020"), name="Christmas"),))
    policy = replace(shipped_policy(), calendars=Calendars(by_id={"office": office}, default="office"))
    register = a_contribution().register
    found = survey(register, day("21-09-2020"), policy, demo_people(), by_relay=False)
    assert GapKind.CLOSED_DAYS_END in {gap.kind for gap in found}


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


def test_19_the_audit_misses_no_reminder_left_out(office: App):
    """The check leaves out every tenth reminder; the audit of that day says so."""
    check(office, FIRST_SLOT)
    send(office, Recorder())
    assert [one.kind for one in audit(office, FIRST_SLOT).findings if one.kind is FindingKind.MISSING] == []


def test_19b_the_audit_misses_no_mail_not_owed(office: App):
    """The check reminds a person who was owed nothing; the audit of that day says so."""
    check(office, FIRST_SLOT)
    send(office, Recorder())
    assert [one.kind for one in audit(office, FIRST_SLOT).findings if one.kind is FindingKind.NOT_OWED] == []
