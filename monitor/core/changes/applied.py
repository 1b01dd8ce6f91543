"""What a change made of the register."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from monitor.core.changes.closing import Closing
from monitor.core.model.register import Entry, Event, ObligationKey, Register
from monitor.core.register.state import OUTCOMES

NOTHING = Closing(closes=(), stays_open=())


class Effect(Struct, frozen=True, kw_only=True):
    """What an event did to the obligations of its entry."""

    entry: str
    event: Event
    closes: tuple[ObligationKey, ...]
    not_begun: tuple[ObligationKey, ...]  # it would close them, but their ladder had not begun
    stops: tuple[ObligationKey, ...]  # it does not close them, but they are asked for no more
    stays_open: tuple[ObligationKey, ...]

    @property
    def kept(self) -> dict[str, Any]:
        """What the history keeps of it, so that it can be told again whatever the rules say."""
        found: dict[str, Any] = {"event": self.event.id}
        if self.event.type in OUTCOMES:
            found["period"] = self.event.period
        if self.closes:
            found["closed"] = [f"{key.rule}/{key.occurrence}" for key in self.closes]
        return found


class Applied(Struct, frozen=True, kw_only=True):
    """The next register, and what the change did to obligations."""

    register: Register
    changed: tuple[str, ...]  # ids of the entries that are different now
    closing: Closing = NOTHING
    event: Event | None = None  # the event it recorded, if any

    @property
    def effect(self) -> Effect | None:
        """What the event did, without the register; None where the change recorded none."""
        if self.event is None:
            return None
        made = self.closing
        found = (made.closes, made.not_begun, made.stops, made.stays_open)
        closes, not_begun, stops, stays_open = (tuple(item.key for item in items) for items in found)
        return Effect(
            entry=self.changed[0], event=self.event, closes=closes, not_begun=not_begun, stops=stops,
            stays_open=stays_open,
        )  # fmt: skip


def put(register: Register, entry: Entry, *, closing: Closing = NOTHING, event: Event | None = None) -> Applied:
    """The register with that entry put in or replaced."""
    return Applied(register=register.with_entry(entry), changed=(entry.id,), closing=closing, event=event)
