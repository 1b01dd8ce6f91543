"""A set-up for a whole machine: configuration below /etc, data below /var/lib, and a system account for the service."""

from __future__ import annotations

import os
import pwd
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from monitor.actions.admin.answers import Setting
from monitor.core.errors import Refused, Unavailable
from monitor.core.sentences import Sentence

CONFIGURATION, DATA = Path("/etc"), Path("/var/lib")
SERVICE = "monitor"  # the account offered for the service
COMMAND = "  "  # before a line that is to be typed
PATIENCE = 30  # seconds for a command of the system
LOCATED: Mapping[Setting, str] = {  # setting → what it is set to below the data folder
    ("database", "url"): "sqlite:///{data}/monitor.db",
    ("paths", "state"): "{data}/state",
    ("mail", "maildir", "folder"): "{data}/mail",
}


def data_folder(folder: Path) -> Path | None:
    """Return where database, state and mail go whose configuration is in a folder below /etc; None: beside it."""
    real = folder.absolute().parent.resolve() / folder.absolute().name
    if not real.is_relative_to(CONFIGURATION) or real == CONFIGURATION:
        return None
    return DATA / real.relative_to(CONFIGURATION)


def with_locations(settings: Mapping[Setting, Any], folder: Path) -> dict[Setting, Any]:
    """Return the settings with the places of database, state and mail, where an answer names no other."""
    data = data_folder(folder)
    located = {path: place.format(data=data) for path, place in LOCATED.items()} if data else {}
    return {**located, **settings}


def require_rights(folder: Path) -> None:
    """Raises Refused where this account may not make the configuration or its data."""
    for wanted in filter(None, (folder.absolute(), data_folder(folder))):
        there = next(path for path in (wanted, *wanted.parents) if path.exists())
        if not os.access(there, os.W_OK | os.X_OK):
            raise Refused(
                "This account may not make {wanted}. Type `sudo monitor init {folder}`, or name a folder of your own.",
                wanted=wanted,
                folder=folder,
            )


def is_missing(account: str) -> bool:
    """Return whether there is no account of that name."""
    try:
        pwd.getpwnam(account)
    except KeyError:
        return True
    return False


def make_command(account: str, folder: Path) -> tuple[str, ...]:
    """Return the command that makes a system account for the service, without a password or a shell."""
    home = data_folder(folder) or folder.absolute()
    return ("useradd", "--system", "--no-create-home", "-d", str(home), "-s", "/usr/sbin/nologin", account)


def can_make() -> bool:
    """Return whether this process can make accounts."""
    return os.geteuid() == 0 and shutil.which("useradd") is not None


def make_account(account: str, folder: Path) -> None:
    """Make a system account for the service. Raises Unavailable with what the command said."""
    command = make_command(account, folder)
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
    if done.returncode:
        said = " ".join(done.stderr.split()) or Sentence("exit code {code}", code=done.returncode)
        raise Unavailable(
            "The account {account} was not made: {said}. Make it by hand, then type `monitor init` again.",
            account=account,
            said=said if isinstance(said, Sentence) else said.rstrip("."),
        )


def left_to_do(folder: Path, owner: str, program: str) -> Iterator[str]:
    """Yield what root still types, commands indented. `owner`: who was given the files; empty: no other account."""
    data, config = data_folder(folder), folder / "config.toml"
    places = shlex.join(str(path) for path in (folder.absolute(), data) if path)
    account = owner or SERVICE
    if not owner:
        yield Sentence("All of it belongs to root. These commands give it to a system account for the service:")
        if is_missing(SERVICE):
            yield COMMAND + shlex.join(make_command(SERVICE, folder))
        yield f"{COMMAND}chown -R {SERVICE}: {places}"
    if data:
        yield Sentence("The service starts with the machine after this, in the program's source:")
        yield f"{COMMAND}cp docs/deploy/monitor.service /etc/systemd/system/"
        yield f"{COMMAND}systemctl daemon-reload && systemctl enable --now monitor"
    if owner or data:
        yield Sentence("Next: this looks at everything, and says what to do:")
        yield f"{COMMAND}sudo -u {account} {program} --config {shlex.quote(str(config.absolute()))} doctor"
    else:
        yield next_step(config)


def next_step(config: Path) -> Sentence:
    """Return what a person does first with a new configuration."""
    named = shlex.quote(str(config))
    return Sentence("Next: `monitor --config {config} doctor` looks at everything, and says what to do.", config=named)
