"""The product against a second planner, on random registers, rules, recess and actions.

`planner.py` was written from the description of the domain by an author who had not read the product's core, and goes
over every day, entry, rule, period and rung, in at most 300 lines. `random_registers.py` and `random_rules.py` make a
case from a seed. Every reminder is compared: day, entry, rule, occurrence, rung, planned day, due day, roles, persons.

MONITOR_DIFFERENTIAL=2000 compares so many registers instead of 200. A failure names every seed that differs, and shows
the smallest case of the first that still does, as JSON.

Where the domain is silent or can be read in two ways, the planner does what a user would expect:
- A changed date did not become known on the day of the change, one that was empty or gave no day did. Either way the
  import limit is over.
- A letter closes what had begun its ladder when it was recorded, an outcome what had begun when it happened; one that
  no rule asks for counts since the registration or after the last day, `event:ended` without any end day always.
  `event:ended` since the registration and the last extension is the same as End. A rule that is switched off asks for
  an outcome too.
- Ticklers that were missed merge into the latest. A snooze ends at the slot of its day. After unmuting the latest
  rung is made up.
- An acknowledgement counts for the rung that follows. A deputy makes up the latest rung that was not his.
- A year counts when neither its recurrence nor its due day lies before the registration.
- An imprecise end that was extended asks nothing more; an imprecise start does, also before an imprecise later end.
  `secured_until` is asked of the last period, and takes the latest day of an end without an earliest; a person has to
  give the end that binds to lift its import limit.
- The first slot of all is an overview's. A first reminder is the first of the ladder as it is now.
- A termination letter recorded ahead leaves an overdue yearly report open.
"""

import json
import os
from datetime import date
from functools import cache
from pathlib import Path
from unittest.mock import patch

import planner
import pytest
from facts import DEMO, FIRST, LAST, REMINDERS, ROOT
from msgspec.structs import replace
from planner import Calendar, Entry, World
from random_registers import case
from random_rules import shipped_recess, shipped_rules

from monitor.actions.query.simulate import simulate_file
from monitor.app import build_policy, read_config
from monitor.core.errors import Faults

REGISTERS = int(os.environ.get("MONITOR_DIFFERENTIAL", "0")) or 200
PARTS = 8
SYSTEM = ("expired-without-outcome", "deployment-unregistered", "calendar-horizon", "unverified-entry")
CALENDAR = ROOT / "rules" / "calendars" / "nl-tweede-kamer.toml"
PARTS_OF_A_CASE = ("actions", "events", "rules", "entries")


def toml(value):
    """A value as TOML writes it on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def table(name, values):
    """A table of TOML; days stand there as they are."""
    lines = [f"{key} = {item if key in ('start', 'end') else toml(item)}" for key, item in values.items()]
    return "\n".join([name, *lines, ""])


def action_of(action):
    """An action as the product's file has it."""
    if action["verb"] != "add":
        return action
    return {"verb": "add", "before_first_slot_from": action["before_first_slot_from"], "entry": action["fields"]}


def policy_of(made, folder):
    """Rules, recess and limits of a case, in force in the product.

    System rules are not compared; in four of five registers they wait for years, for they take most of the time. In the
    others they make no mail, or another reminder might go with it.
    """
    (folder / "rules").mkdir(exist_ok=True)
    mine = [table(f"[rule.{rule['id']}]", {key: rule[key] for key in rule if key != "id"}) for rule in made["rules"]]
    gone = {rule["id"] for rule in shipped_rules()} - {rule["id"] for rule in made["rules"]}
    off = [table(f"[rule.{id}]", {"enabled": False}) for id in sorted(gone)]
    quiet = {"after": "+9y"} if made["seed"] % 5 else {"tell": "overview"}
    late = [table(f"[system.{id}]", quiet) for id in SYSTEM]
    (folder / "rules" / "own.toml").write_text("\n".join([*mine, *off, *late, ""]) or "\n")
    limits = {"overdue_limit": made["limits"]["overdue_limit"], "import_overdue_limit": made["limits"]["import_limit"]}
    (folder / "config.toml").write_text(table("[limits]", {key: item or "none" for key, item in limits.items()}))
    head = CALENDAR.read_text().split("[[recess]]")[0]
    (folder / CALENDAR.name).write_text("\n".join([head, *(table("[[recess]]", one) for one in made["recess"])]))
    config = read_config(folder / "config.toml")
    policy = build_policy(config, before=folder / "rules", calendar=folder / CALENDAR.name)
    book = replace(policy.rules, rules=tuple(rule for rule in policy.rules.rules if rule.id not in gone))
    return replace(policy, rules=book)


def product(made, folder: Path):
    """What the product says, through its action. Raises Faults."""
    register = {key: made[key] for key in ("registered_on", "entries", "events")}
    (folder / "register.json").write_text(json.dumps(register))
    (folder / "actions.json").write_text(json.dumps([action_of(action) for action in made["actions"]]))
    first, last = date.fromisoformat(made["from"]), date.fromisoformat(made["to"])
    policy = policy_of(made, folder)
    found = simulate_file(policy, first, last, folder / "register.json", actions=folder / "actions.json")
    return sorted(row(one) for one in found.reminders if not one.system)


