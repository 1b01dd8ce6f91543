"""How a finished message is sent; SMTP and Maildir have the same interface."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol, Self

from msgspec import Struct

from monitor.core.delivery.retry import Outcome, Report
from monitor.core.errors import BadValue
from monitor.core.sentences import Sentence
from monitor.mail.headers import ascii_address


class Outgoing(Struct, frozen=True, kw_only=True):
    """One message with its envelope.

    Raises BadValue for an envelope address that is not one or not ASCII, and for bytes that some relay would change.
    """

    envelope_sender: str  # receives bounces (RFC 5321 reverse path); "": no bounces are sent
    recipient: str  # RFC 5321 mailbox
    raw: bytes  # the composed message: seven-bit, CRLF line ends
    key: str  # the message's own key, the same at every attempt: its Message-ID, or what that is made from

    def __post_init__(self) -> None:
        for address in filter(None, (self.envelope_sender, self.recipient or "(no recipient)")):
            if ascii_address(address).lower() != address.lower():
                raise BadValue(
                    "{address!r} is not in the form that every relay takes.", ascii_address(address), address=address
                )
        bare = b"".join(self.raw.split(b"\r\n"))  # in two thirds of the time that counting the line ends takes
        if not self.raw.isascii() or b"\r" in bare or b"\n" in bare:
            raise BadValue("The message is not as it goes over the wire.", "seven-bit lines that end in CRLF")


class Certificate(Struct, frozen=True, kw_only=True):
    """A relay's verified certificate."""

    names: tuple[str, ...]  # host names and addresses it is for
    expires: datetime  # instant after which it is not accepted


def always() -> bool:
    """The claim of a message that is under no claim: it holds."""
    return True


class Transport(Protocol):
    """Sends messages, for several threads at once. A transport without connections needs `send` and `probe` alone."""

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Try once and report the result; nothing is raised for what the other side does.

        `still_ours` is asked just before the content is sent; if it returns False, nothing is sent: NOT_OURS.
        """
        ...

    def probe(self) -> Report:
        """Do all but send a message; ACCEPTED if a message could be sent now."""
        ...

    def certificates(self) -> Sequence[Certificate]:
        """The certificates of the open connections, as after a probe; none where nothing is encrypted."""
        return ()

    def abort(self) -> None:
        """End the attempts under way at once, from another thread; they report RELAY_DOWN."""
        return

    def close(self) -> None:
        """Close the connections. The next `send` opens a new one."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class NullTransport(Transport):
    """Accepts every message and sends none: for trials."""

    def send(self, message: Outgoing, still_ours: Callable[[], bool] = always) -> Report:
        """Report the message as accepted."""
        return self.probe()

    def probe(self) -> Report:
        """Report that a message could be sent."""
        return Report(outcome=Outcome.ACCEPTED, reply=Sentence("tried only; nothing was sent"))
