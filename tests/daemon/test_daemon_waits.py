"""The service ticks during a large import: no tick fails, and no slot is lost."""

import threading
from datetime import date, timedelta

import pytest
from facts import foresee, shipped_policy
from living import Recorder, arrived, hand_over, monitor_on, plain_letters, serving, told_ahead, told_by, without_brake
from msgspec.structs import replace
from patience import LIMIT

from monitor.actions.register.importing import preview_import
from monitor.actions.register.saving import save_import
from monitor.core.model.slots import slot_of
from monitor.store.engine import open_engine
from monitor.store.register import load_register

POLICY = replace(without_brake(shipped_policy()), overview_day=None)
MORNING = date(2020, 9, 21)


@pytest.fixture
def table(tmp_path):
    """Two thousand mandates without an end, and a promise that is due on the day itself."""
    file = tmp_path / "many.csv"
    many = [f"m{n},mandate,Mandate {n}," for n in range(2000)]
    file.write_text("\n".join(["id,kind,title,due_on", "t-now,commitment,Now,2020-09-21", *many]), encoding="utf-8")
    return file


def test_a_tick_waits_for_an_import(store, tmp_path, table, monkeypatch):
    """One that is being saved at the slot."""
    letters = plain_letters(tmp_path / "letters")
    app, post = monitor_on(store, policy=POLICY, letters=letters), Recorder()
    hand_over(app)
    slot = slot_of(POLICY, MORNING)
    failures, clock = [], [slot - timedelta(minutes=1)]
    monkeypatch.setattr("monitor.service.log.error", lambda *said, **more: failures.append((said, more)))
    monkeypatch.setattr("monitor.service.log.exception", lambda *said, **more: failures.append((said, more)))
    service = serving(app, post, lambda: clock[0])
    writing, go_on, ticked = threading.Event(), threading.Event(), threading.Event()

    def halfway(what, done, of):
        """Some rows are written and nothing is committed: here the import stays until the tick has had its chance."""
        if what == "rows written" and 0 < done < of:
            writing.set()
            assert go_on.wait(LIMIT)

    def bring():
        seen = preview_import(app, table, "sanne", slot - timedelta(hours=1), judge=False)
        save_import(app, seen, slot - timedelta(hours=1), progress=halfway)

    def tick():
        service.tick()
        ticked.set()

    service.tick()  # before the slot: there is nothing to do
    importing = threading.Thread(target=bring)
    importing.start()
    assert writing.wait(LIMIT)
    clock[0] = slot
    ticking = threading.Thread(target=tick)
    ticking.start()
    assert not ticked.wait(0.5), "it went past the import"
    assert rows_seen(app) == 28, "half an import is never seen"
    go_on.set()
    for thread in (importing, ticking):
        thread.join(LIMIT)
    assert failures == [] and rows_seen(app) == 2029

    clock[0] = slot + timedelta(minutes=1)
    service.tick()
    assert failures == []
    with app.store.reading() as connection:
        register = load_register(connection)
    told = told_by(arrived(app, post))
    assert told == told_ahead(foresee(register, (), POLICY, app.people, MORNING, MORNING))
    assert "t-now" in {line[1] for line in told} and len({mail.key for mail in post.accepted}) == len(post.accepted)


def rows_seen(app):
    with app.store.reading() as connection:
        return len(load_register(connection).entries)


def test_a_tick_that_waited_too_long_is_made_up(store, tmp_path, table, monkeypatch):
    """The database is locked for longer than a writer waits."""
    app, post = monitor_on(store, policy=POLICY, letters=plain_letters(tmp_path / "letters")), Recorder()
    hand_over(app)
    failures = []
    monkeypatch.setattr("monitor.service.log.error", lambda *said, **more: failures.append((said, more)))
    impatient = monitor_on(open_engine(store.url, busy_seconds=0.2), policy=POLICY, letters=app.letters)
    service = serving(impatient, post, lambda: slot_of(POLICY, MORNING))
    with app.store.writing():
        service.tick()
    [(said, more)] = failures
    assert said == ("tick_failed",) and "locked by another program" in more["error"]
    assert post.accepted == []
    service.app = replace(service.app, store=replace(app.store, clock=service.clock))  # its own threads may wait longer
    service.tick()
    assert len(failures) == 1 and len(post.accepted) == 6
    impatient.close()
