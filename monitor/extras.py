"""How to add what an installation lacks."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

NAME = "mandate-monitor"


def how_to_install(extra: str) -> str:
    """Return the command that adds an extra to this very installation, from where it came.

    pip notes a folder, an archive or a commit in `direct_url.json` (PEP 610); a package from an index has no such note.
    """
    pip = [sys.executable, "-m", "pip", "install"]
    if find_spec("pip") is None:  # an environment made by uv
        pip = ["uv", "pip", "install", "--python", sys.executable]
    return shlex.join([*pip, *_source(_origin(), extra)])


def _origin() -> dict[str, Any]:
    with suppress(PackageNotFoundError, ValueError):
        found = json.loads(distribution(NAME).read_text("direct_url.json") or "{}")
        return found if isinstance(found, dict) else {}
    return {}


def _source(origin: dict[str, Any], extra: str) -> list[str]:
    """Return the arguments that name where the program came from; the index where that is not there any more."""
    url, commit = str(origin.get("url", "")), origin.get("vcs_info", {})
    parsed = urlsplit(url)
    if parsed.scheme == "file":
        folder = Path(url2pathname(parsed.path)) / origin.get("subdirectory", "")
        if not folder.exists():
            return [f"{NAME}[{extra}]"]
        return [*(["-e"] if origin.get("dir_info", {}).get("editable") else []), f"{folder}[{extra}]"]
    if commit:
        return [f"{NAME}[{extra}] @ {commit.get('vcs')}+{url}@{commit.get('commit_id')}"]
    return [f"{NAME}[{extra}] @ {url}" if url else f"{NAME}[{extra}]"]
