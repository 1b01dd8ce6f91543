"""The group of all commands. Each is imported only when it is used, so that `--version` and completion stay quick."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

import click

import monitor
from monitor.cli.boundary import Exit, guarded
from monitor.cli.output import is_saved

COMMANDS: Mapping[str, str] = {  # command → module and function, in the order shown
    "init": "init:init",
    "doctor": "doctor:doctor",
    "demo": "demo:demo",
    "run": "running:run",
    "check": "running:check",
    "simulate": "outlook:simulate",
    "whatif": "whatif:whatif",
    "explain": "outlook:explain",
    "preview": "preview:preview",
    "timeline": "timeline:timeline",
    "list": "register:list_entries",
    "show": "register:show",
    "add": "verbs:add",
    "correct": "verbs:correct",
    "extend": "verbs:extend",
    "end": "verbs:end",
    "deploy": "verbs:deploy",
    "record": "verbs:record",
    "retract": "verbs:retract",
    "mute": "verbs:mute",
    "unmute": "verbs:unmute",
    "confirm": "verbs:confirm",
    "note": "verbs:note",
    "acknowledge": "attention:acknowledge",
    "snooze": "attention:snooze",
    "absent": "attention:absent",
    "import": "exchange:import_file",
    "export": "exchange:export",
    "template": "exchange:template",
    "outbox": "outbox:outbox",
    "history": "register:history",
    "status": "running:status",
    "backup": "keeping:backup",
    "prune": "keeping:prune",
    "migrate": "setup:migrate",
    "validate": "setup:validate",
    "send-test": "outbox:send_test",
}


class Commands(click.Group):
    """A group that imports a command when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of a working day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name].split(":")
        command = getattr(importlib.import_module(f"monitor.cli.{module}"), function)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with the nearest command suggested for a slip."""
        from monitor.core.errors import nearest

        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            near = nearest(args[0], COMMANDS)
            ctx.fail(f"There is no command {args[0]!r}.{f' Did you mean {near}?' if near else ''}")
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(monitor.__version__, prog_name="monitor")
@click.option(
    "--config", "config", type=click.Path(path_type=Path), envvar="MONITOR_CONFIG", metavar="FILE",
    help="The configuration; else ./config.toml, else /etc/monitor/config.toml.",
)  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, config: Path | None) -> None:
    """Keeps a register of decisions that expire and mails the right people in time, once, until the letter is recorded."""
    ctx.obj = config


def run(arguments: list[str] | None = None) -> int:
    """Run one command line and give its exit code; never a traceback for bad input."""
    return guarded(lambda: _run(arguments))


def _run(arguments: list[str] | None) -> int:
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
        print(f"monitor: stopped; {'what was done is saved' if done else 'nothing was changed'}.", file=sys.stderr)
        return Exit.WELL if done else Exit.REFUSED
    except click.ClickException as wrong:
        print(f"monitor: {_sentence(wrong)}", file=sys.stderr)
        return Exit.USAGE
    return int(code or Exit.WELL)


def _sentence(wrong: click.ClickException) -> str:
    """What was typed wrongly, and where it is shown how."""
    context = getattr(wrong, "ctx", None)
    said = " ".join(wrong.format_message().split())
    stop = "" if said.endswith((".", "?")) else "."
    return f"{said}{stop} `{context.command_path} --help` shows how." if context else f"{said}{stop}"
