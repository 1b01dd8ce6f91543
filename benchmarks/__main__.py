"""Measure everything, print the table, write RESULTS.md and growth.svg.

python -m benchmarks                     all of it, up to a million entries: a quarter of an hour
python -m benchmarks --quick             smaller registers, fewer pairs; writes nothing
python -m benchmarks --only iv --only v  some of it; writes nothing
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

from benchmarks import commands, ground, letters, mails, memory, quiet, report, sending
from benchmarks.databases import SAFE, Databases
from benchmarks.figures import Bench
from benchmarks.growth import picture
from benchmarks.process import PAIRS

HERE = Path(__file__).parent
MEASURES: Mapping[str, Callable[[Bench, date], None]] = {
    "i": sending.fast, "ii": quiet.measure, "iii": sending.slow, "iv": commands.measure, "v": memory.measure,
    "vi": mails.measure, "vii": letters.measure,
}  # fmt: skip


def main() -> int:
    """1 when a limit is not kept."""
    options = argparse.ArgumentParser(prog="python -m benchmarks", description="How fast the monitor is.")
    options.add_argument("--quick", action="store_true", help="smaller and fewer; writes nothing")
    options.add_argument("--only", action="append", choices=list(MEASURES), help="this measure alone; writes nothing")
    options.add_argument("--no-postgres", action="store_true", help="SQLite alone")
    options.add_argument("--folder", type=Path, help="where the databases lie; default: a temporary folder")
    given = options.parse_args()
    started = time.monotonic()
    with ExitStack() as stack:
        folder = given.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="monitor-bench-")))
        server = None
        if not given.no_postgres:
            from postgres_server import running

            server = stack.enter_context(running(SAFE))
        bench = Bench(
            folder=folder, databases=Databases(folder, server), pairs=2 if given.quick else PAIRS,
            sizes=(1_000, 20_000) if given.quick else (1_000, 10_000, 100_000, 1_000_000),
            items=5_000 if given.quick else 100_000,
        )  # fmt: skip
        day = ground.last_slot_before(datetime.now(UTC).date())
        for number in given.only or MEASURES:
            print(f"({number})", flush=True)
            MEASURES[number](bench, day)
    print(report.table(bench))
    if not (given.quick or given.only):
        report.write(HERE / "RESULTS.md", report.results(bench, time.monotonic() - started))
        (HERE / "growth.svg").write_text(picture(bench.growth), encoding="utf-8")
    return 0 if all(figure.holds() for figure in bench.figures) else 1


if __name__ == "__main__":
    sys.exit(main())
