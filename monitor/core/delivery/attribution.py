"""Whose trouble a failed attempt is: what the relay says to other mails in the same run of delivery decides."""

from __future__ import annotations

from collections.abc import Callable, Collection

from msgspec import Struct
from msgspec.structs import replace

from monitor.core.delivery.refusals import name_of
from monitor.core.delivery.retry import Outcome, Report

ALIKE = 3  # recipients all refused alike in one run: the relay's trouble, whatever the code
ANOTHER = 2  # mails at which the connection broke while none was taken: one might be poisoned, two mean the relay
IN_A_ROW = 3  # breaks one after the other although the relay takes mail: each may last a time-out, so the rest waits


class Attempt(Struct, frozen=True, kw_only=True):
    """One attempt at one mail."""

    mail: int  # number of the message
    address: str
    report: Report
    again: bool = (
        False  # the last try failed alike, and it was known that the relay was not why: it says nothing of the relay
    )


class Attribution:
    """The attempts of one run as they come in. What it gives back is decided; what it keeps waits for what others get."""

    def __init__(self) -> None:
        self.down = ""  # what the relay said, once it cannot be used
        self.enough = False  # breaks one after the other: the rest waits for the next run
        self.alike: tuple[str, int] | None = None  # reply and recipients, where all were refused alike
        self._taken = self._mixed = False  # the relay took mail; not every recipient was refused alike
        self._refused: list[Attempt] = []  # all refused alike so far
        self._broken: list[Attempt] = []  # the connection broke, and no mail was taken yet
        self._in_a_row = 0

    def hear(self, attempt: Attempt) -> list[Attempt]:
        """One more attempt. Gives the attempts of which it is now known whose trouble they are."""
        said = attempt.report
        if said.outcome is Outcome.RELAY_DOWN:
            return self._broke(attempt) if said.at_mail else [attempt]
        self._in_a_row = 0
        if said.in_doubt:  # the first of two relays may have it; the second takes the others
            return [_broken_off(attempt)]
        if said.outcome is not Outcome.ACCEPTED:
            return self._refuse(attempt)
        self._taken = True
        return [attempt, *self._not_alike(), *map(_broken_off, self._no_more_broken())]

    def end(
        self, *, whole: bool, alike_before: Callable[[str], Collection[str]], answers: Callable[[], bool] | None
    ) -> list[Attempt]:  # fmt: skip
        """The run is over. Gives what is left.

        `whole`: nothing cut it short. `alike_before`: addresses refused under that name since the relay last took a mail.
        `answers`: whether the relay can still be used, asked when no other mail could show it; None: it is not to be asked.
        """
        return [*self._judge_refused(whole=whole, alike_before=alike_before), *self._judge_broken(answers)]

    def _refuse(self, attempt: Attempt) -> list[Attempt]:
        said = attempt.report
        if said.blame is None or (attempt.again and said.outcome is Outcome.REFUSED):
            return [attempt]  # no relay said so, or it takes the mail of others
        if said.outcome is Outcome.REFUSED and not self._mixed and all(_alike(attempt, one) for one in self._refused):
            self._refused.append(attempt)
            return []
        return [*self._not_alike(), attempt]

    def _not_alike(self) -> list[Attempt]:
        self._mixed = True
        refused, self._refused = self._refused, []
        return refused

    def _broke(self, attempt: Attempt) -> list[Attempt]:
        self._in_a_row += 1
        self.enough = self.enough or self._in_a_row >= IN_A_ROW
        if self._taken:
            return [_broken_off(attempt)]
        self._broken.append(attempt)
        if len({one.address for one in self._broken if not one.again}) < ANOTHER:
            return []
        self.down = attempt.report.reply
        return self._no_more_broken()

    def _no_more_broken(self) -> list[Attempt]:
        broken, self._broken = self._broken, []
        return broken

    def _judge_refused(self, *, whole: bool, alike_before: Callable[[str], Collection[str]]) -> list[Attempt]:
        if not self._refused:
            return []
        refused, reply = self._refused, self._refused[0].report.reply
        addresses = {one.address for one in refused} | set(alike_before(name_of(reply)))
        if len(addresses) >= ALIKE:
            self.alike = reply, len(addresses)
        if self.alike or not whole:
            return [_with(one, Outcome.POSTPONED) for one in refused]
        return refused

    def _judge_broken(self, answers: Callable[[], bool] | None) -> list[Attempt]:
        broken = self._no_more_broken()
        if not broken or self.down or answers is None:
            return broken
        if answers():
            return [_broken_off(one) for one in broken]
        self.down = broken[-1].report.reply
        return broken


def _alike(one: Attempt, other: Attempt) -> bool:
    return name_of(one.report.reply) == name_of(other.report.reply)


def _broken_off(attempt: Attempt) -> Attempt:
    return _with(attempt, Outcome.BROKEN_OFF)


def _with(attempt: Attempt, outcome: Outcome) -> Attempt:
    return replace(attempt, report=replace(attempt.report, outcome=outcome, blame=None))
