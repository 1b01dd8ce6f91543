"""What was made of configuration and files is kept, as Python keeps compiled modules: unchanged files are not read by
pydantic again, which takes a third of a short command.

It counts only while this program, asked by the same variables, finds the same file and every answer of a new look at the
disk is as it was. Whatever is doubtful is as good as nothing: then all is read. What has faults is never kept, nor is
anything of a configuration whose database has a password.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date, time, timedelta
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from monitor import __version__
from monitor.core.calendar.calendars import Calendar, Calendars, ClosedDay, Holiday, Recess
from monitor.core.calendar.dates import Offset
from monitor.core.model.people import Late, People, Person
from monitor.core.model.policy import Limits, Policy, Retention
from monitor.core.model.rules import Due, Escalation, Rule, RuleBook, Selection, SystemRule
from monitor.files import SECRET, Files
from monitor.mail.mailbox import Mailbox
from monitor.prepared import DeliverySettings, Pace, Prepared, Sender, Terms
from monitor.private_folder import PrivateFolder
from monitor.settings.config.config_path import find_config, heeded
from monitor.settings.files.shipped import PACKAGE, shipped

FOLDER, SUFFIX = "mandate-monitor", ".prepared"
MOST = 32  # configurations that are kept
LASTS = timedelta(days=30)  # then it is read anew: people who left shall not stay under a name nobody asks for any more
_HOST = r"(?:[\w.-]*|\[[\da-fA-F:.]+\])(?::\d+)?"
_OPTION = r"(?:host|port|sslmode|connect_timeout|application_name)=[\w./-]*"
NO_SECRET = re.compile(  # a URL of any other form might have one in it, which no search would be sure to find
    rf"sqlite:///[^?]*|postgres(?:ql)?(?:\+psycopg)?://(?:[\w.-]+@)?{_HOST}/[\w.-]*(?:\?{_OPTION}(?:&{_OPTION})*)?"
)
SOURCES = ("", "core", "settings", "mail")  # folders of the program in which it is said what becomes of the files
LIBRARIES = ("pydantic", "email_validator", "dateutil")  # that have a say in it
DIGEST = hashlib.sha256().digest_size
RECORDS: tuple[type[Any], ...] = (
    Prepared, Sender, Mailbox, DeliverySettings, Terms, Pace, Policy, Limits, Retention, RuleBook, Rule, SystemRule, Selection, Due,
    Escalation, Calendars, Calendar, Holiday, ClosedDay, Recess, Offset, People, Person, Late, type(Path()), date, time,
)  # fmt: skip
_MAKES: Any = Offset(amount=0, unit="d").__reduce_ex__(pickle.HIGHEST_PROTOCOL)[0]  # what makes a record of its fields
KNOWN: Mapping[tuple[str, str], Any] = MappingProxyType(
    {(each.__module__, each.__qualname__): each for each in (*RECORDS, _MAKES)}
)


class Memory:
    """What is kept for the configuration that `path` and `environ` lead to."""

    def __init__(self, path: Path | None, environ: Mapping[str, str]) -> None:
        self.file = find_config(path, environ)
        self.folder: PrivateFolder | None = None  # nothing is kept, nothing recalled
        with suppress(OSError):
            if (cache := _cache(environ)) and (self.file is None or self.file.is_file()):  # a pipe is read but once
                self.name = _name(self.file, environ)
                self.folder = PrivateFolder(cache / FOLDER, most=MOST, lasts=LASTS, suffix=SUFFIX)

    def recall(self) -> tuple[Prepared, Files] | None:
        """What was kept, and the look at the disk that confirmed it; None: read everything."""
        found = self.folder.read(self.name) if self.folder else None
        kept = _unpacked(found) if found else None
        if kept is None:
            return None
        questions, seen, prepared = kept
        look = Files()
        look.answers(questions)
        return (prepared, look) if look.seen == seen and _is_zone(prepared.policy.zone) else None

    def keep(self, prepared: Prepared, files: Files) -> None:
        """Keep what was read without a fault in that look."""
        if self.folder is None or prepared.file != self.file or _has_secret(prepared, files):
            return
        kept = (tuple(sorted(files.questions)), files.seen, prepared)
        packed = pickle.dumps(kept, pickle.HIGHEST_PROTOCOL)
        content = hashlib.sha256(packed).digest() + packed
        if _unpacked(content) == kept:
            self.folder.write(self.name, content)


class _Reader(pickle.Unpickler):
    """Makes nothing but the records named above."""

    def find_class(self, module: str, name: str) -> Any:
        """Nothing is imported for what a file says."""
        if (module, name) not in KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} is none of ours")
        return KNOWN[module, name]


def _unpacked(content: bytes) -> tuple[Any, str, Prepared] | None:
    """Questions, digest of their answers, and what was made of them; None of a damaged file."""
    digest, packed = content[:DIGEST], content[DIGEST:]
    if hashlib.sha256(packed).digest() != digest:
        return None
    try:
        questions, seen, prepared = _Reader(BytesIO(packed)).load()
    except Exception:  # pickle has no error of its own for what makes no sense
        return None
    return (questions, seen, prepared) if isinstance(prepared, Prepared) else None


def _cache(environ: Mapping[str, str]) -> Path | None:
    """The user's folder for what can be made again; None where there is no home."""
    named, home = environ.get("XDG_CACHE_HOME", ""), environ.get("HOME", "")
    if Path(named).is_absolute():
        return Path(named)
    return Path(home, ".cache") if Path(home).is_absolute() else None


def _name(file: Path | None, environ: Mapping[str, str]) -> str:
    """Another name for everything that makes a difference besides the files themselves."""
    here = "" if file and file.is_absolute() else os.path.realpath(".")
    asked = (str(file), here, sorted(heeded(environ).items()), str(shipped("rules")), str(shipped("templates")))
    program = (__version__, sys.version, tuple(_sources()), tuple(_installed()))
    return hashlib.sha256(repr((asked, program)).encode()).hexdigest() + SUFFIX


def _sources() -> Iterator[tuple[str, int, int]]:
    """Name, size and time of the program's own files, as Python tells by them whether to compile."""
    for folder in SOURCES:
        with os.scandir(PACKAGE / folder) as found:
            for each in sorted(found, key=lambda entry: entry.name):
                if each.name.endswith(".py"):
                    about = each.stat()
                    yield f"{folder}/{each.name}", about.st_size, about.st_mtime_ns


def _installed() -> Iterator[tuple[str, int]]:
    """The folders in which the libraries are installed; putting in another version leaves its time there."""
    specs = (find_spec(library) for library in LIBRARIES)
    places = {Path(spec.origin).parent.parent for spec in specs if spec and spec.origin}
    yield from ((str(place), place.stat().st_mtime_ns) for place in sorted(places))


def _has_secret(prepared: Prepared, files: Files) -> bool:
    """The database's URL may have a password in it, or one was read on the way."""
    return not NO_SECRET.fullmatch(prepared.database) or any(what == SECRET for what, _ in files.questions)


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):
        return False
