"""A service with nothing to do: what it holds in memory after some ticks and after an hour of them, by a given clock.

python -m benchmarks.jobs.idle CONFIG DAY
"""

from __future__ import annotations

import json
import sys
from datetime import date, datetime, timedelta
from pathlib import Path

from benchmarks.ground import instant
from monitor.app import build
from monitor.daemon import TICK
from monitor.service import Service

TICKS = 70


def resident() -> float:
    """MB of memory held now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1024 / 1024


def main(config: str, day: str) -> None:
    """Tick after tick, from the slot on."""
    at = [instant(date.fromisoformat(day))]

    def clock() -> datetime:
        return at[0]

    held = []
    with build(Path(config)) as app:
        service = Service(app, clock)
        for _ in range(TICKS):
            service.tick()
            held.append(resident())
            at[0] += timedelta(seconds=TICK)
        service.transport.close()
    print(json.dumps({"idle": held[4], "after_an_hour": held[-1], "ticks": TICKS}))


if __name__ == "__main__":
    main(*sys.argv[1:])
