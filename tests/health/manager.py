"""A service manager's notify socket, and a server that heartbeats are sent to, as a test listens to them."""

from __future__ import annotations

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue

from patience import LIMIT


class NotifySocket:
    """The socket; `received` gives the datagrams since the last time, each as its assignments."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "notify"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self.path))

    def received(self) -> list[list[str]]:
        self._socket.setblocking(False)
        found = []
        while True:
            try:
                found.append(self._socket.recv(65536).decode().split("\n"))
            except BlockingIOError:
                return found

    def next(self) -> list[str]:
        """The next datagram, waited for."""
        self._socket.settimeout(LIMIT)
        return self._socket.recv(65536).decode().split("\n")

    def close(self) -> None:
        self._socket.close()


class HeartbeatServer:
    """A server that takes heartbeats; `next` gives path and body of one."""

    def __init__(self) -> None:
        self.status, beats = 200, Queue[tuple[str, str]]()
        self._beats, outer = beats, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                self.send_response(outer.status)
                self.end_headers()
                beats.put((self.path, body))

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/ping/secret-uuid"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def next(self) -> tuple[str, str]:
        return self._beats.get(timeout=LIMIT)

    @property
    def empty(self) -> bool:
        return self._beats.empty()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
