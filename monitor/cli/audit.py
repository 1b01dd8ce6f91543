"""audit: what ought to have been sent, worked out again, beside what was."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.boundary import Exit
from monitor.cli.language import _, told
from monitor.cli.options import DAY, JSON, now, opened
from monitor.cli.terminal import print_json, say, show_day, table

if TYPE_CHECKING:
    from monitor.actions.audit.audit import AuditReport
    from monitor.core.audit.findings import Finding


@click.command()
@click.option("--from", "first", type=DAY, help="Slots from this day on.  [default: the first check]")
@click.option("--to", "last", type=DAY, help="Slots up to this day.  [default: the last one]")
@JSON
def audit(first: date | None, last: date | None, as_json: bool) -> int:
    """Work out again which reminders were owed at each slot, and compare with what was sent.

    Each day, entry and rule is judged from the history and from the rules, calendars and people then in force, and
    compared with the ledger, the outbox and the relay's replies. Changes nothing. Exit codes: 0 nothing found, 1 a gap
    or a mail that was not owed, 3 could not tell.
    """
    from monitor.actions.audit.audit import audit as make_audit

    with opened() as app:
        found = make_audit(app, now(), first, last)
    print_json(_json(found)) if as_json else _print(found)
    return Exit.GAPS if found.findings else Exit.WELL


def _print(found: AuditReport) -> None:
    if found.first is None or found.last is None:
        say(_("No check was made in these days."))
        return
    say(
        _(
            "Slots from {first} to {last}. Checks: {checks}. Entries judged, each at every check: {judged}.",
            first=show_day(found.first), last=show_day(found.last), checks=found.checks, judged=found.judged,
        )
    )  # fmt: skip
    say(
        _(
            "Owed, and in the ledger: {owed} reminders. Taken by a relay: {agreed}.",
            owed=found.owed,
            agreed=found.agreed,
        )
    )
    if found.unproved:
        say(_("In mails that wait or are held: {count}.", count=found.unproved), style="yellow")
    if not found.findings:
        say(_("Nothing is missing, and nothing was sent that was not owed."))
        return
    table(("slot", "found"), ((one.day, told(one.what)) for one in found.findings), wide=("found",))
    if found.more:
        say(_("Not printed: {count} more.", count=found.more))


def _json(found: AuditReport) -> dict[str, Any]:
    names = ("first", "last", "checks", "judged", "owed", "agreed", "unproved", "more")
    return {name: getattr(found, name) for name in names} | {"findings": [_finding(one) for one in found.findings]}


def _finding(one: Finding) -> dict[str, Any]:
    from monitor.app import in_english

    key = one.obligation
    return {
        "kind": one.kind, "day": one.day, "entry": key and key.entry, "rule": key and key.rule,
        "occurrence": key and key.occurrence, "person": one.person or None, "rung": one.rung or None,
        "mail": one.mail, "what": in_english(one.what),
    }  # fmt: skip
