"""(v) What an idle service holds in memory."""

from __future__ import annotations

from datetime import date

from benchmarks import ground
from benchmarks.figures import Bench
from benchmarks.process import pairs, python, run


def measure(bench: Bench, day: date) -> None:
    """Against its libraries, imported and nothing done; and against itself an hour of ticks later."""
    folder = bench.folder / "idle"
    url = bench.databases.fresh("SQLite", folder)
    config = ground.prepare(folder, url, people=5, relay=None)
    ground.fresh(url)
    ground.fill(config, day, 1000, 0, 5)
    later: list[float] = []

    def idle() -> float:
        said = run(python("-m", "benchmarks.jobs.idle", config, day)).said
        later.append(said["after_an_hour"] / said["idle"])
        return float(said["idle"])

    def bare() -> float:
        return float(run(python("-m", "benchmarks.peers.bare_stack")).said["resident"])

    found = pairs(idle, bare, bench.pairs)
    bench.found(number="v", what="idle service, memory", ours=found[0], unit="MB", peer="its libraries imported",
                theirs=found[1], ratio=found[2], limit=1.5, at_most=True)  # fmt: skip
    growth = max(later)
    bench.found(number="v", what="the same after an hour of ticks, against itself", ours=growth, unit="times",
                ratio=growth, limit=1.02, at_most=True)  # fmt: skip
