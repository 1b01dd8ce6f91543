"""Whatever stops the monitor, and whenever: nothing that was foretold is lost, and nothing is said twice."""

import shutil
from collections import Counter
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from facts import demo_actions, demo_register, shipped_policy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from living import (
    ACCEPTED,
    DOWN,
    Recorder,
    arrived,
    hand_over,
    happen,
    monitor_on,
    plain_letters,
    serving,
    told_ahead,
    told_by,
    without_brake,
)
from sqlalchemy import event

from monitor.core.changes.apply import apply
from monitor.core.delivery.retry import Outcome, Report
from monitor.core.forecast.simulate import ForecastState, slot_days
from monitor.core.model.slots import slot_of
from monitor.store import outbox, records
from monitor.store.migrate import open_store

FIRST, LAST = date(2021, 3, 1), date(2021, 4, 30)
POLICY = without_brake(shipped_policy())
DAYS = list(slot_days(POLICY, FIRST, LAST))
QUIET = {rule.id for rule in POLICY.rules.system if rule.tell != "mail"}
BEFORE = [change for when, change in demo_actions() if when < FIRST]
DURING = [(when, change) for when, change in demo_actions() if FIRST <= when <= LAST]
BUSY = Report(outcome=Outcome.POSTPONED, reply="450 later")

FINE = {"fine", "twice", "two daemons", "killed on the wire", "killed before settling", "disk full", "claim lost"}
MISHAPS = [*sorted(FINE), "off", "relay down", "postponed", "killed before delivery"]


class Killed(BaseException):
    """The process is gone at this instruction."""


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """The failures are wanted here; telling each with its traceback takes longer than living through it."""
    with patch("monitor.service.log"):
        yield


@pytest.fixture(scope="module")
def prepared(sqlite_template, tmp_path_factory):
    """A register on the eve of March 2021, of which nothing was said yet, and quick letters."""
    folder = tmp_path_factory.mktemp("stops")
    file, letters = folder / "eve.db", plain_letters(folder / "letters")
    shutil.copyfile(sqlite_template, file)
    store = open_store(f"sqlite:///{file}")
    app = monitor_on(store, policy=POLICY)
    hand_over(app)
    for change in BEFORE:
        happen(app, change)
    store.close()
    return file, letters


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_nothing_is_lost_and_nothing_is_doubled(prepared, tmp_path_factory, data):
    mishaps = dict.fromkeys(DAYS, "fine")
    for day in data.draw(st.lists(st.sampled_from(DAYS), max_size=25, unique=True)):
        mishaps[day] = data.draw(st.sampled_from(MISHAPS), label=str(day))
    mishaps[DAYS[-1]] = "fine"  # at last all is well again
    assert_lived_as_foretold(prepared, tmp_path_factory, mishaps)


@pytest.mark.parametrize("mishap", MISHAPS)
def test_a_mishap_on_every_second_day_loses_and_doubles_nothing(prepared, tmp_path_factory, mishap):
    mishaps = {day: mishap if number % 2 else "fine" for number, day in enumerate(DAYS)} | {DAYS[-1]: "fine"}
    assert_lived_as_foretold(prepared, tmp_path_factory, mishaps)


def assert_lived_as_foretold(prepared, tmp_path_factory, mishaps):
    file = tmp_path_factory.mktemp("lived") / "monitor.db"
    shutil.copyfile(prepared[0], file)
    with quick_store(file) as store:
        app, post = monitor_on(store, policy=POLICY, letters=prepared[1]), Recorder()
        live(app, post, mishaps)
        lines = arrived(app, post)
    effective = [day for day in DAYS if mishaps[day] in FINE]
    lived, foretold = told_by(lines), told_ahead(fold(app.people, effective))
    if set(mishaps.values()) <= {*FINE, "off"}:
        assert lived == foretold
    else:  # a person who had no overview in a week whose mails did not leave gets what arises later with the next one
        assert loud(lived) == loud(foretold)
        late, in_time = by_reminder(lived - loud(lived)), by_reminder(foretold - loud(foretold))
        assert late.keys() == in_time.keys()
        assert all(0 <= (day - in_time[key]).days <= 7 for key, day in late.items())
    copies = Counter((line["message_id"], line["number"]) for line in lines)
    same_rung = Counter((*key_of(line), line["person"]) for line in {line["number"]: line for line in lines}.values())
    assert max(same_rung.values()) == 1, "a reminder stands in two mails"
    wire = [day for day in DAYS if mishaps[day] == "killed before settling"]
    assert sum(count - 1 for count in Counter(mail.key for mail in post.accepted).values()) <= len(wire)
    assert all(count <= 2 for count in copies.values())


