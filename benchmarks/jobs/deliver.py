"""A delivery alone, as each of several daemons does it on one database.

python -m benchmarks.jobs.deliver CONFIG DAY
"""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from pathlib import Path

from benchmarks.ground import instant
from monitor.actions.delivery.deliver import deliver
from monitor.app import build

if __name__ == "__main__":
    now = instant(date.fromisoformat(sys.argv[2]))
    with build(Path(sys.argv[1])) as app, app.transport() as transport:
        since = time.time()
        report = deliver(app, lambda: now, transport)
        print(json.dumps({"sent": report.sent, "since": since, "until": time.time()}))
