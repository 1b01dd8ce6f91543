"""`python -m monitor` and the `monitor` command."""

from __future__ import annotations

import gc
import sys

NEW_VALUES = 10_000  # made before Python collects circular garbage; its default is 700


def collect_seldom() -> None:
    """Collect circular garbage less often: it took a tenth of a check, whose hundreds of thousands of values have hardly
    any circle. A few megabytes at most wait meanwhile.
    """
    gc.set_threshold(NEW_VALUES, *gc.get_threshold()[1:])


def main() -> None:
    """Run the command line; the exit codes are in monitor/cli/boundary.py."""
    from monitor.cli.main import invoke

    collect_seldom()
    sys.exit(invoke())


if __name__ == "__main__":
    main()
