"""What to do about a fault: a command to type, or a setting with its place. One table for each source of faults."""

from __future__ import annotations

import errno
import os
import shlex
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from msgspec.structs import replace

from monitor.core.errors import Fault, MonitorError
from monitor.core.sentences import Sentence
from monitor.settings.config.configuration import Config
from monitor.store.sqlite_file import UNNAMED, name_of
from monitor.store.state import DamagedNote

AGAIN = "Do what is said about the faults, then type `monitor doctor` again."
BY_ERRNO: Mapping[int, str] = {
    errno.ENOENT: "Make it, or correct the setting that names it: `ls -ld {path}` shows whether it is there.",
    errno.ENOSPC: "Free space on its disk: `df -h {path}` shows how full that is.",
    errno.EDQUOT: "Ask for more room: the quota of {me} on that disk is used up (`quota -s`).",
    errno.EROFS: "Mount its disk for writing, or name another place: `findmnt --target {path}` shows the mount.",
    errno.EIO: "Look at the disk: `dmesg | tail` shows its errors. Restore a backup if it cannot be read.",
    errno.ELOOP: "Name the folder or file itself, not a link: `realpath {path}` shows where it leads.",
    errno.ENOTDIR: "Name a folder: a part of {path} is a file, as `namei -l {path}` shows.",
    errno.ESTALE: "Mount its disk again, its server no longer knows it: `findmnt --target {path}` shows the mount.",
}
LOOK_THERE = "`ls -ld {path}` shows what is there; `dmesg | tail` shows errors of the disk."
RIGHTS = (errno.EACCES, errno.EPERM)
NO_CONFIGURATION = Sentence("`monitor init` makes one in this folder; `monitor --config FILE doctor` looks at another.")
NO_ADDRESS = "Correct the host in [database] url: `getent hosts {host}` shows whether it has an address."
POSTGRESQL: Mapping[str, str] = {  # part of what PostgreSQL or its client says → what to do; the first found counts
    "Connection refused": "Start PostgreSQL, or correct [database] url: `pg_isready {where}` shows whether it listens.",
    "No such file or directory": "Start PostgreSQL, or name its host in [database] url: there is no socket of it here.",
    "failed to resolve host": NO_ADDRESS,
    "could not translate host name": NO_ADDRESS,
    "timeout": "Let this machine through the firewall before PostgreSQL: `pg_isready {where}` tries it.",
    "password authentication failed": (
        "Write the right password into the file that [database] password_file names, or set it: `ALTER ROLE {user} "
        "PASSWORD '…'`."
    ),
    "no password supplied": "Name a file with the password alone: [database] password_file.",
    "no pg_hba.conf entry": "Allow {user} from here in the server's pg_hba.conf, then `SELECT pg_reload_conf()`.",
    "is not permitted to log in": "On the server: `ALTER ROLE {user} LOGIN`.",
    'role "': "Make the account on the server: `createuser {user}`; or correct the user in [database] url.",
    'database "': "Make it on the server: `createdb --owner={user} {name}`; or correct the name in [database] url.",
    "too many": "Raise max_connections of PostgreSQL, or end what else is connected: `SELECT * FROM pg_stat_activity`.",
    "certificate": "Correct sslmode or sslrootcert in [database] url: PostgreSQL's certificate is not accepted.",
}
LOCKED = "was locked by another program"
WHO_HOLDS = "`fuser -v {path}` shows which process holds it: wait until it is done, or end it."
WHO_HOLDS_SERVER = "`SELECT * FROM pg_stat_activity` shows which session holds it: wait until it is done, or end it."
LOOK_INTO_LOG = "Look for this in PostgreSQL's log, `journalctl -u postgresql`, or correct [database] url."


def me() -> str:
    """Return this process's account as a command takes it."""
    return name_of(os.geteuid()).removeprefix(UNNAMED)


