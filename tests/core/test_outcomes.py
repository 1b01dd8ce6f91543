"""An old outcome, entered for the record, silences nothing: it counts only where the ladder had begun, or by name."""

import pytest
from facts import Story, day, foresee, key, names, shipped_policy, stamp_at

from monitor.core.changes.bulk import intake
from monitor.core.errors import MonitorError
from monitor.core.forecast.simulate import roles_as_people
from monitor.core.model.changes import Add, Record
from monitor.core.model.fields import read_entry
from monitor.core.model.register import NO_PERIOD, Register
from monitor.core.planning.verdicts import Verdict
from monitor.core.register.state import status

LADDER = "04-09-2026 02-10-2026 16-10-2026 23-10-2026 28-10-2026 30-10-2026"


def register_file(registered, *events, until="2026-10-31", kind="mandate", **fields):
    """A mandate with a dependant, or an entry of another kind, and events, as one file brings them."""
    stamp = stamp_at(day(registered))
    entries = [
        {"id": "m0", "kind": kind, "title": "M", "valid_until": until, **fields},
        {"id": "c1", "kind": "contribution", "title": "C", "depends_on": "m0"},
    ]
    adds = [
        Add(stamp=stamp, entry=raw["id"], content=read_entry(raw, stamp.known_on)[0], imported=True) for raw in entries
    ]
    records = [
        Record(stamp=stamp, entry="m0", type=type, on=day(on), closes=tuple(closes)) for type, on, *closes in events
    ]
    followed = {}
    register = intake(Register(), [*adds, *records], shipped_policy(), followed=followed)
    return register, list(followed.values())


def said(register, first, last, rule):
    policy = shipped_policy()
    found = foresee(register, (), policy, roles_as_people(policy), day(first), day(last))
    return [f"{item.on:%d-%m-%Y}" for item in found if (item.entry, item.rule) == ("m0", rule)]


def state(register, on):
    return status(register, register["m0"], day(on), shipped_policy())


@pytest.mark.parametrize(
    "events",
    [
        [("event:extended", "24-10-2025")],
        [("event:ended", "24-10-2025")],
        [("event:extended", "20-10-2023"), ("event:extended", "22-10-2024"), ("event:extended", "24-10-2025")],
        [("event:reaffirmed", "24-10-2025"), ("document:termination-letter", "24-10-2025")],
    ],
    ids=["extended", "ended", "several", "others"],
)
@pytest.mark.parametrize("registered", ["19-06-2026", "21-09-2026"], ids=["before the ladder", "within it"])
def test_an_old_outcome_in_a_register_file_silences_nothing(registered, events):
    """Last year's extension came with the register: the coming end and what follows from it are planned."""
    register, effects = register_file(registered, *events)
    wanted = [on for on in LADDER.split() if day(on) >= day(registered)]
    found = said(register, registered, "30-11-2026", "mandate-outcome")
    assert set(wanted) <= set(found)
    assert [state(register, on) for on in ("31-10-2026", "02-11-2026")] == ["active", "expired"]
    assert said(register, registered, "04-11-2026", "expired-without-outcome") == [
        "02-11-2026",
        "04-11-2026",  # with the mail of +3bd; that of 3 November waited
    ]
    for effect in effects:
        assert effect.closes == () and effect.event.period == NO_PERIOD
        assert "mandate-outcome/0" in {f"{one.rule}/{one.occurrence}" for one in effect.stays_open}


@pytest.mark.parametrize("type", ["event:extended", "event:ended", "event:reaffirmed", "document:termination-letter"])
def test_an_old_outcome_leaves_an_expired_mandate_expired(type):
    """An old outcome entered for the record leaves an expired mandate expired."""
    register, _ = register_file("19-06-2026", (type, "30-05-2025"), until="2026-05-31")
    assert state(register, "19-06-2026") == "expired"
    assert said(register, "19-06-2026", "22-06-2026", "expired-without-outcome")
    assert said(register, "19-06-2026", "26-06-2026", "mandate-outcome")


@pytest.mark.parametrize(("type", "wanted"), [("event:extended", "active"), ("event:ended", "ended")])
def test_an_outcome_within_the_ladder_counts(type, wanted):
    """The end was near when it happened: it says what became of that end, also when the register comes later."""
    register, (effect,) = register_file("19-06-2026", (type, "20-05-2026"), until="2026-05-31")
    assert state(register, "19-06-2026") == wanted
    assert said(register, "19-06-2026", "31-07-2026", "mandate-outcome") == []
    assert effect.event.period == 0


@pytest.mark.parametrize("name", ["mandate-outcome", "mandate-outcome/0"])
@pytest.mark.parametrize("type", ["event:extended", "event:ended"])
def test_an_outcome_that_names_its_period_counts(type, name):
    """An outcome that names the obligation of its period counts for that period."""
    register, (effect,) = register_file("19-06-2026", (type, "10-06-2026", name))
    assert said(register, "19-06-2026", "31-12-2026", "mandate-outcome") == []
    assert "mandate-outcome" in {one.rule for one in effect.closes} and effect.event.period == 0


def test_an_end_names_only_what_is_open():
    """An event:ended can name only what is open."""
    with pytest.raises(MonitorError, match="no open obligation mandate-outcome/3"):
        register_file("19-06-2026", ("event:ended", "10-06-2026", "mandate-outcome/3"))


