"""Whose trouble a reply is, code by code: RFC 5321 4.2, RFC 3463, RFC 7504, RFC 7505."""

import pytest

from monitor.core.delivery.refusals import Blame, blame, deciding, is_permanent, name_of

RCPT, DATA = "RCPT", "DATA"
PERMANENT = [
    ("550 5.1.1 no such user", RCPT), ("550 5.1.1 no such user", DATA), ("550 5.1.0 no", RCPT),
    ("550 5.1.2 no host", RCPT),
    ("501 5.1.3 syntax", RCPT), ("550 5.1.6 moved", RCPT), ("556 5.1.10 null MX", RCPT), ("550 5.2.1 disabled", RCPT),
    ("554 5.1.1 no such user", RCPT), ("552 5.2.1 disabled", DATA), ("550 no such user", RCPT), ("551 not here", RCPT),
    ("553 name not allowed", RCPT), ("550", RCPT), ("550 5.0.0 user unknown", RCPT),
    ("550 #5.1.0 Address rejected", RCPT),
    ("550 5.1.1: gone", RCPT), ("550 192.0.2.7 says no such user", RCPT), ("550 5.1.1.4 is blocked", RCPT),
]  # fmt: skip
WAITS = [
    ("552 5.2.2 full", RCPT, Blame.FULL), ("550 5.2.2 full", DATA, Blame.FULL),
    ("552 5.2.3 too long", DATA, Blame.TOO_LONG),
    ("550 5.2.0 other", RCPT, Blame.MAILBOX), ("550 5.2.4 list", RCPT, Blame.MAILBOX),
    ("550 5.3.0 x", RCPT, Blame.SYSTEM),
    ("552 5.3.4 too big", DATA, Blame.TOO_BIG), ("550 5.4.1 no answer", RCPT, Blame.ROUTING),
    ("550 5.4.4 unable to route", RCPT, Blame.ROUTING), ("554 5.4.6 loop", DATA, Blame.ROUTING),
    ("503 5.5.1 bad sequence", RCPT, Blame.PROTOCOL), ("555 5.5.4 parameters", RCPT, Blame.PROTOCOL),
    ("554 5.6.0 content", DATA, Blame.CONTENT), ("550 5.6.7 no SMTPUTF8", RCPT, Blame.CONTENT),
    ("550 5.7.1 relaying denied", RCPT, Blame.POLICY), ("550 5.7.26 DMARC", DATA, Blame.POLICY),
    ("553 5.7.1 sender not owned", RCPT, Blame.POLICY), ("550 5.1.7 sender", RCPT, Blame.SENDER),
    ("550 5.1.8 Domain not found", RCPT, Blame.SENDER), ("550 5.9.9 new", RCPT, Blame.UNCLEAR),
    ("554 no", RCPT, Blame.POLICY), ("554 no", DATA, Blame.POLICY), ("550 no", DATA, Blame.POLICY),
    ("551 no", DATA, Blame.UNCLEAR), ("553 no", DATA, Blame.UNCLEAR), ("552 full", RCPT, Blame.FULL),
    ("552 too much", DATA, Blame.TOO_BIG), ("555 parameters", RCPT, Blame.PROTOCOL), ("500 what", RCPT, Blame.PROTOCOL),
    ("521 no mail here", RCPT, Blame.NO_MAIL), ("556 no mail there", RCPT, Blame.NO_MAIL),
    ("559 new", RCPT, Blame.UNCLEAR),
    ("550 5.0.0 no", DATA, Blame.POLICY),
    # The classes contradict each other.
    ("550 4.1.1 no such user", RCPT, Blame.UNCLEAR), ("550 4.2.1 not now", RCPT, Blame.UNCLEAR),
    ("550 4.2.2 full", RCPT, Blame.FULL), ("550 2.1.5 fine", RCPT, Blame.UNCLEAR),
    ("450 5.1.1 no", RCPT, Blame.UNCLEAR),
    # Transient ones.
    ("450 4.2.1 later", RCPT, Blame.ADDRESS), ("451 4.7.1 greylisted", RCPT, Blame.POLICY),
    ("450 busy", RCPT, Blame.MAILBOX),
    ("452 4.2.2 full", RCPT, Blame.FULL), ("451 local error", DATA, Blame.SYSTEM),
    ("450 4.1.1 unverified", RCPT, Blame.ADDRESS),
]  # fmt: skip


@pytest.mark.parametrize(("reply", "step"), PERMANENT)
def test_these_blame_the_address_and_are_permanent(reply, step):
    """These replies blame the address and are permanent."""
    assert is_permanent(reply, to_recipient=step == RCPT)
    assert blame(reply, to_recipient=step == RCPT) is Blame.ADDRESS


@pytest.mark.parametrize(("reply", "step", "whose"), WAITS)
def test_these_blame_something_else_and_wait(reply, step, whose):
    """These replies blame something else, and the mail waits."""
    assert not is_permanent(reply, to_recipient=step == RCPT)
    assert blame(reply, to_recipient=step == RCPT) is whose


@pytest.mark.parametrize("reply", ["250 2.1.5 ok", "354 go on", "", "gibberish", "The relay cannot be reached."])
def test_what_is_no_refusal_blames_nothing(reply):
    """A reply that is no refusal blames nothing."""
    assert blame(reply, to_recipient=True) is None and not is_permanent(reply, to_recipient=True) and not name_of(reply)


def test_replies_of_one_name_are_alike_whatever_their_text():
    """Replies with the same code have the same name, whatever their text."""
    names = {
        "550 5.1.1 <a@x>: unknown": "5.1.1", "554 5.1.1 <b@x>": "5.1.1", "550 no such user": "550",
        "550 5.0.0 no": "550", "554 5.7.1 spam": "5.7.1", "550 4.2.1 busy": "4.2.1",
    }  # fmt: skip
    assert {reply: name_of(reply) for reply in names} == names


def test_of_differing_lines_one_without_blame_counts():
    """Of lines that disagree, one that does not blame the address counts."""
    assert deciding(550, ["5.1.1", "5.7.1"]) == "5.7.1"
    assert deciding(550, ["5.1.1", "5.1.1"]) == "5.1.1"
    assert deciding(550, []) == ""
