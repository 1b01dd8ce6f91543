"""outbox: the mails that wait, were sent or are held, and what to do with those that are held."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from monitor.cli.boundary import Exit
from monitor.cli.language import _, named, several, told
from monitor.cli.options import ACTOR, JSON, LIMIT, YES, configured, now, opened, with_options
from monitor.cli.output import saved
from monitor.cli.terminal import must_agree, print_json_lines, say, say_exactly, show_instant, table
from monitor.core.delivery.retry import State
from monitor.core.errors import Refused

if TYPE_CHECKING:
    from monitor.actions.check.held_mail import Picked

SHOWN = 50  # held reminders that a preview lists
SOON = "`monitor run` sends within a minute, `monitor check` at once."
AT_ONCE = "`monitor check` sends at once."  # on a demo, which has no service
NAMED = {  # option → the field of a choice, its value, and its help
    "--person": ("persons", None, "Only reminders to this person. May be repeated."),
    "--rule": ("rules", None, "Only reminders of this rule. May be repeated."),
    "--entry": ("entries", None, "Only reminders about this entry. May be repeated."),
    "--reminder": ("reminders", "ENTRY/RULE/OCCURRENCE[@PERSON]", "Only this reminder, of all persons or of one."),
}
CHOICE = with_options(
    click.argument("numbers", nargs=-1, type=int),
    *(click.option(n, field, multiple=True, metavar=value, help=text) for n, (field, value, text) in NAMED.items()),
    click.option("--dry-run", is_flag=True, help="Show which reminders these are; change nothing."),
    ACTOR,
    YES,
)


@click.group(invoke_without_command=True)
@click.option("--state", multiple=True, type=click.Choice([str(state) for state in State]), help="May be repeated.")
@click.option("--person", help="Only mails to this person or address.")
@LIMIT
@JSON
@click.pass_context
def outbox(ctx: click.Context, state: tuple[str, ...], person: str | None, limit: int, as_json: bool) -> None:
    """List the mails, newest first; or release, drop or show some of them."""
    from monitor.actions.query.outbox import list_mails

    if ctx.invoked_subcommand:
        return
    with opened() as app:
        found = list_mails(app, states=state, person=person, limit=limit)
    if as_json:
        print_json_lines(asdict(row) for row in found)
        return
    rows = (
        (r.id, r.day, r.person, named("letter", r.kind), _(r.state), r.reminders or "", r.attempts or "", r.subject)
        for r in found
    )
    columns = ("no.", "slot", "to", "kind", "state", "says", "tries", "subject")
    table(columns, rows, empty="No mails.", wide=("subject",))


@outbox.command()
@CHOICE
def release(**given: Any) -> int:
    """Send held reminders: whole mails by NUMBERS, or single reminders by options; without any, all that is held."""
    return _decide("released", **given)


@outbox.command()
@CHOICE
def drop(**given: Any) -> int:
    """Never send held reminders; they count as sent. NUMBERS and options as for release; without any, all held ones."""
    return _decide("dropped", **given)


def _decide(verb: str, numbers: tuple[int, ...], dry_run: bool, actor: str, yes: bool, **named: Any) -> int:
    """Release or drop what was chosen, after showing it."""
    from monitor.actions.check import held_mail

    choice = held_mail.Choice(mails=numbers, **named)
    with opened() as app:
        picked = held_mail.pick(app, choice)
        if dry_run or not yes:
            _print_picked(picked, verb)
        if dry_run:
            return Exit.WELL
        if not yes:
            ask = (
                _("Release {what}?", what=_counts(picked))
                if verb == "released"
                else _("Drop {what}?", what=_counts(picked))
            )
            must_agree(ask)
        act = held_mail.release if verb == "released" else held_mail.drop
        picked = act(app, choice, now(), actor=actor)
        saved()
    sent = " " + _(AT_ONCE if configured().demo.today else SOON)
    done = "{what} released; {stays}.{sent}" if verb == "released" else "{what} dropped; {stays}."
    stays = (
        several("{count} stays held", "{count} stay held", picked.stays) if picked.stays else _("nothing stays held")
    )
    say(_(done, what=_counts(picked), stays=stays, sent=sent))
    return Exit.WELL


@outbox.command()
@YES
def hold(yes: bool) -> None:
    """Hold everything, as for a restored backup, until `outbox resume`: only mails to the operator are sent."""
    from monitor.actions.operator.restore_guard import hold_by_hand

    with opened() as app:
        if not yes:
            must_agree(_("Everything that waits and everything to come is held. Sure?"))
        trouble = hold_by_hand(app, now())
        saved()
    say(f"{told(trouble.problem)} {told(trouble.advice)}")


@outbox.command()
@YES
def resume(yes: bool) -> None:
    """Judge and send as usual after a restore or `outbox hold`. Held mails stay held until released or dropped."""
    from monitor.actions.operator import restore_guard

    with opened() as app:
        restore_guard.require_held(app)
        if not yes:
            must_agree(_("From here on reminders are judged and sent as usual. Sure?"))
        held = restore_guard.resume(app, now())
        saved()
    one, more = " {count} mail is still held: release or drop.", " {count} mails are still held: release or drop."
    still = several(one, more, held) if held else ""
    say(_("Resumed.{still}", still=still))


@outbox.command()
@click.argument("number", type=int)
@click.option("--raw", is_flag=True, help="The mail itself, byte for byte.")
def show(number: int, raw: bool) -> None:
    """Show one mail: the attempts to send it, and its text."""
    from monitor.actions.query.outbox import mail_details

    with opened() as app:
        found = mail_details(app, number)
    mail = found.mail
    gone = "" if mail.raw else _("The text of mail {number} is kept no longer ([retention] mail).", number=number)
    if raw:
        if gone:
            raise Refused(gone)
        sys.stdout.buffer.write(mail.raw)
        return
    say(f"{mail.subject}", style="bold")
    say(
        _(
            "to {person} <{address}>, {state}, {message_id}",
            person=mail.person,
            address=mail.address,
            state=_(mail.state),
            message_id=mail.message_id,
        )
    )
    for attempt in found.attempts:
        say(f"{show_instant(attempt.at, app.policy.zone)} {_(attempt.outcome)}: {attempt.reply}")
    if gone:
        say(f"\n{gone}", style="yellow")
        return
    say_exactly(f"\n{found.text()}")


def _print_picked(picked: Picked, verb: str) -> None:
    rows = [
        (line.message, line.person, key.entry, f"{key.rule}/{key.occurrence}", line.rung, line.due)
        for line in picked.lines[:SHOWN]
        for key in [line.obligation]
    ]
    table(("no.", "to", "entry", "obligation", "rung", "due"), rows, empty="No reminders.", wide=("obligation",))
    if len(picked.lines) > SHOWN:
        say(_("… and {lines} more.", lines=len(picked.lines) - SHOWN))
    would = "{what} would be released; {count} would stay held."
    if verb != "released":
        would = "{what} would be dropped; {count} would stay held."
    say(_(would, what=_counts(picked), count=picked.stays or _("nothing")))


def _counts(picked: Picked) -> str:
    mails = len(picked.whole) + len(picked.parts)
    reminders = several("{count} reminder", "{count} reminders", len(picked.lines))
    return several("{reminders} in {count} held mail", "{reminders} in {count} held mails", mails, reminders=reminders)
