"""Lived equals foretold: the daemon's own ticks over sixteen months mail exactly what simulate said."""

from datetime import timedelta
from email import message_from_bytes
from email import policy as mime

from facts import FIRST, LAST, demo_actions, demo_register, foresee, golden_reminders
from living import Recorder, arrived, hand_over, happen, monitor_on, serving, told_ahead, told_by

from monitor.actions.audit.audit import audit
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.slots import slot_of


def test_the_daemon_lives_the_golden_year_as_it_was_foretold(store):
    app, post = monitor_on(store), Recorder()
    hand_over(app)
    live(app, post)
    lines = arrived(app, post)
    foretold = list(foresee(demo_register(), demo_actions(), app.policy, app.people, FIRST, LAST))

    assert told_by(lines) == told_ahead(foretold)
    ordinary = told_ahead(item for item in foretold if not item.system)
    assert len(ordinary) == len(golden_reminders()) == 212
    assert {(str(on), *rest[:3]) for on, *rest in ordinary} == {
        (item["on"], item["entry"], item["rule"], item["occurrence"]) for item in golden_reminders()
    }

    said = [
        (line["entry"], line["rule"], line["occurrence"], line["rung"], line["due"], line["person"]) for line in lines
    ]
    assert len(said) == len(set(said))
    assert len({mail.key for mail in post.accepted}) == len(post.accepted)
    assert_digests_name_their_entries(app, post, lines)
    report = audit(app, slot_of(app.policy, LAST) + timedelta(hours=12))
    assert report.findings == () and report.owed == report.agreed == len(said)


def live(app, post):
    """Tick a minute before, at and after every slot, and once in the evening; changes are made before the slot."""
    waiting = list(demo_actions())
    clock = [None]
    service = serving(app, post, lambda: clock[0])
    for day in slot_days(app.policy, FIRST, LAST):
        while waiting and waiting[0][0] <= day:
            happen(app, waiting.pop(0)[1])
        for minutes in (-1, 0, 1, 600):
            clock[0] = slot_of(app.policy, day) + timedelta(minutes=minutes)
            service.tick()


def assert_digests_name_their_entries(app, post, lines):
    register = demo_register()
    wanted = {}
    for line in lines:
        wanted.setdefault(line["message_id"], set()).add(line["entry"])
    for mail in post.accepted:
        text = message_from_bytes(mail.raw, policy=mime.default).get_body(("plain",)).get_content()
        words = " ".join(text.split())
        for entry in wanted.get(mail.key, ()):
            assert register[entry].title in words, (mail.key, entry)
