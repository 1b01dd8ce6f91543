"""The limit: mails whose bytes are ready, over one connection that is kept, with nothing recorded anywhere.

python -m benchmarks.peers.smtplib_limit PORT FILE      FILE: the mails as JSON, [[recipient, mail], …]
"""

from __future__ import annotations

import json
import smtplib
import sys
import time
from pathlib import Path


def main(port: str, file: str) -> None:
    """One connection, one mail after the other."""
    mails = [(to, raw.encode()) for to, raw in json.loads(Path(file).read_text())]
    with smtplib.SMTP("127.0.0.1", int(port), local_hostname="localhost") as relay:
        relay.ehlo()
        wall, cpu = time.perf_counter(), time.process_time()
        for to, raw in mails:
            relay.sendmail("monitor@bench.example", [to], raw)
        print(json.dumps({"sent": len(mails), "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}))


if __name__ == "__main__":
    main(*sys.argv[1:])
