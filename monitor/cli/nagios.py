"""status --nagios: the answer of a plugin, by the Monitoring Plugins guidelines: a line, reasons, figures, 0 to 3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from monitor.cli.language import told
from monitor.cli.terminal import clean, say_exactly
from monitor.core.errors import MonitorError
from monitor.core.model.health import GRACE, Health, Level, level_of, summary, troubles

if TYPE_CHECKING:
    from monitor.actions.query.status import Status

NAME = "MONITOR"


def answer(look: Callable[[], Status]) -> int:
    """Print the answer and return its exit code; what cannot be looked at is UNKNOWN, not an error."""
    try:
        found = look()
    except MonitorError as error:
        return _print(Level.UNKNOWN, _line(told(error)))
    if found.health is None:
        return _print(Level.UNKNOWN, *(_line(told(fault)) for fault in found.faults))
    worst = troubles(found.health)
    lines = [told(one.what) for one in worst] or [told(summary(found.health, worst))]
    return _print(level_of(worst), *map(_line, lines), figures=" ".join(_figures(found.health)))


def _print(level: Level, first: str, *rest: str, figures: str = "") -> int:
    """Print the first line with the figures, as old servers read no other, then the other reasons."""
    say_exactly("\n".join([f"{NAME} {level.name} - {first}{f' | {figures}' if figures else ''}", *rest]))
    return level


def _line(text: str) -> str:
    """Return a text without what would begin the figures."""
    return clean(" ".join(text.split())).replace("|", "/")


def _figures(health: Health) -> Iterator[str]:
    """Yield each as name=value[unit];warning;critical;minimum."""
    yield f"missed={health.missed:.0f}s;;{GRACE.total_seconds():.0f};0"
    yield f"owed={health.owed};;;0"
    yield f"sent={health.sent};;;0"
    yield f"late={health.late:.0f}s;;;0"
    yield f"oldest={health.waits:.0f}s;;;0"
    for state, count in health.mails.items():
        yield f"{state}={count};;{'0' if state == 'held' else ''};0"
    yield f"undelivered={health.undelivered};;0;0"
    yield f"overdue={health.overdue or 0};0;;0"
    yield f"notices={sum(health.notices.values())};;;0"
    yield f"gaps={health.gaps};;;0"
    if health.last_check:
        yield f"since_check={_seconds(health, health.last_check):.0f}s;;;0"
    if health.horizon and health.day:
        yield f"horizon={(health.horizon - health.day).days};;;"


def _seconds(health: Health, at: datetime) -> float:
    return max(0.0, (health.at - at).total_seconds())
