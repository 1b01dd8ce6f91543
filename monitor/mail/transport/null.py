"""A post that takes everything and sends nothing: for what is only tried."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from monitor.core.delivery.retry import Outcome, Report
from monitor.mail.transport.transport import Certificate, Outgoing, always

TAKEN = Report(outcome=Outcome.ACCEPTED, reply="tried only; nothing was sent")


class NullTransport:
    """Accepts every message."""

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Taken, and gone."""
        return TAKEN

    def probe(self) -> Report:
        """Always there."""
        return TAKEN

    def certificates(self) -> tuple[Certificate, ...]:
        """None: nobody is asked."""
        return ()

    def abort(self) -> None:
        """Nothing is ever under way."""

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
