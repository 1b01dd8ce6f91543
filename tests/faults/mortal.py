"""The real service in a process of its own, under a kept clock, that dies by SIGKILL at a named step.

The steps are where a process can leave something half done; each is reached many times, and `count` says at which of
them it dies. Nothing of the service is replaced: each hook calls what it hooks, before or after it may die.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kept_clock import KeptClock, KeptTicks
from patience import LIMIT
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

from monitor import daemon
from monitor.mail.letters.letters import Letters
from monitor.mail.transport.smtp_session import SmtpSession
from monitor.service import Service

STEPS = (
    "claiming",  # the claim is written and not committed
    "composing",  # a letter is about to be rendered
    "before content",  # the relay waits for the message
    "after the final dot",  # the whole message is under way and the relay has not answered
    "after the reply",  # the relay has answered, and it is not noted
    "before a commit",  # of whatever is written
    "after a commit",
)
TICK = 0.05  # seconds between ticks


@dataclass(frozen=True)
class Step:
    """Where a process is to die."""

    name: str  # one of STEPS
    count: int = 1  # at the n-th time it is reached


def live(config: str, clock: str, log: str, step: Step | None) -> None:
    """Be `monitor run` until it is ended. The database's clock shows what ours does; ticks are counted in a file.

    A stop waits for the mail under way, and for all of its work, as long as this machine needs.
    """
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    if step:
        _arm(step)
    daemon.TICK, daemon.PATIENCE, daemon.LAST_MOMENT = TICK, LIMIT, 2 * LIMIT  # type: ignore[assignment]
    ticks, tick = KeptTicks(Path(log).with_name(f"ticks-{os.getpid()}")), Service.tick
    Service.tick = lambda service: ticks.count(lambda: tick(service))  # type: ignore[method-assign, assignment]
    daemon.run_service(Path(config), clock=KeptClock(Path(clock)))
    sys.stderr.flush()


def _arm(step: Step) -> None:
    """Have this process die there."""
    left, turn = [step.count], threading.Lock()

    def reached(name: str) -> None:
        if name != step.name:
            return
        with turn:
            left[0] -= 1
            if left[0] == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    _watch_commits(reached)
    _watch_claims(reached)
    _around(Letters, "render", before=lambda: reached("composing"))
    _around(SmtpSession, "content", before=lambda: reached("before content"), after=lambda: reached("after the reply"))
    _watch_the_final_dot(reached)


def _watch_commits(reached: Callable[[str], None]) -> None:
    """Only of transactions that may write."""
    writes = threading.local()

    @event.listens_for(Engine, "commit")
    def before(connection: Connection) -> None:
        writes.now = bool(connection.get_execution_options().get("immediate"))
        if writes.now:
            reached("before a commit")

    commit: Any = DefaultDialect.do_commit  # SQLAlchemy gives it no types

    def committing(self: DefaultDialect, raw: Any) -> None:
        commit(self, raw)
        if getattr(writes, "now", False):
            reached("after a commit")

    DefaultDialect.do_commit = committing  # type: ignore[method-assign]


def _watch_claims(reached: Callable[[str], None]) -> None:
    @event.listens_for(Engine, "after_cursor_execute")
    def after(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if "UPDATE messages" in statement and "picked" in statement:
            reached("claiming")


def _watch_the_final_dot(reached: Callable[[str], None]) -> None:
    """Send what follows DATA; return when the system has it all: the relay gets it, whichever process dies now."""
    from monitor.mail.transport.replies import StrictSmtp

    sent = StrictSmtp.send

    def sending(self: StrictSmtp, what: Any) -> None:
        sent(self, what)
        if len(what) > 5 and bytes(what[-5:] if isinstance(what, bytes) else b"") == b"\r\n.\r\n":
            reached("after the final dot")

    StrictSmtp.send = sending  # type: ignore[method-assign, assignment]


def _around(
    owner: type, name: str, *, before: Callable[[], None] = lambda: None, after: Callable[[], None] = lambda: None
) -> None:
    there = getattr(owner, name)

    def wrapped(self: Any, *arguments: Any, **named: Any) -> Any:
        before()
        found = there(self, *arguments, **named)
        after()
        return found

    setattr(owner, name, wrapped)
