"""The service's log: one line an event on standard error, for people or as JSON for machines."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog
from structlog.typing import Processor


def configure(level: str, format: Literal["console", "json"]) -> None:
    """Set level and format for the whole process; also for what libraries say from WARNING on."""
    number = logging.getLevelNamesMapping()[level.upper()]
    stamped: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*stamped, *_rendered(format)],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    _join_libraries(max(number, logging.WARNING), stamped, _rendered(format))


def one_line(logger: object, name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """No value breaks the line or colours the terminal: replies of relays come from elsewhere."""
    if "exception" in event:
        event["traceback"] = event.pop("exception")
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = "".join(char if char.isprintable() else _escaped(char) for char in value)
    return event


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def _rendered(format: Literal["console", "json"]) -> list[Processor]:
    if format == "json":  # which escapes by itself
        return [structlog.processors.JSONRenderer(ensure_ascii=False, default=str)]
    return [one_line, structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _join_libraries(level: int, stamped: list[Processor], rendered: list[Processor]) -> None:
    """What libraries log through Python's own logging, in the same form on the same stream."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *stamped],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
        )
    )
    logging.basicConfig(level=level, handlers=[handler], force=True)
