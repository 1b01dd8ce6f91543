"""The way a finished message leaves the house; SMTP and Maildir stand behind the same door."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from msgspec import Struct

from monitor.core.delivery.retry import Report
from monitor.core.errors import BadValue
from monitor.mail.headers import ascii_address


class Outgoing(Struct, frozen=True, kw_only=True):
    """One message with its envelope.

    Raises BadValue for an envelope address that is not one or not ASCII, and for bytes that not every relay passes on.
    """

    envelope_sender: str  # who is told when it fails (RFC 5321 reverse path); "" for nobody
    recipient: str  # RFC 5321 mailbox
    raw: bytes  # the composed message: seven-bit, CRLF line ends
    key: str  # the message's own key, the same at every attempt: its Message-ID, or what that is made from

    def __post_init__(self) -> None:
        for address in filter(None, (self.envelope_sender, self.recipient or "(no recipient)")):
            if ascii_address(address).lower() != address.lower():
                raise BadValue(f"{address!r} is not in the form that every relay takes.", ascii_address(address))
        bare = b"".join(self.raw.split(b"\r\n"))  # in two thirds of the time that counting the line ends takes
        if not self.raw.isascii() or b"\r" in bare or b"\n" in bare:
            raise BadValue("The message is not as it goes over the wire.", "seven-bit lines that end in CRLF")


class Certificate(Struct, frozen=True, kw_only=True):
    """What a relay showed of itself, verified."""

    names: tuple[str, ...]  # host names and addresses it is for
    expires: datetime  # instant after which it is not accepted


def always() -> bool:
    """Nobody else can have it: a message that is under no claim."""
    return True


class Transport(Protocol):
    """Sends messages, for several threads at once."""

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Try once. Whatever the other side does becomes the report; nothing is raised for it.

        `still_ours` is asked just before the content leaves; when it says no, nothing is sent: NOT_OURS.
        """
        ...

    def probe(self) -> Report:
        """Go as far as one can without sending a message; ACCEPTED when a message could be sent now."""
        ...

    def certificates(self) -> Sequence[Certificate]:
        """Those of the connections that are open now, as after a probe; none where nothing is encrypted."""
        ...

    def abort(self) -> None:
        """Called from another thread: end the attempts under way at once; they report RELAY_DOWN."""
        ...

    def close(self) -> None:
        """Let go of what is open. The next `send` opens it anew."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
