"""What every answer carries and every request must pass before a page sees it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY = 200_000  # bytes of a request: no form of the desk is longer
POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
SAFE = ("GET", "HEAD")


class TooLong(Exception):
    """The body of a request is longer than BODY."""


class Guard:
    """Add the headers of HEADERS to every answer; refuse long bodies, and changes that another site asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        headers, read = Headers(scope=scope), 0
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > BODY:
            await PlainTextResponse("Te lang.", 413)(scope, receive, answer)
            return
        if scope["method"] not in SAFE and not from_here(headers):
            await PlainTextResponse("Van een andere site.", 403)(scope, receive, answer)
            return

        async def limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > BODY:
                raise TooLong
            return message

        try:
            await self.app(scope, limited, answer)
        except TooLong:
            await PlainTextResponse("Te lang.", 413)(scope, receive, answer)


def from_here(headers: Headers) -> bool:
    """Whether a page of this very site sent a request, by what the browser says of it."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None:
        return site == "same-origin"
    return origin is None or urlsplit(origin).netloc == headers.get("host")
