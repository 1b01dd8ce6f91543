"""Whose trouble a failed attempt is: what the relay says to other mails in the same run of delivery decides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

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
    again: bool = False  # the last try failed alike for a reason that is not the relay's: it says nothing of the relay


class Attribution:
    """The attempts of one run as they come in. What is returned is decided; what is kept waits for others."""

    def __init__(self) -> None:
        self.down = ""  # what the relay said, once it cannot be used
        self.enough = False  # breaks one after the other: the rest waits for the next run
        self.alike: tuple[str, int] | None = None  # reply and recipients, where all were refused alike
        self._taken = self._mixed = False  # the relay took mail; not every recipient was refused alike
        self._refused: list[Attempt] = []  # all refused alike so far
        self._broken: list[Attempt] = []  # the connection broke, and no mail was taken yet
        self._in_a_row = 0

    def add(self, attempt: Attempt) -> list[Attempt]:
        """Take one more attempt; return the attempts of which it is now known whose trouble they are."""
        report = attempt.report
        if report.outcome is Outcome.RELAY_DOWN:
            return self._broke(attempt) if report.at_mail else [attempt]
        self._in_a_row = 0
        if report.in_doubt:  # the first of two relays may have it; the second takes the others
            return _changed([attempt], Outcome.BROKEN_OFF)
        if report.outcome is Outcome.ACCEPTED:
            self._taken, broken, self._broken = True, self._broken, []
            return [attempt, *self._not_alike(), *_changed(broken, Outcome.BROKEN_OFF)]
        # Not the relay's: it said nothing of the kind, or it takes the mail of others.
        if report.blame is None or (attempt.again and report.outcome is Outcome.REFUSED):
            return [attempt]
        alike = {name_of(one.report.reply) for one in (*self._refused, attempt)}
        if report.outcome is Outcome.REFUSED and not self._mixed and len(alike) == 1:
            self._refused.append(attempt)
            return []
        return [*self._not_alike(), attempt]

    def end(
        self, *, whole: bool, alike_before: Callable[[str], Collection[str]], answers: Callable[[], bool] | None
    ) -> list[Attempt]:
        """Return what is left when the run is over.

        `whole`: it was not cut short. `alike_before`: addresses refused under that name since the last accepted mail.
        `answers`: whether the relay still works, asked when no other mail could show it; None: it is not to be asked.
        """
        refused, broken = self._refused, self._broken
        if refused:
            reply = refused[0].report.reply
            addresses = {one.address for one in refused} | set(alike_before(name_of(reply)))
            if len(addresses) >= ALIKE:
                self.alike = reply, len(addresses)
            if self.alike or not whole:
                refused = _changed(refused, Outcome.POSTPONED)
        if broken and not self.down and answers is not None:
            if answers():
                broken = _changed(broken, Outcome.BROKEN_OFF)
            else:
                self.down = broken[-1].report.reply
        return [*refused, *broken]

    def _not_alike(self) -> list[Attempt]:
        refused, self._refused, self._mixed = self._refused, [], True
        return refused

    def _broke(self, attempt: Attempt) -> list[Attempt]:
        self._in_a_row += 1
        self.enough = self.enough or self._in_a_row >= IN_A_ROW
        if self._taken:
            return _changed([attempt], Outcome.BROKEN_OFF)
        self._broken.append(attempt)
        if len({one.address for one in self._broken if not one.again}) < ANOTHER:
            return []
        self.down, broken, self._broken = attempt.report.reply, self._broken, []
        return broken


def _changed(attempts: Iterable[Attempt], outcome: Outcome) -> list[Attempt]:
    return [replace(one, report=replace(one.report, outcome=outcome, blame=None)) for one in attempts]
