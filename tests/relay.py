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

import asyncio
import threading
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from patience import LIMIT

DROP, SILENCE, TRICKLE = object(), object(), object()


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

    def take(self, step, recipient):
        if step != self.step or (self.to is not None and recipient != self.to):
            return False
        self.seen += 1
        return self.seen > self.after and (self.times is None or self.seen <= self.after + self.times)


class TestRelay:
    """See the top of this file. A context manager; also `start()` and `stop()`."""

    __test__ = False  # not a test class, whatever its name says

    def __init__(
        self, *, security="plain", tls=None, users=None, mechanisms=("PLAIN", "LOGIN"), size_limit=None, port=0
    ):
        assert (security == "plain") == (tls is None), "starttls and tls need an SSL context, plain has none"
        self.host, self.port = "127.0.0.1", port
        self.security, self.tls, self.users, self.mechanisms = security, tls, users or {}, mechanisms
        self.size_limit = size_limit
        self.messages, self.commands, self.logins = [], [], []
        self.connections = 0
        self.before_accepting = lambda received: None
        self._answers, self._open = [], set()
        self._loop = self._server = self._thread = None

    def answer(self, step, reply, *, to=None, times=None, after=0):
        """Answer a step so; `to`: only for that recipient, `times`: only so often, `after`: let so many pass first."""
        self._answers.insert(0, _Answer(step, reply, to, times, after))  # the latest wins

    def forget_answers(self):
        self._answers.clear()

    def to(self, recipient):
        return [message for message in self.messages if recipient in message.recipients]

    def verbs(self):
        """The first word of every command, in order."""
        return [command.split()[0].upper() for command in self.commands]

    def hang_up(self):
        """Close every open connection; returns when the server has done so."""
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(LIMIT)

    def start(self):
        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, args=(started,), daemon=True)
        self._thread.start()
        assert started.wait(LIMIT), "the test relay did not start"
        return self

    def stop(self):
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(LIMIT)

    __enter__ = start

    def __exit__(self, *_):
        self.stop()

    def _run(self, started):
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

    async def _hang_up(self):
        for protocol in list(self._open):
            protocol.hang_up()
        await asyncio.sleep(0.01)  # let the transports say good-bye

    def _protocol(self):
        self.connections += 1
        return _Protocol(self, self.connections)

    def _answer_to(self, step, recipient=None):
        taken = [answer.reply for answer in self._answers if answer.take(step, recipient)]
        first = taken[0] if taken else None
        return first() if callable(first) else first


class _Protocol(SMTP):
    """aiosmtpd's own server, asking the script before every reply."""

    def __init__(self, relay, number):
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

    def _login(self, server, session, envelope, mechanism, data: LoginPassword):
        name, password = data.login.decode(), data.password.decode()
        self.relay.logins.append((mechanism, name))
        return AuthResult(success=self.relay.users.get(name) == password, handled=False)

    def connection_made(self, transport):
        super().connection_made(transport)
        self.relay._open.add(self)

    def connection_lost(self, error):
        self.relay._open.discard(self)
        super().connection_lost(error)

    def hang_up(self):
        transport = self._original_transport or self.transport
        if transport is not None:
            transport.abort()

    async def _handle_client(self):
        if not await self._scripted("CONNECT"):
            await super()._handle_client()

    async def _scripted(self, step, recipient=None):
        """True when the script answered instead of the server."""
        reply = self.relay._answer_to(step, recipient)
        if reply is None:
            return False
        await self._say(reply)
        return True

    async def _say(self, reply):
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
            self.transport.close()
        else:
            lines = [reply] if isinstance(reply, str) else reply
            for line in lines:
                await self.push(line)
            if lines[-1].startswith("421"):
                self.transport.close()

    async def _step(self, verb, arg, follow, recipient=None):
        self.relay.commands.append(f"{verb} {arg}" if arg else verb)
        if not await self._scripted(verb, recipient):
            await follow(arg)

    async def smtp_EHLO(self, arg):
        await self._step("EHLO", arg, super().smtp_EHLO)

    async def smtp_HELO(self, arg):
        await self._step("HELO", arg, super().smtp_HELO)

    async def smtp_STARTTLS(self, arg):
        await self._step("STARTTLS", arg, super().smtp_STARTTLS)

    async def smtp_AUTH(self, arg):
        await self._step("AUTH", arg, super().smtp_AUTH)

    async def smtp_MAIL(self, arg):
        await self._step("MAIL", arg, super().smtp_MAIL)

    async def smtp_RCPT(self, arg):
        await self._step("RCPT", arg, super().smtp_RCPT, recipient=_address(arg))

    async def smtp_DATA(self, arg):
        await self._step("DATA", arg, super().smtp_DATA, recipient=next(iter(self.envelope.rcpt_tos), None))

    async def smtp_RSET(self, arg):
        await self._step("RSET", arg, super().smtp_RSET)

    async def smtp_NOOP(self, arg):
        await self._step("NOOP", arg, super().smtp_NOOP)

    async def smtp_QUIT(self, arg):
        await self._step("QUIT", arg, super().smtp_QUIT)

    async def handle_DATA(self, server, session, envelope):
        recipients = tuple(envelope.rcpt_tos)
        reply = self.relay._answer_to("CONTENT", next(iter(recipients), None))
        received = Received(envelope.mail_from, recipients, bytes(envelope.original_content), self.number)
        if reply is None or not isinstance(reply, str) or reply.startswith("2"):
            await asyncio.to_thread(self.relay.before_accepting, received)  # meanwhile others are answered
            self.relay.messages.append(received)  # also when it then hangs up: that is the window in which mail doubles
        if isinstance(reply, str) and reply.startswith("421"):
            self.loop.call_later(0.01, self.hang_up)
        elif reply is not None and not isinstance(reply, str):
            await self._say(reply)
            return "250 2.0.0 never heard"
        return reply or "250 2.0.0 queued"


def _address(arg):
    return (arg or "").partition("<")[2].partition(">")[0]