def test_a_condition_starts_from_an_outcome_that_counts():
    """The report on the condition falls back to the end of the mandate while no outcome of it counts."""
    story = Story().on("19-06-2026")
    story.add("m", "mandate", valid_until="2026-10-31")
    story.add("c", "contribution", depends_on="m", valid_until="2027-12-31", condition="the mandate is extended")
    story.record("m", "event:extended", "24-10-2025")
    assert "no outcome yet" in story.judged(key("c", "condition-report", "m:0"), "19-06-2026").due.derivation
    story.on("26-10-2026").extend("m", "2027-10-31", on="23-10-2026")
    assert "m extended" in story.judged(key("c", "condition-report", "m:0"), "26-10-2026").due.derivation
    assert story.due("c", "condition-report", "m:0", on="26-10-2026") == day("06-11-2026")


def test_an_old_letter_in_a_file_is_no_termination():
    """An old termination letter in a register file does not end the entry."""
    register, _ = register_file(
        "19-06-2026", ("document:termination-letter", "01-09-2025"), kind="contribution", procedure="art100"
    )
    assert state(register, "02-11-2026") == "expired"
    assert said(register, "19-06-2026", "31-12-2027", "final-evaluation") == []


def test_an_outcome_counts_for_the_period_it_closes():
    """The first confirmation is still open when the second period runs: what closes it says nothing of the second."""
    story = Story().on("04-01-2021")
    story.add("s", "authorisation", valid_until="2021-03-31")
    story.on("30-03-2021").extend("s", "2021-09-30", on="29-03-2021")
    found = story.on("06-04-2021").record("s", "event:reaffirmed", "31-03-2021")
    assert names(found.closing.closes) == {"sub-authorisation/0"} and found.event.period == 0
    assert status(story.register, story.register["s"], day("01-10-2021"), story.policy) == "expired"
    assert story.mails("01-09-2021", "30-09-2021", rule="sub-authorisation", occurrence="1")


def test_an_outcome_for_the_record_does_not_count():
    """An outcome entered for the record counts for no period."""
    story = Story().on("19-06-2026")
    story.add("m", "mandate", valid_until="2026-10-31")
    story.add("c", "contribution", depends_on="m")
    found = story.on("01-07-2026").record("m", "event:extended", "24-10-2025")
    assert found.closing.closes == () and names(found.closing.not_begun) == {"mandate-outcome/0"}
    story.on("02-07-2026").record("m", "event:ended", "24-10-2025")
    assert story.register["m"].ended_on is None and story.register["m"].events[-1].period == NO_PERIOD
    assert story.mails("01-07-2026", "30-10-2026", entry="m", rule="mandate-outcome")


def test_retracting_an_outcome_for_the_record_undoes_nothing():
    """Retracting an event that was kept for the record undoes nothing else."""
    story = Story().on("19-06-2026")
    story.add("m", "mandate", valid_until="2026-10-31")
    old = story.record("m", "event:extended", "24-10-2025").event.id
    story.on("26-10-2026").extend("m", "2027-10-31", on="23-10-2026")
    story.retract("m", old)
    assert len(story.register["m"].periods) == 2
    older = story.record("m", "event:ended", "24-10-2024").event.id
    story.end("m", "31-12-2026")
    story.retract("m", older)
    assert story.register["m"].ended_on.earliest == day("31-12-2026")


def test_an_open_ended_entry_takes_an_end_but_no_extension():
    """An open-ended entry takes an event:ended and keeps an event:extended for the record."""
    register, _ = register_file("19-06-2026", ("event:extended", "24-10-2025"), until=None)
    assert register["m0"].events[0].period == NO_PERIOD
    register, _ = register_file("19-06-2026", ("event:ended", "24-10-2025"), until=None)
    assert state(register, "19-06-2026") == "ended"


def test_a_late_termination_letter_ends_on_the_last_day():
    """What had no end on record has one: nothing of it stays open, and the evaluation is asked for from now on."""
    story = Story().on("04-01-2021")
    story.add("c", "contribution", procedure="art100", valid_until="2021-06-30", condition="c", depends_on=[])
    found = story.on("03-01-2022").record("c", "document:termination-letter", "29-06-2021")
    assert story.register["c"].ended_on.written == "2021-06-30"
    assert names(found.closing.closes) >= {"art100-extension-letter/0", "art100-debate/0"}
    (late, *_) = story.reminders("03-01-2022", "31-05-2022", rule="final-evaluation")
    assert (late.on, late.due) == (day("03-01-2022"), day("30-03-2022"))
    story.on("04-01-2022").retract("c", "document:termination-letter")
    assert story.register["c"].ended_on is None


def test_a_termination_keeps_an_end_from_a_duration():
    """A termination letter keeps a last day that comes from a start plus a duration."""
    story = Story().on("04-01-2021")
    story.add("c", "contribution", procedure="art100", valid_from="2020-01-15", duration="P1Y6M")
    story.add("d", "contribution", procedure="art100", valid_from="2020-01", duration="P1Y6M")
    for id in "cd":
        story.on("03-01-2022").record(id, "document:termination-letter", "14-07-2021")
    assert story.register["c"].ended_on.written == "2021-07-14"
    assert str(story.register["d"].ended_on.earliest) == "2021-06-30"


def test_extend_counts_before_any_ladder():
    """The verb extend counts for its period before any ladder has begun."""
    story = Story().on("19-06-2026")
    story.add("m", "mandate", valid_until="2026-10-31")
    story.add("c", "contribution", depends_on="m")
    story.extend("m", "2027-10-31", on="18-06-2026")
    assert story.judged(key("m", "mandate-outcome", "0"), "19-06-2026").verdict is Verdict.CLOSED
