"""The table on the screen and in RESULTS.md."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figures import Bench, Figure
from benchmarks.kills import BEGIN

HEAD = ("no.", "measure", "figure", "held against", "ratio", "limit", "aim", "holds")


def table(bench: Bench) -> str:
    """Markdown, aligned, so that it is read as well on a screen."""
    rows = [HEAD, *(_row(figure) for figure in bench.figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "| " + " | ".join("-" * width for width in widths) + " |")
    return "\n".join(lines)


def write(file: Path, text: str) -> None:
    """The page anew; what `benchmarks.kills` wrote at its end stays."""
    _, mark, kept = (file.read_text(encoding="utf-8") if file.exists() else "").partition(BEGIN)
    file.write_text(f"{text}\n{mark}{kept}" if mark else text, encoding="utf-8")


def results(bench: Bench, seconds: float) -> str:
    """The whole page."""
    notes = "\n".join(f"- {note}" for note in bench.notes)
    growth = "\n".join(
        f"- {line.database}: " + ", ".join(f"{size:,} entries {ms:.1f} ms" for size, ms in line.points)
        for line in bench.growth
    )
    return f"""# How fast it is

Written by `python -m benchmarks` on {datetime.now(UTC):%Y-%m-%d}, in {seconds / 60:.0f} minutes.

Machine: {_machine()}

Each figure is the median of {bench.pairs} pairs, program and peer in turn; a ratio is the median of the pairs' ratios.
Client and relay are pinned to one core. The brake's cap is set off (`[limits] reminders_per_check = 1000000000`): it
would hold the thousand mails that are measured. The peers are in [peers/](peers/).

{table(bench)}

{notes}

## A check with nothing due, as the register grows

![From a thousand to a million entries](growth.svg)

{growth}

## Mails of the demo's year

```
{bench.mails}
```
"""


def _row(figure: Figure) -> tuple[str, ...]:
    sign = "≤" if figure.at_most else "≥"
    against = f"{figure.peer}: {_number(figure.theirs)} {figure.unit}" if figure.theirs is not None else "–"
    holds = ("yes, aim too" if figure.aim is not None else "yes") if figure.reaches_aim() else "yes"
    return (
        figure.number, figure.what, f"{_number(figure.ours)} {figure.unit}", against, _number(figure.ratio),
        f"{sign} {figure.limit:g}", f"{figure.aim:g}" if figure.aim is not None else "–",
        holds if figure.holds() else "NO",
    )  # fmt: skip


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _machine() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = os.getloadavg()[2]
    return (
        f"{_processor()}, {cores} cores, {platform.system()} {platform.release()}, Python {platform.python_version()}; "
        f"load average of the last quarter of an hour {load:.1f}."
    )


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:  # noqa: PTH123
            found = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    except OSError:
        found = []
    return found[0] if found else platform.machine()
