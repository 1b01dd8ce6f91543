"""Whose trouble a failed attempt is, decided by what others get in the same run."""

from datetime import UTC, datetime

import pytest

from monitor.core.delivery.attribution import Attempt, Attribution
from monitor.core.delivery.refusals import Blame
from monitor.core.delivery.retry import BREAKS, MOST_BREAKS, Outcome, Report, after_break

GOT = Report(outcome=Outcome.ACCEPTED, reply="250 ok")
DEAD = Report(outcome=Outcome.REFUSED, reply="550 5.1.1 unknown", blame=Blame.ADDRESS)
BARE = Report(outcome=Outcome.REFUSED, reply="550 unknown", blame=Blame.ADDRESS)
BUSY = Report(outcome=Outcome.POSTPONED, reply="450 4.2.1 busy", blame=Blame.ADDRESS)
DROP = Report(outcome=Outcome.RELAY_DOWN, reply="The connection broke.", in_doubt=True, at_mail=True)
GONE = Report(outcome=Outcome.RELAY_DOWN, reply="cannot be reached")
UNWRITTEN = Report(outcome=Outcome.REFUSED, reply="not an address")
MAYBE = Report(outcome=Outcome.POSTPONED, reply="The connection broke.", in_doubt=True, at_mail=True)


def run(*said, again=(), whole=True, before=(), answers=True):
    """Outcomes by mail, and the attribution: `again` numbers the mails that failed alone before."""
    judge, decided = Attribution(), []
    for number, report in enumerate(said):
        address = f"p{number}@example.org"
        decided += judge.add(Attempt(mail=number, address=address, report=report, again=number in again))
    asked = None if answers is None else lambda: answers
    decided += judge.end(whole=whole, alike_before=lambda name: before, answers=asked)
    assert sorted(one.mail for one in decided) == list(range(len(said))), "each is decided once"
    return [one.report.outcome.value for one in sorted(decided, key=lambda one: one.mail)], judge


@pytest.mark.parametrize(
    ("said", "outcomes"),
    [
        ((DEAD,), "refused"), ((DEAD, DEAD), "refused refused"), ((DEAD, DEAD, DEAD), "postponed postponed postponed"),
        ((DEAD, DEAD, GOT), "refused refused accepted"), ((GOT, DEAD, DEAD, DEAD), "accepted refused refused refused"),
        ((DEAD, DEAD, DEAD, BARE), "refused refused refused refused"),
        ((DEAD, BUSY, DEAD, DEAD), "refused postponed refused refused"),
        ((BARE, BARE, BARE), "postponed postponed postponed"),
        ((UNWRITTEN, UNWRITTEN, UNWRITTEN), "refused refused refused"),
        ((UNWRITTEN, DEAD, DEAD, DEAD), "refused postponed postponed postponed"),
    ],
)  # fmt: skip
def test_three_recipients_refused_alike_mean_the_relay(said, outcomes):
    """Only when each of three or more recipients is refused alike is it the relay's trouble."""
    found, judge = run(*said)
    assert " ".join(found) == outcomes
    assert bool(judge.alike) == ("postponed postponed postponed" in outcomes)


def test_several_mails_to_one_address_are_one_recipient():
    """Several mails to one address count as one recipient."""
    judge, decided = Attribution(), []
    for number in range(4):
        decided += judge.add(Attempt(mail=number, address="a@example.org", report=DEAD))
    decided += judge.end(whole=True, alike_before=lambda name: (), answers=lambda: True)
    assert {one.report.outcome for one in decided} == {Outcome.REFUSED}


def test_a_run_in_portions_counts_earlier_portions():
    """Recipients refused alike in an earlier portion of a run count in the next one."""
    assert run(DEAD, before=("x@example.org", "y@example.org"))[0] == ["postponed"]
    assert run(DEAD, before=("x@example.org", "p0@example.org"))[0] == ["refused"], "itself counts once"
    assert run(DEAD, DEAD, whole=False)[0] == ["postponed", "postponed"], "what was cut short decides nothing"


def test_a_known_refusal_is_no_sign_of_the_relay():
    """A recipient who was refused before, while others received their mail, is no sign of the relay's trouble."""
    assert run(DEAD, DEAD, DEAD, again=(0, 1, 2))[0] == ["refused"] * 3


@pytest.mark.parametrize(
    ("said", "outcomes", "down"),
    [
        ((DROP,), "broken-off", ""), ((DROP, GOT), "broken-off accepted", ""), ((GOT, DROP), "accepted broken-off", ""),
        ((DROP, DROP), "relay-down relay-down", DROP.reply),
        ((DROP, BUSY, DROP), "relay-down postponed relay-down", DROP.reply),
        ((GOT, DROP, DROP), "accepted broken-off broken-off", ""), ((GONE,), "relay-down", ""),
        ((MAYBE, GOT), "broken-off accepted", ""), ((DROP, GONE, GOT), "broken-off relay-down accepted", ""),
    ],
)  # fmt: skip
def test_another_mail_is_tried_before_a_break_means_the_relay(said, outcomes, down):
    """A broken connection is the relay's trouble only when it also breaks at another mail."""
    found, judge = run(*said)
    assert (" ".join(found), judge.down) == (outcomes, down)


def test_a_single_break_means_the_relay_if_it_stays_silent():
    """When one mail alone breaks the connection, it is the relay's trouble if it does not answer afterwards."""
    found, judge = run(DROP, answers=False)
    assert (found, judge.down) == (["relay-down"], DROP.reply)
    found, judge = run(DROP, answers=None)
    assert (found, judge.down) == (["relay-down"], ""), "a run that is stopped decides nothing"


def test_mails_known_to_break_never_mean_the_relay():
    """Mails at which the connection is known to break are no sign of the relay's trouble."""
    found, judge = run(DROP, DROP, again=(0, 1))
    assert (found, judge.down, judge.enough) == (["broken-off"] * 2, "", False)
    found, judge = run(DROP, DROP, DROP, again=(0, 1, 2))
    assert (found, judge.down, judge.enough) == (["broken-off"] * 3, "", True), "each may have cost a time-out"
    found, judge = run(DROP, DROP, DROP, again=(1,))
    assert (found, judge.down) == (["relay-down"] * 3, DROP.reply), "what others show counts for them too"


def test_the_wait_after_a_break_grows_and_ends_in_a_hold():
    """The wait after each broken connection grows until the message is held."""
    now = datetime(2021, 11, 1, tzinfo=UTC)
    waits = [after_break(count, now) for count in range(1, MOST_BREAKS + 2)]
    assert [wait and wait - now for wait in waits] == [*BREAKS, None, None]
    assert sorted(BREAKS) == list(BREAKS)
