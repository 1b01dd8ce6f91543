"""`python -m monitor` and the `monitor` command."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the exit code tells how it went (monitor/cli/boundary.py)."""
    from monitor.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    main()
