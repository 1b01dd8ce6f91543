"""What of an import becomes due soon, is overdue for so long that it is listed, or is watched by no rule: each kind of
entry judged once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from monitor.app import App
from monitor.core.lint.findings import Gap
from monitor.core.lint.survey import no_longer_watched, unwatched
from monitor.core.model.register import Register
from monitor.core.model.slots import last_slot
from monitor.core.planning.evaluate import coming
from monitor.core.planning.grouping import alike, of_each
from monitor.core.planning.verdicts import Judgement, Verdict
from monitor.core.register.graph import reached
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
            found += of_each(item, ids)
    return _by_day(due), _by_day(listed)


def not_watched(
    app: App, before: Register, after: Register, kinds: Sequence[Sequence[str]], now: datetime
) -> tuple[Gap, ...]:  # fmt: skip
    """What of the import no rule watches, and what beside it none watches any more."""
    slot = last_slot(app.policy, now)
    named = {id for ids in kinds for id in ids}
    beside = [id for id in reached(after, named) if id not in named]
    lost = no_longer_watched(before, after, alike(after, beside), slot, app.policy) if beside else []
    return unwatched(after, [*kinds, *lost], slot, app.policy)


def _by_day(items: Sequence[Judgement]) -> tuple[Judgement, ...]:
    return tuple(sorted(items, key=lambda item: item.sort_key))
