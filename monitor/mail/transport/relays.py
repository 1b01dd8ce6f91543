"""Two relays: the second takes the mail while the first cannot be used at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from monitor.core.delivery.retry import Outcome, Report
from monitor.mail.transport.transport import Certificate, Outgoing, Transport, always

AGAIN_SECONDS = 300.0  # until the first is asked again


class Relays:
    """Sends through the first, or through the second as long as the first is down. For several threads at once.

    What a relay says about one message (4yz, 5yz) is never asked of the other. A message of which the first may have
    taken the content is not handed to the second in the same attempt: it waits and goes again as it is.
    """

    def __init__(self, first: Transport, second: Transport, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._first, self._second, self._seconds = first, second, seconds
        self._ask_again = 0.0  # when the first is tried again
        self._why = ""  # what it said when it failed
        self._aborts = 0  # how often somebody ended what was under way

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Try once, with the second relay if the first cannot be used."""
        aborts = self._aborts
        if self._seconds() >= self._ask_again:
            report = self._first.send(message, still_ours)
            if self._aborts != aborts:
                return report  # it was cut off by us: nothing is the matter with it, and the second is not to be asked
            if report.outcome is not Outcome.RELAY_DOWN:
                self._why = ""
                return report
            self._why, self._ask_again = report.reply, self._seconds() + AGAIN_SECONDS
            if report.in_doubt:
                return replace(report, outcome=Outcome.POSTPONED)  # the other messages go on, by the second
        report = self._second.send(message, still_ours)
        if report.outcome is Outcome.RELAY_DOWN:
            self._ask_again = 0.0  # neither: then the first is as good as the second
            return replace(report, reply=f"{self._why} The second relay neither: {report.reply}".strip())
        return replace(report, instead_of=self._why or "it does not answer")

    def probe(self) -> Report:
        """Both, as for a message; ACCEPTED when either could take one now."""
        first, second = self._first.probe(), self._second.probe()
        usable = Outcome.ACCEPTED in (first.outcome, second.outcome)
        reply = f"first: {first.reply}; second: {second.reply}"
        return Report(outcome=Outcome.ACCEPTED if usable else Outcome.RELAY_DOWN, reply=reply)

    def certificates(self) -> Sequence[Certificate]:
        """Those of both, of the connections that are open."""
        return (*self._first.certificates(), *self._second.certificates())

    def abort(self) -> None:
        """From another thread: end the attempts under way."""
        self._aborts += 1
        self._first.abort()
        self._second.abort()

    def close(self) -> None:
        """Let go of what is open."""
        self._first.close()
        self._second.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
