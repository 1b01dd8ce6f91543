"""outbox and send-test: the mails that wait, were sent or are held, and what to do with those that are held."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from monitor.cli.asking import must_agree
from monitor.cli.boundary import Exit
from monitor.cli.options import ACTOR, JSON, LIMIT, YES, account, config_of, now
from monitor.cli.output import saved
from monitor.core.delivery.retry import State

if TYPE_CHECKING:
    from monitor.actions.check.held_mail import Picked

SHOWN = 50  # held reminders that a preview lists
SOON = " `monitor run` sends within a minute, `monitor check` at once."


@click.group(invoke_without_command=True)
@click.option("--state", multiple=True, type=click.Choice([str(state) for state in State]), help="May be repeated.")
@click.option("--person", help="Only mails to this person or address.")
@LIMIT
@JSON
@click.pass_context
def outbox(ctx: click.Context, state: tuple[str, ...], person: str | None, limit: int, as_json: bool) -> None:
    """List the mails, newest first; or release, drop or show some of them."""
    from monitor.app import build
    from monitor.cli.show import print_json_lines, table
    from monitor.store.records import outbox as query

    if ctx.invoked_subcommand:
        return
    with build(config_of(ctx)) as app, app.store.reading() as connection:
        found = query(connection, states=state, person=person, limit=limit)
    if as_json:
        print_json_lines(asdict(row) for row in found)
        return
    rows = ((r.id, r.day, r.person, r.kind, r.state, r.reminders or "", r.attempts or "", r.subject) for r in found)
    columns = ("no.", "slot", "to", "kind", "state", "says", "tries", "subject")
    table(columns, rows, empty="No mails.", wide=("subject",))


def _choosing(command: Any) -> Any:
    """The options that say which held reminders are meant."""
    options = (
        click.argument("numbers", nargs=-1, type=int),
        click.option("--person", "persons", multiple=True, help="Only reminders to this person. May be repeated."),
        click.option("--rule", "rules", multiple=True, help="Only reminders of this rule. May be repeated."),
        click.option("--entry", "entries", multiple=True, help="Only reminders about this entry. May be repeated."),
        click.option(
            "--reminder", "reminders", multiple=True, metavar="ENTRY/RULE/OCCURRENCE[@PERSON]",
            help="Only this reminder, of all persons or of one. May be repeated.",
        ),
        click.option("--dry-run", is_flag=True, help="Show which reminders that is; change nothing."),
        ACTOR,
        YES,
        click.pass_context,
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@outbox.command()
@_choosing
def release(ctx: click.Context, **given: Any) -> int:
    """Send held reminders after all: whole mails by NUMBERS, or items by options; without any, all that is held."""
    return _act(ctx, drop=False, **given)


@outbox.command()
@_choosing
def drop(ctx: click.Context, **given: Any) -> int:
    """Never send held reminders; they count as said. NUMBERS and options as for release; without any, all that is held."""
    return _act(ctx, drop=True, **given)


@outbox.command()
@YES
@click.pass_context
def hold(ctx: click.Context, yes: bool) -> int:
    """Hold everything, as for a restored backup, until `outbox resume`: only mails to the operator leave."""
    from monitor.actions.operator.restore_guard import hold_by_hand
    from monitor.app import build
    from monitor.cli.show import say

    with build(config_of(ctx)) as app:
        if not yes:
            must_agree("Everything that waits and everything to come is held. Sure?")
        trouble = hold_by_hand(app, now())
        saved()
    say(f"{trouble.what} {trouble.do}")
    return Exit.WELL


@outbox.command()
@YES
@click.pass_context
def resume(ctx: click.Context, yes: bool) -> int:
    """Judge and send as usual again after a restore or `outbox hold`. What is held stays so until released or dropped."""
    from monitor.actions.operator.restore_guard import require_held
    from monitor.actions.operator.restore_guard import resume as act
    from monitor.app import build
    from monitor.cli.show import say

    with build(config_of(ctx)) as app:
        require_held(app)
        if not yes:
            must_agree("From here on reminders are judged and sent as usual. Sure?")
        held = act(app, now())
        saved()
    still = f" {_some(held, 'mail is', 'mails are')} still held: release or drop." if held else ""
    say(f"Resumed.{still}")
    return Exit.WELL


@outbox.command()
@click.argument("number", type=int)
@click.option("--raw", is_flag=True, help="The mail itself, byte for byte.")
@click.pass_context
def show(ctx: click.Context, number: int, raw: bool) -> None:
    """One mail: what was tried, and its text."""
    from email import message_from_bytes, policy

    from monitor.app import build
    from monitor.cli.show import say, say_exactly, show_instant
    from monitor.core.errors import Refused, UnknownId
    from monitor.store.records import attempts_of, message

    with build(config_of(ctx)) as app, app.store.reading() as connection:
        found, tried = message(connection, number), attempts_of(connection, number)
    if found is None:
        raise UnknownId("mail", str(number), ())
    gone = "" if found.raw else f"The text of mail {number} is kept no longer ([retention] mail)."
    if raw:
        if gone:
            raise Refused(gone)
        sys.stdout.buffer.write(found.raw)
        return
    say(f"{found.subject}", style="bold")
    say(f"to {found.person} <{found.address}>, {found.state}, {found.message_id}")
    for attempt in tried:
        say(f"{show_instant(attempt.at, app.policy.zone)} {attempt.outcome}: {attempt.reply}")
    if gone:
        say(f"\n{gone}", style="yellow")
        return
    body = message_from_bytes(found.raw, policy=policy.default).get_body(("plain",))
    say_exactly(f"\n{body.get_content() if body else ''}")


@click.command("send-test")
@click.argument("person")
@click.pass_context
def send_test(ctx: click.Context, person: str) -> int:
    """Send PERSON one mail at once and say what the relay answered."""
    from monitor.actions.admin.preview import send_test as act
    from monitor.app import build
    from monitor.cli.show import say
    from monitor.core.delivery.retry import Outcome

    with build(config_of(ctx)) as app:
        report = act(app, person, now())
    if report.outcome is Outcome.ACCEPTED:
        saved()
    say(f"{report.outcome}: {report.reply}")
    return Exit.WELL if report.outcome is Outcome.ACCEPTED else Exit.COULD_NOT_TELL


def _act(
    ctx: click.Context,
    *,
    drop: bool,
    numbers: tuple[int, ...],
    dry_run: bool,
    actor: str | None,
    yes: bool,
    **named: Any,
) -> int:
    from monitor.actions.check import held_mail
    from monitor.app import build
    from monitor.cli.show import say

    choice, verb = held_mail.Choice(mails=numbers, **named), "dropped" if drop else "released"
    with build(config_of(ctx)) as app:
        picked = held_mail.pick(app, choice)
        if dry_run or not yes:
            _show_picked(picked, verb)
        if dry_run:
            return Exit.WELL
        if not yes:
            must_agree(f"{verb.capitalize()}: {_told(picked)}. Sure?")
        act = held_mail.drop if drop else held_mail.release
        picked = act(app, choice, now(), actor=actor or account())
        saved()
    say(f"{_told(picked)} {verb}; {picked.stays or 'nothing'} {'stay' if picked.stays > 1 else 'stays'} held."
        f"{'' if drop else SOON}")  # fmt: skip
    return Exit.WELL


def _show_picked(picked: Picked, verb: str) -> None:
    from monitor.cli.show import say, table

    rows = [
        (line.message, line.person, line.obligation.entry, f"{line.obligation.rule}/{line.obligation.occurrence}",
         line.rung, line.due)
        for line in picked.lines[:SHOWN]
    ]  # fmt: skip
    table(("no.", "to", "entry", "obligation", "rung", "due"), rows, empty="No reminders.", wide=("obligation",))
    if len(picked.lines) > SHOWN:
        say(f"… and {len(picked.lines) - SHOWN} more.")
    say(f"{_told(picked)} would be {verb}; {picked.stays or 'nothing'} would stay held.")


def _told(picked: Picked) -> str:
    mails = len(picked.whole) + len(picked.parts)
    return f"{_some(len(picked.lines), 'reminder', 'reminders')} in {_some(mails, 'held mail', 'held mails')}"


def _some(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"
