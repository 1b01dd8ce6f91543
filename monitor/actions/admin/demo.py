"""The demo: sixteen months of the shipped register, replayed with the real changes, checks and deliveries."""

from __future__ import annotations

import json
import shutil
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from monitor.actions.audit.weekly_report import report_week_at_once
from monitor.actions.check.check import CheckReport, check
from monitor.actions.delivery.deliver import deliver
from monitor.actions.query.coverage import cover
from monitor.actions.register.change import preview, save, stamp
from monitor.actions.register.saving import import_changes
from monitor.app import App, build
from monitor.clock import now as machine_now
from monitor.core.errors import Refused
from monitor.core.forecast.simulate import slot_days
from monitor.core.model.changes import Change
from monitor.core.model.slots import slot_of
from monitor.core.sentences import Sentence
from monitor.exchange.actions_file import read_actions
from monitor.exchange.json_stream import read_json
from monitor.exchange.register_file import read_register
from monitor.mail.transport.transport import Transport
from monitor.store import records

DATA = Path(__file__).parents[2] / "demo"
TO_TRY = ("letter.txt", "rules-to-try/earlier.toml")  # files for `read` and `whatif`
MARK = "demo.json"  # in a folder that the demo made, so that it may remove it again
EARLY = timedelta(minutes=30)  # the register is entered this long before the first slot
ACTOR = "lotte"  # who enters everything: the policy officer of people.toml


class ReplayedSlot(Struct, frozen=True, kw_only=True):
    """One slot of a replay."""

    day: date
    changes: tuple[Change, ...]  # taken since the slot before
    report: CheckReport
    sent: int


class DemoRun(Struct, kw_only=True):
    """A demo under way."""

    app: App
    transport: Transport
    actions: tuple[tuple[date, Change], ...]
    days: tuple[date, ...]  # of its slots
    basis: Counter[str]  # outcomes: "assumed", "on record"
    slots: list[ReplayedSlot] = field(default_factory=list)  # so far

    def replay(self) -> Iterator[ReplayedSlot]:
        """Replay slot after slot."""
        for slot in replay(self.app, self.actions, self.transport, self.days):
            self.slots.append(slot)
            yield slot

    def timeline(self) -> Iterator[tuple[Any, ...]]:
        """Month by month: reminders, mails, and what people recorded."""
        months: dict[str, list[ReplayedSlot]] = defaultdict(list)
        for slot in self.slots:
            months[f"{slot.day:%Y-%m}"].append(slot)
        for month, slots in months.items():
            reminders, sent = sum(len(slot.report.queued) for slot in slots), sum(slot.sent for slot in slots)
            yield month, reminders or "", sent or "", ", ".join(_summary(c) for slot in slots for c in slot.changes)

    def mails(self) -> Iterator[tuple[str, str, int]]:
        """Person, roles and number of mails."""
        people = self.app.people
        for person, count in self.sent().items():
            roles = [role for role, holders in people.roles.items() if person in holders]
            yield people.persons[person].name, ", ".join(roles), count

    def sent(self) -> dict[str, int]:
        """Person → mails in the Maildir: digests, overviews and notices to the operator."""
        with self.app.store.reading() as connection:
            return records.sent_to(connection)


@contextmanager
def set_up_demo(folder: Path, *, again: bool) -> Iterator[DemoRun]:
    """Set the demo up, to be replayed. Raises Refused for a folder that holds something else."""
    raw = read_json(DATA / "actions.json")
    first, last = (date.fromisoformat(raw[name]) for name in ("from", "to"))
    config = _set_up(folder, last, again=again)
    with build(config) as app, app.transport() as transport:
        days = tuple(slot_days(app.policy, first, last))
        read = read_register(DATA / "register.json", stamp(app, ACTOR, slot_of(app.policy, days[0]) - EARLY))
        import_changes(app, read.changes)
        actions = read_actions(DATA / "actions.json", app.policy.zone, ACTOR)
        basis = Counter(action.get("basis", "") for action in raw["actions"])
        yield DemoRun(app=app, transport=transport, actions=actions, days=days, basis=basis)


def replay(
    app: App, actions: Iterable[tuple[date, Change]], transport: Transport, days: Iterable[date]
) -> Iterator[ReplayedSlot]:
    """Take each action on its day, check at every slot and deliver, under the clock of the slot."""
    waiting = deque(sorted(actions, key=lambda item: item[0]))
    for day in days:
        taken = []
        while waiting and waiting[0][0] <= day:
            change = waiting.popleft()[1]
            save(app, preview(app, change, change.stamp.at))
            taken.append(change)
        now = slot_of(app.policy, day)
        report = check(app, now)
        report_week_at_once(app, now)
        sent = deliver(app, lambda now=now: now, transport).sent  # type: ignore[misc]
        cover(app, now)  # its notices leave at the next slot
        yield ReplayedSlot(day=day, changes=tuple(taken), report=report, sent=sent)


def _set_up(folder: Path, today: date, *, again: bool) -> Path:
    """An empty folder with a configuration whose day is `today`: SQLite and a Maildir in it, and files to try."""
    if (folder / MARK).exists() and again:
        shutil.rmtree(folder)
    if folder.exists() and any(folder.iterdir()):
        hint = Sentence("Add --again to replace it." if (folder / MARK).exists() else "Name an empty folder.")
        raise Refused("{folder} is not empty. {hint}", folder=folder, hint=hint)
    folder.mkdir(parents=True, exist_ok=True)
    texts = {name: (DATA / name).read_text(encoding="utf-8") for name in ("config.toml", "people.toml", *TO_TRY)}
    texts["config.toml"] += f"today = {today}\n\n{texts.pop('people.toml')}"
    texts[MARK] = json.dumps({"made": machine_now().isoformat()})
    for name, text in texts.items():
        (folder / name).parent.mkdir(exist_ok=True)
        # Not through a link that another account has laid since the folder was seen to be empty.
        with (folder / name).open("x", encoding="utf-8") as file:
            file.write(text)
    return folder / "config.toml"


def _summary(change: Change) -> str:
    what = getattr(change, "type", "").partition(":")[2] or type(change).__name__.lower()
    return f"{change.entry} {what}"
