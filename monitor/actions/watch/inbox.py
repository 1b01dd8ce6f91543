"""The inbox: what sources said, each item with its proposals against the register as it is now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from monitor.actions.reading.propose import Proposed, held_by, tried
from monitor.actions.watch.asking import watched_by
from monitor.app import App, in_english
from monitor.core.calendar.dates import parse_day
from monitor.core.errors import BadValue, Refused, UnknownId
from monitor.core.model.phrases import Fact
from monitor.core.proposals.headlines import headline
from monitor.core.proposals.recorded import day_of, proposals_of, text_of
from monitor.store import inbox
from monitor.store.inbox import InboxItem, InboxState
from monitor.watch_wiring import Watch


class Listed(Struct, frozen=True, kw_only=True):
    """An item with its sentence."""

    item: InboxItem
    what: Fact

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        item = self.item
        found = {"number": item.number, "source": item.source, "kind": item.item.kind, "found_at": item.found_at}
        found |= {"state": item.state, "decided_by": item.decided_by, "reason": item.reason}
        record = msgspec.to_builtins(item.item.record)
        return {**found, "entry": item.item.entry, "what": in_english(self.what), "record": record}


class Opened(Listed, frozen=True, kw_only=True):
    """An item with what it proposes."""

    proposed: Proposed


def list_items(app: App, *, everything: bool) -> list[Listed]:
    """Return the items that wait, or all, the oldest first."""
    states = () if everything else (InboxState.OPEN,)
    with app.store.reading() as connection:
        found = inbox.items(connection, states=states)
    return [listed(one) for one in found]


def listed(item: InboxItem) -> Listed:
    """Return an item with its sentence."""
    return Listed(item=item, what=headline(item.item))


def open_item(app: App, number: int, now: datetime) -> Opened:
    """Return one item with its proposals. Raises UnknownId, Faults for the language tables."""
    found = _find(app, number)
    watch = _watch(app)
    text, day = text_of(found.item), day_of(found.item)
    reading = watch.reader().read(text, file=found.item.record.number, letter_date=parse_day(day) if day else None)
    held = held_by(app, reading.letter.text_sha256)
    proposals = proposals_of(found.item, reading, watched_by(app, held.register, now))
    return Opened(item=found, what=headline(found.item), proposed=tried(reading, proposals, held, now))


def require_open(found: InboxItem) -> None:
    """Raise Refused for an item that was decided, or was overtaken by a newer one."""
    if found.state != InboxState.OPEN:
        raise Refused("Item {number} is {state} already.", number=found.number, state=found.state)


def dismiss(app: App, number: int, actor: str, reason: str, now: datetime) -> Listed:
    """Say no to an item, or lay it aside; it does not come back. Raises UnknownId, BadValue, Refused."""
    if not actor.strip():
        raise BadValue("There is no actor.", "the name of who decides")
    with app.store.writing() as connection:
        done = inbox.dismiss(connection, number, actor, reason, now)
    found = _find(app, number)
    if not done:
        require_open(found)
    return listed(found)


def _find(app: App, number: int) -> InboxItem:
    with app.store.reading() as connection:
        found = inbox.find(connection, number)
        if found is None:
            known = [str(one.number) for one in inbox.items(connection, states=(InboxState.OPEN,))]
            raise UnknownId("item", str(number), known)
    return found


def _watch(app: App) -> Watch:
    assert app.watch is not None, "made by `toolbox`"
    return app.watch
