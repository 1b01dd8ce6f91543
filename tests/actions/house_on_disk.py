"""A monitor on real files in a folder: its service ticks by hand on a given day, and takes edits as a real one."""

from __future__ import annotations

import shutil
from datetime import date, timedelta
from email import message_from_bytes
from email import policy as mime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from facts import DEMO, ROOT
from structlog.testing import capture_logs

from monitor.actions.admin.reload import Reloading
from monitor.app import open_app, read_config
from monitor.core.model.slots import slot_of
from monitor.service import Service

RECESS = ROOT / "rules" / "calendars" / "nl-tweede-kamer.toml"
RULE = """[rule.{id}]
title = "A letter of our own"
norm = "policy"
why = "A test."
select = {{ kind = ["contribution"], status = ["active"] }}
due = {{ anchor = "valid_until", offset = "{offset}" }}
remind = ["-2w", "-1w", "0d"]
to = ["policy-officer"]
closes_on = ["document:extension-letter"]
"""
OWN = RULE.format(id="own", offset="-6w")
CONFIG = """[mail]
from = "Monitor <monitor@example.org>"
"""
TICK = 60  # seconds that the files have between two ticks


class House:
    """Files in `folder`; `write` edits one, `tick` lets the service look at them and work."""

    def __init__(
        self, folder: Path, *, config: str = CONFIG, start: date = date(2021, 5, 20), own: str = OWN,
        letters: bool = True, **how: Any,
    ) -> None:  # fmt: skip
        self.folder, self.seconds, self.config = folder, 0.0, folder / "config.toml"
        people = (DEMO / "people.toml").read_text(encoding="utf-8")
        self.write("config.toml", f"{config}\n{people}")
        for name in ("rules/calendars", "templates"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.write("rules/own.toml", own)
        shutil.copyfile(RECESS, folder / "rules" / "calendars" / RECESS.name)
        settings = read_config(self.config)
        self.app = open_app(settings)
        self.now = slot_of(self.app.policy, start) - timedelta(minutes=30)
        how = {"clock": lambda: self.seconds, **how}
        self.reloading = Reloading(settings, **how)
        if not letters:  # rendering all samples takes most of a second
            self.reloading.check = lambda found: ()  # type: ignore[assignment]
        self.service = Service(self.app, lambda: self.now, self.reloading)
        self.service.stopping.wait = self.wait  # type: ignore[method-assign]
        self.log: list[Any] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.seconds += timeout or 0
        return False

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new, 1))

    def tick(self, times: int = 1, seconds: float = TICK) -> list[Any]:
        """So many ticks; gives what they logged."""
        with capture_logs() as said:
            for _ in range(times):
                self.seconds += seconds
                self.service.tick()
        self.log += said
        return said

    def slot(self, when: date) -> list[Any]:
        """Two ticks just after the slot of that day."""
        self.now = slot_of(self.service.app.policy, when) + timedelta(minutes=1)
        return self.tick(2)

    def events(self, name: str) -> list[Any]:
        return [line for line in self.log if line["event"] == name]

    @property
    def in_force(self) -> dict[str, str]:
        """What the service judges by, as hashes."""
        return {kind: hash for kind, (hash, _) in self.service.app.in_force.items()}

    def mails(self, person: str) -> list[EmailMessage]:
        """What lies in that person's Maildir, oldest first."""
        found = [path.read_bytes() for path in (self.folder / "mail").glob(f"{person}*/new/*")]
        mails = [message_from_bytes(raw, policy=mime.default) for raw in found]
        return sorted(mails, key=lambda mail: mail["Date"].datetime)

    def close(self) -> None:
        self.service.transport.close()
        self.app.close()


def text_of(mail: EmailMessage) -> str:
    """The plain text, on one line."""
    body = mail.get_body(("plain",))
    assert body is not None
    return " ".join(body.get_content().split())
