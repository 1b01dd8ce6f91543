"""(i) From due to accepted, and (iii) what several connections and several daemons bring."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable
from datetime import date
from pathlib import Path

from sqlalchemy import select

from benchmarks import ground
from benchmarks.figures import Bench
from benchmarks.process import Ran, pairs, python, run, sink, together
from monitor.store.engine import open_engine
from monitor.store.schema import messages

MAILS = 1000
DELAY = 0.010  # seconds a slow relay takes for a message
CORE = 0
Made = Callable[[], Path]


def fast(bench: Bench, day: date) -> None:
    """(i) On each database."""
    for database in bench.databases.kinds():
        _fast(bench, database, day)


def _fast(bench: Bench, database: str, day: date) -> None:
    folder = bench.folder / f"send-{database}"
    with sink(core=CORE) as port:
        kept = folder / "mails.json"
        last: list[Ran] = []

        def ours() -> float:
            config = _ground(bench, database, folder, day, port)
            last.append(run(python("-m", "benchmarks.jobs.send", config, day), core=CORE))
            assert last[-1].said["sent"] == MAILS, last[-1].said
            return float(MAILS / last[-1].said["wall"])

        ours()  # warms up, and leaves the mails that the limit sends
        _keep_mails(config_url(folder), kept)
        limit = pairs(ours, lambda: MAILS / _said("smtplib_limit", port, kept)["wall"], bench.pairs)
        script_url = bench.databases.fresh(database, folder / "script")
        script_url = script_url.replace("postgresql://", "postgresql+psycopg://")

        def script() -> float:
            run(python("-m", "benchmarks.peers.orm_script", "fill", script_url, day, bench.items, MAILS))
            ran = run(python("-m", "benchmarks.peers.orm_script", "send", script_url, day, port), core=CORE)
            assert ran.said["sent"] == MAILS
            return float(MAILS / ran.said["wall"])

        before = len(last)
        orm = pairs(ours, script, bench.pairs)
        cpu = statistics.median(ran.said["cpu"] for ran in last[1:]) * 1000 / MAILS
    what = f"mails a second, due to accepted, {database}"
    bench.found(number="i", what=what, ours=limit[0], unit="/s", peer="smtplib, bytes ready", theirs=limit[1],
                ratio=limit[2], limit=0.07, aim=0.15, at_most=False)  # fmt: skip
    bench.found(number="i", what=what, ours=orm[0], unit="/s", peer="ORM script", theirs=orm[1], ratio=orm[2],
                limit=2.5, aim=4.0, at_most=False)  # fmt: skip
    bench.found(number="i", what=f"CPU a mail, {database}", ours=cpu, unit="ms", ratio=cpu, limit=2.5, aim=1.1,
                at_most=True)  # fmt: skip
    peak = statistics.median(ran.said["peak"] for ran in last[before:])
    size = sum(len(raw) for _, raw in json.loads(kept.read_text())) / MAILS
    bench.notes.append(
        f"(i) {database}: {MAILS} people with a mail each out of {bench.items:,} entries, {size / 1024:.1f} KB a mail, "
        f"peak memory {peak:.0f} MB."
    )


def slow(bench: Bench, day: date) -> None:
    """(iii) A relay that takes ten milliseconds a message."""
    folder = bench.folder / "slow"
    with sink(delay=DELAY) as port:

        def delivered(database: str, daemons: int, connections: int) -> float:
            """Mails a second of the delivery alone: the check that made them stands before it."""
            config = _ground(bench, database, folder, day, port, connections=connections)
            run(python("-m", "benchmarks.jobs.compose", config, day))
            said = together([python("-m", "benchmarks.jobs.deliver", config, day)] * daemons)
            assert sum(one["sent"] for one in said) == MAILS, said
            return float(MAILS / (max(one["until"] for one in said) - min(one["since"] for one in said)))

        eight = pairs(lambda: delivered("SQLite", 1, 8), lambda: delivered("SQLite", 1, 1), bench.pairs)
        bench.found(number="iii", what="8 connections to a relay that takes 10 ms", ours=eight[0], unit="/s",
                    peer="one connection", theirs=eight[1], ratio=eight[2], limit=6.0, at_most=False)  # fmt: skip
        if bench.databases.server:
            two = pairs(lambda: delivered("PostgreSQL", 2, 1), lambda: delivered("PostgreSQL", 1, 1), bench.pairs)
            bench.found(number="iii", what="two daemons on PostgreSQL, relay takes 10 ms", ours=two[0], unit="/s",
                        peer="one daemon", theirs=two[1], ratio=two[2], limit=1.5, at_most=False)  # fmt: skip


def _ground(
    bench: Bench, database: str, folder: Path, day: date, port: int, *, connections: int | None = None
) -> Path:  # fmt: skip
    """A register of which nothing was said yet: made once, then put back as it was."""
    url = bench.databases.pristine(
        database, f"{bench.items}-{MAILS}", folder, lambda made: _fill(made, folder, day, bench.items)
    )
    return ground.prepare(folder, url, people=MAILS, relay=port, connections=connections)


def _fill(url: str, folder: Path, day: date, items: int) -> None:
    config = ground.prepare(folder, url, people=MAILS, relay=None)
    ground.fresh(url)
    ground.fill(config, day, items, MAILS, MAILS)


def config_url(folder: Path) -> str:
    """The database that the configuration in a folder names."""
    line = (folder / "config.toml").read_text(encoding="utf-8").splitlines()[1]
    return line.partition('"')[2].rstrip('"')


def _keep_mails(url: str, file: Path) -> None:
    store = open_engine(url)
    with store.reading() as connection:
        rows = connection.execute(select(messages.c.address, messages.c.raw).where(messages.c.kind == "digest")).all()
    store.close()
    file.write_text(json.dumps([[row.address, row.raw.decode()] for row in rows]), encoding="utf-8")


def _said(peer: str, *arguments: object) -> dict[str, float]:
    found: dict[str, float] = run(python("-m", f"benchmarks.peers.{peer}", *arguments), core=CORE).said
    return found
