"""show and explain: everything about one entry, and the verdict of every rule on it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.language import _, cited, named, several, told
from monitor.cli.options import DAY, JSON, KNOWN, now, opened
from monitor.cli.register import actor_text, change_text, print_view
from monitor.cli.terminal import print_json, say, show_day, show_instant, show_span, table, why
from monitor.core.calendar.dates import Span
from monitor.core.model.fields import write_entry
from monitor.core.model.register import NO_PERIOD
from monitor.core.planning.verdicts import Judgement, Obligation, Verdict
from monitor.core.register.state import end_of_period
from monitor.core.register.terms import Term, current_term, period_end

if TYPE_CHECKING:
    from monitor.actions.query.listing import EntryDetails, Explanation

SHOWN = ("id", "title", "kind", "valid_from", "valid_until", "quotes", "refs", "muted")  # fields in lines of their own
NO_END = "no end date"
SENT_SHOWN = 20  # reminders


@click.command()
@click.argument("entry")
@click.option("--on", type=DAY, help="As it was on this day.")
@KNOWN
@JSON
def show(entry: str, on: date | None, known: date | None, as_json: bool) -> None:
    """Show ENTRY: periods as written, dependencies, gaps, open obligations, reminders sent, and its last changes."""
    from monitor.actions.query import listing

    with opened() as app:
        found = listing.entry_details(app, entry, now(), on=on, known=known)
    if as_json:
        print_json({**_entry_json(found), **found.listed.plain()})
        return
    print_view(found.seen, on)
    _print_state(found)
    _print_links(found)
    _print_lists(found, app.policy.zone)


@click.command()
@click.argument("entry")
@click.option("--day", type=DAY, help="As of the slot of this day, past or to come; default: the last slot.")
@KNOWN
@JSON
def explain(entry: str, day: date | None, known: date | None, as_json: bool) -> None:
    """List every rule once for an ENTRY, with its verdict and the derivation of its due day.

    With --known also the rules, calendars and people are those in force then, where a check kept them.

    \b
    Verdicts: owed, with-overview, said, waiting, snoozed, stopped,
    listed (open);
    skipped, closed, ended, handed-over, undated, unreckonable,
    not-selected, muted, off.
    """
    from monitor.actions.query import listing

    with opened() as app:
        found = listing.explain(app, entry, now(), day=day, known=known)
    print_json(found.plain()) if as_json else _print_explanation(found)


def _print_state(found: EntryDetails) -> None:
    entry, listed = found.listed.entry, found.listed
    say(f"{entry.id} · {entry.title}", style="bold")
    muted = _(", muted: {muted}", muted=entry.muted) if entry.muted is not None else ""
    force = {True: _(", in force"), False: _(", not in force"), None: ""}[found.in_force]
    say(f"{named('entry', entry.kind)}, {named('value', listed.state)}{force}{muted}")
    if listed.secured.until:
        by = (
            ""
            if listed.secured.binding == entry.id
            else _(", because {binding} ends then", binding=listed.secured.binding)
        )
        say(_("secured until {until}{by}", until=show_day(listed.secured.until), by=by))
    for number, period in enumerate(entry.periods):
        end = end_of_period(found.seen.register, entry, number)
        own = end == period_end(period) or not entry.part_of
        whole = "" if own else _(", the end of {part_of}", part_of=entry.part_of)
        first = show_span(period.valid_from, bounds=True) if period.valid_from else "…"
        last = show_span(end, bounds=True) if end else _(NO_END)
        if end is None and (stored := period_end(period)):
            last = _("{until} (end of the first term)", until=show_span(stored, bounds=True))
        say(_("period {number}: {first} – {last}{whole}", number=number, first=first, last=last, whole=whole))
    if listed.term:
        say(_goes_on(listed.term))
    for name, value in write_entry(entry).items():
        if name not in SHOWN:
            say(f"{name}: {_plain(value)}")
    for ref in entry.refs:
        say(_("cites {ref}", ref=cited(str(ref))))
    for quote in entry.quotes:
        say(f"“{quote.text}” {quote.source}")


def _plain(value: Any) -> str:
    """Return a written field as a person reads it: no list or table of the program."""
    if isinstance(value, dict):
        return "; ".join(f"{name}={_plain(item)}" for name, item in value.items())
    return ", ".join(map(_plain, value)) if isinstance(value, list) else str(value)


def _print_links(found: EntryDetails) -> None:
    """Print the chain to the entry that limits this one, and the days on which it is broken."""
    if found.chain:
        say("\n" + _("Depends on"), style="bold")
        rows = []
        for link in found.chain:
            below = _("{entry} (part of it)", entry=link.below) if link.part else link.below
            until = show_span(link.end, bounds=True) if link.end else _(NO_END)
            rows.append((link.entry.id, below, until, link.secured.until, link.entry.title))
        table(("entry", "carries", "until", "secured until", "title"), rows, wide=("title",))
    for gap in found.gaps:
        first, last = show_day(gap.first), show_day(gap.last)
        days = (
            _("from {first} on", first=first)
            if gap.days is None
            else f"{first} – {last} ({several('{count} day', '{count} days', gap.days)})"
        )
        where = _("not covered by {by}", by=gap.by) if gap.by else _("in no period")
        what = "gap: {where} {days}" if gap.certain else "gap: may be {where} {days}"
        say(_(what, where=where, days=days), style="bold red" if gap.certain else "yellow")


def _print_lists(found: EntryDetails, zone: str) -> None:
    say("\n" + _("Open"), style="bold")
    rows = ((f"{i.rule.id}/{i.key.occurrence}", i.due.day, told(i.why), why(i.due.steps)) for i in found.open)
    table(("obligation", "due", "next", "why that day"), rows, empty="Nothing is open.", wide=("next", "why that day"))
    if found.listed.entry.events:
        say("\n" + _("Events"), style="bold")
        events = []
        for event in found.listed.entry.events:
            closed = ", ".join(f"{key.rule}/{key.occurrence}" for key in event.closes)
            closed = closed or (_("nothing, for the record") if event.period == NO_PERIOD else "")
            events.append((event.id, event.type, event.on, event.reference, closed, event.retracted_on))
        table(("id", "type", "on", "reference", "closed", "retracted"), events, wide=("reference", "closed"))
    if found.reminders:
        say("\n" + _("Reminders"), style="bold")
        sent = (
            (
                r.day,
                f"{r.rule}/{r.occurrence}",
                r.rung,
                r.person,
                _(r.state) if r.standing else _("{state}, not sent", state=_(r.state)),
            )
            for r in found.reminders[:SENT_SHOWN]
        )
        table(("slot", "obligation", "rung", "to", "mail"), sent)
    say("\n" + _("Last changes"), style="bold")
    changes = ((show_instant(row.at, zone), actor_text(row), row.verb, change_text(row)) for row in found.changes)
    table(("when", "who", "verb", "what"), changes, empty="No changes.", wide=("what",))


def _goes_on(term: Term) -> str:
    until, by = show_span(term.end, bounds=True), show_day(term.cancel_by.earliest)
    return _("goes on after {until} unless it is cancelled by {by}", until=until, by=by)


def _print_explanation(found: Explanation) -> None:
    entry = found.entry
    say(f"{entry.id} · {entry.title or _('(no title)')}", style="bold")
    binding = (
        "" if found.secured.binding == entry.id else " " + _("(binding: {binding})", binding=found.secured.binding)
    )
    term = current_term(entry, found.day)
    secured = _goes_on(term) if term else _("no end date known")
    if found.secured.until:
        secured = _("secured until {until}{binding}", until=show_day(found.secured.until), binding=binding)
    say(
        _(
            "{kind}, {state}, {secured}; as of the slot of {day}",
            kind=named("entry", entry.kind),
            state=named("value", found.state),
            secured=secured,
            day=show_day(found.day),
        )
    )
    if found.day > found.asked:
        say(_("The slot of {day} is the first that knows {id}.", day=show_day(found.day), id=entry.id))
    elif found.day < found.asked:
        say(
            _("There is no slot on {asked}, a closed day; this is the last one before it.", asked=show_day(found.asked))
        )
    if found.known:
        say(_("As known on {known}; {basis}.", known=show_day(found.known), basis=found.basis))
    say("")
    rows = []
    for chief, items in found.rules():
        selected: list[Judgement] = [item for item in items if item.verdict is not Verdict.NOT_SELECTED]
        for item in selected or [chief]:
            due = item.due if isinstance(item, Obligation) else None
            name = f"{item.rule.id}/{item.key.occurrence}" if isinstance(item, Obligation) else item.rule.id
            reason = "; ".join(part for part in (due and why(due.steps), told(item.why)) if part)
            rows.append((name, _(item.verdict), due and due.day, reason))
    table(("rule", "verdict", "due", "why"), rows, empty="No rules.", wide=("why",))


def _entry_json(found: EntryDetails) -> dict[str, Any]:
    """Return what is shown, as data. Days in ISO; a day without end is null."""
    entry, seen = found.listed.entry, found.seen
    return {
        **write_entry(entry),
        "as_of": seen.day,
        "known": seen.known,
        "basis": seen.basis or None,
        "in_force": found.in_force,
        "periods": [
            {"valid_from": _span(p.valid_from), "valid_until": _span(p.valid_until), "duration": p.duration}
            for p in entry.periods
        ],
        "stands_on": [
            {"entry": link.entry.id, "below": link.below, "depth": link.depth, "part": link.part}
            | {"until": _span(link.end), "secured_until": link.secured.until}
            for link in found.chain
        ],
        "gaps": [
            {"from": gap.first, "to": None if gap.days is None else gap.last}
            | {"not_covered_by": gap.by, "certain": gap.certain}
            for gap in found.gaps
        ],
        "events": [
            {name: getattr(event, name) for name in ("id", "type", "on", "reference", "retracted_on")}
            for event in entry.events
        ],
    }


def _span(span: Span | None) -> dict[str, Any] | None:
    return None if span is None else {"written": span.written, "earliest": span.earliest, "latest": span.latest}
