"""How to add what an installation lacks."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME = "mandate-monitor"


def how_to_install(extra: str) -> str:
    """Return the command that adds an extra to this very installation: from the folder it came from, where it has one.

    pip notes a folder in `direct_url.json` (PEP 610); a package from an index has no such note.
    """
    source = NAME
    with suppress(PackageNotFoundError, ValueError):
        origin = urlsplit(json.loads(distribution(NAME).read_text("direct_url.json") or "{}").get("url", ""))
        source = url2pathname(origin.path) if origin.scheme == "file" else NAME
    return f"{shlex.quote(sys.executable)} -m pip install {shlex.quote(f'{source}[{extra}]')}"
