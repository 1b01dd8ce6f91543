"""`python -m monitor` and the `monitor` command."""

from __future__ import annotations

import gc
import sys

NEW_VALUES = 10_000  # made before Python looks among them for circles that nobody holds; its own number is 700


def collect_seldom() -> None:
    """A check or an import makes hundreds of thousands of values, hardly any in a circle: looking through them again and
    again took a tenth of a check. What waits meanwhile is a few megabytes at most.
    """
    gc.set_threshold(NEW_VALUES, *gc.get_threshold()[1:])


def main() -> None:
    """Run the command line; the exit code tells how it went (monitor/cli/boundary.py)."""
    from monitor.cli.main import invoke

    collect_seldom()
    sys.exit(invoke())


if __name__ == "__main__":
    main()
