"""A check alone: its mails wait in the outbox.

python -m benchmarks.jobs.compose CONFIG DAY
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from benchmarks.ground import instant
from monitor.actions.check.check import check
from monitor.app import build

if __name__ == "__main__":
    with build(Path(sys.argv[1])) as app:
        check(app, instant(date.fromisoformat(sys.argv[2])))
