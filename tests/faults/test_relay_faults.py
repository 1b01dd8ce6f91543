"""A relay in every kind of trouble while the real service runs through weeks of the golden year: each mail arrives."""

import os
import signal
import time
from collections import Counter
from datetime import date, timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from authority import Authority
from installation import PLAIN, Installation, installed
from living import demo_people
from relay import DROP, SILENCE, TestRelay

FIRST, LAST = date(2021, 3, 31), date(2021, 4, 9)
EVERYBODY = [person.address for person in demo_people().persons.values()]
QUICK = f"{PLAIN}\ntimeout = 0.7"  # seconds for one answer, of a relay that hangs


def refuses_to_talk(relay):
    relay.answer("CONNECT", "554 5.3.2 not now", times=2)


def greylists(relay):
    for address in EVERYBODY:
        relay.answer("RCPT", "451 4.7.1 greylisted, try again in five minutes", to=address, times=1)


def says_good_bye_in_the_middle(relay):
    relay.answer("MAIL", "421 4.3.2 closing", after=1, times=1)
    relay.answer("RCPT", "421 4.3.2 closing", after=2, times=1)
    relay.answer("DATA", "421 4.3.2 closing", after=2, times=1)
    relay.answer("CONTENT", "421 4.3.2 closing", after=3, times=1)


def drops_before_it_accepts(relay):
    relay.answer("DATA", DROP, after=1, times=1)


def accepts_then_drops(relay):
    relay.answer("CONTENT", DROP, after=1, times=1)


def hangs(relay):
    relay.answer("DATA", SILENCE, after=1, times=1)
    relay.answer("CONTENT", SILENCE, after=2, times=1)


TROUBLES = {  # what the relay does at each slot → copies that may come of it, at most, a slot
    refuses_to_talk: 0, greylists: 0, says_good_bye_in_the_middle: 0, drops_before_it_accepts: 0,
    accepts_then_drops: 1, hangs: 1,
}  # fmt: skip


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_a_relay_in_trouble_gets_all_mails_in_the_end(tmp_path, sqlite_url, trouble):
    """It has trouble at every slot."""
    with installed(tmp_path, sqlite_url, smtp=QUICK if trouble is hangs else PLAIN, first=FIRST) as there:
        for day in there.slots(LAST):
            there.relay.forget_answers()
            trouble(there.relay)
            there.finish(day)
        assert there.faults() == []
        late = there.in_doubt() if trouble is hangs else 0  # a busy machine may let other answers come too late as well
        assert there.twice() <= max(TROUBLES[trouble] * len(there.finished), late)
        assert len(there.relay.messages) > 10


def test_a_relay_gone_for_three_days_finds_the_digests_merged(tmp_path, sqlite_url):
    with installed(tmp_path, sqlite_url, first=FIRST) as there:
        gone = {date(2021, 4, 6), date(2021, 4, 7), date(2021, 4, 8)}
        for day in there.slots(LAST):
            if day in gone:
                there.relay.answer("CONNECT", DROP)
                there.relay.hang_up()
            there.wait_for(lambda day=day: there.state(day)[0])  # a delivery under way might take the old mails along
            if day in gone:
                there.pass_by(minutes=20)
                continue
            there.relay.forget_answers()
            there.finish(day)
        assert there.faults() == []
        assert there.twice() == 0
        subjects = [message_from_bytes(mail.raw, policy=default)["subject"] for mail in there.relay.messages]
        assert [one for one in subjects if "mailserver neemt geen mail aan" in one], "the operator was not told"
        back = date(2021, 4, 9)
        mails = Counter(line["message_id"] for line in there.lines() if line["day"] == back)
        people = {line["person"] for line in there.lines() if line["day"] == back}
        assert len(mails) == len(people), "one digest each when it is back"


@pytest.mark.parametrize("wrong", ["password", "certificate"])
def test_with_a_wrong_password_or_certificate_all_wait(tmp_path, sqlite_url, wrong):
    """The operator is notified."""
    authority, other = Authority(tmp_path), Authority(tmp_path, name="Another authority")
    secret = tmp_path / "password"
    right, guess = "Zomerregen7", "Winterwind3"  # in no path that the log may name
    secret.write_text(guess if wrong == "password" else right)
    secret.chmod(0o600)
    trusted = other if wrong == "certificate" else authority
    smtp = f'security = "tls"\nusername = "monitor"\npassword_file = "{secret}"\nca_file = "{tmp_path / "trusted.pem"}"'
    (tmp_path / "trusted.pem").write_bytes(trusted.file.read_bytes())
    with (
        TestRelay(security="tls", tls=authority.server_context(), users={"monitor": right}) as relay,
        Installation(tmp_path, sqlite_url, relay, smtp=smtp, first=FIRST) as there,
    ):
        days = there.slots(LAST)
        first = next(days)
        there.wait_for(lambda: there.state(first)[0] and "relay_failed" in there.log())
        there.pass_by(minutes=20)
        there.wait_for(there.notices)  # a trouble that ends before its notice is sent is not mailed
        checked, waiting = there.state(first)
        assert checked and waiting and not relay.messages
        secret.write_text(right)
        (tmp_path / "trusted.pem").write_bytes(authority.file.read_bytes())
        there.kill_all()  # and begun again, as an administrator would
        there.finish(first)
        for day in days:
            there.finish(day)
        assert there.faults() == []
        assert there.twice() == 0
        told = [mail for mail in relay.messages if (b"535" if wrong == "password" else b"certificate") in mail.raw]
        assert told, "the operator was not told why"
        assert right not in there.log() and guess not in there.log()


def test_a_relay_gets_ten_mails_a_minute(tmp_path, sqlite_url):
    """It takes no more."""
    taken = Counter()

    def ten_a_minute():
        minute = there.clock().replace(second=0, microsecond=0)
        if taken[minute] >= 2:  # a tenth of the people, a fifth of the rate
            return "450 4.7.1 too many, try again later"
        taken[minute] += 1
        return None

    with installed(tmp_path, sqlite_url, first=FIRST) as there:
        there.relay.answer("RCPT", ten_a_minute)
        for day in there.slots(LAST):
            there.finish(day)
        assert there.faults() == []
        assert there.twice() == 0
        assert max(taken.values()) == 2 and len(taken) > len(there.finished)


def test_a_service_ends_under_load(tmp_path, sqlite_url):
    """SIGTERM while a mail is on the wire: that one may finish, no other begins, none is left claimed."""
    with installed(tmp_path, sqlite_url, mail="connections = 1", first=FIRST) as there:
        asked: list[int] = []

        def slowly(received):
            for pid in set(there.alive()) - set(asked) if len(asked) < 3 else ():
                asked.append(pid)
                os.kill(pid, signal.SIGTERM)
            time.sleep(0.2)

        there.relay.before_accepting = slowly
        for day in there.slots(FIRST + timedelta(days=3)):
            there.finish(day)
        assert there.ended == [0, 0, 0]
        there.ended.clear()
        assert there.faults() == []
        assert there.twice() == 0
