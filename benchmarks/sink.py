"""A relay that takes every mail and throws it away, as fast as one process can, or after a delay for each message.

python -m benchmarks.sink [--delay SECONDS]      prints its port, serves until its standard input ends

A number on standard input: once so many more mails are taken it prints the time, by time.perf_counter.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

END = b"\r\n.\r\n"


class Tally:
    """Mails taken, up to the number that is waited for."""

    def __init__(self) -> None:
        self.left = 0

    def take(self) -> None:
        """One more."""
        self.left -= 1
        if self.left == 0:
            print(time.perf_counter(), flush=True)

    def listen(self) -> None:
        """Numbers from standard input, until that ends."""
        for line in sys.stdin:
            self.left = int(line)


tally = Tally()


class Sink(asyncio.Protocol):
    """One connection; knows as much SMTP as a client that does everything right asks for."""

    def __init__(self, delay: float) -> None:
        self.delay, self.buffer, self.content = delay, b"", False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink ready\r\n")

    def data_received(self, data: bytes) -> None:
        """Answer every whole line, and every whole mail."""
        self.buffer += data
        while self._step():
            pass

    def _step(self) -> bool:
        if self.content:
            end = self.buffer.find(END)
            if end < 0:
                return False
            self.buffer, self.content = self.buffer[end + len(END) :], False
            self._accept()
            return True
        line, found, rest = self.buffer.partition(b"\r\n")
        if found:
            self.buffer = rest
            self._answer(line[:4].upper())
        return bool(found)

    def _answer(self, verb: bytes) -> None:
        if verb == b"DATA":
            self.content = True
            self.transport.write(b"354 go on\r\n")
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 ok\r\n")

    def _accept(self) -> None:
        tally.take()
        said = b"250 taken\r\n"
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, self.transport.write, said)
        else:
            self.transport.write(said)


async def serve(delay: float) -> None:
    """Listen on the loopback until standard input ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Sink(delay), "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, tally.listen)
    server.close()


if __name__ == "__main__":
    options = argparse.ArgumentParser()
    options.add_argument("--delay", type=float, default=0.0)
    asyncio.run(serve(options.parse_args().delay))
