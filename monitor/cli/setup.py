"""migrate and validate: what an administrator does after an update, and after every edit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import click
from msgspec.structs import asdict

from monitor.cli.boundary import Exit
from monitor.cli.options import JSON, YES, config_of, now
from monitor.cli.output import saved

GROUPS: Mapping[str, str] = {  # kind of a gap → the heading it stands under; kinds come in this order
    "unreached": "Entries", "no-date": "Entries", "unreckonable": "Entries", "never-fires": "Rules",
    "role-unheld": "People", "person-gone": "People", "undeliverable": "People", "refused": "People", "away": "People",
    "ladder-in-absence": "Reminders", "ladder-in-recess": "Reminders", "ladder-late": "Reminders",
    "calendar-horizon": "Calendars", "closed-days-end": "Calendars", "unverified": "Sources",
}  # fmt: skip


@click.command()
@YES
@click.pass_context
def migrate(ctx: click.Context, yes: bool) -> None:
    """Bring the database's schema up to date. Make a backup first."""
    from monitor.actions.admin.maintenance import migrate as act
    from monitor.cli.show import say

    before, after = act(config_of(ctx), now())
    saved()
    say(f"The schema is at {after}." if before == after else f"The schema went from {before or 'nothing'} to {after}.")


@click.command()
@JSON
@click.option("--rules", type=click.Path(path_type=Path), help="A folder of rules to check before it is put in force.")
@click.option("--coverage/--no-coverage", default=None,
              help="List what no reminder covers. Default: where the database can be read.")  # fmt: skip
@click.option("--strict", is_flag=True, help="Exit with 1 when the coverage has a gap; implies --coverage.")
@click.pass_context
def validate(ctx: click.Context, as_json: bool, rules: Path | None, coverage: bool | None, strict: bool) -> int:
    """Check the configuration, rules, calendars and letters, and say which file won where two have the same name.

    Then the coverage of the register, if there are no faults: entries that no rule watches, rules that can never fire,
    roles without a holder, ladders that come too late or during an absence. With --coverage a database that cannot
    be read is an error; --no-coverage leaves the register alone. Exit codes: 0 no faults (gaps are no faults), 1 a gap
    with --strict, 3 could not tell, or faults.
    """
    from monitor.actions.admin.validate import validate as act

    asked = strict or coverage is not False
    found = act(config_of(ctx), rules, covered_at=now() if asked else None, needed=strict or bool(coverage))
    _print_json(found) if as_json else _print(found)
    if found.faults:
        return Exit.COULD_NOT_TELL
    return Exit.GAPS if strict and any(not gap.note for gap in found.gaps or ()) else Exit.WELL


def _print_json(found: Any) -> None:
    from monitor.cli.show import print_json

    shown: dict[str, Any] = {"faults": [asdict(fault) for fault in found.faults], "won": found.won}
    if found.gaps is not None:
        shown["coverage"] = [{"key": gap.key, "note": gap.note, **asdict(gap)} for gap in found.gaps]
    if found.not_looked_at:
        shown["coverage_not_looked_at"] = found.not_looked_at
    print_json(shown)


def _print(found: Any) -> None:
    from monitor.cli.show import say, table

    for fault in found.faults:
        say(str(fault), style="red")
    if found.faults:
        say(f"{len(found.faults)} fault(s).")
        return
    table(("what", "read from"), found.won.items(), empty="", wide=("read from",))
    say(f"No faults: {found.summary}.")
    if found.gaps is not None:
        _print_coverage(found.gaps)
    if found.not_looked_at:
        say(f"Coverage: not looked at. {found.not_looked_at}", style="yellow")


def _print_coverage(gaps: Sequence[Any]) -> None:
    """Grouped by what it is about; what is merely to be known comes last."""
    from monitor.cli.show import say

    mend = [gap for gap in gaps if not gap.note]
    say(f"\nCoverage: {len(mend) or 'no'} gap{'' if len(mend) == 1 else 's'}.", style="bold")
    for heading, members in groupby(gaps, key=lambda gap: "To know" if gap.note else GROUPS[gap.kind]):
        say(f"\n{heading}", style="bold")
        for gap in members:
            say(f"  {gap.what}")
            if not gap.note:
                say(f"    {gap.do}", style="dim")
