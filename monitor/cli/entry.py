"""One entry on the screen."""

from __future__ import annotations

from typing import Any

from monitor.cli.show import say, show_day, show_instant, table
from monitor.cli.words import as_written, what
from monitor.core.model.fields import write_entry
from monitor.core.model.register import NO_PERIOD
from monitor.core.planning.due_day import show
from monitor.core.register.state import end_of_period, period_end

SHOWN = ("id", "title", "kind", "valid_from", "valid_until", "quotes", "refs")


def print_entry(found: Any, zone: str) -> None:
    """Everything about an entry, the urgent first."""
    entry, listed = found.listed.entry, found.listed
    say(f"{entry.id} · {entry.title}", style="bold")
    muted = f", muted: {entry.muted}" if entry.muted is not None else ""
    force = {True: ", in force", False: ", not in force", None: ""}[found.in_force]
    say(f"{entry.kind}, {listed.state}{force}{muted}")
    if listed.secured.until:
        by = "" if listed.secured.binding == entry.id else f", because {listed.secured.binding} ends then"
        say(f"secured until {show_day(listed.secured.until)}{by}")
    for number, period in enumerate(entry.periods):
        end = end_of_period(found.seen.register, entry, number)
        whole = "" if end == period_end(period) else f", the end of {entry.part_of}"
        say(f"period {number}: {as_written(period.valid_from, '…')} – {as_written(end, 'no end date')}{whole}")
    for name, value in write_entry(entry).items():
        if name not in (*SHOWN, "muted"):
            say(f"{name}: {value}")
    for ref in entry.refs:
        say(f"cites {ref}")
    for quote in entry.quotes:
        say(f"“{quote.text}” {quote.source}")
    _stands_on(found)
    say("\nOpen", style="bold")
    rows = ((f"{i.rule.id}/{i.key.occurrence}", i.due.day, i.why, i.due.derivation) for i in found.open)
    table(("obligation", "due", "next", "why that day"), rows, empty="Nothing is open.", wide=("next", "why that day"))
    if entry.events:
        say("\nEvents", style="bold")
        events = ((e.id, e.type, e.on, e.reference, _closed(e), e.retracted_on) for e in entry.events)
        table(("id", "type", "on", "reference", "closed", "retracted"), events, empty="", wide=("reference", "closed"))
    if found.said:
        say("\nSaid", style="bold")
        said = ((r.day, f"{r.rule}/{r.occurrence}", r.rung, r.person, _state(r)) for r in found.said[:20])
        table(("slot", "obligation", "rung", "to", "mail"), said, empty="")
    say("\nLast changes", style="bold")
    changes = ((show_instant(row.at, zone), row.actor, row.verb, what(row)) for row in found.changes)
    table(("when", "who", "verb", "what"), changes, empty="No changes.", wide=("what",))


def _stands_on(found: Any) -> None:
    """The chain to the entry that limits it, and the days on which it breaks."""
    if found.chain:
        say("\nStands on", style="bold")
        rows = (
            (link.entry.id, f"{link.below}{' (part of it)' if link.part else ''}", as_written(link.end, "no end date"),
             link.secured.until, link.entry.title)
            for link in found.chain
        )  # fmt: skip
        table(("entry", "carries", "until", "secured until", "title"), rows, empty="", wide=("title",))
    for gap in found.gaps:
        say(_gap(gap), style="bold red" if gap.certain else "yellow")


def _gap(gap: Any) -> str:
    """A gap as a sentence."""
    days = f"from {show(gap.first)} on" if gap.days is None else f"{show(gap.first)} – {show(gap.last)} ({gap.days} d)"
    may = "" if gap.certain else "may be "
    return f"gap: {may}not covered by {gap.by} {days}" if gap.by else f"gap: {may}in no period {days}"


def _closed(event: Any) -> str:
    if event.period == NO_PERIOD and not event.closes:
        return "nothing, for the record"
    return ", ".join(f"{key.rule}/{key.occurrence}" for key in event.closes)


def _state(row: Any) -> str:
    return str(row.state) if row.standing else f"{row.state}, not said"
