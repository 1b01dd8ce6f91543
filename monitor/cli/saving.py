"""Show what a change does, ask, save, and say what followed: the same for every verb."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from monitor.cli.asking import agreed
from monitor.cli.boundary import Exit
from monitor.cli.options import account, config_of, now
from monitor.cli.output import saved
from monitor.core.changes.warnings import doubts
from monitor.core.model.changes import Absent, Acknowledge, Change, SnoozeUntil, Stamp
from monitor.core.model.register import NO_PERIOD
from monitor.core.model.slots import local_day
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.event_types import closes_nothing, known_types
from monitor.core.register.state import ENDED

if TYPE_CHECKING:
    from monitor.actions.register.change import ChangePreview


class Spelling(Struct, frozen=True, kw_only=True):
    """How the person wants it done."""

    actor: str | None
    yes: bool
    as_json: bool


def carry_out(ctx: click.Context, make: Callable[[Stamp, date], Change], how: Spelling) -> int:
    """Preview, ask unless --yes, save."""
    from monitor.actions.register.change import preview, save, stamp
    from monitor.app import build
    from monitor.cli.show import print_json, say

    with build(config_of(ctx)) as app:
        at = now()
        change = make(stamp(app, how.actor or account(), at), local_day(app.policy, at))
        seen = preview(app, change, at)
        if not how.as_json:
            show(seen, known_types(app.policy))
            for doubt in doubts(
                change, seen.applied.register, app.policy, local_day(app.policy, at), app.plausible_years
            ):
                say(f"Sure? {doubt}", style="yellow")
        if not how.yes and not agreed():
            say("Nothing was changed.")
            return Exit.REFUSED
        kept = save(app, seen)
        saved()
    if how.as_json:
        print_json(plain(seen) | {"number": kept.number, "withdrawn": kept.withdrawn})
    else:
        say(f"Saved as change {kept.number}.")
        if kept.withdrawn:
            mails = "1 unsent mail was" if kept.withdrawn == 1 else f"{kept.withdrawn} unsent mails were"
            say(f"{mails} taken back; the next check writes anew what is still owed.")
    return Exit.WELL


def show(seen: ChangePreview, types: Collection[str]) -> None:
    """What the change closes, leaves open, moves, begins and stops. `types`: the known types of events."""
    from monitor.cli.show import say, show_day

    closing, difference, event = seen.applied.closing, seen.difference, seen.applied.event
    if event and event.type.startswith(("document:", "event:")) and not event.retracted_on:
        _listed("Closes", closing.closes) if closing.closes else say(_closes_nothing(event.type, types))
        for item in closing.not_begun:
            name = _name(item)
            say(
                f"  not closed: {name}, whose reminders had not begun; add --closes {item.rule.id} if this is its letter."
            )
        if event.period == NO_PERIOD:
            say(f"  {_for_the_record(event.type, seen.change.entry)}")
    closed = {item.key for item in closing.closes}
    stopped = [shift for shift in difference.stopped if shift.key not in closed]
    for title, shifts in (("Moves", difference.moved), ("Begins", difference.begun), ("Stops", stopped)):
        for shift in shifts:
            before, after = due_of(shift.before), due_of(shift.after)
            days = f"{show_day(before)} → {show_day(after)}" if before and after else show_day(before or after)
            why = f"\n    {shift.after.due.derivation}" if shift.after else ""
            say(f"{title}: {shift.key.entry} {shift.key.rule}/{shift.key.occurrence}, due {days}{why}")
            if shift.overdue:
                say("    This day has passed: it is mailed from the next slot on, until it is closed.")
    for id, old, new in difference.secured:
        by = "" if new.binding == id else f" (binding: {new.binding})"
        say(f"Secured: {id} until {show_day(old.until)} → {show_day(new.until)}{by}")
    if closing.stays_open:
        _listed("Stays open", closing.stays_open)
    _say_unwatched(seen)
    if sentence := _attention(seen):
        say(sentence)
        return
    say(_summary(seen))


def _say_unwatched(seen: ChangePreview) -> None:
    from monitor.cli.show import say

    for gap in seen.unwatched:
        say(gap.what, style="yellow")


def _attention(seen: ChangePreview) -> str:
    """What a change does that moves no due day, only who hears of it and when; empty for any other."""
    from monitor.cli.show import show_day

    change, about = seen.change, seen.about
    if isinstance(change, Absent):
        if change.last < change.first:
            return f"The absence of {change.entry} from {show_day(change.first)} is cancelled."
        instead = change.deputy or "the fallback role"
        return f"{change.entry} is away from {show_day(change.first)} to {show_day(change.last)}; {instead} is told instead."
    if about is None:
        return ""
    what = f"{_name(about)}, due {show_day(due_of(about))}"
    if isinstance(change, SnoozeUntil):
        return f"Silent until {show_day(change.until)}: {what}. It stays open and stands in every overview."
    rung = about.ladder.following(change.stamp.known_on) if isinstance(change, Acknowledge) else None
    ahead = f" The next reminder comes on {show_day(rung)} all the same." if rung else ""
    return f"Seen: {what}.{ahead}"


def plain(seen: ChangePreview) -> dict[str, Any]:
    """The same for programs."""
    closing, difference = seen.applied.closing, seen.difference
    about = {"obligation": _name(seen.about)} if seen.about else {}
    return about | {
        "entry": seen.change.entry,
        "event": seen.applied.event and seen.applied.event.id,
        "closes": [_name(item) for item in closing.closes],
        "not_begun": [_name(item) for item in closing.not_begun],
        "for_the_record": bool(seen.applied.event and seen.applied.event.period == NO_PERIOD),
        "stays_open": [_name(item) for item in closing.stays_open],
        "moved": [_shift(item) for item in difference.moved],
        "begun": [_shift(item) for item in difference.begun],
        "stopped": [_shift(item) for item in difference.stopped],
        "unwatched": [gap.what for gap in seen.unwatched],
    }


def _closes_nothing(type: str, types: Collection[str]) -> str:
    return "Closes nothing." if type in types else closes_nothing(type, types)


def _for_the_record(type: str, entry: str) -> str:
    what = "It is kept for the record: it happened before the reminders of the end that is to come."
    return f"{what} If {entry} has ended: `monitor end {entry} --on DAY`." if type == ENDED else what


def _summary(seen: ChangePreview) -> str:
    counts = (
        (sum(shift.reminders for shift in seen.difference.moved), "move"),
        (sum(shift.reminders for shift in seen.difference.begun), "are new"),
        (sum(shift.reminders for shift in seen.difference.stopped), "stop"),
    )
    said = [f"{count} {verb}" for count, verb in counts if count]
    if not said:
        return "No reminder moves or stops."
    count, _, rest = ", ".join(said).partition(" ")
    return f"{count} {'reminder' if count == '1' else 'reminders'} {rest}."


def _shift(shift: Any) -> dict[str, Any]:
    before, after = (day.isoformat() if day else None for day in map(due_of, (shift.before, shift.after)))
    return {
        "obligation": f"{shift.key.entry} {shift.key.rule}/{shift.key.occurrence}",
        "before": before,
        "after": after,
        "overdue": shift.overdue,
    }


def due_of(item: RuleObligation | None) -> date | None:
    """The due day of an obligation that there is."""
    return item.due.day if item else None


def _listed(title: str, items: Sequence[RuleObligation]) -> None:
    from monitor.cli.show import say, show_day

    for item in items:
        say(f"{title}: {_name(item)}, due {show_day(due_of(item))}")


def _name(item: RuleObligation) -> str:
    return f"{item.entry} {item.rule.id}/{item.key.occurrence}"
