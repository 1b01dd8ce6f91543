"""Two relays: the second takes the mail while the first cannot be used at all."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from monitor.core.delivery.retry import Outcome, Report
from monitor.core.sentences import Sentence, joined
from monitor.mail.transport.transport import Certificate, Outgoing, Transport, always

AGAIN_SECONDS = 300.0  # until the first is asked again


class Relays(Transport):
    """Sends through the first relay, or through the second while the first is down. For several threads at once.

    What a relay answers about one message (4yz, 5yz) is never asked of the other. A message of which the first may have
    taken the content is not handed to the second in the same attempt: it waits and is tried again unchanged.
    """

    def __init__(self, first: Transport, second: Transport, *, seconds: Callable[[], float] = time.monotonic) -> None:
        self._first, self._second, self._seconds = first, second, seconds
        self._ask_again = 0.0  # when the first is tried again
        self._why = ""  # its answer when it failed
        self._aborts = 0  # how often the attempts under way were ended

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Try once, with the second relay if the first cannot be used."""
        aborts = self._aborts
        if self._seconds() >= self._ask_again:
            report = self._first.send(message, still_ours)
            if self._aborts != aborts:
                return report  # it was cut off by us: the relay works, and the second is not to be asked
            if report.outcome is not Outcome.RELAY_DOWN:
                self._why = ""
                return report
            self._why, self._ask_again = report.reply, self._seconds() + AGAIN_SECONDS
            if report.in_doubt:
                return replace(report, outcome=Outcome.POSTPONED)  # the second takes the other messages
        report = self._second.send(message, still_ours)
        if report.outcome is Outcome.RELAY_DOWN:
            self._ask_again = 0.0  # neither works: the first is no worse than the second
            neither = Sentence("The second relay neither: {reply}", reply=report.reply)
            return replace(report, reply=joined(filter(None, (self._why, neither)), " "))
        return replace(report, instead_of=self._why or Sentence("it does not answer"))

    def probe(self) -> Report:
        """Probe both; ACCEPTED if either could take a message now."""
        first, second = self._first.probe(), self._second.probe()
        usable = Outcome.ACCEPTED in (first.outcome, second.outcome)
        reply = Sentence("first: {first}; second: {second}", first=first.reply, second=second.reply)
        return Report(outcome=Outcome.ACCEPTED if usable else Outcome.RELAY_DOWN, reply=reply)

    def certificates(self) -> Sequence[Certificate]:
        """The certificates of the open connections to both."""
        return (*self._first.certificates(), *self._second.certificates())

    def abort(self) -> None:
        """End the attempts under way, from another thread."""
        self._aborts += 1
        self._first.abort()
        self._second.abort()

    def close(self) -> None:
        """Close the connections to both."""
        self._first.close()
        self._second.close()
