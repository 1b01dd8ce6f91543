"""absent: who is away, and who receives their mails."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from monitor.cli.boundary import Exit
from monitor.cli.options import ACTOR, DAY, JSON, YES, opened
from monitor.cli.saving import carry_out
from monitor.cli.terminal import print_json, say, show_day
from monitor.core.calendar.calendars import ONE_DAY
from monitor.core.errors import Refused
from monitor.core.model.changes import Absent
from monitor.core.model.register import Absence


@click.command()
@ACTOR
@YES
@JSON
@click.argument("person", required=False, default="")
@click.option("--from", "first", type=DAY, help="The first day away.")
@click.option("--to", "last", type=DAY, help="The last day away.")
@click.option("--deputy", metavar="PERSON", help="Who receives the mails; default: the fallback role.")
@click.option("--until", type=DAY, help="End the current or next absence on this day (its last).")
def absent(
    person: str, first: date | None, last: date | None, deputy: str | None, until: date | None, **how: Any
) -> int:
    """Record that PERSON is away; the deputy receives the mails. Without days: list the absences on record.

    One with the same --from replaces the earlier one. --until a day before it starts cancels it.
    """
    if until is not None and (first or last or deputy):
        raise click.UsageError("--until ends an absence on record; it goes without --from, --to and --deputy.")
    if until is None and first is None and last is None and deputy is None:
        return _list(person, as_json=how["as_json"])
    if until is None and (first is None or last is None):
        raise click.UsageError("An absence needs both --from and --to.")
    if not person:
        raise click.UsageError("Name the person who is away.")
    if until is not None:
        found = _to_end(person, until)
        first, last, deputy = found.first, max(until, found.first - ONE_DAY), found.deputy
    away: dict[str, Any] = {"entry": person, "first": first, "last": last, "deputy": deputy}
    return carry_out(lambda stamp, today: Absent(stamp=stamp, **away), **how)


def _on_record(person: str) -> tuple[Absence, ...]:
    from monitor.actions.register.change import absences

    with opened() as app:
        return absences(app, person)


def _to_end(person: str, until: date) -> Absence:
    """Return the earliest absence that would go on after that day. Raises Refused."""
    longer = [item for item in _on_record(person) if item.last > until]
    if not longer:
        raise Refused(f"{person} has no absence on record that goes on after {until:%d-%m-%Y}.")
    return min(longer, key=lambda item: item.first)


def _list(person: str, *, as_json: bool) -> int:
    found = _on_record(person)
    if as_json:
        print_json([{"person": i.person, "from": i.first, "to": i.last, "deputy": i.deputy} for i in found])
        return Exit.WELL
    for item in found:
        deputy = item.deputy or "the fallback role"
        say(f"{item.person}: {show_day(item.first)} to {show_day(item.last)}, deputy {deputy}")
    if not found:
        say("No absence is on record.")
    return Exit.WELL
