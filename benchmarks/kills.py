"""Kill the service anywhere, a thousand times a configuration, while it lives the golden year against a real relay.

python -m benchmarks.kills               all three, over half an hour; writes its part of RESULTS.md
python -m benchmarks.kills --random 50   fewer random kills; writes nothing
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

HERE = Path(__file__).parent
TESTS = HERE.parent / "tests"
sys.path[:0] = [str(TESTS / "faults"), str(TESTS)]

RANDOM = 1000  # kills at random moments in each configuration
TIMES = range(1, 9)  # each named step is died at the first, second … eighth time that a process reaches it
CONNECTIONS = 4  # of each service
CONFIGURATIONS = (("SQLite", 1), ("PostgreSQL", 1), ("PostgreSQL", 3))
BEGIN = "## Killed anywhere"  # the part of RESULTS.md that is written here; it goes to the end


def main() -> int:
    """1 when something was lost or doubled."""
    from postgres_server import running

    options = argparse.ArgumentParser(prog="python -m benchmarks.kills", description="Nothing lost, nothing doubled.")
    options.add_argument("--random", type=int, default=RANDOM, help=f"random kills in each configuration ({RANDOM})")
    given = options.parse_args()
    lines, faults = [], 0
    with tempfile.TemporaryDirectory(prefix="monitor-kills-") as folder, running() as server:
        for number, (database, daemons) in enumerate(CONFIGURATIONS):
            place = Path(folder) / str(number)
            place.mkdir()
            url = f"sqlite:///{place}/monitor.db" if database == "SQLite" else _made(server.create())
            line, wrong = _year(place, url, database, daemons, given.random)
            lines.append(line)
            faults += wrong
    if given.random == RANDOM:
        _write("\n".join(lines))
    return 1 if faults else 0


def _year(place: Path, url: str, database: str, daemons: int, random_kills: int) -> tuple[str, int]:
    from installation import installed
    from killed_year import every_step, live_and_die

    started = time.monotonic()
    with installed(place, url, daemons=daemons, mail=f"connections = {CONNECTIONS}") as there:
        figures = live_and_die(there, steps=every_step(TIMES), random_kills=random_kills, connections=CONNECTIONS)
    services = "one service" if daemons == 1 else f"{daemons} services"
    minutes = (time.monotonic() - started) / 60
    line = f"- {database}, {services}: {figures}; {minutes:.0f} minutes"
    print(line, *figures.faults[:20], sep="\n  ", flush=True)
    return line, len(figures.faults)


def _made(url: str) -> str:
    from monitor.store.engine import open_engine
    from monitor.store.migrate import migrate

    store = open_engine(url)
    migrate(store)
    store.close()
    return url


def _write(lines: str) -> None:
    file = HERE / "RESULTS.md"
    before = file.read_text(encoding="utf-8").partition(BEGIN)[0] if file.exists() else "# How fast it is\n\n"
    text = f"""{before.rstrip()}

{BEGIN}

Written by `python -m benchmarks.kills` on {datetime.now(UTC):%Y-%m-%d}. The sixteen months of the golden year, each
slot lived by real services against a real relay; SIGKILL at every named step (before and after a commit, between the
final dot and the reply, after the reply, before the content, while claiming, while composing), the first to the eighth
time a process reaches it, and at {RANDOM:,} random moments. Each service keeps {CONNECTIONS} connections. A fault would
be a reminder that was foretold and did not arrive, one that was not foretold, one in two mails, or two copies that
differ.

{lines}
"""
    file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
