"""Attempts to send a message: what became of one, the state of a message, when to try again, how long it has waited."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum

from msgspec import Struct

from monitor.core.delivery.refusals import Blame

BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10, 20, 40, 60, 120, 240))  # then every four hours, for days
JITTER = 1 / 4  # of a pause, at most, is added to spread the tries
# A connection that breaks at one message: each try may put one more copy into the recipient's mailbox, so they are few;
# a relay that restarts or a filter that is corrected within some five hours still gets it.
BREAKS = tuple(timedelta(minutes=m) for m in (5, 20, 60, 240))
MOST_BREAKS = len(BREAKS) + 1  # at one recipient, with nothing delivered between: then the message is held
LONGEST = BACK_OFF[-1] * (1 + JITTER)
LEASE = timedelta(seconds=60)  # how long a claim holds before another may take the message
RENEWED = timedelta(seconds=20)  # how often claims are renewed while a connection works
SURE = timedelta(seconds=50)  # how long after that a claim holds without asking, whatever a clock's drift


class Outcome(StrEnum):
    """What became of one attempt to send one message."""

    ACCEPTED = "accepted"  # the relay took it (250 after DATA) or the file is in the Maildir
    POSTPONED = "postponed"  # refused for now, this message alone: try again later
    REFUSED = "refused"  # a 5yz to RCPT TO or to DATA that blames the address: permanent, for this recipient
    BROKEN_OFF = "broken-off"  # the connection broke at this message, and the relay takes others: try again much later
    RELAY_DOWN = "relay-down"  # connection, TLS, AUTH, MAIL FROM: the relay's trouble, all messages wait
    NOT_OURS = "not-ours"  # the claim was lost and nothing was sent: another process has the message


class State(StrEnum):
    """The state of a message in the outbox."""

    QUEUED = "queued"  # waits for its time
    HELD = "held"  # by the brake, or because the connection always breaks at it, until a person releases or drops it
    CLAIMED = "claimed"  # under a lease; may be on the wire
    SENT = "sent"  # accepted
    FAILED = "failed"  # refused permanently: its reminders do not count as sent
    WITHDRAWN = "withdrawn"  # taken back unsent: its reminders do not count as sent
    DROPPED = "dropped"  # held, and a person decided against it: counts as sent, so that it does not come back


class Report(Struct, frozen=True, kw_only=True):
    """One attempt, with what the relay said."""

    outcome: Outcome
    reply: str = ""  # code and text of the relay, or the fault of the connection; never a secret
    in_doubt: bool = False  # the content was on its way and no reply came: the relay may have taken it
    at_mail: bool = False  # the connection broke once the recipient was named: the message may be why
    blame: Blame | None = None  # what a refusal finds fault with
    instead_of: str = ""  # a second relay was asked: what is the matter with the first


def next_try(attempts: int, now: datetime, jitter: float) -> datetime:
    """When to try again after that many failed attempts (1 or more); `jitter` in [0, 1) spreads by up to a quarter."""
    step = max(1, min(attempts, len(BACK_OFF)))  # 0 would index from the end and wait longest
    pause = BACK_OFF[step - 1]
    return now + pause * (1 + jitter * JITTER)


def after_break(breaks: int, now: datetime) -> datetime | None:
    """When to try again after the connection broke so often (1 or more) at one recipient; None: hold the message."""
    return now + BREAKS[max(1, breaks) - 1] if breaks < MOST_BREAKS else None


SLOTS = 2  # slots without delivery to a person after which the operator is notified
ENDED = frozenset({State.SENT, State.DROPPED, State.FAILED})  # delivered, or decided otherwise: no longer waiting
WAITS = frozenset({State.QUEUED, State.CLAIMED, State.HELD})  # held: because the connection always breaks at it


class Mailed(Struct, frozen=True, kw_only=True):
    """One mail that has a reminder, or is an overview."""

    message: int
    day: date  # the slot's day
    state: str  # of the mail
    held: bool = False  # the brake kept it: that is a wait of its own


class Backlog(Struct, frozen=True, kw_only=True):
    """Mails with the same reminder to the same person, none of which was delivered."""

    since: date  # slot of the first
    messages: tuple[int, ...]


def backlog(mails: Iterable[Mailed], checked: Sequence[date], today: date) -> Backlog | None:
    """Return what has not been delivered up to the slot of `today`; None where nothing waits.

    `mails`: of one obligation and person, in the order made. `checked`: days of checks, ascending. A mail that was
    taken back is continued by the next one unless a check in between owed nothing.
    """

    def continued(day: date) -> list[Mailed]:
        if not found or any(mail.state in WAITS for mail in found):
            return found
        following = bisect_right(checked, found[-1].day)
        return [] if following < len(checked) and checked[following] < day else found

    found: list[Mailed] = []
    for mail in mails:
        if mail.state in ENDED:
            found = []
        elif not mail.held:
            found = [*continued(mail.day), mail]
    if not (found := continued(today)):
        return None
    return Backlog(since=min(mail.day for mail in found), messages=tuple(mail.message for mail in found))
