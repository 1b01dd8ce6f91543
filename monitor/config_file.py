"""Where config.toml is, and what it says before it is read whole: the language of the register."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PLACES = (Path("config.toml"), Path("/etc/monitor/config.toml"))


def find_config(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """Return the file named, else $MONITOR_CONFIG, else ./config.toml, else /etc/monitor/config.toml; None without.

    A folder that this account may not enter, as root's home for the service's account, has none.
    """
    if path or environ.get("MONITOR_CONFIG"):
        return path or Path(environ["MONITOR_CONFIG"])
    return next((place for place in PLACES if _is_there(place)), None)


def _is_there(file: Path) -> bool:
    try:
        return file.is_file()
    except OSError:  # a folder that may not be entered
        return False


def language_in(file: Path | None, environ: Mapping[str, str]) -> str:
    """Return `[register] language` where it is written; empty where it is not, or the file cannot be read."""
    if given := environ.get("MONITOR_REGISTER__LANGUAGE"):
        return given
    if file is None:
        return ""
    import tomllib

    try:
        register = tomllib.loads(file.read_text(encoding="utf-8")).get("register")
    except (OSError, ValueError):
        return ""
    found = register.get("language") if isinstance(register, dict) else None
    return found if isinstance(found, str) else ""
