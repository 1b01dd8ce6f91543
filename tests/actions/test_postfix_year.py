"""A real postfix as relay: the year arrives, every mail once, in its own person's Maildir, as it was written."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from datetime import timedelta
from email import message_from_bytes
from email import policy as mime
from pathlib import Path

import pytest
from facts import FIRST, LAST, demo_actions, golden_reminders, shipped_policy
from living import demo_people, hand_over, happen, monitor_on, plain_letters
from msgspec.structs import replace
from postfix import Postfix, missing
from sqlalchemy import select

from monitor.core.delivery.retry import State
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.policy import Retention
from monitor.core.model.slots import slot_of
from monitor.mail.transport.relay import Relay
from monitor.mail.transport.smtp import SmtpTransport
from monitor.service import Service
from monitor.store.schema import ledger, messages

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture
def postfix():
    people = demo_people().persons.values()
    domains = {person.address.rpartition("@")[2] for person in people}
    assert len(domains) == 1
    boxes = tuple(person.address.partition("@")[0] for person in people)
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))  # pytest's own folders are closed to postfix's account
    try:
        with Postfix(folder, domain=domains.pop(), people=boxes) as running:
            yield running
    finally:
        shutil.rmtree(folder)


def test_the_year_arrives_through_postfix(postfix, sqlite_store, tmp_path):
    app = monitor_on(sqlite_store, policy=replace(shipped_policy(), overview_day=None))
    app = replace(app, retention=Retention(mail=None))  # all that was sent is compared with what arrived
    hand_over(app)
    with SmtpTransport(Relay(host=postfix.host, port=postfix.port, security="plain")) as post:
        live(app, post, plain_letters(tmp_path / "letters"))
    postfix.deliver()

    written = sent(app)
    arrived = {
        person.id: [message_from_bytes(raw, policy=mime.default) for raw in boxes_of(postfix, person)]
        for person in app.people.persons.values()
    }
    ids = Counter((id, mail["Message-ID"]) for id, mails in arrived.items() for mail in mails)
    assert ids == Counter((row.person, row.message_id) for row in written) and ids.total() > 100
    originals = {row.message_id: message_from_bytes(row.raw, policy=mime.default) for row in written}
    for mail in (mail for mails in arrived.values() for mail in mails):
        assert mail["Return-Path"] == "<monitor@example.org>"
        assert whole(mail) == whole(originals[mail["Message-ID"]])
    assert told(app, {id for _, id in ids}) >= {
        (item["on"], item["entry"], item["rule"], item["occurrence"]) for item in golden_reminders()
    }


def live(app, post, short):
    """A tick at every slot; changes are made before it. Overviews, which are most of the mails, stay out.

    After the first weeks letters are short: making the long ones takes most of the time.
    """
    waiting = list(demo_actions())
    clock = [None]
    service = Service(replace(app, transport=lambda: post), lambda: clock[0])
    for day in slot_days(app.policy, FIRST, LAST):
        while waiting and waiting[0][0] <= day:
            happen(app, waiting.pop(0)[1])
        if day > FIRST + timedelta(weeks=8):
            service.app = replace(app, letters=short)
        clock[0] = slot_of(app.policy, day) + timedelta(minutes=1)
        service.tick()


def boxes_of(postfix, person):
    return postfix.mails(person.address.partition("@")[0])


def sent(app):
    with app.store.reading() as connection:
        rows = connection.execute(select(messages)).all()
    assert {row.state for row in rows} == {State.SENT}
    return rows


def told(app, ids):
    """What the ledger says stands in the messages that arrived."""
    with app.store.reading() as connection:
        rows = connection.execute(select(ledger, messages.c.message_id).join(messages)).all()
    return {(str(row.day), row.entry, row.rule, row.occurrence) for row in rows if row.message_id in ids}


def whole(mail):
    """Subject, addresses, date and every part."""
    parts = [part.get_content().splitlines() for part in mail.walk() if not part.is_multipart()]
    return [mail["Subject"], mail["From"], mail["To"], mail["Date"], *parts]
