"""run, check and status: what the clock does, done by hand, and how it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

import click
from msgspec.structs import asdict

from monitor.cli.boundary import Exit
from monitor.cli.options import DAY, JSON, config_of, now
from monitor.cli.output import saved

SHOWN = 5  # overdue obligations that a check names
BROKEN = "The connection broke at mails that are tried again, or held: `monitor outbox show NUMBER` shows the tries."


@click.command()
@click.pass_context
def run(ctx: click.Context) -> int:
    """Run as a service: check at every slot, deliver all the time. Ends on SIGTERM or SIGINT."""
    from monitor.daemon import run as serve

    serve(config_of(ctx))
    return Exit.WELL


@click.command()
@click.option("--dry-run", is_flag=True, help="Say what would be mailed; write and send nothing.")
@click.option("--as-of", type=DAY, help="Judge as of the slot of this day; implies --dry-run.")
@JSON
@click.pass_context
def check(ctx: click.Context, dry_run: bool, as_of: date | None, as_json: bool) -> int:
    """Reconcile as of the last slot and deliver what is owed.

    Exit codes: 0 all well, 1 something is overdue, 3 could not tell, 5 mails are held.
    """
    from monitor.actions.admin.check_now import check_and_deliver
    from monitor.actions.check.check import rehearse
    from monitor.app import build

    sent = None
    with build(config_of(ctx)) as app:
        if dry_run or as_of:
            found = rehearse(app, now(), as_of=as_of)
        else:
            with app.transport() as transport:
                found, sent = check_and_deliver(app, now, transport)
                saved()
        report = _report(app, found, sent)
    if as_json:
        from monitor.cli.show import print_json

        print_json(report)
    else:
        _print_check(found, sent, report)
    if found.held or found.waiting or found.restored or (sent and sent.held):
        return Exit.HELD
    if sent and sent.relay_down:
        return Exit.COULD_NOT_TELL
    return Exit.OVERDUE if found.overdue else Exit.WELL


@click.command()
@JSON
@click.pass_context
def status(ctx: click.Context, as_json: bool) -> int:
    """How it stands: the last check, the outbox, what is overdue, what the operator was told.

    Exit codes: 0 all well, 1 something is overdue, 3 could not tell, 5 mails are held.
    """
    from monitor.actions.query.status import look_at_status

    found = look_at_status(config_of(ctx), now())
    if as_json:
        from monitor.cli.show import print_json

        print_json(_status(found))
    else:
        _print_status(found)
    if found.held:
        return Exit.HELD
    if not found.running_well:
        return Exit.COULD_NOT_TELL
    return Exit.OVERDUE if found.overdue else Exit.WELL


def _report(app: Any, found: Any, sent: Any) -> dict[str, Any]:
    return {
        "day": found.day,
        "looked_at": found.looked_at,
        "said": [_reminder(item) for item in found.said],
        "held": [_reminder(item) for item in found.held],
        "overdue": [f"{item.entry} {item.rule.id}/{item.key.occurrence}" for item in found.overdue],
        "mails": found.mails,
        "sent": sent and sent.sent,
        "postponed": sent and sent.postponed,
        "refused": sent and sent.refused,
        "broken": sent and sent.broken,
        "relay": sent.relay_down if sent else "",
        "troubles": [item.what for item in (*found.troubles, *(sent.troubles if sent else ()))],
    }


def _reminder(item: Any) -> dict[str, Any]:
    judged = item.obligation
    return {
        "person": item.recipient.person, "entry": judged.entry, "rule": judged.rule.id,
        "occurrence": judged.key.occurrence, "rung": item.rung.name, "planned": item.rung.day, "due": item.due,
        "derivation": judged.due.derivation,
    }  # fmt: skip


def _print_check(found: Any, sent: Any, report: dict[str, Any]) -> None:
    from monitor.cli.show import say, show_day, table

    for name in ("said", "held"):
        if report[name]:
            say(f"{'Held by the brake' if name == 'held' else 'To be said'}:", style="bold")
            rows = ((r["person"], r["entry"], r["rule"], r["rung"], r["due"]) for r in report[name])
            table(("to", "entry", "rule", "rung", "due"), rows, empty="", wide=("rule",))
    looked = f"Slot of {show_day(found.day)}: looked at {found.looked_at} entries"
    say(f"{looked}; {len(found.said)} reminders to say, {len(found.held)} held.")
    say(_sent(report) if report["sent"] is not None else "A rehearsal: nothing was written or sent.")
    if report["broken"]:
        say(BROKEN, style="bold yellow")
    if report["relay"]:
        say(f"The relay takes no mail: {report['relay']}", style="bold red")
    for trouble in (*found.troubles, *(sent.troubles if sent else ())):
        say(f"{trouble.what} {trouble.do}", style="bold red")
    if report["held"] and report["sent"] is None:
        say("A check would hold what is marked so until somebody releases or drops it.", style="bold red")
    if found.overdue:
        say(_overdue(report["overdue"]), style="bold red")


def _sent(report: dict[str, Any]) -> str:
    more = [f"{report[name]} {name}" for name in ("postponed", "refused", "broken") if report[name]]
    return ", ".join([f"Mails delivered: {report['sent']}", *more]) + "."


def _overdue(names: list[str]) -> str:
    """A long list helps nobody here: `status` has it with the reasons."""
    if len(names) <= SHOWN:
        return f"Overdue: {', '.join(names)}."
    return f"Overdue: {', '.join(names[:SHOWN])} and {len(names) - SHOWN} more; `monitor status` lists them."


def _status(found: Any) -> dict[str, Any]:
    last = found.last_check
    return {
        "day": found.day,
        "next_slot": found.next_slot,
        "last_check": last and {"number": last.number, **asdict(last)},
        "behind": found.behind,
        "counts": found.counts,
        "oldest_unsent": found.oldest_unsent,
        "overdue": [f"{item.entry} {item.rule.id}/{item.key.occurrence}" for item in found.overdue],
        "daemons": [asdict(daemon) for daemon in found.daemons],
        "undelivered": [
            {
                "person": one.person,
                "since": one.since,
                "slots": one.slots,
                "mails": len(one.waiting),
                "tried": one.tried,
                "reply": one.reply,
                "others_reminded": one.late is not None,
            }
            for one in found.undelivered
        ],
        "notices": [
            {"kind": row.kind, "what": row.what, "do": row.do, "since": row.raised_at} for row in found.notices
        ],
        "faults": [asdict(fault) for fault in found.faults],
    }


def _print_daemons(found: Any) -> None:
    """Who runs, and with what; one that was not seen for a while died, and others do its work."""
    from monitor.cli.show import say, show_instant

    for daemon in found.daemons:
        name = f"{daemon.who} (version {daemon.version}, {daemon.place})"
        if not daemon.alive:
            say(f"Gone: {name}, last seen {show_instant(daemon.seen_at, found.zone)}.", style="yellow")
            continue
        if daemon.trouble:
            say(f"Stands aside: {name}. {daemon.trouble}", style="bold red")
        else:
            say(f"Runs: {name}, since {show_instant(daemon.started_at, found.zone)}.")
        if daemon.since > daemon.started_at:
            say(f"It took changed files on {show_instant(daemon.since, found.zone)}.")
        if daemon.not_on_disk:
            say(_not_on_disk(daemon), style="yellow")
    if found.settings_differ:
        say(
            "The daemons have not the same rules, calendars, people and limits: give them one configuration.",
            style="bold red",
        )


def _not_on_disk(daemon: Any) -> str:
    settings = " and ".join(daemon.not_on_disk)
    if daemon.here:
        return f"Its {settings} are not those on disk now: it has not taken them yet."
    return f"Its {settings} are not those of the configuration here."


def _print_faults(found: Any) -> None:
    from monitor.cli.show import say

    if found.faults:
        say("\nThe files on disk have faults, so what is due was not judged", style="bold red")
    for fault in found.faults:
        say(str(fault), style="red")


def _print_status(found: Any) -> None:
    from monitor.cli.show import say, show_day, show_instant, table

    last, counts = found.last_check, found.counts
    if last is None:
        say("No check was made yet.", style="bold yellow")
    else:
        made = f"made {show_instant(last.at, found.zone)} by {last.who}"
        say(f"Last check: slot of {show_day(last.day)}, {made}; {last.owed} reminders.")
    if found.behind and last is not None:
        say(f"The slot of {show_day(found.day)} was not checked: is `monitor run` running?", style="bold red")
    if found.next_slot:
        say(f"Next slot: {show_instant(found.next_slot, found.zone)}. {counts['entries']} entries.")
    waiting = {state: count for state, count in counts.items() if count and state != "entries"}
    say(
        "Mails of the last week, and all that wait: "
        + (", ".join(f"{count} {state}" for state, count in waiting.items()) or "none")
        + "."
    )
    _print_daemons(found)
    if found.oldest_unsent:
        say(f"The oldest waiting mail is of {show_instant(found.oldest_unsent, found.zone)}.", style="yellow")
    if found.undelivered:
        say("\nNot delivered", style="bold red" if any(one.alarming for one in found.undelivered) else "yellow")
        waits = ((one.person, one.since, one.slots, len(one.waiting), one.reply) for one in found.undelivered)
        table(("to", "since", "slots", "mails", "the relay's words"), waits, empty="", wide=("the relay's words",))
    if found.overdue:
        say("\nOverdue", style="bold red")
        rows = ((i.entry, f"{i.rule.id}/{i.key.occurrence}", i.due.day, i.due.derivation) for i in found.overdue)
        table(("entry", "obligation", "due", "why that day"), rows, empty="", wide=("why that day",))
    if found.notices:
        say("\nFor the operator", style="bold")
        table(("what", "do"), ((row.what, row.do) for row in found.notices), empty="", wide=("what", "do"))
    _print_faults(found)
    if not (found.overdue or found.undelivered or found.notices or found.behind or found.faults):
        say("All well.")
