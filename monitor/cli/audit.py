"""audit: what ought to have been sent, worked out again, beside what was."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.boundary import Exit
from monitor.cli.language import _, told
from monitor.cli.options import DAY, JSON, Parsed, now, opened
from monitor.cli.terminal import print_json, say, show_day, table

if TYPE_CHECKING:
    from monitor.actions.audit.audit import AuditReport
    from monitor.core.audit.chain import ChainReport, Head
    from monitor.core.audit.findings import Finding


def _head(written: str) -> Head:
    from monitor.core.audit.chain import parse_head

    return parse_head(written)


@click.command()
@click.option("--from", "first", type=DAY, help="Slots from this day on.  [default: the first check]")
@click.option("--to", "last", type=DAY, help="Slots up to this day.  [default: the last one]")
@click.option("--chain", is_flag=True, help="Examine the chain of hashes instead.")
@click.option(
    "--expect",
    multiple=True,
    metavar="HEAD",
    type=Parsed("head", _head),
    help="With --chain: a head that an all-clear named.",
)
@JSON
def audit(first: date | None, last: date | None, chain: bool, expect: tuple[Head, ...], as_json: bool) -> int:
    """Work out again which reminders were owed at each slot, and compare with what was sent.

    Each day, entry and rule is judged from the history and from the rules, calendars and people then in force, and
    compared with the ledger, the outbox and the relay's replies. Changes nothing. Exit codes: 0 nothing found, 1 a gap
    or a mail that was not owed, 3 could not tell.

    With --chain: whether a row of the history, of the ledger or of the kept versions was altered, removed or inserted
    since it was written. Only a head from an earlier all-clear shows that the chain was cut or computed again.
    """
    from monitor.actions.audit.audit import audit as make_audit

    if chain or expect:
        if first or last:
            raise click.UsageError(
                _("--chain examines the whole chain; leave out --from and --to."), click.get_current_context()
            )
        return _examine(expect, as_json)
    with opened() as app:
        found = make_audit(app, now(), first, last)
    print_json(_json(found)) if as_json else _print(found)
    return Exit.GAPS if found.findings else Exit.WELL


def _examine(expected: tuple[Head, ...], as_json: bool) -> int:
    """Examine the chain, and print what was found."""
    from monitor.actions.audit.chain import examine_chain

    with opened() as app:
        found = examine_chain(app, expected)
    print_json(_chain_json(found)) if as_json else _print_chain(found, len(expected))
    return Exit.GAPS if found.findings else Exit.WELL


def _print_chain(found: ChainReport, expected: int) -> None:
    counts = {"changes": found.rows["changes"], "lines": found.rows["ledger"], "versions": found.rows["versions"]}
    covers = "Links: {links}. They cover {changes} changes, {lines} lines of the ledger and {versions} kept versions."
    say(_(covers, links=found.head.count, **counts))
    say(_("Installation: {instance}", instance=found.head.instance or "–"))
    say(_("Head: {head}", head=str(found.head)))
    if not found.findings:
        say(_("Nothing was altered, removed or inserted."))
        if not expected:
            say(_("Whether the chain was cut or computed again, only --expect with a head from an all-clear can tell."))
        return
    table(("found",), ((told(one.what),) for one in found.findings), wide=("found",))
    if found.more:
        say(_("Not printed: {count} more.", count=found.more))


def _chain_json(found: ChainReport) -> dict[str, Any]:
    from monitor.app import in_english

    findings = [{"kind": one.kind, "link": one.link, "what": in_english(one.what)} for one in found.findings]
    head = {"links": found.head.count, "head": str(found.head), "instance": found.head.instance}
    return {**head, "rows": dict(found.rows), "findings": findings, "more": found.more}


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
