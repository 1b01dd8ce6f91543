"""Random rules and recess as plain data: the shipped ones, changed here and there, and a few of one's own."""

from __future__ import annotations

import json
import tomllib
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

JsonObject = dict[str, Any]
ROOT = Path(__file__).resolve().parents[2]
ROLES = ["policy-officer", "legal-adviser", "parliamentary-liaison", "defence-contact", "head-of-unit", "director",
         "director-general", "evaluation-service"]  # fmt: skip
LADDERS = [["-12w", "-8w", "-4w", "-2w", "-1w", "0d"], ["-6w", "-3w", "-1w", "0d"], ["-1m", "-10bd", "-2bd", "0d"],
           ["-5bd", "-2bd", "-1bd", "0d"], ["-30d", "-9d", "-3d", "0d"], ["-2w", "0d"], ["0d"]]  # fmt: skip
TELLS = ["overview", "overview", "first-by-mail", "mail"]
OFFSETS = {"valid_until": ["-20w", "-16w", "-6w", "-2m", "-15bd", "-15kd", "-1w", "0d"],
           "planned_start": ["-8w", "-6w", "-1w", "-10kd", "0d"], "received_on": ["+2w", "+10bd", "+1m", "+10kd"],
           "ended_on": ["+1m", "+9m", "+30d", "+20bd"], "due_on": ["0d", "-2d", "-5bd"],
           "parent_outcome": ["+10bd", "+5bd", "+2w", "0d"], "imprecise_earliest": ["-12w", "-4w", "-2m"]}  # fmt: skip


def shipped_rules() -> list[JsonObject]:
    """The rules that the product ships, in their order, as they are written."""
    found = []
    for file in sorted((ROOT / "rules" / "packs" / "mandates").glob("[0-9]*.toml")):
        found += [{"id": id, **table} for id, table in tomllib.loads(file.read_text()).get("rule", {}).items()]
    return found


def shipped_recess() -> list[JsonObject]:
    """The recess that the product ships."""
    text = (ROOT / "rules" / "calendars" / "nl-tweede-kamer.toml").read_text()
    return [{name: str(value) for name, value in one.items()} for one in tomllib.loads(text)["recess"]]


