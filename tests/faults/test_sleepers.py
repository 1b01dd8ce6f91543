"""A service that sleeps past its lease, and two with clocks an hour apart: at most what was in flight goes twice."""

import os
import shutil
import signal
import subprocess
from datetime import date, timedelta
from email import message_from_bytes
from threading import Lock

import pytest
from installation import installed
from service_process import Daemon, configure, monitor
from sqlalchemy import select

from monitor.store.schema import messages

FIRST, LAST = date(2021, 3, 31), date(2021, 4, 9)
CONNECTIONS = 1


def test_a_service_that_slept_past_its_lease_sends_no_twin(tmp_path, postgres_url):
    """Another daemon has sent the mails."""
    mail = f"connections = {CONNECTIONS}"
    with installed(tmp_path, postgres_url, daemons=2, mail=mail, first=FIRST) as there:
        slept, turn = 0, Lock()
        for day in there.slots(LAST):
            asleep: list[int] = []

            def stop(received, asleep=asleep):
                with turn:  # both services may send at once: the one's mails, and the other's all-clear
                    if not asleep and len(there.alive()) == 2 and (sender := sender_of(there, received)):
                        there.asleep.add(sender)
                        asleep.append(sender)
                        os.kill(sender, signal.SIGSTOP)

            there.relay.before_accepting = stop
            there.wait_for(lambda day=day, asleep=asleep: asleep or there.state(day) == (True, 0))
            if asleep:
                there.clock.turn(there.clock() + timedelta(minutes=11))
                slept += 1
            there.finish(day)
            if asleep:
                begun = there.begun_ticks()
                os.kill(asleep[0], signal.SIGCONT)
                there.asleep.clear()
                there.wait_for(lambda begun=begun: there.ticked_since(begun))  # it finishes what it had begun
        assert slept >= 3
        assert there.faults() == []
        assert there.twice() <= slept * CONNECTIONS
        assert there.services[0].is_alive() and there.services[1].is_alive()


def sender_of(there, received):
    """The pid of the service that holds the mail's lease. It waits for the relay: it sleeps in no transaction."""
    mail = str(message_from_bytes(received.raw)["Message-ID"]).strip()
    with there.app.store.reading() as connection:
        held = select(messages.c.claimed_by).where(messages.c.message_id == mail, messages.c.state == "claimed")
        who = connection.scalar(held)
    return int(who.split(":")[-2]) if who else None


@pytest.mark.skipif(
    shutil.which("faketime") is None, reason="faketime is not installed: no process with a clock of its own"
)
@pytest.mark.parametrize("offset", ["+1h", "-1h"])
def test_of_two_services_the_one_with_a_wrong_clock_stops(tmp_path, postgres_url, offset):
    """They are an hour apart."""
    (tmp_path / "right").mkdir()
    (tmp_path / "wrong").mkdir()
    database = f'[database]\nurl = "{postgres_url}"\n'
    right, wrong = (configure(tmp_path / name, limits=database) for name in ("right", "wrong"))
    with Daemon(right) as good, Daemon(wrong, env=environment(offset)) as bad:
        good.wait_for_line('"service_started"')
        bad.wait_for_line("daemon_suspended")
        assert "1 hour" in bad.log.read_text() and "the database's" in bad.log.read_text()
        assert '"slot_checked"' not in bad.log.read_text()
        assert "daemon_suspended" not in good.log.read_text()
        said = monitor(right, "status").stdout
        assert "1 hour" in " ".join(said.split()), said
        assert bad.stop() == 0 and good.stop() == 0


def environment(offset):
    """That of a process whose clock is so far off."""
    shown = subprocess.run(["faketime", "-f", offset, "env", "-0"], capture_output=True, text=True, check=True).stdout
    return dict(part.split("=", 1) for part in shown.split("\0") if part)
