"""The wiring of the public record: what is followed, and the real source behind each name of the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from monitor.core.errors import BadValue, Faults
from monitor.core.model.watching import Followed
from monitor.core.sentences import Sentence

if TYPE_CHECKING:
    from monitor.reading.reader import Reader
    from monitor.settings.config.configuration import Config
    from monitor.watching.source import Source


class Watch(Struct, frozen=True, kw_only=True):
    """The public record: what of it is followed, and who is asked."""

    followed: Followed
    names: tuple[str, ...]  # of the sources; without any, nothing is ever asked
    sources: Callable[[], Mapping[str, Source]]  # by name. Raises Faults
    reader: Callable[[], Reader]
    calendar_file: Callable[[], Path]  # of the default calendar
    every: timedelta  # between two questions to a source
    old_after: timedelta  # without a whole answer the operator is notified
    first: timedelta  # how far back the first question goes


def watch_of(config: Config, reader: Callable[[], Reader]) -> Watch:
    """Return what is followed; the sources are opened when they are needed."""
    found = config.watch
    names = ("ministries", "committees", "dossiers")
    return Watch(
        followed=Followed(**{name: tuple(getattr(found, name)) for name in names}, statuses=found.statuses),
        names=tuple(found.sources),
        sources=lambda: sources_of(config),
        reader=reader,
        calendar_file=lambda: _calendar_file(config),
        every=timedelta(minutes=found.every_minutes),
        old_after=timedelta(hours=found.old_after_hours),
        first=timedelta(days=found.first_days),
    )


def _calendar_file(config: Config) -> Path:
    """Return the file that the default calendar is read from: the first of its name."""
    files = [folder / "calendars" / f"{config.register_.calendar}.toml" for folder in config.rules_folders()]
    return next(file for file in files if config.files.there(file))


def sources_of(config: Config) -> Mapping[str, Source]:
    """Return the sources of the public record; nothing is asked yet. Raises Faults."""
    from monitor.watching.source import open_source, types

    made, faults = {}, []
    for name, found in config.watch.sources.items():
        place = ("watch", "sources", name)
        try:
            if found.type not in types():
                what = Sentence("There is no type of source {type!r}.", type=found.type)
                faults.append(config.locate((*place, "type"), what, ", ".join(types())))
                continue
            made[name] = open_source(found.type, config.watched_source(found))
        except BadValue as cause:
            faults.append(config.locate((*place, "place"), cause.what, cause.accepted))
    if faults:
        raise Faults(faults)
    return made
