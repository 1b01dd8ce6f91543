"""whatif is the difference of two simulates, keeps its word when the change is really made, and writes nothing."""

import json
import shutil
from collections import Counter
from contextlib import suppress
from datetime import date, timedelta

import pytest
from facts import shipped_policy
from futures import PATIENT, bag, counted, under, variants
from hypothesis import given, settings
from living import Recorder, arrived, content_hash, hand_over, happen, monitor_on, plain_letters, serving, without_brake
from msgspec.structs import replace
from registers import DAYS, START, stories

from monitor.actions.query.simulate import simulate_store, whatif_store
from monitor.core.calendar.dates import parse_offset
from monitor.core.errors import Faults, MonitorError
from monitor.core.forecast.simulate import roles_as_people, slot_days
from monitor.core.model.slots import slot_of
from monitor.exchange.actions_file import read_actions
from monitor.store.migrate import open_store

POLICY = replace(without_brake(shipped_policy()), overview_day=None)
ACTIONS = [
    {"before_first_slot_from": "2020-10-20", "verb": "extend", "entry": "s-irini-4m", "until": "2021-03-31",
     "on": "2020-10-16"},
    {"before_first_slot_from": "2020-10-26", "verb": "absent", "person": "lotte", "from": "2020-10-26",
     "to": "2020-11-06", "deputy": "idris"},
    {"before_first_slot_from": "2020-11-02", "verb": "record", "entry": "q-erbil", "type": "document:art100-letter",
     "on": "2020-10-30"},
]  # fmt: skip


def otherwise():
    """Recess a week earlier, and the authorisation reported two weeks sooner."""
    known, book = POLICY.calendar(), POLICY.rules
    week = timedelta(weeks=1)
    moved = tuple(replace(one, start=one.start - week, end=one.end - week) for one in known.recesses)
    rules = [
        replace(one, due=replace(one.due, offset=parse_offset("-2w"))) if one.id == "sub-authorisation" else one
        for one in book.rules
    ]
    calendars = replace(POLICY.calendars, by_id={**POLICY.calendars.by_id, known.id: replace(known, recesses=moved)})
    return replace(POLICY, rules=replace(book, rules=tuple(rules)), calendars=calendars)


@pytest.fixture
def lived(store, tmp_path):
    """The demo's register after its first fortnight, and the clock of that last morning."""
    app = monitor_on(store, policy=POLICY, letters=plain_letters(tmp_path / "letters"))
    hand_over(app)
    return app, live(app, Recorder(), date(2020, 9, 21), date(2020, 10, 2))


@pytest.fixture
def actions(tmp_path):
    file = tmp_path / "actions.json"
    file.write_text(json.dumps(ACTIONS), encoding="utf-8")
    return file


def live(app, post, first, last, changes=()):
    """Every slot of these days; gives the last clock."""
    clock, waiting = [None], list(changes)
    service = serving(app, post, lambda: clock[0])
    for when in slot_days(app.policy, first, last):
        while waiting and waiting[0][0] <= when:
            happen(app, waiting.pop(0)[1])
        clock[0] = slot_of(app.policy, when)
        service.tick()
    return clock[0]


def test_whatif_is_the_difference_of_two_simulations(lived, actions):
    """The database is not changed."""
    app, now = lived
    before = content_hash(app.store)
    span = (date(2020, 10, 5), date(2021, 2, 28))
    found = whatif_store(app, otherwise(), *span, now, actions=actions)
    assert content_hash(app.store) == before
    old = counted(simulate_store(app, app.policy, *span, now).reminders)
    new = counted(simulate_store(app, otherwise(), *span, now, actions=actions).reminders)
    assert bag((turn.name, turn.before) for turn in (*found.moved, *found.dropped)) == old - new
    assert bag((turn.name, turn.after) for turn in (*found.moved, *found.added)) == new - old
    assert found.moved and found.added and found.dropped, "all three are to be seen here"


def test_what_it_says_is_what_happens_when_the_change_is_made(lived, actions):
    app, now = lived
    span = (date(2020, 10, 5), date(2020, 11, 30))
    found = whatif_store(app, otherwise(), *span, now, actions=actions)
    ahead = counted(simulate_store(app, app.policy, *span, now).reminders)
    ahead -= bag((turn.name, turn.before) for turn in (*found.moved, *found.dropped))
    ahead += bag((turn.name, turn.after) for turn in (*found.moved, *found.added))

    changed, post = replace(monitor_on(app.store, policy=otherwise()), letters=app.letters), Recorder()
    live(changed, post, *span, changes=read_actions(actions, POLICY.zone))
    names = ("person", "entry", "rule", "occurrence", "rung", "day", "due")
    assert Counter(tuple(line[name] for name in names) for line in arrived(changed, post)) == ahead


@settings(max_examples=8, **PATIENT)
@given(story=stories(), other=variants)
def test_it_is_the_difference_of_two_simulates_for_any_register(story, other, sqlite_template, tmp_path_factory):
    file = tmp_path_factory.mktemp("whatif") / "monitor.db"
    shutil.copyfile(sqlite_template, file)
    with monitor_on(open_store(f"sqlite:///{file}"), people=roles_as_people(shipped_policy())) as app:
        now = slot_of(app.policy, START) - timedelta(hours=1)
        for _, change in story.changes:
            with suppress(MonitorError):  # what somebody could not save did not happen
                happen(app, change)
        before, span = content_hash(app.store), (START, START + timedelta(days=DAYS))
        found = whatif_store(app, under(*other), *span, now)
        old = counted(simulate_store(app, app.policy, *span, now).reminders)
        new = counted(simulate_store(app, under(*other), *span, now).reminders)
        assert bag((turn.name, turn.before) for turn in (*found.moved, *found.dropped)) == old - new
        assert bag((turn.name, turn.after) for turn in (*found.moved, *found.added)) == new - old
        assert content_hash(app.store) == before


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({**ACTIONS[0], "entry": "s-irini-5m"}, "There is no entry 's-irini-5m'"),
        ({**ACTIONS[0], "until": "2020-01-01"}, "The new end 2020-01-01 is not after"),
        ({**ACTIONS[1], "person": "lote"}, "There is no person 'lote'. Did you mean lotte?"),
    ],
)
def test_an_action_that_does_not_fit_is_a_fault_of_its_file(sqlite_store, tmp_path, wrong, words):
    app, now = monitor_on(sqlite_store), slot_of(POLICY, date(2020, 10, 2))
    hand_over(app)
    file = tmp_path / "actions.json"
    file.write_text(json.dumps([*ACTIONS, wrong]), encoding="utf-8")
    with pytest.raises(Faults, match=rf"actions\.json: actions\[4\]: {words}"):
        whatif_store(app, app.policy, date(2020, 10, 5), date(2020, 12, 31), now, actions=file)
