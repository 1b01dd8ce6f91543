"""The figures of the service in Prometheus' text format: what was measured at the last tick, and what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from monitor import __version__
from monitor.core.model.health import Health

PREFIX = "mandate_monitor"
SECONDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40)  # a relay's answers; an attempt ends after 40 at most

disable_created_metrics()  # type: ignore[no-untyped-call]  # a second family beside each counter, which no one asks for


class Figures(Collector):
    """The figures; `health` is replaced at each tick."""

    def __init__(self) -> None:
        self.health: Health | None = None
        self.withheld = False
        self.registry = CollectorRegistry()
        self.registry.register(self)
        build = Gauge(f"{PREFIX}_build", "The release that runs; always 1.", ["version"], registry=self.registry)
        build.labels(version=__version__).set(1)
        self._mails = Counter(
            f"{PREFIX}_mails", "Attempts to send a mail since the start, by outcome.", ["outcome"],
            registry=self.registry,
        )  # fmt: skip
        self._relay = Histogram(
            f"{PREFIX}_relay_seconds", "How long the relay took for one mail.", buckets=SECONDS, registry=self.registry
        )

    def count(self, outcomes: Iterable[tuple[str, int]], seconds: Sequence[float]) -> None:
        """Count attempts by outcome, and how long each mail took."""
        for outcome, count in outcomes:
            self._mails.labels(outcome=outcome).inc(count)
        for each in seconds:
            self._relay.observe(each)

    def text(self) -> bytes:
        """Return all figures in Prometheus' text format."""
        return generate_latest(self.registry)

    def collect(self) -> Iterator[Metric]:
        """Yield what was measured at the last tick; before the first, nothing."""
        if (health := self.health) is None:
            return
        yield _one("last_tick_timestamp_seconds", "When the last tick was complete.", _at(health.at))
        yield _one("watchdog_withheld", "1 while the watchdog is not fed, so that the service is restarted.",
                   self.withheld)  # fmt: skip
        yield _one("database_up", "1 if the database answered at the last tick.", not health.unreadable)
        if not health.unreadable:
            yield from _measured(health)


def _measured(health: Health) -> Iterator[Metric]:
    ones = (
        ("last_check_timestamp_seconds", "When the last check was made; 0: never.", _at(health.last_check)),
        ("next_slot_timestamp_seconds", "When the next slot comes.", _at(health.next_slot)),
        ("slot_missed_seconds", "Time since the latest slot if it was not checked, else 0.", health.missed),
        ("slot_reminders_owed", "Reminders that the latest checked slot owed.", health.owed),
        ("slot_reminders_sent", "Of these, reminders in a mail that a relay accepted.", health.sent),
        ("slot_late_seconds", "Time from that slot until its last mail was accepted, or until now while one waits.",
         health.late),
        ("outbox_oldest_seconds", "Age of the oldest mail that waits; 0 if none does.", health.waits),
        ("held_as_restored", "1 while everything is held for a restored backup.", health.restored),
        ("undelivered_people", "People whose mail has not been delivered for two slots.", health.undelivered),
        ("coverage_gaps", "What no reminder covers, as the latest survey found.", health.gaps),
        ("calendar_horizon_timestamp_seconds", "Last day up to which recess is known; 0: none is.",
         _at(health.horizon)),
    )  # fmt: skip
    for name, what, value in ones:
        yield _one(name, what, value)
    daemons = {"working": health.working, "suspended": health.suspended}
    yield _many("outbox_mails", "Mails that were not delivered, by state.", "state", health.mails.items())
    yield _many("notices", "Open notices to the operator, by kind.", "kind", health.notices.items())
    yield _many("daemons", "Services that run on this database.", "state", daemons.items())


def _one(name: str, what: str, value: float) -> Metric:
    return GaugeMetricFamily(f"{PREFIX}_{name}", what, value=float(value))


def _many(name: str, what: str, label: str, values: Iterable[tuple[str, float]]) -> Metric:
    family = GaugeMetricFamily(f"{PREFIX}_{name}", what, labels=[label])
    for key, value in values:
        family.add_metric([key], float(value))
    return family


def _at(instant: datetime | date | None) -> float:
    """Return seconds since 1970; of a day, of its beginning in UTC."""
    if instant is None:
        return 0.0
    return (instant if isinstance(instant, datetime) else datetime.combine(instant, time(), UTC)).timestamp()
