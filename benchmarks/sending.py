"""(i) From due to accepted, and (iii) what several connections and several daemons bring."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from sqlalchemy import select

from benchmarks import ground
from benchmarks.figures import Bench
from benchmarks.peers import alertmanager
from benchmarks.process import Ran, Spent, Tally, pairs, python, run, sink, spent_in_pairs, together
from monitor.store.engine import open_engine
from monitor.store.schema import messages

MAILS = 1000
DELAY = 0.010  # seconds a slow relay takes for a message
CORE = 0
SMTPLIB_CPU, SMTPLIB_CPU_AIM = 20.0, 10.0  # times smtplib's; where limit and aim were 2.5 and 1.1 ms that was 0.12 ms
Sender = Callable[[], Spent]


def fast(bench: Bench, day: date) -> None:
    """(i) On each database."""
    for database in bench.databases.kinds():
        _fast(bench, database, day)


def _fast(bench: Bench, database: str, day: date) -> None:
    folder = bench.folder / f"send-{database}"
    with sink(core=CORE) as relay:
        kept, last = folder / "mails.json", list[Ran]()

        def ours() -> Spent:
            config = _ground(bench, database, folder, day, relay.port)
            last.append(run(python("-m", "benchmarks.jobs.send", config, day), core=CORE))
            return _spent(last[-1].said)

        ours()  # warms up, and leaves the mails that the limit sends
        _keep_mails(config_url(folder), kept)
        _beside_smtplib(bench, database, ours, lambda: _spent(_said("smtplib_limit", relay.port, kept)))
        before = len(last)
        _beside_script(bench, database, day, ours, relay.port)
        peak = statistics.median(ran.said["peak"] for ran in last[before:])
        _beside_alertmanager(bench, database, ours, relay)
    size = sum(len(raw) for _, raw in json.loads(kept.read_text())) / MAILS
    bench.notes.append(
        f"(i) {database}: {MAILS} people with a mail each out of {bench.items:,} entries, {size / 1024:.1f} KB a mail, "
        f"peak memory {peak:.0f} MB."
    )


def _beside_smtplib(bench: Bench, database: str, ours: Sender, limit: Sender) -> None:
    found = spent_in_pairs(ours, limit, bench.pairs)
    rate, each = found["rate"], found["each"]
    bench.found(number="i", what=f"mails a second, due to accepted, {database}", ours=rate[0], unit="/s",
                peer="smtplib, bytes ready", theirs=rate[1], ratio=rate[2], limit=0.07, aim=0.15,
                at_most=False)  # fmt: skip
    bench.found(number="i", what=f"CPU a mail, {database}", ours=each[0], unit="ms", peer="smtplib, bytes ready",
                theirs=each[1], ratio=each[2], limit=SMTPLIB_CPU, aim=SMTPLIB_CPU_AIM, at_most=True)  # fmt: skip


def _beside_script(bench: Bench, database: str, day: date, ours: Sender, port: int) -> None:
    url = bench.databases.fresh(database, bench.folder / f"send-{database}" / "script")
    url = url.replace("postgresql://", "postgresql+psycopg://")

    def script() -> Spent:
        run(python("-m", "benchmarks.peers.orm_script", "fill", url, day, bench.items, MAILS))
        return _spent(run(python("-m", "benchmarks.peers.orm_script", "send", url, day, port), core=CORE).said)

    orm = pairs(lambda: ours().rate, lambda: script().rate, bench.pairs)
    bench.found(number="i", what=f"mails a second, due to accepted, {database}", ours=orm[0], unit="/s",
                peer="ORM script", theirs=orm[1], ratio=orm[2], limit=2.5, aim=4.0, at_most=False)  # fmt: skip


def _beside_alertmanager(bench: Bench, database: str, ours: Sender, relay: Tally) -> None:
    """Where there is one: it groups alerts, renders and sends mails like us, and keeps what it sent in memory."""
    if not alertmanager.installed():
        bench.notes.append(f"(i) {database}: no {alertmanager.PROGRAM} on this machine to be held against.")
        return

    def theirs() -> Spent:
        wall, cpu = alertmanager.send(relay, MAILS, CORE)
        return Spent(mails=MAILS, wall=wall, cpu=cpu)

    theirs()
    found = spent_in_pairs(ours, theirs, bench.pairs)
    rate, each = found["rate"], found["each"]
    bench.found(number="i", what=f"mails a second, due to accepted, {database}", ours=rate[0], unit="/s",
                peer="Alertmanager", theirs=rate[1], ratio=rate[2], limit=0.8, aim=1.1, at_most=False)  # fmt: skip
    bench.found(number="i", what=f"CPU a mail, {database}", ours=each[0], unit="ms", peer="Alertmanager",
                theirs=each[1], ratio=each[2], limit=1.2, aim=0.8, at_most=True)  # fmt: skip


def _spent(said: Mapping[str, float]) -> Spent:
    assert said["sent"] == MAILS, said
    return Spent(mails=MAILS, wall=said["wall"], cpu=said["cpu"])


def slow(bench: Bench, day: date) -> None:
    """(iii) A relay that takes ten milliseconds a message."""
    folder = bench.folder / "slow"
    with sink(delay=DELAY) as relay:

        def delivered(database: str, daemons: int, connections: int) -> float:
            """Mails a second of the delivery alone: the check that made them stands before it."""
            config = _ground(bench, database, folder, day, relay.port, connections=connections)
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
