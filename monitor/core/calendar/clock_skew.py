"""Two clocks compared: how far one is off the other, for people."""

from __future__ import annotations

from datetime import datetime, timedelta

MOST = timedelta(seconds=30)  # a clock further off the database's must not say what day it is


def off_by(before: datetime, theirs: datetime, after: datetime) -> str:
    """How far our clock is from theirs, in a sentence; empty when they agree.

    Theirs was read between our `before` and `after`: it is compared with the middle.
    """
    ours = before + (after - before) / 2
    off = ours - theirs
    if abs(off) <= MOST:
        return ""
    way = "ahead of" if off > timedelta() else "behind"
    return f"The clock of this machine is {_length(abs(off))} {way} the database's."


def _length(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= 2 * size or seconds == size:
            count = seconds // size
            return f"{count} {name}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"
