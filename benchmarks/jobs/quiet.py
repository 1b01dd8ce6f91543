"""Checks in which nothing is due, in a running service: each at the slot of another day.

python -m benchmarks.jobs.quiet CONFIG DAY
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from datetime import date, timedelta
from pathlib import Path

from benchmarks.ground import instant
from monitor.actions.check.check import check
from monitor.actions.delivery.deliver import deliver
from monitor.app import build
from monitor.core.model.slots import local_day

DAYS, WARM = 35, 4  # days lived through; so many quiet ones warm the process up


def main(config: str, day: str) -> None:
    """The median over the slots of five weeks, in seconds; Mondays bring the all-clear and are left out."""
    first, taken, cpu = date.fromisoformat(day) + timedelta(days=1), [], []
    with build(Path(config)) as app, app.transport() as transport:
        for place in range(DAYS):
            now = instant(first + timedelta(days=place))
            today = local_day(app.policy, now)
            wall, used = time.perf_counter(), time.process_time()
            report = check(app, now)
            deliver(app, lambda at=now: at, transport)  # type: ignore[misc]
            if today.weekday() in (1, 2, 3, 4) and not report.looked_at and not report.mails:
                taken.append(time.perf_counter() - wall)
                cpu.append(time.process_time() - used)
    print(
        json.dumps({"wall": statistics.median(taken[WARM:]), "cpu": statistics.median(cpu[WARM:]), "slots": len(taken)})
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
