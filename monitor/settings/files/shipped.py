"""The files that come with the monitor: in an installed wheel inside the package, in a checkout at its root."""

from __future__ import annotations

from pathlib import Path

from monitor.core.errors import Unavailable

PACKAGE = Path(__file__).resolve().parents[2]


def shipped(name: str) -> Path:
    """The shipped file or folder of that name: `rules`, `templates`, `config.example.toml`. Raises Unavailable."""
    for place in (PACKAGE / "_data" / name, PACKAGE.parent / name):
        if place.exists():
            return place
    raise Unavailable(
        "The installation is not whole: {name} is missing from {package}. Install it again.", name=name, package=PACKAGE
    )
