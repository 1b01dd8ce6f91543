"""[health]: addresses that the service listens on or asks, checked for form; and all of it as a value."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import SecretStr

from monitor.core.errors import BadValue
from monitor.core.model.health import SignalSettings

if TYPE_CHECKING:
    from monitor.settings.config.configuration import Config


def loopback(text: str) -> str:
    """An address of this machine alone with a port, as 127.0.0.1:9633 or [::1]:9633. Raises BadValue."""
    accepted = "an address of this machine alone with a port, as 127.0.0.1:9633 or [::1]:9633"
    try:
        host, port = _host_and_port(text)
    except ValueError:
        raise BadValue("{text!r} is not an address with a port.", accepted, text=text) from None
    if not ip_address(host).is_loopback:
        raise BadValue("{text!r} can be reached from other machines.", accepted, text=text)
    if not 1 <= port <= 65535:
        raise BadValue("{text!r} has no port between 1 and 65535.", accepted, text=text)
    return text


def _host_and_port(text: str) -> tuple[str, int]:
    """Return host and port of such an address. Raises ValueError."""
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not (port.isascii() and port.isdigit()):
        raise ValueError(text)
    return str(ip_address(bare)), int(port)


def heartbeat_url(secret: SecretStr) -> SecretStr:
    """An http or https URL; "/start" and "/fail" are put behind it. Raises BadValue, which does not repeat it."""
    text, accepted = secret.get_secret_value(), "a URL as https://hc.example.org/ping/UUID"
    try:
        parts = urlsplit(text)
        named = parts.hostname and (parts.port is None or parts.port > 0)
    except ValueError:
        named = None
    if not named or parts.scheme not in ("http", "https") or not text.isprintable() or " " in text:
        raise BadValue("This is not the URL of a heartbeat.", accepted)
    if parts.query or parts.fragment:
        raise BadValue("The URL of a heartbeat has nothing behind its path: /start and /fail go there.", accepted)
    return secret


def prom_file(value: Path) -> Path:
    """A file that node_exporter reads. Raises BadValue for another ending, which it passes over."""
    if value.suffix != ".prom":
        raise BadValue("{value} does not end in .prom.", "a file as /var/lib/prometheus/monitor.prom", value=value)
    return value


def signals_of(config: Config) -> SignalSettings:
    """Return what the service signals beside its service manager."""
    health = config.health

    def near(path: Path | None) -> str:
        return str(config.near(path).absolute()) if path else ""

    return SignalSettings(
        listen=_host_and_port(health.listen) if health.listen else None,
        textfile=near(health.textfile),
        heartbeat_url=health.heartbeat_url.get_secret_value() if health.heartbeat_url else "",
        heartbeat_file=near(health.heartbeat_file),
        heartbeat_every=health.heartbeat_minutes * 60,
    )
