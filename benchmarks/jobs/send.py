"""From due to accepted: one check and its delivery, as the running service does them.

python -m benchmarks.jobs.send CONFIG DAY
"""

from __future__ import annotations

import gc
import json
import sys
import time
from datetime import date
from pathlib import Path

from benchmarks.ground import instant
from monitor.__main__ import collect_seldom
from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.app import build
from monitor.mail.letters.check import LetterCheck


def peak() -> float:
    """Return the most memory this program held, in MB; what the system says after its end counts its parent too."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmHWM")).split()[1]) / 1024


def main(config: str, day: str) -> None:
    """Everything is imported and open before the watch starts, and the letters are read, as they are in a service: its
    first look at the files checks them, long before a slot.
    """
    collect_seldom()
    now = instant(date.fromisoformat(day))
    with build(Path(config)) as app, app.transport() as transport:
        LetterCheck()(app.letters)
        gc.collect()
        gc.freeze()  # as the service does then
        wall, cpu = time.perf_counter(), time.process_time()
        check(app, now)
        composed = time.perf_counter(), time.process_time()
        report = deliver(app, lambda: now, transport)
        done = time.perf_counter(), time.process_time()
    print(json.dumps({
        "sent": report.sent, "wall": done[0] - wall, "cpu": done[1] - cpu,
        "check_wall": composed[0] - wall, "check_cpu": composed[1] - cpu,
        "peak": peak(),
    }))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