class RuleMaker:
    """What is drawn, in an order that never changes."""

    def __init__(self, seed: int) -> None:
        self.seed, self.draw = seed, Random(seed)
        self.first = date(self.draw.randint(2020, 2025), self.draw.randint(1, 12), self.draw.randint(1, 28))
        self.last = self.first + timedelta(min(self.draw.randint(366, 730), self.draw.randint(366, 730)))

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def day(self, low: int, high: int) -> date:
        """So many days from the first."""
        return self.first + timedelta(self.draw.randint(low, high))

    # rules and recess

    def rules(self) -> list[JsonObject]:
        found = [self.varied(rule) for rule in shipped_rules() if not self.chance(0.1)]
        found += [self.own(number) for number in range(self.draw.randint(0, 2))]
        telling = Random(f"tell {self.seed}")  # drawn apart, so that all else is as it was
        return [rule | ({"tell": telling.choice(TELLS)} if telling.random() < 0.3 else {}) for rule in found]

    def varied(self, rule: JsonObject) -> JsonObject:
        """The shipped rule, or one that is changed here and there."""
        if self.chance(0.5):
            return rule
        rule = json.loads(json.dumps(rule))
        due, select = rule["due"], rule["select"]
        self.days(due)
        if self.chance(0.5):
            self.ladder(rule)
        self.selection(rule, due, select)
        return rule

    def days(self, due: JsonObject) -> None:
        """Another way from anchor to due day."""
        if self.chance(0.5) and "anchor" in due:
            due["offset"] = self.draw.choice(OFFSETS[due["anchor"]])
        if self.chance(0.2):
            due["recess"] = self.draw.choice(["before", "ignore"])
        if self.chance(0.2):
            due["roll"] = "preceding" if due.get("recess") == "before" else self.draw.choice(
                ["preceding", "following", "modified following", "none"])  # fmt: skip
        if self.chance(0.2) and "undated_every" in due:
            due["undated_every"] = self.draw.choice(["5w", "2m", "40d"])
        if self.chance(0.2) and "recur" in due:
            due["recur"] = self.draw.choice(["FREQ=YEARLY;BYMONTH=9;BYDAY=1TU", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=14",
                                             "FREQ=YEARLY;BYMONTH=12;BYDAY=-1FR"])  # fmt: skip

    def selection(self, rule: JsonObject, due: JsonObject, select: JsonObject) -> None:
        """Other entries."""
        if self.chance(0.2) and "procedure" in select:
            del select["procedure"]
        if self.chance(0.15) and len(select.get("kind", [])) == 1 and len(select.get("status", [])) > 1:
            select["status"] = self.draw.sample(select["status"], len(select["status"]) - 1)
        if self.chance(0.1):
            select["tags"] = ["a"]
        if self.chance(0.15):
            rule["parts"] = True
        if self.chance(0.1):
            select.pop("end_confirmed", None)
        if self.chance(0.1) and "anchor" in due:
            rule["late_on_registration"] = self.draw.choice(["skip", "remind"])
        if self.chance(0.05):
            rule["enabled"] = False

    def ladder(self, rule: JsonObject) -> None:
        """Other rungs, other people, other steps after the due day."""
        rule["remind"] = self.draw.choice(LADDERS)
        rule["to"] = self.draw.sample(ROLES, self.draw.randint(1, 2))
        rule["cc"] = self.draw.sample([role for role in ROLES if role not in rule["to"]], self.draw.randint(1, 2))
        rule["overdue"] = self.draw.choice([["+1bd", "+3bd", "+5bd"], ["+2bd"], ["+1bd", "+10bd"]])
        rule["overdue_every"] = self.draw.choice(["5bd", "10bd", "3bd", "never"])
        rule["escalate"] = []
        for at in self.draw.sample([*rule["remind"], *rule["overdue"]], self.draw.randint(1, 2)):
            more = {"at": at, "to": self.draw.sample(ROLES, self.draw.randint(1, 2))}
            rule["escalate"].append({**more, "unless": "acknowledged"} if self.chance(0.4) else more)

    def own(self, number: int) -> JsonObject:
        """A rule of the users' own."""
        rule: JsonObject = {
            "id": f"own-{number}",
            "title": {"nl": "Eigen", "en": "Own"},
            "why": {"nl": "Zo", "en": "So"},
            "norm": "policy",
        }
        rule["select"] = {"kind": self.draw.choice([["contribution"], ["mandate", "authorisation"], ["mandate"]])}
        anchor = self.draw.choice(["secured_until", "valid_from", "valid_until", "recur"])
        rule["due"] = {"anchor": anchor, "offset": self.draw.choice(["0d", "-4w", "-3kd", "+5bd", "+1m"])}
        if anchor == "recur":
            rule["due"] = {
                "recur": f"FREQ=YEARLY;BYMONTH={self.draw.randint(1, 12)};BYMONTHDAY={self.draw.randint(1, 28)}"
            }
            rule["due"]["offset"] = self.draw.choice(["0d", "-2w", "+1w"])
        rule["closes_on"] = [self.draw.choice(["document:letter", "document:progress-report", "event:debate-held"])]
        self.ladder(rule)
        return rule

    def recess(self) -> list[JsonObject]:
        """The shipped recess, sometimes moved by a few days."""
        found = shipped_recess()
        for one in found if self.chance(0.3) else []:
            start, end = date.fromisoformat(one["start"]), date.fromisoformat(one["end"])
            one["start"] = str(start + timedelta(self.draw.randint(-1, 3)))
            one["end"] = str(end + timedelta(self.draw.randint(-3, 1)))
        return found
