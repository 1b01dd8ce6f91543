"""`python -m monitor` and the `monitor` command."""

from __future__ import annotations

import io
import sys


def main() -> None:
    """Run the command line; the exit code tells how it went (monitor/cli/boundary.py)."""
    from monitor.cli.main import run

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a terminal that lacks a letter shows a question mark, not a traceback
    sys.exit(run())


if __name__ == "__main__":
    main()
