"""Two clocks compared: how far one is off the other, for people."""

from __future__ import annotations

from datetime import datetime, timedelta

MOST = timedelta(seconds=30)  # a clock further off the database's must not say what day it is


def off_by(before: datetime, theirs: datetime, after: datetime) -> str:
    """How far our clock is from theirs, in a sentence; empty when they agree.

    Theirs was read between our `before` and `after`: it is compared with the middle.
    """
    off = before + (after - before) / 2 - theirs
    if abs(off) <= MOST:
        return ""
    seconds, length = round(abs(off).total_seconds()), ""
    for size, name in ((1, "second"), (60, "minute"), (3600, "hour"), (86400, "day")):
        if seconds == size or seconds >= 2 * size:
            length = f"{seconds // size} {name}{'' if seconds // size == 1 else 's'}"
    return f"The clock of this machine is {length} {'ahead of' if off > timedelta() else 'behind'} the database's."
