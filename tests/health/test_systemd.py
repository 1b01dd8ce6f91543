"""The shipped unit under a real systemd: READY after the first tick, a wedged check ends in a restart, nothing lost."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from facts import ROOT
from machine import Machine, reason
from patience import wait_until
from service_process import configure

from monitor.store import records
from monitor.store.migrate import open_store

UNIT = ROOT / "docs" / "deploy" / "monitor.service"
# As shipped, but for the account, which is not on this machine, the program's place (also where that is below /tmp, of
# which the unit has its own) and the patience of the watchdog.
DROP_IN = """[Service]
User=root
Group=root
ProtectHome=no
BindPaths={folder}:/run/monitor-test
BindReadOnlyPaths={root} {prefix}
StandardOutput=append:{folder}/log
StandardError=append:{folder}/log
ExecStart=
ExecStart={python} /run/monitor-test/service.py
WatchdogSec=20
RestartSec=0
"""
SERVICE = """
import sys, time
from datetime import datetime
from pathlib import Path
import monitor.service as service
from monitor import daemon
here = Path("/run/monitor-test")
daemon.TICK = 0.5
check = service.check_slot
def wedged(app, clock):
    if not (here / "wedged").exists():
        (here / "wedged").touch()
        time.sleep(3600)
    return check(app, clock)
service.check_slot = wedged
daemon.run_service(here / "config.toml", clock=lambda: datetime.fromisoformat((here / "now").read_text()))
"""


@pytest.mark.skipif(bool(reason()), reason=reason() or "a systemd can be started")
def test_a_wedged_check_is_restarted_and_the_slot_made_up(tmp_path):
    """Active once the first tick was complete; killed when the ticks end; checked by the next process."""
    folder, units = tmp_path / "monitor", tmp_path / "units"
    folder.mkdir()
    (units / "monitor.service.d").mkdir(parents=True)
    configure(folder)
    (folder / "service.py").write_text(SERVICE)
    (folder / "now").write_text("2021-03-01T06:30:00+00:00")  # half an hour before the slot
    shutil.copyfile(UNIT, units / "monitor.service")
    (units / "monitor.service.d" / "test.conf").write_text(
        DROP_IN.format(folder=folder, python=sys.executable, root=ROOT, prefix=sys.prefix)
    )
    log = folder / "log"

    with Machine(units) as machine:
        machine.systemctl("start", "--no-block", "monitor")
        wait_until(lambda: machine.show("monitor", "ActiveState") == "active", lambda: log.read_text())
        assert machine.show("monitor", "StatusText") == "No slot has been checked yet."
        first = machine.show("monitor", "MainPID")
        (folder / "now.new").write_text("2021-03-01T07:00:00+00:00")
        (folder / "now.new").rename(folder / "now")
        wait_until(lambda: (folder / "wedged").exists(), "the check to begin")
        wait_until(lambda: machine.show("monitor", "NRestarts") == "1", "the watchdog")
        wait_until(lambda: "slot_checked" in log.read_text(), "the slot to be made up")
        wait_until(lambda: machine.show("monitor", "StatusText").startswith("The slot of 01-03-2021 was"), "the status")
        assert machine.show("monitor", "MainPID") != first
        machine.systemctl("stop", "monitor")
        assert machine.show("monitor", "Result") == "success", log.read_text()
    store = open_store(f"sqlite:///{folder}/monitor.db")
    with store.reading() as connection:
        made = records.last_check(connection)
    store.close()
    assert made is not None and made.day.isoformat() == "2021-03-01" and made.number == 1


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_the_unit_is_hardened(tmp_path):
    """At most 1.5 by systemd's own reckoning, and without a fault."""
    asked = ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNIT)]
    found = subprocess.run(asked, capture_output=True, text=True)
    level = float(found.stdout.rpartition("exposure level for")[2].split(":")[1].split()[0])
    assert level <= 1.5, found.stdout
    text = UNIT.read_text().replace("/opt/monitor/bin/monitor", "/bin/true")
    (tmp_path / "monitor.service").write_text(text)
    told = subprocess.run(["systemd-analyze", "verify", "--man=no", str(tmp_path / "monitor.service")],
                          capture_output=True, text=True)  # fmt: skip
    ours = [line for line in (told.stdout + told.stderr).splitlines() if "monitor.service" in line]
    assert ours == [] and Path(UNIT).name == "monitor.service"
