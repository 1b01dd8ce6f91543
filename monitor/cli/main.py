"""The group of all commands. Each is imported only when it is used, so that `--version` and completion stay quick."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import click

import monitor
from monitor.cli.advice import called_with, typed
from monitor.cli.boundary import Exit, guarded
from monitor.cli.help import write_commands, write_first_help
from monitor.cli.language import _, config_named, in_language, one_command, speak
from monitor.cli.output import is_saved

MODULES = {  # module of monitor.cli → its commands, in the order of a working day
    "init": "init",
    "doctor": "doctor validate",
    "demo": "demo",
    "check": "run check",
    "serve": "serve",
    "status": "status",
    "audit": "audit",
    "forecast": "simulate whatif",
    "preview": "preview send-test",
    "timeline": "timeline",
    "read": "read",
    "accept": "accept",
    "watch": "watch",
    "inbox": "inbox",
    "register": "list history",
    "entry": "show explain",
    "verbs": "add correct extend end deploy record retract mute unmute confirm note acknowledge snooze absent",
    "exchange": "import export template",
    "outbox": "outbox",
    "maintenance": "backup prune migrate",
}
COMMANDS = {command: module for module, commands in MODULES.items() for command in commands.split()}


class Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Choose the language first: what is wrong with the command line, and its help, are said in it too."""
        speak(config_named(args))
        self._help_option = None  # click keeps the first, in the language spoken then
        return super().make_context(info_name, args, parent, **extra)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return all commands, in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, as its module has it."""
        if cmd_name not in COMMANDS:
            return None
        commands = vars(importlib.import_module(f"monitor.cli.{COMMANDS[cmd_name]}")).values()
        found = next(one for one in commands if isinstance(one, click.Command) and one.name == cmd_name)
        return in_language(found)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Do as click does; suggest the nearest command for a slip."""
        from monitor.core.errors import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], COMMANDS)
            hint = _(" Did you mean {near}?", near=near) if near else ""
            ctx.fail(_("There is no command {name!r}.{hint}", name=args[0], hint=hint))
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the help in the language spoken."""
        click.Group.format_help(in_language(self), ctx, formatter)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by subject."""
        write_commands(formatter, self, ctx)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(monitor.__version__, prog_name="monitor")
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    envvar="MONITOR_CONFIG",
    metavar="FILE",
    help="The configuration; else ./config.toml, else /etc/monitor/config.toml.",
)
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> int | None:
    """Keep a register of decisions that expire and mail the right people in time, once, until the letter is
    recorded.
    """
    ctx.obj = config
    by_hand = ctx.get_parameter_source("config") is click.core.ParameterSource.COMMANDLINE
    called_with(config if by_hand else None)
    if ctx.invoked_subcommand:
        return None
    formatter = ctx.make_formatter()
    write_first_help(formatter, in_language(cli).help or "")
    print(formatter.getvalue(), end="")
    return Exit.USAGE


def invoke(arguments: list[str] | None = None) -> int:
    """Run one command line and return its exit code; never a traceback for bad input."""
    with one_command():
        return guarded(lambda: _invoke(arguments))


def _invoke(arguments: list[str] | None) -> int:
    called_with(None)  # until the command line has been read
    try:
        code = cli.main(arguments, prog_name="monitor", standalone_mode=False)
    except SystemExit as stop:
        if isinstance(stop.__context__, OSError):  # click takes every broken pipe for that of the output
            raise stop.__context__ from None
        return int(stop.code or Exit.WELL)  # after completion
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.Abort:
        done = is_saved()
        stopped = _("stopped; what was done is saved.") if done else _("stopped; nothing was changed.")
        print(f"monitor: {stopped}", file=sys.stderr)
        return Exit.WELL if done else Exit.REFUSED
    except click.ClickException as wrong:
        sentence, context = " ".join(wrong.format_message().split()), getattr(wrong, "ctx", None)
        full_stop = "" if sentence.endswith((".", "?")) else "."
        how = " " + _("`{command} --help` shows how.", command=context.command_path) if context else ""
        print(f"monitor: {typed(f'{sentence}{full_stop}{how}')}", file=sys.stderr)
        return Exit.USAGE
    return int(code or Exit.WELL)
