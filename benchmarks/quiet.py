"""(ii) A check in which nothing is due, and the memory of one in which a thousand are, as the register grows."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from benchmarks import ground
from benchmarks.figures import Bench, Growth
from benchmarks.process import python, run, sink
from benchmarks.sending import MAILS

LATER = timedelta(weeks=12)
AT_MOST = {"SQLite": (2.0, 1.3), "PostgreSQL": (6.0, None)}  # of the largest to the smallest: limit, aim


def measure(bench: Bench, day: date) -> None:
    """All of (ii)."""
    with sink() as relay:
        for kind in bench.databases.kinds():
            points, peaks = [], []
            for size in bench.sizes:
                config = _register(bench, kind, size, day, relay.port)
                found = run(python("-m", "benchmarks.jobs.quiet", config, day), core=1)
                points.append((size, found.said["wall"] * 1000))
                due = run(python("-m", "benchmarks.jobs.send", config, day + LATER), core=1)
                assert due.said["sent"] == MAILS, due.said
                peaks.append(due.said["peak"])
                print(f"  {kind}, {size:,} entries: {points[-1][1]:.2f} ms, {peaks[-1]:.0f} MB", flush=True)
            bench.growth.append(Growth(database=kind, points=points))
            _found(bench, kind, points, peaks)


def _found(bench: Bench, kind: str, points: list[tuple[int, float]], peaks: list[float]) -> None:
    (small, first), (large, last) = points[0], points[-1]
    limit, aim = AT_MOST[kind]
    bench.found(number="ii", what=f"check with nothing due, {large:,} entries, {kind}", ours=last, unit="ms",
                peer=f"{small:,} entries", theirs=first, ratio=last / first, limit=limit, aim=aim,
                at_most=True)  # fmt: skip
    bench.found(number="ii", what=f"check with nothing due, {large:,} entries, {kind}", ours=last, unit="ms",
                ratio=last,
                limit=100, at_most=True)  # fmt: skip
    bench.found(number="ii", what=f"peak memory, {MAILS} due, {large:,} entries, {kind}", ours=peaks[-1], unit="MB",
                peer=f"{small:,} entries", theirs=peaks[0], ratio=peaks[-1] / peaks[0], limit=1.3,
                at_most=True)  # fmt: skip


def _register(bench: Bench, kind: str, size: int, day: date, port: int) -> Path:
    """So many entries, of which a thousand are due twelve weeks on: until then every check finds nothing."""
    folder = bench.folder / f"quiet-{kind}-{size}"
    url = bench.databases.fresh(kind, folder)
    config = ground.prepare(folder, url, people=MAILS, relay=port)
    ground.fresh(url)
    ground.fill(config, day, size, MAILS, MAILS, due_on=day + LATER)
    return config
