"""Show what a change does, ask, save, and say what followed: the same for every verb."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from monitor.app import in_english
from monitor.cli.boundary import Exit
from monitor.cli.language import _, listed, several, told
from monitor.cli.options import now, opened
from monitor.cli.output import saved
from monitor.cli.terminal import agreed, print_json, say, show_day, why
from monitor.core.changes.impact import doubts
from monitor.core.model.changes import Absent, Acknowledge, Change, SnoozeUntil, Stamp
from monitor.core.model.register import NO_PERIOD
from monitor.core.model.slots import local_day
from monitor.core.planning.verdicts import RuleObligation
from monitor.core.register.naming import closes_nothing, known_types
from monitor.core.register.state import ENDED

if TYPE_CHECKING:
    from monitor.actions.register.change import ChangePreview
    from monitor.core.changes.impact import Shift


def carry_out(make: Callable[[Stamp, date], Change | Sequence[Change]], *, actor: str, yes: bool, as_json: bool) -> int:
    """Preview the change or changes that `make` builds for a stamp and today, ask unless `yes`, and save all."""
    from monitor.actions.register.change import preview_all, save_all, stamp

    with opened() as app:
        at = now()
        today = local_day(app.policy, at)
        made = make(stamp(app, actor, at), today)
        found = preview_all(app, [made] if isinstance(made, Change) else made, at)
        for seen in () if as_json else found:
            if len(found) > 1:
                entry = seen.applied.register[seen.change.entry]
                say(f"{entry.id} · {entry.title}", style="bold")
            _print_preview(seen, known_types(app.policy))
            for doubt in doubts(seen.change, seen.applied.register, app.policy, today, app.plausible_years):
                say(_("Sure? {doubt}", doubt=doubt), style="yellow")
        if not yes and not agreed():
            say(_("Nothing was changed."))
            return Exit.REFUSED
        kept = save_all(app, found)
        saved()
    if as_json:
        print_json(_all_json(found) | {"number": kept.number, "withdrawn": kept.withdrawn})
        return Exit.WELL
    how = "Saved as change {number}." if len(found) == 1 else "Saved as changes {first} to {number}."
    say(_(how, first=kept.number - len(found) + 1, number=kept.number))
    if kept.withdrawn:
        one = "{count} unsent mail was withdrawn; the next check composes again what is still owed."
        more = "{count} unsent mails were withdrawn; the next check composes again what is still owed."
        say(several(one, more, kept.withdrawn))
    return Exit.WELL


def _print_preview(seen: ChangePreview, types: Collection[str]) -> None:
    """Print what the change closes, leaves open, moves, begins and stops. `types`: the known types of events."""
    closing, difference, event = seen.applied.closing, seen.difference, seen.applied.event
    if event and event.type.startswith(("document:", "event:")) and not event.retracted_on:
        if not closing.closes:
            say(_("Closes nothing.") if event.type in types else closes_nothing(event.type, types))
        _print_items(_("Closes"), closing.closes)
        for item in closing.not_begun:
            add = _(
                "not closed: {obligation}, whose reminders had not begun; add --closes {rule} if this is its letter.",
                obligation=_name(item),
                rule=item.rule.id,
            )
            say(f"  {add}")
        if event.period == NO_PERIOD:
            kept = _("It is kept for the record: it happened before the reminders of the end that is to come.")
            hint = _(" If {entry} has ended: `monitor end {entry}`.", entry=seen.change.entry)
            say(f"  {kept}{hint if event.type == ENDED else ''}")
    closed = {item.key for item in closing.closes}
    stopped = [shift for shift in difference.stopped if shift.key not in closed]
    kinds = ((_("Moves"), difference.moved), (_("Begins"), difference.begun), (_("Stops"), stopped))
    for title, shifts in kinds:
        for shift in shifts:
            _print_shift(title, shift)
    for id, old, new in difference.secured:
        by = "" if new.binding == id else _(" (binding: {entry})", entry=new.binding)
        days = f"{show_day(old.until)} → {show_day(new.until)}{by}"
        say(_("Secured: {entry} until {days}", entry=id, days=days))
    _print_items(_("Stays open"), closing.stays_open)
    for gap in seen.unwatched:
        say(told(gap.what), style="yellow")
    say(_about_reminders(seen) or _counts(seen))


def _print_items(title: str, items: Sequence[RuleObligation]) -> None:
    for item in items:
        say(f"{title}: {_named(item)}")


def _print_shift(title: str, shift: Shift) -> None:
    before, after = _due(shift.before), _due(shift.after)
    days = f"{show_day(before)} → {show_day(after)}" if before and after else show_day(before or after)
    reason = f"\n    {why(shift.after.due.steps)}" if shift.after else ""
    name = f"{shift.key.entry} {shift.key.rule}/{shift.key.occurrence}"
    say(f"{title}: {_('{obligation}, due {day}', obligation=name, day=days)}{reason}")
    if shift.overdue:
        late = _("This day has passed: it is mailed from the next slot on, until it is closed.")
        say(f"    {late}")


def _about_reminders(seen: ChangePreview) -> str:
    """Return what a change does that moves no due day, only who receives what and when; empty for any other."""
    change, about = seen.change, seen.about
    if isinstance(change, Absent):
        first, last = show_day(change.first), show_day(change.last)
        if change.last < change.first:
            return _("The absence of {person} from {first} is cancelled.", person=change.entry, first=first)
        away = "{person} is away from {first} to {last}; {deputy} receives the mails instead."
        return _(away, person=change.entry, first=first, last=last, deputy=change.deputy or _("the fallback role"))
    if about is None:
        return ""
    if isinstance(change, SnoozeUntil):
        return _(
            "Silent until {day}: {obligation}. It stays open and is listed in every overview.",
            day=show_day(change.until),
            obligation=_named(about),
        )
    rung = about.ladder.following(change.stamp.known_on) if isinstance(change, Acknowledge) else None
    next_one = _(" The next reminder is still sent on {day}.", day=show_day(rung)) if rung else ""
    return _("Seen: {obligation}.{next_one}", obligation=_named(about), next_one=next_one)


def _counts(seen: ChangePreview) -> str:
    """Return how many reminders move, are new and stop."""
    difference = seen.difference
    moved, new, stopped = (
        sum(shift.reminders for shift in shifts) for shifts in (difference.moved, difference.begun, difference.stopped)
    )
    parts = [
        several("{count} reminder moves", "{count} reminders move", moved) if moved else "",
        several("{count} reminder is new", "{count} reminders are new", new) if new else "",
        several("{count} reminder stops", "{count} reminders stop", stopped) if stopped else "",
    ]
    return f"{listed(filter(None, parts))}." if any(parts) else _("No reminder moves or stops.")


def _all_json(found: Sequence[ChangePreview]) -> dict[str, Any]:
    """Return one change as it is, several as a list under "entries"."""
    return _json(found[0]) if len(found) == 1 else {"entries": [_json(seen) for seen in found]}


def _json(seen: ChangePreview) -> dict[str, Any]:
    closing, difference, event = seen.applied.closing, seen.difference, seen.applied.event
    return ({"obligation": _name(seen.about)} if seen.about else {}) | {
        "entry": seen.change.entry,
        "event": event and event.id,
        "closes": [_name(item) for item in closing.closes],
        "not_begun": [_name(item) for item in closing.not_begun],
        "for_the_record": bool(event and event.period == NO_PERIOD),
        "stays_open": [_name(item) for item in closing.stays_open],
        "moved": [_shift(item) for item in difference.moved],
        "begun": [_shift(item) for item in difference.begun],
        "stopped": [_shift(item) for item in difference.stopped],
        "unwatched": [in_english(gap.what) for gap in seen.unwatched],
    }


def _shift(shift: Shift) -> dict[str, Any]:
    name = f"{shift.key.entry} {shift.key.rule}/{shift.key.occurrence}"
    return {"obligation": name, "before": _due(shift.before), "after": _due(shift.after), "overdue": shift.overdue}


def _due(item: RuleObligation | None) -> date | None:
    return item.due.day if item else None


def _name(item: RuleObligation) -> str:
    return f"{item.entry} {item.rule.id}/{item.key.occurrence}"


def _named(item: RuleObligation) -> str:
    return _("{obligation}, due {day}", obligation=_name(item), day=show_day(_due(item)))
