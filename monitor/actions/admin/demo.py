"""The demo: the shipped register lived through sixteen months with the real check, outbox and delivery."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from monitor.actions.admin.replay import ReplayedSlot, Tally, replay
from monitor.actions.register.change import stamp
from monitor.actions.register.saving import admit
from monitor.app import App, build
from monitor.clock import now
from monitor.core.errors import Refused
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.changes import Change
from monitor.core.model.slots import slot_of
from monitor.exchange.actions_file import read_actions
from monitor.exchange.json_stream import read_json
from monitor.exchange.register_file import read_register
from monitor.store import records

DATA = Path(__file__).parents[2] / "demo"
MARK = "demo.json"  # lies in a folder that the demo made, so that it may remove it again
EARLY = timedelta(minutes=30)  # the register is entered this long before the first slot


class DemoRun(Struct, kw_only=True):
    """A demo under way."""

    app: App
    days: Iterator[ReplayedSlot]
    total: int  # slots
    actions: tuple[tuple[date, Change], ...]
    basis: Counter[str]
    tally: Tally = field(default_factory=Tally)
    lived: list[ReplayedSlot] = field(default_factory=list)

    def timeline(self) -> Iterator[tuple[Any, ...]]:
        """Month by month: reminders, mails, and what people recorded."""
        months: dict[str, list[ReplayedSlot]] = defaultdict(list)
        for item in self.lived:
            months[f"{item.day:%Y-%m}"].append(item)
        for month, items in months.items():
            reminders = sum(len(item.report.said) for item in items)
            happened = ", ".join(_happened(change) for item in items for change in item.changes)
            yield month, reminders or "", sum(item.sent for item in items) or "", happened

    def mails(self) -> Iterator[tuple[str, str, int]]:
        """Person, roles and number of mails."""
        for person, count in self.sent().items():
            roles = [role for role, holders in self.app.people.roles.items() if person in holders]
            yield self.app.people.persons[person].name, ", ".join(roles), count

    def sent(self) -> dict[str, int]:
        """Person → mails that lie in the Maildir: digests, overviews and what the operator is told."""
        with self.app.store.reading() as connection:
            return records.sent_to(connection)

    def bases(self) -> tuple[int, int]:
        """How many outcomes are assumed, and how many on record."""
        return self.basis["assumed"], self.basis["on record"]


@contextmanager
def play(folder: Path, *, again: bool) -> Iterator[DemoRun]:
    """Set the demo up; living begins as `days` is walked. Raises Refused for a folder that holds something else."""
    config = _prepare(folder, again=again)
    raw = read_json(DATA / "actions.json")
    first, last = date.fromisoformat(raw["from"]), date.fromisoformat(raw["to"])
    with build(config) as app, app.transport() as transport:
        at = slot_of(app.policy, first) - EARLY
        read = read_register(DATA / "register.json", stamp(app, "demo", at))
        admit(app, read.changes)
        actions = read_actions(DATA / "actions.json", app.policy.zone)
        played = DemoRun(
            app=app, days=iter(()), total=sum(1 for _ in slot_days(app.policy, first, last)), actions=actions,
            basis=Counter(action.get("basis", "") for action in raw["actions"]),
        )  # fmt: skip
        played.days = _remembered(replay(app, actions, transport, first, last), played.lived)
        yield played


def _remembered(days: Iterator[ReplayedSlot], lived: list[ReplayedSlot]) -> Iterator[ReplayedSlot]:
    for item in days:
        lived.append(item)
        yield item


def _prepare(folder: Path, *, again: bool) -> Path:
    """An empty folder with a configuration: SQLite and a Maildir in it."""
    if (folder / MARK).exists() and again:
        shutil.rmtree(folder)
    if folder.exists() and any(folder.iterdir()):
        hint = "Add --again to begin anew." if (folder / MARK).exists() else "Name an empty folder."
        raise Refused(f"{folder} is not empty. {hint}")
    folder.mkdir(parents=True, exist_ok=True)
    _make(folder / MARK, json.dumps({"made": now().isoformat()}))
    people = (DATA / "people.toml").read_text(encoding="utf-8")
    config = folder / "config.toml"
    _make(config, (DATA / "config.toml").read_text(encoding="utf-8") + "\n" + people)
    return config


def _make(path: Path, text: str) -> None:
    """A new file; not through a link that another account laid since the folder was seen to be empty."""
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def _happened(change: Change) -> str:
    what = getattr(change, "type", "").partition(":")[2] or type(change).__name__.lower()
    return f"{change.entry} {what}"
