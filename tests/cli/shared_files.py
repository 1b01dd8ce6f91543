"""docs/share/: man pages and shell completion, written from the commands and the example configuration.

`python tests/cli/shared_files.py` writes them; the wheel carries them to PREFIX/share.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from monitor.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]
SHARE = ROOT / "docs" / "share"
COMPLETION = {
    "bash": "bash-completion/completions/monitor",
    "zsh": "zsh/site-functions/_monitor",
    "fish": "fish/vendor_completions.d/monitor.fish",
}
EXIT_CODES = re.compile(r"^\| (\d) \| (.+) \|$", re.MULTILINE)
SETTING = re.compile(r"(?:# )?([a-z_-]+ = .*)$")
TABLE = re.compile(r"(?:# )?\[(.+)\]$")
ALSO = "The whole documentation is at the program's source: README.md and the folder docs."
WIDE = 10_000  # characters: usage stays one line, man breaks it


def files() -> Mapping[str, str]:
    """Path below docs/share/ → its content."""
    pages = {"man/man1/monitor.1": _lines(monitor_page()), "man/man5/monitor-config.5": _lines(config_page())}
    return {**pages, **{path: completion(shell) for shell, path in COMPLETION.items()}}


def completion(shell: str) -> str:
    """Click's own script, as an installed file."""
    found = get_completion_class(shell)
    assert found is not None
    return found(cli, {}, "monitor", "_MONITOR_COMPLETE").source().strip() + "\n"


def monitor_page() -> Iterator[str]:
    """monitor(1)."""
    yield from _head("MONITOR", 1, "monitor", "mails the right people before decisions expire")
    yield from (".SH SYNOPSIS", ".B monitor", r"[\fB\-\-config\fR \fIFILE\fR] \fICOMMAND\fR [\fIARGUMENT\fR]...")
    yield from (".SH DESCRIPTION", text(cli.help or ""))
    yield text("Every verb first shows what it does and asks; --yes does not ask. Every listing has --json.")
    yield from (".SH OPTIONS", *_options(cli, click.Context(cli, info_name="monitor")))
    yield ".SH COMMANDS"
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        yield from _command(f"monitor {name}", command)
        for sub in sorted(getattr(command, "commands", ())):
            yield from _command(f"monitor {name} {sub}", command.commands[sub])  # type: ignore[attr-defined]
    yield ".SH EXIT STATUS"
    for code, meaning in EXIT_CODES.findall((ROOT / "README.md").read_text(encoding="utf-8")):
        yield from _item(code, meaning)
    yield ".SH ENVIRONMENT"
    yield from _item("MONITOR_CONFIG", "The configuration, when --config names none.")
    yield from _item(
        "MONITOR_ACTOR", "Who makes a change, when --actor names none; else SUDO_USER, else the account's name."
    )
    yield from _item(
        "MONITOR_TABLE__KEY", "Any setting of one value, as MONITOR_MAIL__SMTP__HOST; it wins over the file."
    )
    yield ".SH FILES"
    yield from _item("./config.toml, /etc/monitor/config.toml", "The configuration, in this order, when none is named.")
    yield from (".SH SEE ALSO", r"\fBmonitor-config\fR(5)", ".PP", text(ALSO))


def config_page() -> Iterator[str]:
    """monitor-config(5), from the example with every setting."""
    yield from _head("MONITOR-CONFIG", 5, "monitor-config", "the configuration of monitor, config.toml")
    lines = (ROOT / "config.example.toml").read_text(encoding="utf-8").splitlines()
    yield from (".SH DESCRIPTION", text("A file in TOML. monitor init writes one with every setting in it."), ".PP")
    sentences: list[str] = []
    for line in lines:
        table, setting = TABLE.match(line), SETTING.match(line)
        if setting:
            yield from _item(setting[1], " ".join(sentences))
        elif table or not line.strip("# "):
            yield from (".PP", text(" ".join(sentences))) if sentences else ()
            yield from (f".SH [{text(table[1])}]",) if table else ()
        else:
            sentences.append(line.removeprefix("# "))
            continue
        sentences = []
    yield from (".SH SEE ALSO", r"\fBmonitor\fR(1)", ".PP", text(ALSO))


def text(words: str) -> str:
    """Words as roff takes them: paragraphs apart, nothing of it a request, hyphens as they are typed."""
    escaped = words.replace("\\", r"\e").replace("-", r"\-").replace("`", r"\(ga").replace("'", r"\(aq")
    paragraphs = [" ".join(part.split()) for part in escaped.split("\n\n") if part.strip()]
    return "\n.PP\n".join(rf"\&{part}" if part.startswith(".") else part for part in paragraphs)


def _head(title: str, section: int, name: str, what: str) -> Iterable[str]:
    return (f'.TH "{title}" "{section}" "" "mandate\\-monitor" ""', ".SH NAME", f"{text(name)} \\- {text(what)}")


def _command(title: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=title, terminal_width=WIDE, help_option_names=["-h", "--help"])
    yield f".SS {text(title)}"
    pieces = " ".join(command.collect_usage_pieces(context))
    yield from (rf"\fB{text(title)}\fR {text(pieces)}", ".PP", text(command.help or ""))
    yield from _options(command, context)


def _options(command: click.Command, context: click.Context) -> Iterator[str]:
    for param in command.get_params(context):
        record = param.get_help_record(context)
        if record and record[1] and "--help" not in param.opts:
            yield from _item(*record)


def _item(head: str, body: str) -> Iterable[str]:
    return (".TP", rf"\fB{text(head)}\fR", *([text(body)] if body else ()))


def _lines(page: Iterable[str]) -> str:
    return "\n".join(page) + "\n"


if __name__ == "__main__":
    for path, content in files().items():
        (SHARE / path).parent.mkdir(parents=True, exist_ok=True)
        (SHARE / path).write_text(content, encoding="utf-8")
