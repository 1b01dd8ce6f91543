"""doctor: a look at everything the monitor stands on."""

from __future__ import annotations

import click
from msgspec.structs import asdict

from monitor.cli.boundary import Exit
from monitor.cli.options import JSON, config_of, now

STYLES = {"ok": "green", "warning": "yellow", "fault": "bold red"}


@click.command()
@click.option("--send", metavar="PERSON", help="Send this person one real mail at the end.")
@JSON
@click.pass_context
def doctor(ctx: click.Context, send: str | None, as_json: bool) -> int:
    """Look at configuration, database, relay, clock, calendars, files and service, and say what to do about each.

    Changes nothing. Exit codes: 0 well or warnings, 3 a fault.
    """
    from monitor.actions.doctor.diagnosis import Level
    from monitor.actions.doctor.examine import examine
    from monitor.cli.show import print_json, say, say_beside

    found = []
    for finding in examine(config_of(ctx), clock=now, send=send):
        found.append(finding)
        if as_json:
            continue
        say_beside(finding.level, f"{finding.check}: {finding.found}", STYLES[finding.level])
        if finding.do:
            say_beside("", f"→ {finding.do}")
    faults, warnings = (sum(each.level is level for each in found) for level in (Level.FAULT, Level.WARNING))
    if as_json:
        print_json({"faults": faults, "warnings": warnings, "checks": [asdict(each) for each in found]})
    else:
        say("")
        say(f"{_count(faults, 'fault')}, {_count(warnings, 'warning')}.".capitalize())
    return Exit.COULD_NOT_TELL if faults else Exit.WELL


def _count(number: int, what: str) -> str:
    return f"{number or 'no'} {what}{'' if number == 1 else 's'}"
