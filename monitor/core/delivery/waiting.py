"""How long something has waited: the age belongs to an obligation and a person, not to the mail made at each slot."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from monitor.core.delivery.retry import State

SLOTS = 2  # slots without delivery to a person after which the operator is notified
ENDED = frozenset({State.SENT, State.DROPPED, State.FAILED})  # delivered, or decided otherwise: no longer waiting
WAITS = frozenset({State.QUEUED, State.CLAIMED, State.HELD})  # held: because the connection always breaks at it


class Mailed(Struct, frozen=True, kw_only=True):
    """One mail that has a reminder, or is an overview."""

    message: int
    day: date  # the slot's day
    state: str  # of the mail
    held: bool = False  # the brake kept it: that is a wait of its own


class Run(Struct, frozen=True, kw_only=True):
    """Mails with the same reminder to the same person, none of which was delivered."""

    since: date  # slot of the first
    messages: tuple[int, ...]


def run(mails: Iterable[Mailed], checked: Sequence[date], today: date) -> Run | None:
    """What has not been delivered up to the slot of `today`; None where nothing waits.

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
    found = continued(today)
    return Run(since=min(mail.day for mail in found), messages=tuple(mail.message for mail in found)) if found else None
