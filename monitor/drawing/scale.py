"""Where a day stands in the picture, and the measures of its parts in pixels."""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from monitor.core.forecast.timeline import Timeline

HEAD = 78  # height of title and axis
KIND_HEIGHT = 26  # of the heading of a kind
ROW_HEIGHT = 30
BAR_HEIGHT = 12
BOTTOM = 26  # of the axis when it is repeated below
LEAST = 2.5  # so that a period of one day is seen in a span of years


class Scale(Struct, frozen=True, kw_only=True):
    """Days of a timeline along the picture; a day is a span of its own, from its left edge to its right."""

    shown: Timeline
    width: float = 1280.0
    left: float = 302.0  # where the first day begins; before it stand the names
    margin: float = 24.0  # to the right of the last day

    @property
    def right(self) -> float:
        """Where the last day ends."""
        return self.width - self.margin

    def x(self, day: date) -> float:
        """The left edge of a day."""
        days = (self.shown.last - self.shown.first).days + 1
        return self.left + (day - self.shown.first).days * (self.right - self.left) / days

    def edges(self, first: date, last: date) -> tuple[float, float]:
        """The edges of a span of days, cut to the picture and never too narrow to be seen."""
        begin, end = max(first, self.shown.first), min(last, self.shown.last)
        left = self.x(begin)
        right = self.right if end == self.shown.last else self.x(date.fromordinal(end.toordinal() + 1))
        return left, min(self.right, max(right, left + LEAST))
