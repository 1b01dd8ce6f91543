"""What holds for every register: nothing twice, nothing forgotten, one verdict each, and wakes that never oversleep."""

from datetime import timedelta

from facts import added, day, shipped_policy, stamp_at
from futures import PATIENT
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from registers import DAYS, START, TYPES, changes, entry_fields, near, stories

from monitor.core.calendar.dates import Offset
from monitor.core.changes.apply import apply
from monitor.core.changes.bulk import intake
from monitor.core.changes.closing import open_obligations
from monitor.core.errors import MonitorError
from monitor.core.forecast.simulate import ForecastState, slot_days
from monitor.core.model.changes import Absent, Record, Retract
from monitor.core.planning.plan import plan
from monitor.core.planning.verdicts import Obligation, RuleObligation, Verdict
from monitor.core.register.state import own_end, secured_until

END = START + timedelta(days=DAYS)
some_day = st.integers(0, DAYS).map(lambda days: START + timedelta(days=days))


def folded(story, *, awake=False, until=END):
    """The fold at its end and all it said; `awake`: every entry is judged at every slot, whatever its wake."""
    state = ForecastState(register=story.start, policy=story.policy, people=story.whom())
    waiting, said = list(story.changes), []
    for when in slot_days(story.policy, START, until):
        while waiting and waiting[0][0] <= when:
            state.change(waiting.pop(0)[1], when)
        if awake:
            state.look_again(state.register.entries, when)
        said += state.slot(when)
    return state, said


@settings(max_examples=40, **PATIENT)
@given(stories())
def test_sleeping_until_the_next_day_misses_nothing(story):
    """A judgement skipped until its next day misses no reminder."""
    assert folded(story)[1] == folded(story, awake=True)[1]


@settings(max_examples=40, **PATIENT)
@given(stories())
def test_planning_twice_owes_nothing_new(story):
    """Planning a slot twice owes nothing new."""
    state, _ = folded(story)
    last = max(slot_days(story.policy, START, END))
    made = plan(state.register, last, story.policy, story.whom(), state.recorded)
    assert [item for item in made.outstanding() if item.owed] == []


@settings(max_examples=40, **PATIENT)
@given(stories())
def test_no_rung_before_the_last_reminder_is_owed(story):
    """No rung is owed that lay before a person's last reminder, so a due day that moves earlier repeats nothing."""
    story.changes = [(when, change) for when, change in story.changes if not isinstance(change, Absent)]
    _, said = folded(story)
    heard = {}
    for item in said:
        for role in item.roles:
            place = (item.entry, item.rule, item.occurrence, role)
            before = heard.get(place)
            assert before is None or before < item.planned <= item.on, item
            heard[place] = item.on


@settings(max_examples=60, **PATIENT)
@given(stories(happenings=4), some_day)
def test_every_rule_has_a_verdict_per_obligation(story, when):
    """Every rule has one verdict, or one for each of its obligations."""
    for judged in plan(story.register, when, story.policy, story.whom(), {}).entries:
        if judged.entry.registered_on > when:
            continue
        by_rule = {}
        for item in judged.judgements:
            by_rule.setdefault(item.rule.id, []).append(item)
        assert tuple(by_rule) == story.policy.rules.ids()
        for items in by_rule.values():
            keys = [item.key if isinstance(item, Obligation) else None for item in items]
            assert len(set(keys)) == len(keys) and (len(keys) == 1 or None not in keys)
            assert all(item.verdict in Verdict for item in items)


@settings(max_examples=60, **PATIENT)
@given(stories(happenings=4), some_day)
def test_rungs_and_due_days_are_business_days(story, when):
    """Rungs fall on business days up to the due day, and due days are business days."""
    calendar = story.policy.calendar()
    for judged in plan(story.register, when, story.policy, story.whom(), {}).entries:
        for item in judged.obligations:
            if isinstance(item, RuleObligation):
                assert calendar.is_business_day(item.due.day), item.due.derivation
                assert all(calendar.is_business_day(rung.day) for rung in item.ladder.before)
                assert all(rung.day <= item.due.day or rung.name == "late" for rung in item.ladder.before)
            assert item.rung is None or item.rung.day <= when
        assert all(item.next_day is None or item.next_day >= when for item in judged.judgements)


@settings(max_examples=60, **PATIENT)
@given(stories())
def test_secured_until_is_the_earliest_end_of_the_chain(story):
    """Secured until is the earliest end among an entry and all it rests on."""

    def ends(entry, seen):
        if entry.id in seen:
            return
        seen.add(entry.id)
        end = own_end(story.register, entry)
        if end and (end.earliest or end.latest):
            yield (end.earliest or end.latest), entry.id
        for parent in (*entry.depends_on, *filter(None, [entry.part_of])):
            yield from ends(story.register[parent], seen)

    for entry in story.register:
        found, known = secured_until(story.register, entry), list(ends(entry, set()))
        assert found.until == min((end for end, _ in known), default=None)
        assert (found.until, found.binding) in known or (found.until is None and found.binding == entry.id)