def row(one):
    """What is compared of a reminder."""
    obligation = (one.on, one.entry, one.rule, one.occurrence, one.rung, one.planned, one.due)
    return (*obligation, tuple(sorted(one.roles)), tuple(sorted(one.persons)))


def second(made):
    """What the planner says."""
    return planner.reminders(made, **made["limits"])


def difference(made, folder):
    """(only the product's, only the planner's); nothing where a part that was left out makes the case unsound."""
    try:
        mine, other = set(product(made, folder)), set(second(made))
    except (Faults, KeyError, IndexError):
        return None
    return (sorted(mine - other), sorted(other - mine)) if mine != other else None


def shrunk(made, folder):
    """The case without every part that the difference does not need."""
    for name in PARTS_OF_A_CASE:
        for item in list(made[name]):
            less = {**made, name: [other for other in made[name] if other is not item]}
            if difference(less, folder):
                made = less
    return made


def told(made, folder):
    """The smallest case that still differs, and how."""
    made = shrunk(made, folder)
    mine, other = difference(made, folder)
    less = {key: item for key, item in made.items() if key != "recess"}
    lines = [f"seed {made['seed']}: {json.dumps(less)}"]
    lines += [f"only the product: {row}" for row in mine[:5]] + [f"only the planner: {row}" for row in other[:5]]
    return "\n".join(map(str, lines))


@pytest.mark.parametrize("part", range(PARTS))
def test_product_and_planner_say_the_same(part, tmp_path):
    """The registers of a part give the same reminders in both, to the rung and the person."""
    refused, differing, said = [], [], 0
    for seed in range(part, REGISTERS, PARTS):
        made = case(seed)
        try:
            mine = product(made, tmp_path)
        except Faults as faults:
            refused.append((seed, str(faults.faults[0])))
            continue
        said += len(mine)
        if mine != second(made):
            differing.append(made)
    if differing:
        seeds = ", ".join(str(made["seed"]) for made in differing)
        pytest.fail(f"seeds that differ: {seeds}\n{told(differing[0], tmp_path)}", pytrace=False)
    assert said > 500
    assert len(refused) <= 1 + REGISTERS // PARTS // 12, (
        refused
    )  # cases that contradict themselves are refused, and few


def test_planner_knows_the_golden_year():
    """The planner alone gives the year that was worked out by hand."""
    made = json.loads((DEMO / "register.json").read_text())
    actions = []
    for action in json.loads((DEMO / "actions.json").read_text())["actions"]:
        fields = {key: action[key] for key in ("valid_until", "planned_start") if key in action}
        actions.append({**action, "fields": fields})
    made |= {
        "actions": actions,
        "rules": shipped_rules(),
        "recess": shipped_recess(),
        "from": str(FIRST),
        "to": str(LAST),
    }
    golden = [json.loads(line) for line in REMINDERS.read_text().splitlines()]
    assert {(str(row[0]), *row[1:5], str(row[5]), str(row[6]), row[7]) for row in planner.reminders(made)} == {
        (*(one[key] for key in ("on", "entry", "rule", "occurrence", "rung", "planned", "due")),
         tuple(sorted(one["roles"])))
        for one in golden
    }  # fmt: skip


def shortened(day, duration):
    """The last day of a duration, a day before the clipped one."""
    return planner.later(day, duration[1:-1], duration[-1]) - planner.DAY


MISTAKES = {
    "old outcomes count": (World, "counts", lambda *_: True),
    "everything has begun": (World, "begun", lambda *_: True),
    "nothing is secured by others": (World, "secured", lambda _, entry: (entry.end()[0], False)),
    "nothing ends by its end": (World, "over", lambda *_: None),
    "deputies receive nothing": (World, "person", lambda _, role, day: role),
    "escalations are forgotten": (World, "whom", lambda _, rule, *__: [*rule["to"], *rule.get("cc", [])]),
    "recess is ignored": (Calendar, "within", lambda *_: None),
    "5 May is a working day": (Calendar, "closed", lambda _, day: day.weekday() > 4),
    "days roll on": (Calendar, "roll", lambda self, day, how="": self.add(day - planner.DAY, "+1bd")),
    "imprecise dates are exact": (World, "imprecise", lambda *_: None),
    "parents have no outcome": (World, "parent_outcome", lambda *_: ()),
    "no year counts": (World, "recur", lambda *_: ()),
    "a termination letter ends nothing": (
        Entry,
        "ended",
        lambda self, _: planner.span(self.given.get("ended_on")),
    ),
    "a retraction reopens nothing": (World, "retract", lambda *_: None),
    "a clipped day is shortened twice": (planner, "lasting", shortened),
}


TELLING = (115, 2, 5, 7, 0, 10, 11, 29, 42)  # they show most mistakes, so they are tried first


@cache
def right(seed):
    """A case and what the planner says of it."""
    made = case(seed)
    return made, second(made)


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_found(mistake):
    """Each mistake that is made in the planner on purpose shows within the registers of every run."""
    owner, name, wrong = MISTAKES[mistake]
    for seed in (*TELLING, *range(200)):
        made, expected = right(seed)
        with patch.object(owner, name, wrong):
            if second(made) != expected:
                return
    pytest.fail(f"{mistake}: no register shows it")
