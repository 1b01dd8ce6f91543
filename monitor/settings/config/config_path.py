"""Where the configuration is, and which variables it is read from; known before any of it is read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PLACES = (Path("config.toml"), Path("/etc/monitor/config.toml"))
PREFIX = "MONITOR_"  # of variables that stand for settings
CREDENTIALS_FOLDER = "CREDENTIALS_DIRECTORY"  # systemd's, with a file for each credential of the unit


def find_config(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file named, else $MONITOR_CONFIG, else ./config.toml, else /etc/monitor/config.toml; None: there is none."""
    if path or environ.get("MONITOR_CONFIG"):
        return path or Path(environ["MONITOR_CONFIG"])
    return next((place for place in PLACES if place.is_file()), None)
