"""`python -m monitor` and the `monitor` command."""

from __future__ import annotations

import gc
import sys

NEW_VALUES = 10_000  # values made between two searches for unused reference cycles; Python's own number is 700


def collect_seldom() -> None:
    """Search for unused reference cycles seldom: a check makes hundreds of thousands of values, few of them in a cycle.

    The searches took a tenth of a check; a few megabytes at most wait meanwhile.
    """
    gc.set_threshold(NEW_VALUES, *gc.get_threshold()[1:])


def main() -> None:
    """Run the command line; the exit code tells how it went (monitor/cli/boundary.py)."""
    collect_seldom()
    from monitor.cli.main import invoke  # its imports make many values too

    sys.exit(invoke())


if __name__ == "__main__":
    main()
