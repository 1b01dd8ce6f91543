"""Who hears of what, and when: absences, acknowledgements, snoozes. No due day moves."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from monitor.cli.boundary import Exit
from monitor.cli.options import ACTOR, DAY, JSON, YES, config_of
from monitor.cli.saving import Spelling, carry_out
from monitor.cli.verbs import verb
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.errors import Refused
from monitor.core.model.changes import Absent, Acknowledge, Change, SnoozeUntil, Stamp
from monitor.core.model.register import Absence, ObligationKey


@click.command()
@verb
@click.argument("entry")
@click.argument("obligation", metavar="RULE[/OCCURRENCE]")
def acknowledge(stamp: Stamp, entry: str, obligation: str) -> Change:
    """You have seen an open obligation of ENTRY: who would join unless it is acknowledged is left out of its next rung."""
    return Acknowledge(stamp=stamp, entry=entry, obligation=_key(entry, obligation))


@click.command()
@verb
@click.argument("entry")
@click.argument("obligation", metavar="RULE[/OCCURRENCE]")
@click.option("--until", type=DAY, required=True, help="The day on which it speaks again.")
@click.option("--reason", required=True, help="Why; shown in every overview.")
def snooze(stamp: Stamp, entry: str, obligation: str, until: date, reason: str) -> Change:
    """Silence one open obligation of ENTRY until a day. It stays open; other obligations speak on."""
    return SnoozeUntil(stamp=stamp, entry=entry, obligation=_key(entry, obligation), until=until, reason=reason)


@click.command()
@ACTOR
@YES
@JSON
@click.argument("person", required=False, default="")
@click.option("--from", "first", type=DAY, help="The first day away.")
@click.option("--to", "last", type=DAY, help="The last day away.")
@click.option("--deputy", metavar="PERSON", help="Who is told instead; default: the fallback role.")
@click.option("--until", type=DAY, help="End the absence that runs, or is to come next, on this day (its last).")
@click.pass_context
def absent(
    ctx: click.Context, person: str, first: date | None, last: date | None, deputy: str | None, until: date | None,
    actor: str | None, yes: bool, as_json: bool,
) -> int:  # fmt: skip
    """PERSON is away: the deputy is told instead. Without days: the absences on record.

    One with the same --from replaces the earlier one. --until a day before it starts cancels it.
    """
    how = Spelling(actor=actor, yes=yes, as_json=as_json)
    if until is not None:
        if first or last or deputy:
            raise click.UsageError("--until ends an absence on record; it goes without --from, --to and --deputy.")
        found = _to_end(_on_record(ctx, _needed(person)), person, until)
        end = max(until, found.first - ONE_DAY)
        return carry_out(ctx, lambda stamp, today: _absent(stamp, person, found.first, end, found.deputy), how)
    if first is None and last is None and deputy is None:
        return _list(ctx, person, as_json=as_json)
    if first is None or last is None:
        raise click.UsageError("An absence needs both --from and --to.")
    return carry_out(ctx, lambda stamp, today: _absent(stamp, _needed(person), first, last, deputy), how)


def _absent(stamp: Stamp, person: str, first: date, last: date, deputy: str | None) -> Change:
    return Absent(stamp=stamp, entry=person, first=first, last=last, deputy=deputy)


def _needed(person: str) -> str:
    if not person:
        raise click.UsageError("Name the person who is away.")
    return person


def _on_record(ctx: click.Context, person: str) -> tuple[Absence, ...]:
    from monitor.actions.register.change import absences
    from monitor.app import build

    with build(config_of(ctx)) as app:
        return absences(app, person)


def _to_end(found: tuple[Absence, ...], person: str, until: date) -> Absence:
    """The absence that would go on after that day: the earliest of them. Raises Refused."""
    longer = [item for item in found if item.last > until]
    if not longer:
        raise Refused(f"{person} has no absence on record that goes on after {until:%d-%m-%Y}.")
    return min(longer, key=lambda item: item.first)


def _list(ctx: click.Context, person: str, *, as_json: bool) -> int:
    from monitor.cli.show import print_json, say, show_day

    found = _on_record(ctx, person)
    if as_json:
        print_json([_plain(item) for item in found])
        return Exit.WELL
    for item in found:
        say(
            f"{item.person}: {show_day(item.first)} to {show_day(item.last)}, deputy {item.deputy or 'the fallback role'}"
        )
    if not found:
        say("No absence is on record.")
    return Exit.WELL


def _plain(item: Absence) -> dict[str, Any]:
    days = {"from": item.first.isoformat(), "to": item.last.isoformat()}
    return {"person": item.person, **days, "deputy": item.deputy}


def _key(entry: str, written: str) -> ObligationKey:
    """Without an occurrence: the open one due first."""
    rule, _, occurrence = written.partition("/")
    return ObligationKey(entry=entry, rule=rule, occurrence=occurrence)
