"""outbox and send-test: the mails that wait, were sent or are held, and what to do with those that are held."""

from __future__ import annotations

import sys

import click

from monitor.cli.boundary import Exit
from monitor.cli.options import JSON, LIMIT, YES, config_of, now
from monitor.core.delivery import State

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
        print_json_lines(dict(row._mapping) for row in found)
        return
    rows = ((r.id, r.day, r.person, r.kind, r.state, r.reminders or "", r.attempts or "", r.subject) for r in found)
    columns = ("no.", "slot", "to", "kind", "state", "says", "tries", "subject")
    table(columns, rows, empty="No mails.", wide=("subject",))


@outbox.command()
@click.argument("numbers", nargs=-1, type=int)
@YES
@click.pass_context
def release(ctx: click.Context, numbers: tuple[int, ...], yes: bool) -> int:
    """Send held mails after all; without NUMBERS all of them."""
    from monitor.actions.posting import release as act

    return _act(ctx, numbers, act, yes=yes, verb="released")


@outbox.command()
@click.argument("numbers", nargs=-1, type=int)
@YES
@click.pass_context
def drop(ctx: click.Context, numbers: tuple[int, ...], yes: bool) -> int:
    """Never send held mails; what they said counts as said. Without NUMBERS all of them."""
    from monitor.actions.posting import drop as act

    return _act(ctx, numbers, act, yes=yes, verb="dropped")


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
    gone = "" if found.raw else "Its text is not kept any more ([retention] mail)."
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
        say(gone, style="yellow")
        return
    body = message_from_bytes(found.raw, policy=policy.default).get_body(("plain",))
    say_exactly(f"\n{body.get_content() if body else ''}")


@click.command("send-test")
@click.argument("person")
@click.pass_context
def send_test(ctx: click.Context, person: str) -> int:
    """Send PERSON one mail at once and say what the relay answered."""
    from monitor.actions.posting import send_test as act
    from monitor.app import build
    from monitor.cli.show import say
    from monitor.core.delivery import Outcome

    with build(config_of(ctx)) as app:
        report = act(app, person, now())
    say(f"{report.outcome}: {report.reply}")
    return Exit.WELL if report.outcome is Outcome.ACCEPTED else Exit.COULD_NOT_TELL


def _act(ctx: click.Context, numbers: tuple[int, ...], act: object, *, yes: bool, verb: str) -> int:
    from monitor.app import build
    from monitor.cli.show import say
    from monitor.core.errors import Refused

    assert callable(act)
    with build(config_of(ctx)) as app:
        if not yes:
            if not sys.stdin.isatty():
                raise Refused("Nothing was changed: nobody is there to answer. Add --yes to do it without asking.")
            which = ", ".join(map(str, numbers)) or "all held mails"
            click.confirm(f"{verb.capitalize()}: {which}. Sure?", abort=True, err=True)
        count = act(app, numbers, now())
    say(f"{count} {'mail' if count == 1 else 'mails'} {verb}.{SOON if verb == 'released' else ''}")
    return Exit.WELL
