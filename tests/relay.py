"""A real SMTP server on 127.0.0.1 for tests, whose every answer can be told beforehand.

    with TestRelay() as relay:                           # plain; also security="starttls" or "tls", tls=context
        relay.answer("RCPT", "550 5.1.1 no such user", to="b@example.org")      # for that recipient, always
        relay.answer("DATA", "451 4.3.0 later", times=1)                        # once, then it takes mail
        relay.answer("MAIL", "421 4.3.2 closing", after=2)                      # from the third MAIL on
        relay.answer("CONTENT", DROP)                                           # takes the mail, hangs up unanswered
        ...
        relay.host, relay.port                           # where it listens
        relay.messages                                   # accepted ones: Received(sender, recipients, raw, connection)
        relay.commands                                   # "MAIL FROM:<…>", … as they came in, all connections
        relay.connections                                # how many were opened so far
        relay.to("a@example.org")                        # the accepted messages for one recipient
        relay.forget_answers()                           # from now on everything is accepted again
        relay.hang_up()                                  # ends every open connection, as a restarted relay would

Steps that can be answered: CONNECT (the greeting), EHLO, HELO, STARTTLS, AUTH, MAIL, RCPT, DATA (the reply to the word
DATA), CONTENT (the reply to the final dot), RSET, NOOP, QUIT. An answer is a reply line ("550 5.7.1 no"; several lines
in a list), a function that gives one when its turn comes (None: it is accepted), or one of DROP (close without a word),
SILENCE (never answer), TRICKLE (a byte now and then, never a whole line) and bytes (sent as they are, then it closes:
half a reply). After a reply of 421 the connection is closed. `before_accepting` may be set to a function that is called
with each message, in a thread of its own, just before it is accepted (to look at a database while a mail is on the
wire, or to send another).

With `users={"name": "password"}` mail is refused with 530 until AUTH succeeded (535 for a wrong password); `mechanisms`
limits AUTH, `size_limit` a message. Certificates for `tls` come from authority.py.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from patience import LIMIT

DROP, SILENCE, TRICKLE = object(), object(), object()
Follow = Callable[[Any], Awaitable[None]]


@dataclass(frozen=True)
class Received:
    sender: str
    recipients: tuple[str, ...]
    raw: bytes  # as it was before dot-stuffing
    connection: int  # which connection brought it, from 1


@dataclass
class _Answer:
    step: str
    reply: object
    to: str | None
    times: int | None
    after: int
    seen: int = field(default=0)

    def take(self, step: str, recipient: str | None) -> bool:
        if step != self.step or (self.to is not None and recipient != self.to):
            return False
        self.seen += 1
        return self.seen > self.after and (self.times is None or self.seen <= self.after + self.times)


class TestRelay:
    """See the top of this file. A context manager; also `start()` and `stop()`."""

    __test__ = False  # not a test class, whatever its name says

    def __init__(
        self, *, security: str = "plain", tls: ssl.SSLContext | None = None, users: Mapping[str, str] | None = None,
        mechanisms: Collection[str] = ("PLAIN", "LOGIN"), size_limit: int | None = None, port: int = 0,
    ) -> None:  # fmt: skip
        assert (security == "plain") == (tls is None), "starttls and tls need an SSL context, plain has none"
        self.host, self.port = "127.0.0.1", port
        self.security, self.tls, self.users, self.mechanisms = security, tls, users or {}, mechanisms
        self.size_limit = size_limit
        self.messages: list[Received] = []
        self.commands: list[str] = []
        self.logins: list[tuple[str, str]] = []  # mechanism, name
        self.connections = 0
        self.before_accepting: Callable[[Received], object] = lambda received: None
        self._answers: list[_Answer] = []
        self._open: set[_Protocol] = set()
        self._loop: asyncio.AbstractEventLoop  # from `start` on

    def answer(
        self, step: str, reply: object, *, to: str | None = None, times: int | None = None, after: int = 0
    ) -> None:
        """Answer a step so; `to`: only for that recipient, `times`: only so often, `after`: let so many pass first."""
        self._answers.insert(0, _Answer(step, reply, to, times, after))  # the latest wins

    def forget_answers(self) -> None:
        self._answers.clear()

    def to(self, recipient: str) -> list[Received]:
        return [message for message in self.messages if recipient in message.recipients]

    def verbs(self) -> list[str]:
        """The first word of every command, in order."""
        return [command.split()[0].upper() for command in self.commands]

    def hang_up(self) -> None:
        """Close every open connection; returns when the server has done so."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(LIMIT)

    def start(self) -> Self:
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(LIMIT), "the test relay did not start"
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LIMIT)

    __enter__ = start

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _run(self, started: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        implicit = self.tls if self.security == "tls" else None
        serve = self._loop.create_server(self._protocol, self.host, self.port, ssl=implicit)
        self._server = self._loop.run_until_complete(serve)
        self.port = self._server.sockets[0].getsockname()[1]
        started.set()
        self._loop.run_forever()
        self._server.close()
        self._loop.run_until_complete(self._hang_up())
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _hang_up(self) -> None:
        for protocol in list(self._open):
            protocol.hang_up()
        await asyncio.sleep(0.01)  # let the transports say good-bye

    def _protocol(self) -> _Protocol:
        self.connections += 1
        return _Protocol(self, self.connections)

    def _answer_to(self, step: str, recipient: str | None = None) -> Any:
        taken = [answer.reply for answer in self._answers if answer.take(step, recipient)]
        first = taken[0] if taken else None
        return first() if callable(first) else first


class _Protocol(SMTP):
    """aiosmtpd's own server, asking the script before every reply."""

    def __init__(self, relay: TestRelay, number: int) -> None:
        self.relay, self.number = relay, number
        super().__init__(
            self,
            hostname="relay.test",
            ident="test relay",
            tls_context=relay.tls if relay.security == "starttls" else None,
            require_starttls=relay.security == "starttls",
            auth_require_tls=False,
            auth_exclude_mechanism={"PLAIN", "LOGIN"} - set(relay.mechanisms),
            data_size_limit=relay.size_limit,
            authenticator=self._login if relay.users else None,
            loop=relay._loop,
        )
        self._auth_required = bool(
            relay.users
        )  # not as an argument: it warns of AUTH without TLS, which is a test here

    def _login(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword
    ) -> AuthResult:
        name, password = data.login.decode(), data.password.decode()
        self.relay.logins.append((mechanism, name))
        return AuthResult(success=self.relay.users.get(name) == password, handled=False)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.relay._open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.relay._open.discard(self)
        super().connection_lost(error)

    def hang_up(self) -> None:
        transport: Any = self._original_transport or self.transport
        if transport is not None:
            transport.abort()

    async def _handle_client(self) -> None:
        if not await self._scripted("CONNECT"):
            await super()._handle_client()

    async def _scripted(self, step: str, recipient: str | None = None) -> bool:
        """True when the script answered instead of the server."""
        reply = self.relay._answer_to(step, recipient)
        if reply is None:
            return False
        await self._say(reply)
        return True

    async def _say(self, reply: Any) -> None:
        if reply is DROP:
            self.hang_up()
        elif reply is SILENCE:
            await asyncio.sleep(3600)
        elif reply is TRICKLE:
            while True:
                self._writer.write(b"2")
                await asyncio.sleep(0.05)
        elif isinstance(reply, bytes):
            self._writer.write(reply)
            self._close()
        else:
            lines = [reply] if isinstance(reply, str) else reply
            for line in lines:
                await self.push(line)
            if lines[-1].startswith("421"):
                self._close()

    def _close(self) -> None:
        assert self.transport is not None
        self.transport.close()

    async def _step(self, verb: str, arg: Any, follow: Follow, recipient: str | None = None) -> None:
        self.relay.commands.append(f"{verb} {arg}" if arg else verb)
        if not await self._scripted(verb, recipient):
            await follow(arg)

    async def smtp_EHLO(self, arg: Any) -> None:
        await self._step("EHLO", arg, super().smtp_EHLO)

    async def smtp_HELO(self, arg: Any) -> None:
        await self._step("HELO", arg, super().smtp_HELO)

    async def smtp_STARTTLS(self, arg: Any) -> None:
        await self._step("STARTTLS", arg, super().smtp_STARTTLS)

    async def smtp_AUTH(self, arg: Any) -> None:
        await self._step("AUTH", arg, super().smtp_AUTH)

    async def smtp_MAIL(self, arg: Any) -> None:
        await self._step("MAIL", arg, super().smtp_MAIL)

    async def smtp_RCPT(self, arg: Any) -> None:
        await self._step("RCPT", arg, super().smtp_RCPT, recipient=_address(arg))

    async def smtp_DATA(self, arg: Any) -> None:
        assert self.envelope is not None
        await self._step("DATA", arg, super().smtp_DATA, recipient=next(iter(self.envelope.rcpt_tos), None))

    async def smtp_RSET(self, arg: Any) -> None:
        await self._step("RSET", arg, super().smtp_RSET)

    async def smtp_NOOP(self, arg: Any) -> None:
        await self._step("NOOP", arg, super().smtp_NOOP)

    async def smtp_QUIT(self, arg: Any) -> None:
        await self._step("QUIT", arg, super().smtp_QUIT)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        recipients = tuple(envelope.rcpt_tos)
        reply = self.relay._answer_to("CONTENT", next(iter(recipients), None))
        assert envelope.mail_from is not None and envelope.original_content is not None
        received = Received(envelope.mail_from, recipients, envelope.original_content, self.number)
        if reply is None or not isinstance(reply, str) or reply.startswith("2"):
            await asyncio.to_thread(self.relay.before_accepting, received)  # meanwhile others are answered
            self.relay.messages.append(received)  # also when it then hangs up: that is the window in which mail doubles
        if isinstance(reply, str) and reply.startswith("421"):
            self.loop.call_later(0.01, self.hang_up)
        elif reply is not None and not isinstance(reply, str):
            await self._say(reply)
            return "250 2.0.0 never heard"
        return reply or "250 2.0.0 queued"


def _address(arg: str | None) -> str:
    return (arg or "").partition("<")[2].partition(">")[0]
