"""A postfix from Debian's packages as relay, with all of its own below one folder; it delivers into Maildirs there.

    with Postfix(folder, domain="example.org", people=("anna", "bram")) as postfix:  # needs root and /usr/sbin/postfix
        postfix.host, postfix.port                 # plain SMTP on loopback
        postfix.deliver()                          # returns when its queue is empty
        postfix.mails("anna")                      # the files of anna@example.org's Maildir, in order of arrival
        postfix.log()                              # what postfix says of it

The system's own postfix, its queue and its settings are not touched. `missing()` says why it cannot be had here, or "".
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
from pathlib import Path

from patience import LIMIT, wait_until

PROGRAM = "/usr/sbin/postfix"
POSTCONF = "/usr/sbin/postconf"
MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/postfix.log
maillog_file_prefixes = {folder}/log
mail_owner = postfix
setgid_group = postdrop
myhostname = relay.{domain}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_relay_restrictions = permit_mynetworks, reject
default_transport = error:nothing leaves this machine
relay_transport = error:nothing leaves this machine
notify_classes =
{more}
"""
MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
showq unix n - n - - showq
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


def missing() -> str:
    """Why no postfix can be started here; empty: it can."""
    if not Path(PROGRAM).exists():
        return "postfix is not installed (apt-get install postfix)"
    return "" if os.geteuid() == 0 else "only root can start a postfix of its own"


class Postfix:
    """See the top of this file. A context manager."""

    def __init__(self, folder: Path, *, domain: str, people: tuple[str, ...], more: str = "") -> None:
        self.folder, self.domain, self.host, self.port = folder, domain, "127.0.0.1", _free_port()
        owner = pwd.getpwnam("postfix")
        for name in ("etc", "queue", "data", "mail", "log"):
            (folder / name).mkdir(parents=True)
        for name in ("data", "mail"):
            os.chown(folder / name, owner.pw_uid, owner.pw_gid)
        boxes = ", ".join(f"{{ {person}@{domain} = {person}/ }}" for person in people)
        main = MAIN.format(folder=folder, domain=domain, boxes=boxes, uid=owner.pw_uid, gid=owner.pw_gid, more=more)
        (folder / "etc" / "main.cf").write_text(main)
        (folder / "etc" / "master.cf").write_text(MASTER.format(port=self.port))

    def __enter__(self) -> Postfix:
        for above in (self.folder, *self.folder.parents):  # postfix's own account has to pass
            if above.stat().st_uid == os.geteuid() and above != Path("/"):
                above.chmod(above.stat().st_mode | 0o011)
        self._run("start")
        try:
            wait_until(lambda: _greets(self.port), lambda: f"postfix to start: {self.log()}")
        except AssertionError:
            self._run("stop")
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._run("stop")
        shutil.rmtree(self.folder / "queue", ignore_errors=True)

    def deliver(self) -> None:
        """Wait until everything taken is in a Maildir, bounced or given up."""
        places = ("incoming", "active", "maildrop")
        wait_until(
            lambda: not any(path.is_file() for place in places for path in self._queued(place)),
            lambda: f"the queue to become empty: {self.log()}",
        )

    def mails(self, person: str) -> list[bytes]:
        """Everything that arrived for a person."""
        found = (self.folder / "mail" / person / "new").glob("*")
        return [path.read_bytes() for path in sorted(found, key=lambda path: path.stat().st_mtime_ns)]

    def log(self) -> str:
        """What postfix wrote down."""
        file = self.folder / "log" / "postfix.log"
        return file.read_text(errors="replace") if file.exists() else "(no log)"

    def _queued(self, place: str) -> list[Path]:
        return list((self.folder / "queue" / place).rglob("*"))

    def _run(self, verb: str) -> None:
        command = [PROGRAM, "-c", str(self.folder / "etc"), verb]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"postfix {verb}: {done.stdout}{done.stderr}{self.log()}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _greets(port: int) -> bool:
    """Its first process listens before its servers can answer."""
    try:
        with socket.create_connection(("127.0.0.1", port), LIMIT) as probe:
            return probe.recv(4) == b"220 "
    except OSError:
        return False
