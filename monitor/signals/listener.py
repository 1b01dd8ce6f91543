"""GET /health and /metrics on a loopback address. Nothing else is answered, and nothing is changed."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv6Address, ip_address
from socket import AF_INET, AF_INET6
from typing import Any

from prometheus_client import CONTENT_TYPE_LATEST

from monitor.core.errors import Unavailable

Answer = Callable[[], tuple[int, str, bytes]]  # status, content type, content


class Listener:
    """An HTTP server in a thread of its own."""

    def __init__(self, host: str, port: int, pages: Mapping[str, Answer]) -> None:
        """Raises Unavailable where the address cannot be used."""

        class Server(ThreadingHTTPServer):
            address_family = AF_INET6 if isinstance(ip_address(host), IPv6Address) else AF_INET
            daemon_threads = True

        class Handler(BaseHTTPRequestHandler):
            timeout = 10  # seconds for a request: a client that sends nothing keeps no thread

            def do_GET(self) -> None:
                page = pages.get(self.path.partition("?")[0])
                status, kind, content = page() if page else (404, "text/plain", b"/health and /metrics\n")
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(content)))
                self.send_header("Cache-Control", "no-store")
                self.end_headers()
                self.wfile.write(content)

            def version_string(self) -> str:
                return "monitor"

            def log_message(self, format: str, *arguments: Any) -> None:
                """Log no requests: they come several times a minute."""

        try:
            self._server = Server((host, port), Handler)
        except OSError as cause:
            raise Unavailable(
                "{host} port {port} cannot be listened on: {cause}.", host=host, port=port, cause=cause.strerror
            ) from cause
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, name="listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()


def page(status: int, content: Mapping[str, Any]) -> tuple[int, str, bytes]:
    """Return a JSON page."""
    return status, "application/json", json.dumps(content, ensure_ascii=False).encode() + b"\n"


def metrics(text: bytes) -> tuple[int, str, bytes]:
    """Return a page of figures."""
    return 200, CONTENT_TYPE_LATEST, text
