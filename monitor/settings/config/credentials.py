"""Secrets from files: read when they are needed, never shown. Faults name the file, not what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from monitor.core.errors import Fault, Faults
from monitor.files import Files
from monitor.settings.config.config_path import CREDENTIALS_FOLDER

ACCEPTED = "a file with the password alone, which others cannot read"


def read_secret(path: Path, key: str, files: Files) -> str:
    """The secret in a file, without the line end behind it. Raises Faults, also when any account could read it."""
    try:
        if files.open_to_all(path):
            raise _faulty(path, key, f"Every account of this machine can read it: chmod o= {path}.")
        text = files.read(path).decode("utf-8").rstrip("\r\n")
    except FileNotFoundError as error:
        raise _faulty(path, key, "There is no such file.") from error
    except IsADirectoryError as error:
        raise _faulty(path, key, "This is a directory, not a file.") from error
    except OSError as error:
        raise _faulty(path, key, f"The file cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise _faulty(path, key, "The file is not UTF-8 text.") from None  # the cause holds the bytes
    if not text.strip():
        raise _faulty(path, key, "The file is empty.")
    if not text.isprintable():
        raise _faulty(path, key, "The file holds more than one line.")
    return text


def credential(environ: Mapping[str, str], name: str, files: Files) -> Path | None:
    """The file of a systemd credential of that name (LoadCredential=), if the unit was given it."""
    folder = environ.get(CREDENTIALS_FOLDER)
    path = Path(folder, name) if folder else None
    return path if path and files.there(path) else None


def _faulty(path: Path, key: str, what: str) -> Faults:
    return Faults([Fault(what=what, file=str(path), key=key, accepted=ACCEPTED)])
