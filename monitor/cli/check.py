"""run and check: what happens at every slot, as a service or once."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.boundary import Exit
from monitor.cli.language import _, several, told
from monitor.cli.options import DAY, JSON, clock, config_file, now, opened
from monitor.cli.output import saved
from monitor.cli.terminal import print_json, say, show_day, table

if TYPE_CHECKING:
    from monitor.actions.check.check import CheckReport
    from monitor.actions.delivery.deliver import DeliveryReport
    from monitor.core.mailing.digest import Reminder

SHOWN = 5  # overdue obligations that a check names
BROKEN = (
    "The connection broke at mails that are tried again, or held: `monitor outbox` lists them, `outbox show` each try."
)


@click.command()
def run() -> int:
    """Run as a service: check at every slot, deliver continuously. Ends on SIGTERM or SIGINT."""
    from monitor.daemon import run_service

    run_service(config_file())
    return Exit.WELL


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be mailed; write and send nothing.")
@click.option("--as-of", type=DAY, help="Judge as of the slot of this day; implies --dry-run.")
@JSON
def check(dry_run: bool, as_of: date | None, as_json: bool) -> int:
    """Reconcile as of the last slot and deliver what is owed.

    Exit codes: 0 all well, 1 something is overdue, 3 could not tell, 5 mails are held.
    """
    from monitor.actions.admin.check_now import check_and_deliver
    from monitor.actions.check.check import rehearse

    sent = None
    with opened() as app:
        if dry_run or as_of:
            found = rehearse(app, now(), as_of=as_of)
        else:
            with app.transport() as transport:
                found, sent = check_and_deliver(app, clock(), transport)
                saved()
    report = _json(found, sent)
    print_json(report) if as_json else _print(found, sent, report)
    if found.held or found.waiting or found.restored or (sent and sent.held):
        return Exit.HELD
    if sent and sent.relay_down:
        return Exit.COULD_NOT_TELL
    return Exit.OVERDUE if found.overdue else Exit.WELL


def _json(found: CheckReport, sent: DeliveryReport | None) -> dict[str, Any]:
    return {
        "day": found.day,
        "looked_at": found.looked_at,
        "said": [_reminder(item) for item in found.queued],
        "held": [_reminder(item) for item in found.held],
        "overdue": [f"{item.entry} {item.rule.id}/{item.key.occurrence}" for item in found.overdue],
        "mails": found.mails,
        **{name: sent and getattr(sent, name) for name in ("sent", "postponed", "refused", "broken")},
        "relay": sent.relay_down if sent else "",
        "troubles": [item.what for item in (*found.alerts, *(sent.alerts if sent else ()))],
    }


def _reminder(reminder: Reminder) -> dict[str, Any]:
    item = reminder.obligation
    return {
        "person": reminder.recipient.person,
        "entry": item.entry,
        "rule": item.rule.id,
        "occurrence": item.key.occurrence,
        "rung": reminder.rung.name,
        "planned": reminder.rung.day,
        "due": reminder.due,
        "derivation": item.due.derivation,
    }


def _print(found: CheckReport, sent: DeliveryReport | None, report: dict[str, Any]) -> None:
    for name, heading in (("said", _("To be sent")), ("held", _("Held by the brake"))):
        if report[name]:
            say(f"{heading}:", style="bold")
            rows = ((r["person"], r["entry"], r["rule"], r["rung"], r["due"]) for r in report[name])
            table(("to", "entry", "rule", "rung", "due"), rows, wide=("rule",))
    judged = several("{count} entry judged", "{count} entries judged", found.looked_at)
    owed = several("{count} reminder to send", "{count} reminders to send", len(found.queued))
    what = "Slot of {day}: {judged}; {owed}, {held} held."
    say(_(what, day=show_day(found.day), judged=judged, owed=owed, held=len(found.held)))
    if sent:
        more = [f"{report[name]} {_(name)}" for name in ("postponed", "refused", "broken") if report[name]]
        say(", ".join([_("Mails delivered: {sent}", sent=sent.sent), *more]) + ".")
    else:
        say(_("A rehearsal: nothing was written or sent."))
    if report["broken"]:
        say(_(BROKEN), style="bold yellow")
    if report["relay"]:
        say(_("The relay accepts no mail: {reply}", reply=report["relay"]), style="bold red")
    for trouble in (*found.alerts, *(sent.alerts if sent else ())):
        say(f"{told(trouble.problem)} {told(trouble.advice)}", style="bold red")
    if report["held"] and not sent:
        say(_("A check would hold what is marked so until an operator releases or drops it."), style="bold red")
    if names := report["overdue"]:  # `status` lists all of them with the reasons
        others = len(names) - SHOWN
        rest = " " + _("and {others} more; `monitor status` lists them.", others=others) if others > 0 else "."
        say(_("Overdue: {names}{rest}", names=", ".join(names[:SHOWN]), rest=rest), style="bold red")