def of_setting(fault: Fault) -> tuple[str, str]:
    """Return what is wrong in the configuration or a file that it names, and what to write there."""
    what, accepted = replace(fault, accepted="").sentence, fault.accepted
    if not fault.file and not fault.key:  # there is no configuration at all
        return what, NO_CONFIGURATION
    if fault.file == "environment":
        accepted = accepted or Sentence("a value that is accepted")
        do = "Set the variable {key} to {accepted}, or take it away: `unset {key}`."
        return what, Sentence(do, key=fault.key, accepted=accepted)
    if not fault.file:
        return what, Sentence("Set {key} to {accepted}.", key=fault.key, accepted=accepted) if accepted else Sentence(
            "Correct {place}.", place=fault.key
        )
    path = Path(fault.file)
    if fault.line is None and not path.exists():
        return what, Sentence(
            "Make {path}, or name another: `ls -l {quote}` shows what is there.",
            path=path,
            quote=shlex.quote(str(path.parent)),
        )
    if fault.line is None and not os.access(path, os.R_OK):
        return what, to_read(path)
    place = (
        Sentence("line {line} of {path}", line=fault.line, path=path)
        if fault.line
        else Sentence("{key} in {path}", key=fault.key, path=path)
        if fault.key
        else str(path)
    )
    if not accepted:
        return what, Sentence("Correct {place}; `monitor validate` shows whether it is right then.", place=place)
    return what, Sentence("Correct {place}. Accepted: {accepted}.", place=place, accepted=accepted)


def to_read(path: Path) -> str:
    """Return how this account comes to read a file that it may not."""
    quoted = shlex.quote(str(path))
    try:
        owner = name_of(path.stat().st_uid)
    except OSError:
        return Sentence(
            "Let {me} enter the folders above it: `namei -l {quoted}` shows which one it may not.",
            me=me(),
            quoted=quoted,
        )
    if owner == name_of(os.geteuid()):
        return f"`chmod u+r {quoted}`"
    mine = Sentence("`sudo setfacl -m u:{me}:r {quoted}`", me=me(), quoted=quoted)
    return Sentence(
        "Look as its owner, `sudo -u {owner} monitor doctor`, or let {me} read it: {mine}.",
        owner=owner,
        me=me(),
        mine=mine,
    )


def of_secret(path: Path, table: str) -> str:
    """Return how a file comes to hold a password alone, closed to others. `table`: of the setting that names it."""
    quoted = shlex.quote(str(path))
    if not path.exists():
        make = Sentence(
            "`install -m 600 /dev/null {quoted}` makes it; write the password into it, on one line", quoted=quoted
        )
        return Sentence("{make}. Or correct password_file in [{table}].", make=make, table=table)
    if not os.access(path, os.R_OK):
        return to_read(path)
    if path.stat().st_mode & 0o007:
        return f"`chmod o= {quoted}`"
    return Sentence("Write the password alone into it, on one line in UTF-8: `nano {quoted}`.", quoted=quoted)


def to_write(folder: Path) -> str:
    """Return how this account comes to write in a folder, which need not be there yet."""
    quoted = shlex.quote(str(folder))
    if not folder.exists():
        return Sentence("`sudo install -d -o {me} -m 750 {quoted}`", me=me(), quoted=quoted)
    if name_of(folder.stat().st_uid) == name_of(os.geteuid()):
        return Sentence("`chmod u+rwx {quoted}`", quoted=quoted)
    return Sentence(
        "`sudo setfacl -m u:{me}:rwx {quoted}`, or `sudo chown {me} {quoted}` if it is to be this account's.",
        me=me(),
        quoted=quoted,
    )


def of_system(error: OSError) -> str:
    """Return what to do about an error of the operating system."""
    path = str(error.filename or "")
    quoted = shlex.quote(path) if path else Sentence("the path")
    if error.errno in RIGHTS:
        return (
            to_read(Path(path))
            if path
            else Sentence("Type it as another account than {me}: this one may not.", me=me())
        )
    return Sentence(BY_ERRNO.get(error.errno or 0, LOOK_THERE), path=quoted, me=me())


def of_database(error: MonitorError, config: Config) -> tuple[str, str]:
    """Return why the database cannot be used, and what to do about that."""
    if isinstance(error, DamagedNote):
        return error.what, error.do
    said, url = error.sentence, config.database.url.get_secret_value()
    file = shlex.quote(config.database_url().partition(":///")[2]) if url.startswith("sqlite") else ""
    if LOCKED in said:
        return said, Sentence(WHO_HOLDS, path=file) if file else Sentence(WHO_HOLDS_SERVER)
    if file:
        return said, Sentence(
            "`ls -l {file}*` shows what is there; docs/operations.md says how a backup is restored.", file=file
        )
    parts = urlsplit(url)
    names = {
        "user": parts.username or me(),
        "host": parts.hostname or "localhost",
        "name": parts.path.lstrip("/") or "monitor",
        "where": f"-h {parts.hostname or 'localhost'} -p {parts.port or 5432}",
    }
    found = next((do for part, do in POSTGRESQL.items() if part.casefold() in said.casefold()), "")
    return said, Sentence(found or LOOK_INTO_LOG, **names)
