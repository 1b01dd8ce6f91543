"""Entries of the second planner, as a fold over the changes. No imports of the product."""

# fmt: off
from days import lasting, span

PERIOD = ("mandate", "contribution", "authorisation")
OUTCOMES = ("event:extended", "event:ended", "event:reaffirmed", "document:termination-letter")
FINAL = ("document:art100-letter", "document:withdrawal-letter", "event:deployment-cancelled")

class Entry:
    """One entry as it is known after the changes so far."""
    def __init__(self, given, day, imported):
        self.given, self.registered, self.imported, self.id, self.kind = dict(given), day, imported, given["id"], given["kind"]
        first = {name: given.get(name) for name in ("valid_from", "valid_until", "duration")}
        self.periods = [{**first, "known": day, "known_from": day, "imported": imported}]
        self.muted, self.events, self.filled, self.typed = bool(given.get("muted")), [], {}, set()
        self.acks, self.snoozed, self.moved = [], {}, not imported  # moved: a person gave it a date or an outcome
    @property
    def depends(self):
        depends = self.given.get("depends_on") or []
        return [depends] if isinstance(depends, str) else depends
    def start(self, index=0):
        return span(self.periods[index]["valid_from"])
    def end(self, index=-1):
        period = self.periods[index]
        if period["valid_until"] is None and period["duration"]:
            return tuple(day and lasting(day, period["duration"]) for day in self.start(index))
        return span(period["valid_until"])
    def happened(self, *types, index=None):
        return [one for one in self.events if one["type"] in types and one["counts"] and index in (None, one["period"])]
    def ended(self, day):
        """Earliest and latest end: by its event, as given, or by a termination letter once its last day has passed."""
        found, last = self.happened("event:ended"), self.end()[1]
        if found or self.given.get("ended_on") is not None:
            return (found[-1]["on"],) * 2 if found else span(self.given["ended_on"])
        passed = last and last < day and self.happened("document:termination-letter", index=len(self.periods) - 1)
        return self.end() if passed else None
    def status(self, day):  # What it is on that day, as known now
        if self.kind in PERIOD:
            return self.stage(day)
        if self.kind == "commitment":
            return "settled" if self.happened("document:letter", "event:commitment-settled") else "open"
        if final := self.happened(*FINAL):
            return "decided" if max(final, key=lambda one: one["on"])["type"] == FINAL[0] else "declined"
        return "open" if self.kind == "decision" else "notified" if self.happened("document:notification-letter") else "received"
    def stage(self, day):
        ended, start, last = self.ended(day), self.start()[0], self.end()[1]
        if ended:
            return "ended" if ended[1] is None or day > ended[1] else "active"
        settled = self.happened(*OUTCOMES, index=len(self.periods) - 1)
        return "planned" if start and day < start else "expired" if last and day > last and not settled else "active"