@settings(max_examples=60, **PATIENT)
@given(stories(), st.data(), some_day)
def test_adding_an_entry_affects_only_its_parents(story, data, when):
    """Adding an entry changes only the verdicts of the entries that it depends on."""
    assume(story.register.entries)
    fields = data.draw(entry_fields(sorted(story.register.entries)))
    fields["valid_from"] = fields["valid_until"] = None
    try:
        add = added(START, "new", fields.pop("kind"), **fields)
        after = apply(story.register, add, story.policy).register
    except MonitorError:
        assume(False)
    before = verdicts(story.register, when, story)
    touched = {entry for entry, *_ in before ^ verdicts(after, when, story)}
    assert touched <= {"new", *after["new"].depends_on}


@settings(max_examples=80, **PATIENT)
@given(stories(), st.data())
def test_retracting_undoes_recording(story, data):
    """Retracting an event undoes its recording."""
    assume(story.register.entries)
    id = data.draw(st.sampled_from(sorted(story.register.entries)))
    stamp = stamp_at(END)
    try:
        recorded = apply(
            story.register, Record(stamp=stamp, entry=id, type=data.draw(st.sampled_from(TYPES)), on=END), story.policy
        )
    except MonitorError:
        return
    undone = apply(recorded.register, Retract(stamp=stamp, entry=id, event=recorded.event.id), story.policy).register
    assert verdicts(undone, END, story) == verdicts(story.register, END, story)


@settings(max_examples=80, **PATIENT)
@given(stories(), st.data())
def test_a_change_is_made_whole_or_not_at_all(story, data):
    """A change is applied completely or not at all."""
    assume(story.register.entries)
    before, shown = story.register, repr(story.register)
    change = data.draw(changes(story))
    try:
        after = apply(before, change, story.policy)
    except MonitorError as error:
        assert str(error) and "Traceback" not in str(error)
    else:
        assert set(after.register.entries) >= set(before.entries)
        assert {entry.id for entry in after.register if before.entries.get(entry.id) != entry} <= set(after.changed)
    assert repr(before) == shown


@settings(max_examples=60, **PATIENT)
@given(stories(happenings=3), st.data())
def test_recording_closes_only_open_obligations(story, data):
    """Recording closes only obligations that were open, and all others stay."""
    assume(story.register.entries)
    id = data.draw(st.sampled_from(sorted(story.register.entries)))
    type = data.draw(st.sampled_from([one for one in TYPES if one != "event:ended"]))
    before = {item.key for item in open_obligations(story.register, story.register[id], END, story.policy)}
    done = apply(story.register, Record(stamp=stamp_at(END), entry=id, type=type, on=END), story.policy)
    closed = set(done.closing.keys)
    assert closed <= before
    assert not closed & {item.key for item in done.closing.stays_open}


@settings(max_examples=30, **PATIENT)
@given(st.lists(st.integers(0, 5), min_size=6, max_size=6, unique=True), stories(most=6, happenings=0))
def test_a_file_may_name_its_entries_in_any_order(order, story):
    """A file may list its entries in any order."""
    adds = [change for _, change in story.changes]
    shuffled = [adds[place] for place in order if place < len(adds)]
    whole = intake(story.start, shuffled, story.policy)
    ends = {entry.id: secured_until(whole, entry) for entry in whole}
    assert {id: found.until for id, found in ends.items()} == {
        entry.id: secured_until(story.register, entry).until for entry in story.register
    }


@given(near, st.integers(-900, 900))
def test_adding_weeks_at_once_equals_adding_days(start, count):
    """Adding business days in whole weeks leads to the same day as adding them one by one."""
    calendar = shipped_policy().calendar()
    step, left, walked = timedelta(days=1 if count > 0 else -1), abs(count), start
    while left:
        walked += step
        left -= calendar.is_business_day(walked)
    assert calendar.add(start, Offset(amount=count, unit="bd")) == walked


@given(near)
def test_preceding_is_not_after_and_following_not_before(when):
    """Preceding is never after the day and following never before it."""
    calendar = shipped_policy().calendar()
    back, on = calendar.roll(when, "preceding"), calendar.roll(when, "following")
    assert back <= when <= on
    assert calendar.is_business_day(back) and calendar.is_business_day(on)
    assert (back == on) is calendar.is_business_day(when)


def verdicts(register, when, story):
    """What is said of every obligation, in a form that can be compared."""
    judged = plan(register, when, story.policy, story.whom(), {})
    return {
        (item.entry, item.rule.id, item.verdict)
        + ((item.key, item.due.derivation, item.rung) if isinstance(item, Obligation) else ())
        for entry in judged.entries
        for item in entry.judgements
    }


def test_the_stories_that_are_drawn_say_something():
    """The generator reaches ladders: a register that says nothing would prove nothing."""
    from hypothesis import find

    found = find(
        stories(),
        lambda story: len(folded(story)[1]) > 20,
        settings=settings(max_examples=500, database=None),
    )
    assert folded(found)[1] and day("01-03-2021") == START and replace(found.stamp)
