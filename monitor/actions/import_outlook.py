"""What of an import becomes due soon, and what is overdue for so long that it is listed: each kind of entry judged once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from monitor.app import App
from monitor.core.coming import coming
from monitor.core.model import Register
from monitor.core.slots import last_slot
from monitor.core.verdicts import Judgement, Verdict
from monitor.exchange.table_file import Progress

AHEAD = timedelta(weeks=4)  # what becomes due within it is shown
STEP = 200  # kinds of entry judged between two words about progress


def outlook(
    app: App, after: Register, kinds: Sequence[Sequence[str]], now: datetime, progress: Progress
) -> tuple[tuple[Judgement, ...], tuple[Judgement, ...]]:
    """What becomes due within four weeks or will be mailed as overdue, and what is listed alone. `kinds`: ids alike."""
    slot = last_slot(app.policy, now)
    due: list[Judgement] = []
    listed: list[Judgement] = []
    for place, ids in enumerate(kinds):
        if place % STEP == 0:
            progress("kinds of entry judged", place, len(kinds))
        entry = after[ids[0]]
        day = max(slot, entry.registered_on)
        for item in coming(after, entry, day, day + AHEAD, app.policy):
            found = listed if item.verdict is Verdict.LISTED else due
            found += _of_each(item, ids)
    return _by_day(due), _by_day(listed)


def _of_each(item: Judgement, ids: Iterable[str]) -> Iterator[Judgement]:
    """The same judgement on entries like the one that was judged."""
    for id in ids:
        yield replace(item, entry=id, key=item.key and replace(item.key, entry=id))


def _by_day(items: Sequence[Judgement]) -> tuple[Judgement, ...]:
    return tuple(sorted(items, key=lambda item: item.sort_key))
