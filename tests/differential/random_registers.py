"""Random registers and actions as plain data: the same seed gives the same case, which JSON can hold."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random
from typing import Any

from planner import PERIOD, Calendar, World, span
from random_rules import ROLES, JsonObject, RuleMaker

OLD = {
    "mandate": ["event:extended", "event:ended"], "authorisation": ["event:reaffirmed"],
    "commitment": ["document:letter"],
    "request": ["document:notification-letter"] * 3 + ["document:art100-letter"],
    "decision": ["document:art100-letter"],
    "contribution": ["document:extension-letter", "document:art100-letter", "event:extended",
                     "document:termination-letter",
                     "event:debate-held"],
}  # fmt: skip
CLIPPED = [(2, 29, "P1Y"), (1, 31, "P1M"), (11, 30, "P3M"), (8, 31, "P6M"), (10, 31, "P1M"), (12, 31, "P2M")]


def case(seed: int) -> JsonObject:
    """A register, its rules and calendar, and what happens to it in one to two years."""
    return Maker(seed).case()


class Maker(RuleMaker):
    """Rules and recess, then entries, events and actions that fit them."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.clips = Random(f"clipped {seed}")

    def case(self) -> JsonObject:
        rules, recess = self.rules(), self.recess()
        limits = {"overdue_limit": self.draw.choice([None, None, None, "3w", "20bd", "2m"])}
        limits["import_limit"] = self.draw.choice(["26w", "26w", "8w", None])
        until = self.first + timedelta(366 + ((self.last - self.first).days - 366) // 3)
        made: JsonObject = {
            "seed": self.seed, "registered_on": str(self.first), "from": str(self.first), "to": str(until),
            "entries": self.entries(), "rules": rules, "recess": recess, "limits": limits,
        }  # fmt: skip
        made["events"] = self.old_events(made["entries"])
        made["actions"] = self.actions(made)
        return made

    # entries

    def written(self, day: date) -> str:
        """That day as people write it, now and then imprecise."""
        if not self.chance(0.25):
            return str(day)
        later = day + timedelta(self.draw.choice([3, 6, 8, 20, 50]))
        month = f"{day.year}-{day.month:02}"
        return self.draw.choice([month, month, f"{day.year}-{33 + (day.month - 1) // 3}",
                                 f"{day.year}-{40 + day.month // 7}",
                                 f"{day.year}-{self.draw.randint(21, 24)}", f"{day}~", f"[{day}..{later}]", f"{day}/..",
                                 f"../{day}", f"{day}/{later}", str(day.year)])  # fmt: skip

    def entries(self) -> list[JsonObject]:
        found = [self.entry("mandate", f"m{n}", []) for n in range(self.draw.randint(1, 2))]
        kinds = ["contribution"] * 4 + ["request", "decision", "commitment", "authorisation", "mandate"]
        for number in range(self.draw.randint(2, 5)):
            found.append(self.entry(kind := self.draw.choice(kinds), f"{kind[0]}{number + 2}", found))
        return found

    def entry(self, kind: str, id: str, others: list[JsonObject]) -> JsonObject:
        made = {"id": id, "kind": kind, "title": f"Title of {id}"}
        if kind in PERIOD:
            self.period(made)
        if kind in ("contribution", "request", "decision"):
            made["procedure"] = self.draw.choice(["art100", "art100", "none"])
        if kind in ("request", "decision") and self.chance(0.85):
            made["planned_start"] = self.written(self.day(-30, 400))
            if self.chance(0.3):
                made["duration"] = self.draw.choice(["P6M", "P1Y"])
        if kind == "request" and self.chance(0.7):
            made["received_on"] = self.written(self.day(-60, 20))
        if kind == "commitment" and self.chance(0.6):
            made["due_on"] = self.written(self.day(-200, 400))
            if self.chance(0.2):
                made["due_on"] = "before recess zomerreces " + str(self.first.year + self.draw.randint(0, 1))
        self.about(made, others)
        return made

    def period(self, made: JsonObject) -> None:
        """First day, last day or duration, sometimes ended already."""
        if self.chance(0.5):
            made["valid_from"] = self.written(self.day(-300, 250))
        if self.chance(0.85):
            start = span(made.get("valid_from"))[0]
            if start and self.chance(0.3):
                made["duration"] = self.draw.choice(["P1Y", "P6M", "P3M", "P1M", "P90D", "P26W"])
            else:
                made["valid_until"] = self.written(
                    (start or self.first) + timedelta(self.draw.randint(0 if start else -20, 500))
                )
        if self.chance(0.12) and "valid_from" not in made:
            made["ended_on"] = self.written(self.day(-200, 60))
        if self.clips.random() < 0.12 and "ended_on" not in made:
            made |= self.clipped()

    def clipped(self) -> JsonObject:
        """A first day and a duration that ends in a month without that day."""
        month, day, duration = self.clips.choice(CLIPPED)
        year = self.first.year + self.clips.randint(-1, 1)
        if month == 2:
            year = min((2020, 2024), key=lambda leap: abs(leap - year))
        return {"valid_from": str(date(year, month, day)), "valid_until": None, "duration": duration}

    def about(self, made: JsonObject, others: list[JsonObject]) -> None:
        """What it stands on, what it is part of, and what rules select it by."""
        parents = [one["id"] for one in others if one["kind"] in ("mandate", "contribution")]
        if parents and self.chance(0.6):
            ids = self.draw.sample(parents, min(len(parents), self.draw.randint(1, 2)))
            made["depends_on"] = ids if len(ids) > 1 or self.chance(0.5) else ids[0]
            if self.chance(0.7):
                made["condition"] = "renewal"
        wholes = [one["id"] for one in others if one["kind"] == made["kind"] == "contribution"]
        if wholes and self.chance(0.15):
            made["part_of"] = self.draw.choice(wholes)
        made |= {"size": "large"} if self.chance(0.3) else {}
        made |= {"tags": ["a", "b"]} if self.chance(0.3) else {}
        made |= {"muted": "said already"} if self.chance(0.04) else {}
        if made["kind"] == "contribution" and self.chance(0.08):
            made["lead_times"] = {
                self.draw.choice(["art100-extension-letter", "extension-letter"]): self.draw.choice(
                    ["-20w", "-1y", "-3w"]
                )
            }

    # what happens

    def types(self, rules: list[JsonObject]) -> list[str]:
        return sorted({type for rule in rules for type in rule["closes_on"]} | {"event:end-confirmed"})

    def old_events(self, entries: list[JsonObject]) -> list[JsonObject]:
        """What the file brings for the record."""
        found = []
        for entry in entries:
            if self.chance(0.25):
                types = OLD.get(entry["kind"], OLD["contribution"])
                found.append({"entry": entry["id"], "type": self.draw.choice(types), "on": str(self.day(-400, -1))})
        return found

    def actions(self, made: JsonObject) -> list[JsonObject]:
        world = World(made["rules"], Calendar(made["recess"]))
        for entry in made["entries"]:
            world.take({"verb": "add", "fields": entry}, self.first, imported=True)
        for event in made["events"]:
            world.take({"verb": "record", **event}, self.first, imported=True)
        days = sorted(self.day(1, (self.last - self.first).days) for _ in range(self.draw.randint(2, 14)))
        found = []
        for day in days:
            action = self.action(world, made["rules"], day)
            if action:
                action["before_first_slot_from"] = str(day)
                world.take(action, day)
                found.append(action)
        return found

    def action(self, world: World, rules: list[JsonObject], day: date) -> JsonObject | None:
        often, rare = ["record"] * 6 + ["extend"] * 3 + ["correct"] * 3, ["end", "retract", "deploy", "mute", "unmute"]
        verb = self.draw.choice([*often, *rare, "acknowledge", "acknowledge", "snooze", "absent", "add"])
        entry = world.entries[self.draw.choice(sorted(world.entries))]
        found: JsonObject | None = getattr(self, "to_" + verb)(world, rules, entry, day)
        return found

    def to_record(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        action = {
            "verb": "record",
            "entry": entry.id,
            "on": str(day - timedelta(self.draw.choice([0, 0, 1, 3, 40, 200]))),
        }
        fitting = [rule for rule in rules if world.selects(rule, entry, day)]
        action["type"] = self.draw.choice(self.types(fitting if fitting and self.chance(0.8) else rules))
        if self.chance(0.15):
            names = [
                f"{rule['id']}/{one['name']}" if self.chance(0.5) else rule["id"]
                for rule in fitting if action["type"] in rule["closes_on"]
                for one in world.open(entry, rule, day)
            ]  # fmt: skip
            if names:
                action["closes"] = self.draw.choice(names)
        return action

    def to_extend(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        own = entry.periods[-1]["valid_until"] or entry.periods[-1]["duration"]
        end = entry.end()[1] if own and entry.kind in PERIOD else None
        if end is None or entry.ended(day) or not entry.end()[0]:
            return None
        action = {"verb": "extend", "entry": entry.id, "on": str(day - timedelta(self.draw.choice([0, 1, 30])))}
        if self.chance(0.3):
            return {**action, "duration": self.draw.choice(["P1Y", "P6M", "P4M"])}
        until = end + timedelta(self.draw.randint(20, 400))
        return {**action, "until": self.written(until) if self.chance(0.5) else str(until)}

    def to_correct(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        fields: JsonObject = {}
        soon = day + timedelta(self.draw.randint(-60, 300))
        if entry.kind in PERIOD and not entry.ended(day):
            fields["valid_until"] = self.written(
                max(soon, (span(entry.periods[-1]["valid_from"])[1] or soon) + timedelta(1))
            )
        elif entry.kind in ("request", "decision"):
            fields["planned_start"] = self.written(soon)
        elif entry.kind == "commitment":
            fields["due_on"] = None if self.chance(0.2) else self.written(soon)
        if self.chance(0.15):
            fields |= self.draw.choice([{"size": "large"}, {"tags": ["a"]}, {"title": "Another"}, {"condition": "x"}])
        return {"verb": "correct", "entry": entry.id, "fields": fields} if fields else None

    def to_end(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        if entry.kind not in PERIOD or entry.ended(day):
            return None
        on = max(day + timedelta(self.draw.choice([-200, -20, -1, 0, 14])), entry.start()[1] or self.first)
        return {"verb": "end", "entry": entry.id, "on": str(on)}

    def to_retract(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        if not entry.events:
            return None
        return {
            "verb": "retract",
            "entry": entry.id,
            "event": self.draw.choice(entry.events)["type"],
            "reason": "wrong entry",
        }

    def to_deploy(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        if entry.kind != "request" or entry.status(day) != "decided" or f"x-{entry.id}" in world.entries:
            return None
        return {"verb": "deploy", "entry": entry.id, "new_id": f"x-{entry.id}"}

    def to_mute(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        return None if entry.given.get("muted") else {"verb": "mute", "entry": entry.id, "reason": "wait"}

    def to_unmute(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        return {"verb": "unmute", "entry": entry.id} if entry.given.get("muted") else None

    def open(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        found = [
            {"entry": entry.id, "rule": rule["id"], "occurrence": one["name"]} for rule in rules
            for one in world.open(entry, rule, day)
        ]  # fmt: skip
        return self.draw.choice(found) if found else None

    def to_acknowledge(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        found = self.open(world, rules, entry, day)
        return found and {"verb": "acknowledge", **found}

    def to_snooze(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        found = self.open(world, rules, entry, day)
        return found and {
            "verb": "snooze",
            **found,
            "until": str(day + timedelta(self.draw.randint(1, 60))),
            "reason": "later",
        }

    def to_absent(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        person, deputy = self.draw.sample(ROLES, 2)
        start = day + timedelta(self.draw.randint(0, 10))
        action = {
            "verb": "absent",
            "person": person,
            "from": str(start),
            "to": str(start + timedelta(self.draw.randint(0, 40))),
        }
        return {**action, "deputy": deputy} if self.chance(0.7) else action

    def to_add(self, world: World, rules: list[JsonObject], entry: Any, day: date) -> JsonObject | None:
        before, self.first = self.first, day
        kind = self.draw.choice(["contribution", "mandate", "commitment", "request", "authorisation"])
        fields = self.entry(kind, f"n-{len(world.entries)}", [one.given for one in world.entries.values()])
        self.first = before
        return {"verb": "add", "fields": fields, "entry": fields["id"]}
