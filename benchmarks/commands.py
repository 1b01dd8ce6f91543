"""(iv) Commands: an import, --version, list, and a check that finds nothing."""

from __future__ import annotations

import csv
import json
import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path

from benchmarks import ground
from benchmarks.figures import Bench
from benchmarks.process import pairs, python, run

MONITOR = [sys.executable, "-m", "monitor"]
ROWS = 100_000
LISTED = 28  # entries of the first real register
WELL = (0, 1)  # exit codes: all well, or something overdue


def measure(bench: Bench, day: date) -> None:
    """All of (iv)."""
    _import(bench, day)
    _import_json(bench, day)
    small = _register(bench, day, LISTED)
    _against(bench, "--version", [*MONITOR, "--version"], "python -c pass", python("-c", "pass"), 8.0)
    listing = [*MONITOR, "--config", str(small), "list"]
    database = small.with_name("monitor.db")
    peer = python("-m", "benchmarks.peers.plain_list", database)
    _against(bench, f"list of {LISTED}", listing, "argparse, Core, plain table", peer, 2.4)
    large = _register(bench, day, bench.sizes[-1])
    check = [*MONITOR, "--config", str(large), "check"]
    run(check, core=1, fine=WELL)  # the first check of the day; the others find nothing
    what = f"check as a command, {bench.sizes[-1]:,} entries"
    _against(bench, what, check, "python -c 'import sqlalchemy'", python("-c", "import sqlalchemy"), 3.0)


def _import(bench: Bench, day: date) -> None:
    folder = bench.folder / "import"
    table = _table(folder, day)
    config = folder / "config.toml"

    def ours() -> float:
        url = bench.databases.fresh("SQLite", folder)
        ground.prepare(folder, url, people=5, relay=None)
        ground.fresh(url)
        return ROWS / run([*MONITOR, "--config", str(config), "import", str(table), "--yes"], core=1).cpu

    def peer() -> float:
        for old in folder.glob("peer.db*"):
            old.unlink()
        return ROWS / run(python("-m", "benchmarks.peers.csv_sqlite", table, folder / "peer.db"), core=1).cpu

    found = pairs(ours, peer, bench.pairs)
    bench.found(number="iv", what=f"import of {ROWS:,} entries from CSV", ours=found[0], unit="/s of CPU",
                peer="csv → executemany", theirs=found[1], ratio=found[2], limit=0.05, at_most=False)  # fmt: skip


def _import_json(bench: Bench, day: date) -> None:
    """A plain register file, and an export of what came of it into an empty register."""
    folder = bench.folder / "import-json"
    register, export = _register_file(folder, day), folder / "export.json"
    for what, file in (("a register file", register), ("an export", export)):
        url = bench.databases.fresh("SQLite", folder)
        config = ground.prepare(folder, url, people=5, relay=None)
        ground.fresh(url)
        peak = run([*MONITOR, "--config", str(config), "import", str(file), "--yes"], core=1).peak
        bench.found(number="iv", what=f"import of {ROWS:,} entries from {what}, peak memory", ours=peak, unit="MB",
                    ratio=peak, limit=300, at_most=True)  # fmt: skip
        if not export.exists():
            run([*MONITOR, "--config", str(config), "export", str(export)], core=1)


def _against(bench: Bench, what: str, ours: Sequence[str], name: str, peer: Sequence[str], limit: float) -> None:
    """CPU time of whole processes: it counts what they do and not what others do meanwhile."""

    def cpu(command: Sequence[str]) -> Callable[[], float]:
        return lambda: statistics.median(run(command, core=1, fine=WELL).cpu * 1000 for _ in range(3))

    found = pairs(cpu(ours), cpu(peer), bench.pairs)
    bench.found(number="iv", what=what, ours=found[0], unit="ms", peer=name, theirs=found[1], ratio=found[2],
                limit=limit, at_most=True)  # fmt: skip


def _register(bench: Bench, day: date, size: int) -> Path:
    folder = bench.folder / f"command-{size}"
    url = bench.databases.fresh("SQLite", folder)
    config = ground.prepare(folder, url, people=5, relay=None)
    ground.fresh(url)
    ground.fill(config, day, size, 0, 5)
    return config


def _register_file(folder: Path, day: date) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "register.json"
    with file.open("w", encoding="utf-8") as out:
        out.write('{"entries": [')
        for place in range(ROWS):
            until = (day + timedelta(days=200 + place % 2500)).isoformat()
            entry = {"id": f"permit-{place:06}", "kind": "permit",
                     "title": f"Permit number {place} on the eastern quay",
                     "valid_until": until, "owner": "policy-officer", "tags": ["quay", "works"]}  # fmt: skip
            out.write(f"{',' if place else ''}\n{json.dumps(entry)}")
        out.write("]}\n")
    return file


def _table(folder: Path, day: date) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "entries.csv"
    with file.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["id", "kind", "title", "valid_from", "valid_until", "procedure", "owner", "tags"])
        for place in range(ROWS):
            start, end = day - timedelta(days=400 + place % 300), day + timedelta(days=200 + place % 2500)
            title = f"Permit number {place} for works on the eastern quay"
            rows.writerow([f"permit-{place:06}", "permit", title, start, end, "none", "policy-officer", "quay;works"])
    return file
