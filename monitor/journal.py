"""The log: one line an event on standard error, for people or as JSON for programs."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from structlog.typing import Processor


def configure(level: str, format: Literal["console", "json"]) -> None:
    """Set level and format for the whole process; also for what libraries log from WARNING on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    stamped: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    rendered: list[Processor] = [one_line, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    if format == "json":  # which escapes by itself
        rendered = [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
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


def one_line(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Escape what would break the line or colour the terminal: replies of relays come from elsewhere."""
    if "exception" in event:
        event["traceback"] = event.pop("exception")
    for key, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            parts = (char if char.isprintable() else char.encode("unicode_escape").decode("ascii") for char in value)
            event[key] = "".join(parts)
    return event
