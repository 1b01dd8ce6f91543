"""The toolbox: one frozen record of what the actions work with. Which real thing stands behind each name is said here."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from monitor.core.people import People
from monitor.core.policy import Policy
from monitor.mail.letters import Letters
from monitor.mail.message import Mailbox
from monitor.mail.transport import Transport
from monitor.store.engine import Store


@dataclass(frozen=True, kw_only=True)
class Sender:
    """How the monitor's mails present themselves."""

    mailbox: Mailbox  # From
    reply_to: Mailbox | None = None  # who reads a reply
    envelope: str = ""  # RFC 5321 reverse path: who is told when a mail fails
    list_id: str | None = None
    domain: str = "localhost"  # right-hand side of Message-IDs
    titles_in_subject: bool = False


@dataclass(frozen=True, kw_only=True)
class App:
    """Everything an action needs."""

    store: Store
    policy: Policy
    people: People
    letters: Letters
    sender: Sender
    transport: Callable[[], Transport]
    in_force: Mapping[str, tuple[str, str]]  # rules, calendars, people, limits → (content hash, content)
    who: str = field(default_factory=lambda: f"{socket.gethostname()}:{os.getpid()}")  # this process, for claims

    def close(self) -> None:
        """Let go of the database."""
        self.store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
