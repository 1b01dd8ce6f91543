"""doctor and validate: what is wrong with an installation or with its files, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from monitor.app import in_english
from monitor.cli.boundary import Exit
from monitor.cli.language import _, several, told
from monitor.cli.options import FILE, JSON, config_file, configured, now
from monitor.cli.terminal import print_json, say, say_beside, table

if TYPE_CHECKING:
    from monitor.actions.admin.validate import Validated
    from monitor.actions.doctor.diagnosis import Diagnosis
    from monitor.core.coverage.findings import Gap

STYLES = {"ok": "green", "warning": "yellow", "fault": "bold red"}
HEADINGS = {  # heading → the kinds of gaps under it; kinds come in this order
    "Entries": "unreached no-date unreckonable",
    "Rules": "never-fires",
    "People": "role-unheld person-gone undeliverable refused away",
    "Reminders": "ladder-in-absence ladder-in-recess ladder-late",
    "Calendars": "calendar-horizon closed-days-end",
    "Sources": "unverified",
}
HEADING_OF = {kind: heading for heading, kinds in HEADINGS.items() for kind in kinds.split()}


@click.command()
@click.option("--send", metavar="PERSON", help="Send this person one real mail at the end.")
@JSON
def doctor(send: str | None, as_json: bool) -> int:
    """Examine configuration, database, relay, clock, calendars, files and service, and say what to do about each.

    Changes nothing. Exit codes: 0 well or warnings, 3 a fault.
    """
    from monitor.actions.doctor.diagnosis import Level
    from monitor.actions.doctor.examine import examine

    found = []
    for finding in examine(config_file(), clock=now, send=send):
        found.append(finding)
        if not as_json:
            say_beside(_(finding.level), f"{_(finding.check)}: {told(finding.found)}", STYLES[finding.level])
        if finding.do and not as_json:
            say_beside("", f"→ {told(finding.do)}")
    faults, warnings = (sum(each.level is level for each in found) for level in (Level.FAULT, Level.WARNING))
    if as_json:
        print_json({"faults": faults, "warnings": warnings, "checks": [_plain(each) for each in found]})
    else:
        one, more = "{count} fault, {warnings}.", "{count} faults, {warnings}."
        warned = several("{count} warning", "{count} warnings", warnings) if warnings else _("no warnings")
        say(
            "\n"
            + (several(one, more, faults, warnings=warned) if faults else _("No faults, {warnings}.", warnings=warned))
        )
    return Exit.COULD_NOT_TELL if faults else Exit.WELL


def _plain(found: Diagnosis) -> dict[str, Any]:
    return {**asdict(found), "found": in_english(found.found), "do": in_english(found.do)}


@click.command()
@JSON
@click.option("--rules", type=FILE, metavar="PATH", help="A folder of rules to check before it is put in force.")
@click.option(
    "--coverage/--no-coverage", default=None, help="List what no reminder covers; default: if the database can be read."
)
@click.option("--strict", is_flag=True, help="Exit with 1 when the coverage has a gap; implies --coverage.")
@click.option("--verbose", "-v", is_flag=True, help="List also the file that each rule and letter was read from.")
def validate(as_json: bool, rules: Path | None, coverage: bool | None, strict: bool, verbose: bool) -> int:
    """Check the configuration, rules, calendars and letters, and print every fault with its file and line.

    Then the coverage of the register, if there are no faults: entries that no rule watches, rules that can never fire,
    roles without a holder, ladders that come too late or during an absence. With --coverage a database that cannot
    be read is an error; --no-coverage leaves the register alone. Exit codes: 0 no faults (gaps are no faults), 1 a gap
    with --strict, 3 could not tell, or faults.
    """
    from monitor.actions.admin import validate as action

    covered_at = now() if strict or coverage is not False else None
    found = action.validate(configured(), rules, covered_at=covered_at, needed=strict or bool(coverage))
    print_json(_json(found)) if as_json else _print(found, verbose=verbose)
    if found.faults:
        return Exit.COULD_NOT_TELL
    return Exit.GAPS if strict and any(not gap.note for gap in found.gaps or ()) else Exit.WELL


def _json(found: Validated) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "faults": [asdict(fault) for fault in found.faults],
        "won": found.won,
        "packs": found.packs,
    }
    if found.gaps is not None:
        shown["coverage"] = [
            {"key": gap.key, "note": gap.note, **asdict(gap), "what": in_english(gap.what), "do": in_english(gap.do)}
            for gap in found.gaps
        ]
    if found.not_looked_at:
        shown["coverage_not_looked_at"] = found.not_looked_at
    return shown


def _print(found: Validated, *, verbose: bool) -> None:
    for fault in found.faults:
        say(told(fault), style="red")
    if found.faults:
        say(several("{count} fault.", "{count} faults.", len(found.faults)))
        return
    if verbose:
        rows = ((name, found.packs.get(name, ""), file) for name, file in found.won.items())
        table(("what", "pack", "read from"), rows, wide=("read from",))
    say(_("No faults: {summary}.", summary=told(found.summary)))
    if found.gaps is not None:
        _print_coverage(found.gaps)
    if found.not_looked_at:
        say(_("Coverage: not examined. {why}", why=told(found.not_looked_at)), style="yellow")


def _print_coverage(gaps: Sequence[Gap]) -> None:
    """Print gaps grouped by what they are about; what is merely to be known comes last."""
    count = sum(not gap.note for gap in gaps)
    gaps_found = several("Coverage: {count} gap.", "Coverage: {count} gaps.", count)
    say("\n" + (gaps_found if count else _("Coverage: no gaps.")), style="bold")
    for heading, members in groupby(gaps, key=lambda gap: "To know" if gap.note else HEADING_OF[gap.kind]):
        say("\n" + _(heading), style="bold")
        for gap in members:
            say(f"  {told(gap.what)}")
            if not gap.note:
                say(f"    {told(gap.do)}", style="dim")
