"""Ask a server for JSON over HTTPS. Whatever is no whole answer is an error with its kind, never an empty answer."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self
from urllib.parse import urlsplit

import httpx

from monitor import __version__
from monitor.core.errors import BadValue
from monitor.core.model.watching import SourceSettings, TroubleKind

LARGEST = 32 * 1024 * 1024  # bytes of one answer; 250 rows have less than one
SLOWEST = 6  # times the timeout: in all for one answer, however steadily it trickles
SHOWN = 160  # characters of what a server says


class NoAnswer(Exception):
    """There is no whole answer."""

    def __init__(self, kind: TroubleKind, detail: str) -> None:
        self.kind, self.detail = kind, " ".join(detail.split())[:SHOWN]
        super().__init__(f"{kind}: {self.detail}")


class Server:
    """A server that is asked, as a context. Raises BadValue for an address or authorities that cannot be used."""

    def __init__(self, settings: SourceSettings) -> None:
        self.base, self.timeout = settings.place.rstrip("/"), settings.timeout
        if urlsplit(self.base).scheme not in ("http", "https") or not urlsplit(self.base).hostname:
            raise BadValue("{place!r} is not an address of the web.", "https://…", place=settings.place)
        if not settings.contact.strip():
            raise BadValue("A server is asked only with the name of who asks.", "[watch] contact, an address")
        self._context = _context(settings.ca_file) if urlsplit(self.base).scheme == "https" else False
        agent = f"mandate-monitor/{__version__} ({settings.contact.strip()})"
        self._headers = {"User-Agent": agent.encode("ascii", "replace").decode(), "Accept": "application/json"}

    def __enter__(self) -> Self:
        self._client = httpx.Client(verify=self._context, timeout=self.timeout, headers=self._headers)
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, address: str) -> dict[str, Any] | None:
        """Return the JSON object at an address; None where the server says that there is none (404).

        Raises NoAnswer.
        """
        if not self.is_ours(address):
            raise NoAnswer("elsewhere", address)
        with _troubles():
            status, kind, body = self._body(address)
        if status == 404:
            return None
        if status != 200:
            raise NoAnswer("refused", f"{status} {_message(body)}")
        try:
            found = json.loads(body)
        except ValueError as cause:
            begun = body.lstrip()[:1] == b"{"
            raise NoAnswer("cut-off" if begun else "no-json", kind if not begun else str(cause)) from cause
        except RecursionError as cause:
            raise NoAnswer("no-json", "JSON") from cause
        if not isinstance(found, dict):
            raise NoAnswer("no-json", type(found).__name__)
        return found

    def is_ours(self, address: str) -> bool:
        """Return whether an address is on the server that was named: no other is ever asked."""
        try:
            here, there = httpx.URL(self.base), httpx.URL(address)
        except httpx.InvalidURL:
            return False
        return (here.scheme, here.host, here.port) == (there.scheme, there.host, there.port)

    def _body(self, address: str) -> tuple[int, str, bytes]:
        until, parts, size = time.monotonic() + SLOWEST * self.timeout, [], 0
        with self._client.stream("GET", address) as answer:
            for part in answer.iter_bytes():
                parts.append(part)
                size += len(part)
                if size > LARGEST:
                    raise NoAnswer("too-much", f"{LARGEST // 1024**2} MB")
                if time.monotonic() > until:
                    raise NoAnswer("unreachable", f"{SLOWEST * self.timeout:.0f} s")
            return answer.status_code, answer.headers.get("content-type", "?"), b"".join(parts)


def _context(ca_file: str) -> ssl.SSLContext:
    """Return what certificates are checked by. Raises BadValue."""
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError) as cause:
        what = "The file of authorities {file} cannot be read: {cause}."
        raise BadValue(what, "a PEM file", file=ca_file, cause=cause) from cause


@contextmanager
def _troubles() -> Iterator[None]:
    """Say of httpx's errors what they mean here."""
    try:
        yield
    except httpx.HTTPError as cause:
        if certificate := _certificate(cause):
            raise NoAnswer("certificate", certificate) from cause
        if isinstance(cause, httpx.RemoteProtocolError | httpx.ReadError | httpx.DecodingError):
            raise NoAnswer("cut-off", str(cause)) from cause
        raise NoAnswer("unreachable", str(cause) or type(cause).__name__) from cause


def _certificate(cause: BaseException | None) -> str:
    """Return what is wrong with the server's certificate; empty where that is not the cause."""
    while cause:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return cause.verify_message
        cause = cause.__cause__ or cause.__context__
    return ""


def _message(body: bytes) -> str:
    """Return the message of an OData error; of other answers nothing."""
    try:
        return str(json.loads(body)["error"]["message"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
