"""status: the last check, the outbox, what is overdue, and what needs the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from monitor.app import in_english
from monitor.cli.boundary import Exit
from monitor.cli.language import _, listed, several, told
from monitor.cli.options import JSON, configured, now
from monitor.cli.terminal import print_json, say, say_beside, show_day, show_instant, table, why

if TYPE_CHECKING:
    from monitor.actions.query.status import DaemonStatus, SourceStatus, Status

DAEMON = ("who", "place", "version", "schema", "settings", "since", "started_at", "seen_at", "alive", "trouble")
DIFFER = "The daemons have not the same rules, calendars, people and limits: give them one configuration."


@click.command()
@JSON
@click.option("--nagios", "as_nagios", is_flag=True, help="Answer as a plugin of Nagios, Icinga or Checkmk does.")
def status(as_json: bool, as_nagios: bool) -> int:
    """Print the last check, the outbox, what is overdue, and the notices to the operator.

    Exit codes: 0 all well, 1 something is overdue, 3 could not tell, 5 mails are held.

    With --nagios one line, the reasons, and figures; exit codes: 0 OK, 1 WARNING (something is overdue, a notice is
    open), 2 CRITICAL (the service does not run, a slot was missed, mails are held or not delivered), 3 UNKNOWN.
    """
    from monitor.actions.query.status import look_at_status

    if as_nagios:
        from monitor.cli.nagios import answer

        return answer(lambda: look_at_status(configured(), now()))
    found = look_at_status(configured(), now())
    print_json(_json(found)) if as_json else _print(found)
    if found.held:
        return Exit.HELD
    if not found.running_well:
        return Exit.COULD_NOT_TELL
    return Exit.OVERDUE if found.overdue else Exit.WELL


def _json(found: Status) -> dict[str, Any]:
    return {
        "day": found.day,
        "next_slot": found.next_slot,
        "last_check": found.last_check and {"number": found.last_check.number, **asdict(found.last_check)},
        "behind": found.behind,
        "counts": found.counts,
        "oldest_unsent": found.oldest_unsent,
        "overdue": [f"{item.entry} {item.rule.id}/{item.key.occurrence}" for item in found.overdue],
        "daemons": [
            {name: getattr(daemon, name) for name in (*DAEMON, "not_on_disk", "here")} for daemon in found.daemons
        ],
        "undelivered": [
            {"person": one.person, "since": one.since, "slots": one.slots, "mails": len(one.waiting)}
            | {"tried": one.tried, "reply": one.reply, "others_reminded": one.late is not None}
            for one in found.undelivered
        ],
        "sources": [
            {name: getattr(one, name) for name in ("name", "asked_at", "complete_at", "silent")}
            | {"troubles": [in_english(trouble.said) for trouble in one.troubles]}
            for one in found.sources
        ],
        "inbox": found.inbox,
        "notices": [{"kind": n.kind, "what": n.what, "do": n.do, "since": n.raised_at} for n in found.notices],
        "faults": [asdict(fault) for fault in found.faults],
    }


def _print(found: Status) -> None:
    _print_checks(found)
    for daemon in found.daemons:
        _print_daemon(daemon, found.zone)
    if found.settings_differ:
        say(_(DIFFER), style="bold red")
    if found.oldest_unsent:
        say(
            _(
                "The oldest waiting mail is of {at}.",
                at=show_instant(found.oldest_unsent, found.zone),
            ),
            style="yellow",
        )
    _print_record(found)
    if found.undelivered:
        say("\n" + _("Not delivered"), style="bold red" if any(one.alarming for one in found.undelivered) else "yellow")
        waits = ((one.person, one.since, one.slots, len(one.waiting), one.reply) for one in found.undelivered)
        table(("to", "since", "slots", "mails", "the relay's reply"), waits, wide=("the relay's reply",))
    if found.overdue:
        say("\n" + _("Overdue"), style="bold red")
        rows = ((i.entry, f"{i.rule.id}/{i.key.occurrence}", i.due.day, why(i.due.steps)) for i in found.overdue)
        table(("entry", "obligation", "due", "why that day"), rows, wide=("why that day",))
    _print_notices(found)
    if found.faults:
        say("\n" + _("The files on disk have faults, so what is due was not judged"), style="bold red")
    for fault in found.faults:
        say(told(fault), style="red")
    if not (found.overdue or found.undelivered or found.notices or found.behind or found.faults):
        say(_("All well."))


def _print_notices(found: Status) -> None:
    """Print each notice with what to do below it."""
    from monitor.actions.operator.notices import facts_of

    if found.notices:
        say("\n" + _("For the operator"), style="bold")
    for what, do in map(facts_of, found.notices):
        say(f"- {told(what)}")
        say(f"  → {told(do)}", style="yellow")


def _print_checks(found: Status) -> None:
    last, counts = found.last_check, found.counts
    if last is None:
        say(_("No check was made yet."), style="bold yellow")
    else:
        at = show_instant(last.at, found.zone)
        made = _("made by hand {at}", at=at) if last.who == "hand" else _("made {at}", at=at)
        say(
            _("Last check: slot of {day}, {made}; {owed} reminders.", day=show_day(last.day), made=made, owed=last.owed)
        )
    if found.behind and last is not None:
        makes_up, running = _("`monitor check` makes up for it."), _("is `monitor run` running?")
        do = makes_up if configured().demo.today else running
        say(_("The slot of {day} was not checked: {do}", day=show_day(found.day), do=do), style="bold red")
    if found.next_slot:
        say(
            _(
                "Next slot: {at}. {count} entries.",
                at=show_instant(found.next_slot, found.zone),
                count=counts["entries"],
            )
        )
    mails = [f"{count} {_(state)}" for state, count in counts.items() if count and state != "entries"]
    say(_("Mails of the last week, and all that wait: {mails}.", mails=", ".join(mails) or _("none")))


def _print_record(found: Status) -> None:
    """Print how the sources of the public record answer, and how much of what they said waits."""
    for source in found.sources:
        _print_source(source, found.zone)
    if found.inbox:
        waits = "{count} item waits in the inbox: `monitor inbox` lists it."
        say(several(waits, "{count} items wait in the inbox: `monitor inbox` lists them.", found.inbox))


def _print_source(source: SourceStatus, zone: str) -> None:
    """Print when a source last gave a whole answer, and why the last one was not."""
    if source.asked_at is None:
        say(_("Source {name}: not asked yet.", name=source.name))
        return
    at = show_instant(source.complete_at, zone) if source.complete_at else _("never")
    style = "bold red" if source.silent else "yellow" if source.troubles else ""
    say(_("Source {name}: last whole answer {at}.", name=source.name, at=at), style=style)
    for trouble in source.troubles:
        say_beside("", told(trouble.said), style="yellow")


def _print_daemon(daemon: DaemonStatus, zone: str) -> None:
    """Print whether a daemon runs, and with what; one that was not seen for a while ended, and others do its work."""
    name = _("{who} (version {version}, {place})", who=daemon.who, version=daemon.version, place=daemon.place)
    if not daemon.alive:
        say(
            _("Gone: {name}, last seen {at}.", name=name, at=show_instant(daemon.seen_at, zone)),
            style="yellow",
        )
        return
    if daemon.trouble:
        say(_("Suspended: {name}. {trouble}", name=name, trouble=daemon.trouble), style="bold red")
    else:
        say(_("Runs: {name}, since {at}.", name=name, at=show_instant(daemon.started_at, zone)))
    if daemon.since > daemon.started_at:
        say(_("It reloaded changed files on {at}.", at=show_instant(daemon.since, zone)))
    if daemon.not_on_disk:
        here = "Its {kinds} are not those on disk now: it has not reloaded them yet."
        elsewhere = "Its {kinds} are not those of the configuration here."
        kinds = listed(map(_, daemon.not_on_disk), _("and"))
        say(_(here if daemon.here else elsewhere, kinds=kinds), style="yellow")
