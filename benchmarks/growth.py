"""The growth of a check with nothing due as a picture: both axes logarithmic, no library, one file."""

from __future__ import annotations

import math
from collections.abc import Sequence

from benchmarks.figures import Growth

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 74, 150, 52, 58  # margins
INKS = ("#154273", "#b26a00")
LIMIT = 100.0  # milliseconds


def picture(lines: Sequence[Growth]) -> str:
    """An SVG."""
    points = [point for line in lines for point in line.points]
    sizes = sorted({size for size, _ in points})
    low, high = 1.0, max(LIMIT * 2, *(ms for _, ms in points))
    x = _scale(sizes[0], sizes[-1], LEFT, WIDTH - RIGHT)
    y = _scale(low, high, HEIGHT - BOTTOM, TOP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="system-ui, sans-serif" '
        f'font-size="13" fill="#1c2430" role="img" aria-label="Time of a check with nothing due by size of register">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="600">'
        "A check with nothing due, as the register grows</text>",
    ]
    for ms in (1.0, 10.0, 100.0, 1000.0):
        if ms <= high:
            parts.append(f'<path d="M{LEFT} {y(ms):.1f}H{WIDTH - RIGHT}" stroke="#dbe1e8"/>')
            parts.append(f'<text x="{LEFT - 8}" y="{y(ms) + 4:.1f}" text-anchor="end">{ms:g} ms</text>')
    for size in sizes:
        parts.append(f'<text x="{x(size):.1f}" y="{HEIGHT - BOTTOM + 22}" text-anchor="middle">{size:,}</text>')
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2}" y="{HEIGHT - 12}" text-anchor="middle">entries</text>')
    parts.append(f'<path d="M{LEFT} {y(LIMIT):.1f}H{WIDTH - RIGHT}" stroke="#b3261e" stroke-dasharray="5 4"/>')
    parts.append(f'<text x="{WIDTH - RIGHT + 8}" y="{y(LIMIT) + 4:.1f}" fill="#b3261e">limit</text>')
    for line, ink, shift in zip(lines, INKS, _apart(lines, y), strict=False):
        way = " ".join(f"{x(size):.1f},{y(ms):.1f}" for size, ms in line.points)
        parts.append(f'<polyline points="{way}" fill="none" stroke="{ink}" stroke-width="2"/>')
        parts += [f'<circle cx="{x(size):.1f}" cy="{y(ms):.1f}" r="4" fill="{ink}"/>' for size, ms in line.points]
        size, ms = line.points[-1]
        label = f"{line.database} {ms:.0f} ms"
        parts.append(f'<text x="{x(size) + 10:.1f}" y="{y(ms) + 4 + shift:.1f}" fill="{ink}">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _apart(lines: Sequence[Growth], y):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """How far each label moves so that none stands on another."""
    ends = [y(line.points[-1][1]) for line in lines]
    close = len(ends) == 2 and abs(ends[0] - ends[1]) < 16
    return [10 if ends[0] > ends[1] else -10, 10 if ends[1] >= ends[0] else -10] if close else [0.0] * len(ends)


def _scale(low: float, high: float, start: float, end: float):  # type: ignore[no-untyped-def]  # noqa: ANN202
    span = math.log10(high) - math.log10(low) or 1.0
    return lambda value: start + (math.log10(value) - math.log10(low)) / span * (end - start)
