"""Debian's prometheus-alertmanager, which turns alerts into mails: a thousand of them, a group and a mail each.

Its own configuration for this: no web hooks, one e-mail receiver, grouped by all labels, nothing waited for.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.process import PATIENCE, Tally, free_port, pinned

PROGRAM = "prometheus-alertmanager"
CONFIG = """\
global:
  smtp_smarthost: "127.0.0.1:{port}"
  smtp_from: "monitor@bench.example"
  smtp_hello: "localhost"
  smtp_require_tls: false
route:
  receiver: mail
  group_by: ["..."]
  group_wait: 0s
  group_interval: 5m
  repeat_interval: 24h
receivers:
  - name: mail
    email_configs:
      - to: "{{{{ .GroupLabels.person }}}}@bench.example"
"""


def installed() -> bool:
    """Whether there is one on this machine."""
    return shutil.which(PROGRAM) is not None


def version() -> str:
    """As it says itself."""
    said = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    return (said.stdout or said.stderr).split(",")[0].strip()


def send(relay: Tally, mails: int, core: int) -> tuple[float, float]:
    """Seconds by the clock from the alerts handed over to the last mail accepted, and seconds of its processor time."""
    with tempfile.TemporaryDirectory() as folder, _running(Path(folder), relay.port, core) as (process, url):
        relay.expect(mails)
        before, started = _cpu(process.pid), time.perf_counter()
        _post(url, [_alert(number) for number in range(mails)])
        done = relay.reached()
        return done - started, _cpu(process.pid) - before


@contextmanager
def _running(folder: Path, relay: int, core: int) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    (folder / "config.yml").write_text(CONFIG.format(port=relay), encoding="utf-8")
    address = f"127.0.0.1:{free_port()}"
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [PROGRAM, f"--config.file={folder / 'config.yml'}", f"--storage.path={folder / 'data'}",
             f"--web.listen-address={address}", "--cluster.listen-address=", "--log.level=error"],
            stdout=log, stderr=log, preexec_fn=pinned(core), env={**os.environ, "GOMAXPROCS": "1"},
        )  # fmt: skip
    try:
        _ready(f"http://{address}/-/ready", process, folder / "log")
        yield process, f"http://{address}/api/v2/alerts"
    finally:
        process.terminate()
        process.wait(PATIENCE)


def _ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"{PROGRAM} does not start: {log.read_text(encoding='utf-8')[-2000:]}")


def _alert(number: int) -> dict[str, Any]:
    """As much as a reminder says."""
    return {
        "labels": {"alertname": "permit-renewal", "entry": f"permit-{number}", "person": f"p{number}", "rung": "-8w"},
        "annotations": {
            "summary": "Apply for renewal of the permit",
            "title": f"Permit number {number} for works on the eastern quay",
            "why": "The authority decides within eight weeks; four more to answer questions.",
            "close": f"monitor record permit-{number} --type document:renewal-application",
        },
    }


def _post(url: str, alerts: list[dict[str, Any]]) -> None:
    body = json.dumps(alerts).encode()
    asked = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")
    with urllib.request.urlopen(asked, timeout=PATIENCE) as answer:
        assert answer.status == 200, answer.status


def _cpu(pid: int) -> float:
    """Seconds of processor time that a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
