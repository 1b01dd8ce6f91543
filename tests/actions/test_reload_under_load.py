"""A year replayed while files are replaced every second: nothing is lost, nothing doubled, no half file counts.

TEST_LOAD_SECONDS=60 makes it a minute; `-s` shows the figures.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from facts import DEMO, FIRST, LAST, demo_actions, demo_register, foresee
from house_on_disk import RECESS, RULE, House
from living import PLAIN, Recorder, arrived, hand_over, happen, told_ahead, told_by
from patience import LIMIT

from monitor.core.forecast.simulate import slot_days
from monitor.core.model.slots import slot_of

SECONDS = float(os.environ.get("TEST_LOAD_SECONDS", "6"))
UNTIL = LAST if SECONDS >= 60 else date(2021, 2, 12)
EVERY, QUIET, HALF = 1.0, 0.5, 0.03  # seconds: between replacements, until files are taken, that a half file is there
CONFIG = """[mail]
from = "Monitor <monitor@example.org>"
[register]
overview_day = "none"
[limits]
reminders_per_check = 500
"""
CALENDAR, PEOPLE = RECESS.read_text(encoding="utf-8"), (DEMO / "people.toml").read_text(encoding="utf-8")
OWN = "".join(RULE.format(id=id, offset=offset) for id, offset in (("own-first", "-20w"), ("own-second", "-9w")))
GOOD = {  # file → its text in the n-th edition: other bytes and another hash, the same meaning
    "rules/own.toml": lambda n: OWN.replace("A test.", f"Edition {n}."),
    "rules/calendars/nl-tweede-kamer.toml": lambda n: CALENDAR.replace("recollection;", f"edition {n};"),
    "config.toml": lambda n: f"{CONFIG}\n{PEOPLE}".replace('"Lotte Verhagen"', f'"Lotte Verhagen {n}"'),
    "templates/reminder/body.txt": lambda n: PLAIN["body.txt"] + f"Edition {n}\n",
}
SELDOM = ("templates/reminder/body.txt",)  # to check all letters takes up to a second
BROKEN = {
    "rules/own.toml": lambda n: OWN.replace('"-9w"', '"-9 wks"') + f"# {n}\n",
    "rules/calendars/nl-tweede-kamer.toml": lambda n: CALENDAR.replace("2021-07-09", "2021-09-09") + f"# {n}\n",
    "config.toml": lambda n: f"{CONFIG}\n[people.x]\nname = {n}\n",
    "templates/reminder/body.txt": lambda n: f"{{{{ nothing }}}} {n}",
}


class Watch:
    """Counts the quiet time; while a file is written at most half of it passes, even if the machine pauses there."""

    def __init__(self) -> None:
        self.lock, self.since, self.lost = threading.Lock(), 0.0, 0.0

    def __call__(self) -> float:
        with self.lock:
            return time.monotonic() - self.lost - self._over()

    def _over(self) -> float:
        return max(0.0, time.monotonic() - self.since - QUIET / 2) if self.since else 0.0

    @contextmanager
    def writing(self) -> Iterator[None]:
        self.since = time.monotonic()
        yield
        with self.lock:
            self.lost += self._over()
            self.since = 0.0


class Editors(threading.Thread):
    """Replace every file, every second, in all the ways in which editors and people do."""

    def __init__(self, house: House, watch: Watch) -> None:
        super().__init__(daemon=True)
        self.house, self.watch, self.chance, self.over = house, watch, random.Random(11), threading.Event()
        self.counts: Counter[str] = Counter()

    def run(self) -> None:
        number = 0
        while not self.over.wait(EVERY):
            number += 1
            broken = self.chance.choice([*GOOD]) if number % 3 == 1 else None
            for name in GOOD:
                if name in SELDOM and number % 5 and name != broken:
                    continue
                text = (BROKEN if name == broken else GOOD)[name](number)
                way = self.chance.choice([self.in_place, self.renamed, self.halves, self.away_and_back])
                with self.watch.writing():
                    way(name, text)
                self.counts[way.__name__] += 1
            self.counts["with a broken one" if broken else "all good"] += 1

    def in_place(self, name: str, text: str) -> None:
        self.house.write(name, text)

    def renamed(self, name: str, text: str) -> None:
        self.house.write(f"{name}.new", text).rename(self.house.folder / name)

    def halves(self, name: str, text: str) -> None:
        """Cut between two tables, where the half reads as well as the whole."""
        tables = [place for place in range(1, len(text)) if text[place - 1 : place + 1] == "\n["]
        cut = self.chance.choice(tables or [len(text) // 2])
        with (self.house.folder / name).open("w", encoding="utf-8") as file:
            file.write(text[:cut])
            file.flush()
            time.sleep(HALF)
            file.write(text[cut:])

    def away_and_back(self, name: str, text: str) -> None:
        (self.house.folder / name).unlink()
        time.sleep(HALF)
        self.house.write(name, text)


@pytest.fixture
def house(sqlite_url, tmp_path, monkeypatch):
    post = Recorder()
    monkeypatch.setattr("monitor.app.transport_of", lambda config: post)
    for name, text in PLAIN.items():
        path = tmp_path / "templates" / "reminder" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    found = House(tmp_path, config=CONFIG, start=FIRST, quiet=QUIET, clock=(watch := Watch()), own=OWN)
    found.post, found.watch = post, watch
    yield found
    found.close()


@pytest.mark.timeout(SECONDS + 900)
def test_a_year_under_edits_loses_and_doubles_nothing(house):
    """No half-written file is used."""
    hand_over(house.app)
    foretold = list(foresee(demo_register(), demo_actions(), house.app.policy, house.app.people, FIRST, UNTIL))
    seen, editors = [], Editors(house, house.watch)
    editors.start()
    live(house, seen)
    linger(house, seen)
    editors.over.set()
    editors.join()
    figures = {
        "seconds": SECONDS, **editors.counts, "files replaced": sum(editors.counts[way] for way in WAYS),
        "taken": len(house.events("files_reloaded")),
        "refused": len({str(line) for line in house.events("reload_refused")}),
        "looks at changing files": len(house.events("files_changed")), "checks": len(house.events("slot_checked")),
        "foretold": len(told_ahead(foretold)), "mails": len(house.post.accepted),
    }  # fmt: skip
    print(figures)

    lines = arrived(house.app, house.post)
    assert told_by(lines) == told_ahead(foretold)
    assert "own-first" in {line["rule"] for line in lines}
    said = [(i["entry"], i["rule"], i["occurrence"], i["rung"], i["due"], i["person"]) for i in lines]
    assert len(said) == len(set(said)) and len({mail.key for mail in house.post.accepted}) == len(house.post.accepted)
    assert {whole(app) for app in seen} == {whole(house.app)}
    assert figures["taken"] > 1 and figures["refused"] > 1 and house.events("tick_failed") == []


WAYS = ("in_place", "renamed", "halves", "away_and_back")


def whole(app):
    """What a half file would lack."""
    return len(app.policy.rules.ids()), len(app.policy.calendar().recesses), len(app.people.persons)


def live(house, seen):
    """The year over the seconds given: ticks before, at and after every slot and in the evening, changes before it."""
    days, waiting, begun = list(slot_days(house.app.policy, FIRST, UNTIL)), list(demo_actions()), time.monotonic()
    for number, day in enumerate(days):
        while waiting and waiting[0][0] <= day:
            happen(house.service.app, waiting.pop(0)[1])
        for minutes in (-1, 0, 1, 600):
            house.now = slot_of(house.app.policy, day) + timedelta(minutes=minutes)
            house.tick()
            seen.append(house.service.app)
        time.sleep(max(0.0, begun + number * SECONDS / len(days) - time.monotonic()))


def linger(house, seen):
    """The evening of the last day, until a loaded machine too has taken and refused more than one edition."""
    until = time.monotonic() + LIMIT
    while len(house.events("files_reloaded")) < 2 or len({str(line) for line in house.events("reload_refused")}) < 2:
        assert time.monotonic() < until, "nothing is taken or nothing refused"
        house.now += timedelta(seconds=1)
        house.tick()
        seen.append(house.service.app)
        time.sleep(0.02)
