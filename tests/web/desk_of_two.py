"""A desk on real files: a configuration, a SQLite database with two contributions, and browsers without a screen."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from facts import added, day
from httpx import Response
from starlette.testclient import TestClient

from monitor.actions.desk.access import new_link
from monitor.actions.register.change import preview_all, save_all
from monitor.app import App, build
from monitor.clock import now as machine_now
from monitor.core.model.changes import Change
from monitor.core.model.slots import slot_of
from monitor.store.engine import open_engine
from monitor.store.migrate import migrate
from monitor.web.desk import COOKIE, desk
from monitor.web.installation import Installation

HERE = "http://127.0.0.1"
CONFIG = """\
[database]
url = "sqlite:///monitor.db"
[register]
language = "nl"
[mail]
from = "Termijnbewaking <monitor@example.org>"
[desk]
readers = ["clara"]
"""
PEOPLE = {
    "lotte": ("Lotte Verhagen", "nl", ["operator", "policy-officer"]),
    "idris": ("Idris el Amrani", "nl", ["legal-adviser"]),
    "wren": ("Wren Baker", "en", ["parliamentary-liaison", "defence-contact", "head-of-unit"]),
    "clara": ("Clara Griffier", "nl", ["director", "director-general", "evaluation-service"]),
}
MONDAY = day("04-01-2021")
END = "2021-05-14"  # the Article 100 letter is due sixteen weeks before: on 22 January


class Desk:
    """The desk, its register, and the instant that it works at: a minute after the slot of `day`."""

    def __init__(self, folder: Path, *, on: str = "04-01-2021", **fields: Any) -> None:
        people = "".join(
            f'[people.{id}]\nname = "{name}"\naddress = "{id}@example.org"\nlanguage = "{language}"\nroles = {roles}\n'
            for id, (name, language, roles) in PEOPLE.items()
        )
        self.file = folder / "config.toml"
        self.file.write_text(CONFIG + people, encoding="utf-8")
        migrate(open_engine(f"sqlite:///{folder}/monitor.db"))
        self.app: App = build(self.file)
        self.moment = slot_of(self.app.policy, day(on))
        for id in ("c-mali", "c-niger"):
            facts = {"title": f"Bijdrage {id}", "procedure": "art100", **fields}
            self.change(added(MONDAY, id, "contribution", valid_from="2020-05-01", valid_until=END, **facts))
        self.desk = desk(Installation(self.file, self.app, lambda: self.moment), ["127.0.0.1"])

    def change(self, *changes: Change) -> None:
        """Do what the command line does."""
        save_all(self.app, preview_all(self.app, changes, self.moment))

    def browser(self, person: str = "") -> Browser:
        """Return a browser, that of a person who has come in by a link if one is named."""
        return Browser(self, person)


class Browser(TestClient):
    """A browser that follows what it is sent."""

    def __init__(self, of: Desk, person: str) -> None:
        super().__init__(of.desk, base_url=HERE, headers={"Sec-Fetch-Site": "same-origin"})
        if person:
            self.post("/enter", data={"key": new_link(of.app, machine_now(), person)})
            assert COOKIE in self.cookies

    def text(self, path: str) -> str:
        """Return what a page says, without its marks."""
        return words(self.get(path).text)

    def token(self, path: str = "/") -> str:
        """Return the token that the forms of this session carry."""
        [found, *_] = re.findall(r'name="token" value="([^"]+)"', self.get(path).text)
        return str(found)

    def fill(self, path: str, **fields: Any) -> Response:
        """Send a form; return the answer, which may show what it would do."""
        answer: Response = self.post(path, data={"token": self.token(), **fields})
        return answer

    def do(self, path: str, **fields: Any) -> Response:
        """Send a form, and press the button that saves what was shown."""
        shown = self.fill(path, **fields)
        [version] = re.findall(r'name="version" value="([^"]+)"', shown.text) or [""]
        assert version, words(shown.text)
        return self.fill(path, **fields, version=version)


def words(html: str) -> str:
    """Return the text of a page."""
    body = html.partition("<body>")[2] or html
    return " ".join(re.sub(r"</?(?:strong|span)[^>]*>", "", re.sub(r"<(?!/?(?:strong|span))[^>]+>", " ", body)).split())
