"""(vii) A letter of 20 pages: the real one, repeated, set as a PDF and read as a command."""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Sequence
from datetime import date
from itertools import cycle, islice
from pathlib import Path

from reportlab.pdfgen.canvas import Canvas

from benchmarks.figures import Bench
from benchmarks.process import ROOT, pairs, python, run

PAGES, LINES, PITCH = 20, 50, 14  # of a dense page: 3,000 characters
LETTER = ROOT / "tests" / "reading" / "letter.txt"


def measure(bench: Bench, day: date) -> None:
    """Processor time of `monitor read` against that of pdfplumber, which gives the text alone."""
    file = bench.folder / "letter.pdf"
    draw(file)
    found = pairs(
        _cpu([sys.executable, "-m", "monitor", "read", str(file), "--json"]),
        _cpu(python("-m", "benchmarks.peers.plain_pdf", file)),
        bench.pairs,
    )
    bench.found(number="vii", what=f"a letter of {PAGES} pages in PDF, read", ours=found[0], unit="ms",
                peer="pdfplumber, extract_text", theirs=found[1], ratio=found[2], limit=1.5, at_most=True)  # fmt: skip


def draw(file: Path) -> None:
    """Write the letter with a running head and page numbers."""
    canvas = Canvas(str(file))
    lines = (line.strip() for line in cycle(LETTER.read_text(encoding="utf-8").splitlines()))
    for page in range(1, PAGES + 1):
        canvas.setFont("Times-Roman", 8)
        canvas.drawString(60, 810, "Tweede Kamer, vergaderjaar 2020-2021, 29 521, nr. 417")
        canvas.drawString(500, 30, str(page))
        canvas.setFont("Times-Roman", 10)
        for number, line in enumerate(islice(lines, LINES)):
            canvas.drawString(60, 770 - PITCH * number, line)
        canvas.showPage()
    canvas.save()


def _cpu(command: Sequence[str]) -> Callable[[], float]:
    return lambda: statistics.median(run(command, core=1).cpu * 1000 for _ in range(3))
