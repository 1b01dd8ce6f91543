"""The shape of [watch]: what of the public record is followed, and the sources that are asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from monitor.core.model.watching import Outcome
from monitor.settings.config.schema import ConfigSection, Place
from monitor.settings.files.fields import Filled, Name

STATUSES: Mapping[str, Outcome] = {  # of promises, as the Tweede Kamer writes them
    "Openstaand": "open", "Deels Afgedaan": "partly", "Afgedaan": "met", "Voldaan": "met", "Vervallen": "lapsed",
}  # fmt: skip


class WatchSourceTable(ConfigSection):
    """[watch.sources.NAME]"""

    type: Name
    place: Filled
    ca_file: Place | None = None
    timeout: Annotated[float, Field(gt=0, le=120)] = 20.0  # seconds


class WatchSection(ConfigSection):
    """[watch]"""

    contact: str = ""
    every_minutes: Annotated[int, Field(ge=1)] = 60
    old_after_hours: Annotated[int, Field(ge=1)] = 48
    first_days: Annotated[int, Field(ge=1, le=3650)] = 30
    ministries: list[Filled] = Field(default_factory=list)
    committees: list[Filled] = Field(default_factory=list)
    dossiers: list[Filled] = Field(default_factory=list)
    statuses: dict[str, Outcome] = Field(default_factory=lambda: {**STATUSES})
    sources: dict[Name, WatchSourceTable] = Field(default_factory=dict)
