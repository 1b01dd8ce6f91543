"""`monitor serve` on loopback in Debian's Chromium. Skipped without Chromium or Playwright."""

from __future__ import annotations

import importlib.util
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from desk_of_two import Desk
from patience import LIMIT, wait_until

from monitor.actions.desk.access import new_link
from monitor.clock import now as machine_now

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
WAIT = LIMIT * 1000  # milliseconds that a browser waits for a page or an element


@contextmanager
def chromium() -> Iterator[Any]:
    """Start a browser without a screen. Skips where there is no Chromium or no Playwright."""
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no Chromium on this machine; these tests look at the desk in a browser")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("no Playwright in this environment: pip install -r requirements.lock")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=[*OPTIONS])
        yield browser
        browser.close()


class Served:
    """A desk of two contributions on Monday 4 January 2021, served by a process of its own."""

    def __init__(self, folder: Path, browser: Any, **fields: Any) -> None:
        self.desk, self.browser = Desk(folder, **fields), browser
        with self.desk.file.open("a", encoding="utf-8") as file:
            file.write(f"[demo]\ntoday = {self.desk.moment.date()}\n")
        self.log = folder / "serve.txt"
        with self.log.open("w") as out:
            command = [sys.executable, "-m", "monitor", "--config", str(self.desk.file), "serve", "--port", "0"]
            self.process = subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
        wait_until(lambda: "key=" in self.log.read_text() or self.process.poll() is not None, self.log.read_text)
        self.address = re.findall(r"http://127\.0\.0\.1:\d+", self.log.read_text())[0]

    def link(self, person: str) -> str:
        """Return a one-time link for a person."""
        return f"{self.address}/enter?key={new_link(self.desk.app, machine_now(), person)}"

    def page(self, person: str = "lotte", **options: Any) -> Any:
        """Return a tab in which a person has come in by a link; `options`: of the browser's context."""
        context = self.browser.new_context(base_url=self.address, **options)
        context.set_default_timeout(WAIT)
        page = context.new_page()
        page.goto(self.link(person))
        page.get_by_role("main").get_by_role("button").click()
        page.wait_for_url(f"{self.address}/")
        return page

    def stop(self) -> None:
        """Stop the process as a service manager does; what it logged has no traceback."""
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(LIMIT) == 0
        self.desk.app.close()
        assert "Traceback" not in self.log.read_text(), self.log.read_text()
