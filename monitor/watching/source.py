"""What a source of the public record is: one module of `sources/`, with a function `source`. Nothing else knows it.

    def source(settings: SourceSettings) -> Source

The module's name, with hyphens, is the `type` that the configuration names.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Protocol

from monitor.core.model.watching import Answer, Question, SourceSettings
from monitor.watching import sources


class Source(Protocol):
    """One source, with its settings."""

    def ask(self, question: Question, stop: Callable[[], bool]) -> Answer:
        """Return what is new since the cursor, and a new cursor; what is wrong is a trouble of the answer.

        The cursor of a part moves only when that part came whole. `stop` says that no further page is wanted.
        """
        ...


def types() -> list[str]:
    """Return the types of source that there are."""
    return sorted(module.name.replace("_", "-") for module in pkgutil.iter_modules(sources.__path__))


def open_source(type: str, settings: SourceSettings) -> Source:
    """Return a source of a type; nothing is asked yet. Raises BadValue for settings that it cannot work with."""
    module = importlib.import_module(f"{sources.__name__}.{type.replace('-', '_')}")
    made: Source = module.source(settings)
    return made