def loud(found):
    """What does not wait for an overview."""
    return {line for line in found if line[2] not in QUIET}


def by_reminder(found):
    """Obligation, rung, planned day and person → the day it was sent."""
    return {line[1:]: line[0] for line in found}


def key_of(line):
    return line["entry"], line["rule"], line["occurrence"], line["rung"], line["due"]


def fold(people, days):
    """What simulate says when only these slots are lived."""
    register = demo_register()
    for change in BEFORE:
        register = apply(register, change, POLICY).register
    state, waiting = ForecastState(register=register, policy=POLICY, people=people), list(DURING)
    state.look_again(register.entries, days[0])
    for day in days:
        while waiting and waiting[0][0] <= day:
            state.change(waiting.pop(0)[1], day)
        yield from state.slot(day)


def live(app, post, mishaps):
    waiting, clock = list(DURING), [None]
    service = serving(app, post, lambda: clock[0])
    for day in DAYS:
        while waiting and waiting[0][0] <= day:
            happen(app, waiting.pop(0)[1])
        clock[0] = slot_of(POLICY, day)
        LIVES[mishaps[day]](app, post, service, clock)
        post.answer = lambda message: ACCEPTED


def later(clock, **by):
    clock[0] += timedelta(**by)


def fine(app, post, service, clock):
    service.tick()


def twice(app, post, service, clock):
    for _ in range(3):
        service.tick()
        later(clock, minutes=1)


def two_daemons(app, post, service, clock):
    other = serving(monitor_on(app.store, policy=POLICY, letters=app.letters), post, lambda: clock[0])
    for one in (service, other, service, other):
        one._check()
    other.tick()
    service.tick()


def off(app, post, service, clock):
    pass


def killed_before_delivery(app, post, service, clock):
    service._check()


def relay_down(app, post, service, clock):
    post.answer = lambda message: DOWN
    for _ in range(4):
        service.tick()
        later(clock, hours=2)


def postponed(app, post, service, clock):
    post.answer = lambda message: BUSY
    service.tick()


def killed_on_the_wire(app, post, service, clock):
    """Before the relay had it; the machine is back three minutes later."""
    with killing(post, "before"):
        service.tick()
    later(clock, minutes=3)
    service.tick()


def killed_before_settling(app, post, service, clock):
    """After the relay had it: the one window in which a mail goes twice, under one Message-ID."""
    with killing(post, "after"):
        service.tick()
    later(clock, minutes=3)
    service.tick()


def disk_full(app, post, service, clock):
    """The write fails at the second message, then at the very last record; each time all of it is undone."""
    put = outbox.put
    full = OSError("No space left on device")

    def second(connection, draft, lines, now):
        if draft.sequence or draft.person > "h":
            raise full
        return put(connection, draft, lines, now)

    with patch.object(outbox, "put", second):
        service.tick()
    with patch.object(records, "record_check", side_effect=full):
        service.tick()
    service.tick()


def claim_lost(app, post, service, clock):
    """The database fails while a result is noted; the lease runs out and the mail is settled all the same."""
    post.answer = lambda message: BUSY
    service.tick()
    post.answer = lambda message: ACCEPTED
    later(clock, minutes=20)
    service.tick()


@contextmanager
def killing(post, moment):
    """The process dies while the third message is sent."""
    count, send = [0], post.send

    def dying(message):
        count[0] += 1
        if count[0] == 2:
            if moment == "after":
                send(message)
            raise Killed
        return send(message)

    with patch.object(post, "send", dying), suppress(Killed):
        yield


@contextmanager
def quick_store(file):
    """A real database that does not wait for the disk: this is about order, not about power."""
    store = open_store(f"sqlite:///{file}")
    event.listen(store.engine, "connect", lambda raw, record: raw.execute("PRAGMA synchronous = OFF"))
    store.engine.dispose()
    yield store
    store.close()


LIVES = {
    "fine": fine, "twice": twice, "two daemons": two_daemons, "off": off, "relay down": relay_down,
    "postponed": postponed, "killed before delivery": killed_before_delivery, "killed on the wire": killed_on_the_wire,
    "killed before settling": killed_before_settling, "disk full": disk_full, "claim lost": claim_lost,
}  # fmt: skip
