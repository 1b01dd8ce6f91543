"""A relay: its address, security and limits."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from msgspec import Struct

from monitor.core.errors import BadValue
from monitor.core.sentences import Sentence

Security = Literal["starttls", "tls", "plain"]


class Relay(Struct, frozen=True, kw_only=True):
    """The relay's address and terms. Raises BadValue for plain SMTP to another machine, unless it is allowed."""

    host: str  # name or IP address; the certificate must be for it
    port: int = 587
    security: Security = "starttls"  # "starttls" (587), "tls" from the first byte (465), "plain" (25)
    username: str = ""  # empty: no AUTH
    password: str = ""
    ca_file: Path | None = None  # PEM file of the only authorities trusted; None: those of the system
    timeout: float = 20.0  # seconds for one answer of the relay
    total_timeout: float = 45.0  # seconds for a whole attempt, connecting included; shorter than a claim's lease
    max_messages: int = 100  # messages on one connection, then a new one
    allow_plain: bool = False  # plain SMTP to another machine: readable on the way

    def __post_init__(self) -> None:
        if self.security == "plain" and not self.allow_plain and not is_loopback(self.host):
            what = Sentence(
                "Plain SMTP to {host} would send the mail, and any password, readable over the network.", host=self.host
            )
            raise BadValue(what, "starttls or tls, plain to this machine itself, or allow_plain = true")
        if self.username and not self.password:
            raise BadValue(
                "There is no password for {username} at {host}.",
                "a password, or no username",
                username=self.username,
                host=self.host,
            )
        if not (self.host.isascii() and self.host.isprintable()) or " " in self.host:
            raise BadValue("{host!r} is not a host's name.", "a name or an IP address, in ASCII", host=self.host)

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Relay({self}, {self.security})"  # it has a password


def is_loopback(host: str) -> bool:
    """Whether this is the machine itself, by the name alone: another name may point elsewhere tomorrow."""
    bare = host.strip("[]").lower().rstrip(".")
    try:
        return ip_address(bare).is_loopback
    except ValueError:
        return bare == "localhost"
