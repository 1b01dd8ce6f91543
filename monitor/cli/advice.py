"""Commands that a text advises, as they can be typed where this program was called."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path

ADVISED = re.compile(r"(?<=`)((?:sudo (?:-u \S+ )?)?)monitor (?=[a-z]|--config )")
_called = "monitor"  # program and configuration of the command that runs


def called_with(config: Path | None) -> None:
    """Note how this command was called; `config` is the file that its command line names, if any."""
    global _called
    _called = program() + (f" --config {shlex.quote(str(config))}" if config else "")


def typed(text: str) -> str:
    """Return the text with each command in `backquotes` as a shell finds it: program and configuration as called."""

    def as_called(found: re.Match[str]) -> str:
        return f"{found[1]}{_called if found.string[found.end()] != '-' else program()} "

    return ADVISED.sub(as_called, text)


def program() -> str:
    """Return the name by which a shell finds this program: as it was called, unless PATH has it."""
    called = Path(sys.argv[0])
    if called.name == "__main__.py":
        return f"{shlex.quote(sys.executable)} -m monitor"
    found = shutil.which("monitor")
    if called.name != "monitor" or (found and Path(found).resolve() == called.resolve()):
        return "monitor"
    return shlex.quote(str(called))
