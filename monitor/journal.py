"""The log: one line an event on standard error, for people or as JSON for programs."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from datetime import datetime
from typing import Any, Literal

import structlog
from structlog.typing import Processor

from monitor.clock import now

Event = MutableMapping[str, Any]
BELOW = "    "  # before each line of a traceback: no line of it can pass for an event


def configure(level: str, format: Literal["console", "json"]) -> None:
    """Set level and format for the whole process; also for what libraries log from WARNING on.

    `console` has the machine's local time with its offset, and a traceback below its event. `json` has UTC. Neither
    shows the values of variables in a traceback: they may be addresses and passwords.
    """
    number = logging.getLevelNamesMapping()[level.upper()]
    stamped: list[Processor] = [structlog.processors.add_log_level, structlog.processors.format_exc_info]
    rendered: list[Processor] = [local_times, ForPeople(colors=sys.stderr.isatty())]
    if format == "json":  # which escapes by itself
        stamped.append(structlog.processors.TimeStamper(fmt="iso", utc=True))
        rendered = [structlog.processors.JSONRenderer(ensure_ascii=False, default=_plain)]
    structlog.configure(
        processors=[*stamped, *rendered],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)  # for libraries that log through Python's own logging
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *stamped],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[handler], force=True)
    logging.getLogger("sqlalchemy.pool").setLevel(
        logging.CRITICAL
    )  # who used a connection that broke tells it in a line


def local_times(logger: object, name: str, event: Event) -> Event:
    """Stamp an event, and give its instants, as RFC 3339 in the machine's local time, as 2026-11-25T23:12:35+01:00."""
    event["timestamp"] = now()
    for key, value in event.items():
        if isinstance(value, datetime) and value.tzinfo:
            event[key] = value.astimezone().isoformat(timespec="seconds")
    return event


class ForPeople:
    """Render an event as one line, with its traceback below."""

    def __init__(self, *, colors: bool) -> None:
        self._line = structlog.dev.ConsoleRenderer(colors=colors)

    def __call__(self, logger: Any, name: str, event: Event) -> str:
        """Return the text. What would break a line or colour the terminal is escaped: replies come from elsewhere."""
        traceback = event.pop("exception", "")
        for key, value in event.items():
            if isinstance(value, str):
                event[key] = printable(value)
        line = self._line(logger, name, event)
        return "\n".join([line, *(f"{BELOW}{printable(part)}" for part in traceback.splitlines())])


def printable(text: str) -> str:
    """Return text on one line, with what cannot be printed as an escape."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in text)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
