"""A real systemd in namespaces of its own: the machine's processes, mounts and services are not touched.

It knows no unit but those of the test: the machine's own would clear /tmp, set kernel variables and start services.
Needs root, util-linux and systemd; `reason()` says what is missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import time
import uuid
from pathlib import Path

from patience import LIMIT, wait_until

SYSTEMD = Path("/lib/systemd/systemd")
BOOT = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /var/lib
umount -l /sys/fs/cgroup 2>/dev/null || true
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mkdir -p /run/lock /run/systemd/system
cp -r "$1"/. /run/systemd/system/
export container=other SYSTEMD_UNIT_PATH=/run/systemd/system
exec {systemd} --system --unit=quiet.target --log-target=null --show-status=no
"""
TARGETS = ("quiet", "sysinit", "basic", "shutdown", "network-online", "time-sync", "multi-user")
EMPTY = "[Unit]\nDescription=Nothing starts by itself\nDefaultDependencies=no\n"


def reason() -> str:
    """Why there can be no such machine here; empty: there can."""
    if os.geteuid() != 0:
        return "only root can start a systemd of its own"
    if not SYSTEMD.exists() or not shutil.which("unshare") or not shutil.which("nsenter"):
        return "systemd or util-linux is not installed"
    if _cgroups() is None:
        return "there is no cgroup of version 2 to start it in"
    probe = ["unshare", "-m", "-p", "-f", "-C", "-i", "-u", "-n", "true"]
    return "" if subprocess.run(probe, capture_output=True).returncode == 0 else "namespaces cannot be made here"


def _cgroups() -> Path | None:
    """Where cgroups of version 2 are mounted."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup2" and "rw" in options.split(","):
            return Path(place)
    return None


class Machine:
    """A running systemd that has the unit files of a folder."""

    def __init__(self, units: Path) -> None:
        for name in TARGETS:
            (units / f"{name}.target").write_text(EMPTY)
        found = _cgroups()
        assert found is not None
        self.group = found / f"monitor-test-{uuid.uuid4().hex[:8]}"
        self.group.mkdir()
        boot = BOOT.replace("{systemd}", str(SYSTEMD))
        self.process = subprocess.Popen(
            ["unshare", "-m", "-p", "-f", "-C", "-i", "-u", "-n", "--kill-child", "sh", "-c", boot, "sh", str(units)],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: (self.group / "cgroup.procs").write_text(str(os.getpid())),
        )  # fmt: skip

    def __enter__(self) -> Machine:
        wait_until(lambda: self.systemctl("is-system-running", check=False) in ("running", "degraded"), "systemd")
        files = self.systemctl("list-unit-files", "--no-legend", "--type=service,target,timer,path,automount")
        assert "tmpfiles" not in files and "systemd-" not in files, f"it knows the machine's own units: {files}"
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()  # and systemd with it, as the first process of its namespace
        self.process.wait()
        for _ in range(100):
            groups = sorted((path for path in self.group.rglob("*") if path.is_dir()), reverse=True)
            try:
                for group in (*groups, self.group):
                    group.rmdir()
                return
            except OSError:  # its processes are ending
                time.sleep(0.1)

    def systemctl(self, *arguments: str, check: bool = True) -> str:
        """What systemctl prints in there."""
        child = self._first()
        if child is None:
            return ""
        command = ["nsenter", "-t", child, "-m", "-p", "-C", "-i", "-u", "systemctl", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT)
        assert not check or done.returncode == 0, done.stderr
        return done.stdout.strip()

    def show(self, unit: str, name: str) -> str:
        """A property of a unit."""
        return self.systemctl("show", "--value", "-p", name, unit)

    def _first(self) -> str | None:
        """The number of systemd outside its namespace."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return found[0] if found else None
