# fmt: off
"""A second planner: every day × entry × rule × period × rung, from the description of the domain alone."""
import re
from datetime import date, datetime, timedelta
from functools import cache

from dateutil.easter import easter
from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr

DAY, NEVER, ALWAYS, PERIOD = timedelta(1), date(9999, 12, 31), date.min, ("mandate", "contribution", "authorisation")
SEASONS = {21: (3, 3), 22: (6, 3), 23: (9, 3), 24: (12, 3), 33: (1, 3), 34: (4, 3), 35: (7, 3), 36: (10, 3), 40: (1, 6), 41: (7, 6)}
OUTCOMES = EXTENDED, ENDED, TERMINATED, _ = "event:extended", "event:ended", "document:termination-letter", "event:reaffirmed"
FINAL = ("document:art100-letter", "document:withdrawal-letter", "event:deployment-cancelled")
@cache
def span(text):  # The earliest and the latest day of a date as written; None where there is none
    first, *last = (text or "").strip("[]").rstrip("~?%").replace("/..", "/").replace("../", "/").replace("..", "/").split("/")
    if last or not first:
        return (span(first)[0], span(last[0])[1]) if last else (None, None)
    year, month, day = (*map(int, first.split("-")), 0, 0)[:3]
    start, length = SEASONS.get(month, (month or 1, 1 if month else 12))
    start = date(year, start, day or 1)
    return start, start if day else later(start, length, "m") - DAY
def later(day, amount, unit):  # Months and years clip to the month's end
    return day + relativedelta(**{{"d": "days", "w": "weeks", "m": "months", "y": "years"}[unit.lower()]: int(amount)})
def lasting(day, duration):  # The last day of a duration that starts on that day; a clipped day is itself the last
    end = later(day, duration[1:-1], duration[-1])
    return end if duration[-1] in "MY" and end.day != day.day else end - DAY
@cache
def parse(offset): return int(re.match(r"[+-]?\d+", offset)[0]), re.search(r"[a-z]+$", offset)[0]
def urgency(offset):  # How far along a ladder a rung or an overdue step lies, in days, roughly
    amount, unit = parse("0d" if offset == "late" else offset)
    return amount * {"d": 1, "w": 7, "m": 30.5, "y": 365, "bd": 1.4, "kd": 1.4}[unit]
@cache
def yearly(recur): return [moment.date() for moment in rrulestr(recur, dtstart=datetime(2015, 1, 1)).xafter(datetime(2015, 1, 1), count=20)]
class Calendar:
    def __init__(self, recess):
        self.recess = [(one["name"], date.fromisoformat(one["start"]), date.fromisoformat(one["end"])) for one in recess]
        self.before = {f"before recess {name}": start - DAY for name, start, _ in self.recess}
        self.closed, self.within, self.add = cache(self.closed), cache(self.within), cache(self.add)
    def closed(self, day):  # Weekends, and the days of the Algemene termijnenwet
        king = 26 if date(day.year, 4, 27).weekday() == 6 else 27
        fixed, moving = {(1, 1), (12, 25), (12, 26), (5, 5), (4, king)}, {easter(day.year) + days * DAY for days in (-2, 1, 39, 50)}
        return day.weekday() > 4 or (day.month, day.day) in fixed or day in moving
    def within(self, day):  # The first day of the recess
        return next((start for _, start, end in self.recess if start <= day <= end), None)
    def add(self, day, offset):
        (amount, unit), step = parse(offset), DAY if parse(offset)[0] > 0 else -DAY
        if unit in "dwmy":
            return later(day, amount, unit)
        while amount:
            day += step
            amount -= 0 if self.closed(day) or (unit == "kd" and self.within(day)) else step.days
        return day
    def roll(self, day, how="preceding"):
        step, found = (-DAY if how == "preceding" else DAY), day
        while how != "none" and self.closed(found):
            found += step
        return self.roll(day) if how == "modified following" and found.month != day.month else found
    def settle(self, day, due):  # Recess, then roll, until nothing changes
        start = self.within(day) if due.get("recess") == "before" else None
        found = self.roll(start - DAY if start else day, due.get("roll", "preceding"))
        return found if found == day else self.settle(found, due)
class Entry:  # as it is known after the changes so far
    def __init__(self, given, day, imported, whole=None):
        self.whole, self.given, self.registered, self.imported = whole, dict(given), day, imported
        self.periods, self.events, self.known = [self.period(given, day)], [], {}
        self.id, self.kind, self.moved = given["id"], given["kind"], not imported  # moved: by a person's date or outcome
        self.depends = [given["depends_on"]] if isinstance(given.get("depends_on"), str) else given.get("depends_on") or []
    def period(self, given, day, event=None):
        return {**{name: given.get(name) for name in ("valid_from", "valid_until", "duration")}, "seen": day, "event": event}
    def since(self, name, index=0):  # The day a date became known, and whether an import made it known
        imported = self.imported and not index and (name, index) not in self.known
        return self.known.get((name, index)) or self.periods[index]["seen"], imported
    def start(self, index=0): return span(self.periods[index]["valid_from"])
    def end(self, index=-1):  # A part without an end of its own has that of the whole
        period = self.periods[index]
        if period["valid_until"] is None and period["duration"]:
            return tuple(day and lasting(day, period["duration"]) for day in self.start(index))
        return self.whole.end() if self.whole and not period["valid_until"] else span(period["valid_until"])
    def happened(self, *types, index=None):
        return [one for one in self.events if one["type"] in types and one["counts"] and index in (None, one["period"])]
    def current(self, *types): return self.happened(*types, index=len(self.periods) - 1)
    def ended(self, day):  # Both ends: by its event, as given, or by a termination letter once its last day has passed
        if (found := self.happened(ENDED)) or self.given.get("ended_on") is not None:
            return (found[-1]["on"],) * 2 if found else span(self.given["ended_on"])
        return self.end() if (self.end()[1] or NEVER) < day and self.current(TERMINATED) else None
    def status(self, day):  # What it is on that day, as known now
        if self.kind == "commitment":
            return "settled" if self.happened("document:letter", "event:commitment-settled") else "open"
        if self.kind not in PERIOD:
            final, notified = self.happened(*FINAL), self.happened("document:notification-letter")
            first = "open" if self.kind == "decision" else "notified" if notified else "received"
            return first if not final else "decided" if max(final, key=lambda one: one["on"])["type"] == FINAL[0] else "declined"
        if ended := self.ended(day):
            return "ended" if ended[1] is None or day > ended[1] else "active"
        over = (self.end()[1] or NEVER) < day and not self.current(*OUTCOMES)
        return "expired" if over else "planned" if day < (self.start()[0] or ALWAYS) else "active"
class World:  # The register on a day: a fold over the changes, and the questions that rules ask of it
    def __init__(self, rules, calendar, *, overdue_limit=None, import_limit="26w"):
        self.rules, self.calendar, self.entries, self.said, self.told = rules, calendar, {}, {}, {}
        self.overdue_limit, self.import_limit = overdue_limit or "99y", import_limit or "99y"
    def take(self, action, day, *, imported=False):
        entry, verb, fields = self.entries.get(action.get("entry")), action["verb"], action.get("fields")
        if verb == "add":
            self.entries[fields["id"]] = Entry(fields, day, imported, self.entries.get(fields.get("part_of")))
        elif verb in ("mute", "unmute"):
            entry.given["muted"] = verb == "mute"
        elif verb in ("acknowledge", "snooze", "absent"):
            self.said.setdefault((verb, *map(action.get, ("entry", "rule", "occurrence"))), []).append({**action, "day": day})
        else:
            getattr(self, "record" if verb == "end" else verb)(entry, action, day)
    def correct(self, entry, action, day):
        for name, value in action["fields"].items():
            ends, last = name == "valid_until", len(entry.periods) - 1
            fields, key = (entry.periods[-1], (name, last)) if ends else (entry.given, (name, 0))
            had, empty = fields.get(name), not (span(fields[name])[0] or fields["duration"]) if ends else not fields.get(name)
            fields[name], entry.moved = value, entry.moved or ends
            entry.known |= {key: day if empty else entry.known.get(key)} if had != value else {}
    def extend(self, entry, action, day):
        start, _ = entry.end()[1] + DAY, self.record(entry, {**action, "type": EXTENDED}, day)
        dates = {"valid_from": str(start), "valid_until": action.get("until") or str(lasting(start, action["duration"]))}
        entry.periods.append(entry.period(dates, day, entry.events[-1]))
    def retract(self, entry, action, _):
        event = [one for one in entry.events if one["type"] == action["event"]][-1]
        entry.events, entry.periods = [one for one in entry.events if one is not event], [one for one in entry.periods if one["event"] is not event]
    def deploy(self, entry, action, day):
        new = {"id": action["new_id"], "kind": "contribution", "valid_from": entry.given.get("planned_start"), "muted": None}
        self.entries[new["id"]] = Entry({**entry.given, **new, "deployed_from": entry.id}, day, False)
    def record(self, entry, action, day):  # An event closes what is due first and has begun its ladder, or is named
        on, type, last = date.fromisoformat(action["on"]), action.get("type", ENDED), len(entry.periods) - 1
        verb, (name, *occurrence) = action["verb"] != "record", (action.get("closes") or "").split("/")
        event = {"type": type, "on": on, "seen": day, "closes": [], "period": last}
        for rule in [rule for rule in self.rules if type in rule["closes_on"]]:
            found = self.open(entry, rule, day)
            if type == EXTENDED and verb:  # the verb names its period, whatever the status is on that day
                found = [{"due": day, "index": last, "key": (rule["id"], str(last))}]
            elif rule["id"] == name:
                found = [one for one in found if one["name"] in (occurrence or one["name"])]
            elif verb:
                found = [one for one in found if one["index"] == last] or found
            else:
                found = [one for one in found if self.begun(rule, one, min(on, day) if type in OUTCOMES else day)]
            for first in sorted(found, key=lambda one: one["due"])[:1]:
                event["closes"].append(first["key"])
                event["period"] = first["index"] if type in OUTCOMES else last
        entry.moved = entry.moved or verb or (type in OUTCOMES and day > entry.registered)
        entry.events.append({**event, "counts": verb or bool(name) or self.counts(entry, event, day)})
    def counts(self, entry, event, day):  # The ladder of its period's outcome had begun, or there is none to silence
        if event["type"] not in OUTCOMES:  # a commitment is settled by a letter that closes something
            return bool(event["closes"]) or (entry.kind, event["type"]) != ("commitment", "document:letter")
        any_of = {"enabled": True, "has_dependants": (True, False), "end_confirmed": (True, False)}
        rules = [{**rule, **any_of, "select": {**rule.get("select", {}), **any_of}} for rule in self.rules]
        asked = [self.begun(rule, one, min(event["on"], day)) for rule in rules if set(rule["closes_on"]) & set(OUTCOMES)
                 for one in self.obligations(entry, rule, day) if one["due"] and one["index"] == event["period"]]
        ends, last = event["type"] == ENDED, entry.end(event["period"])[1]
        since = max([entry.registered, *(one["on"] for one in entry.happened(EXTENDED) if ends)])
        passed = (not asked and last and event["on"] > last) or (ends and not any(entry.end()))
        return any(asked) or passed or (event["on"] >= since and (ends or not asked))
    def secured(self, entry, seen=()):  # The earliest of its own end and of all it depends on, and whether a person gave that
        parents = [self.entries[id] for id in entry.depends if id in self.entries and id not in seen]
        own = entry.ended(NEVER) or entry.end()
        ends = [(own[0] or own[1], entry.moved), *(self.secured(parent, (*seen, entry.id)) for parent in parents)]
        return min([end for end in ends if end[0]], default=(None, entry.moved))
    def selects(self, rule, entry, day):
        select, given = rule.get("select", {}), entry.given
        facts = {"kind": lambda: entry.kind,
                 "size": lambda: given.get("size"), "has_condition": lambda: bool(given.get("condition")),
                 "procedure": lambda: given.get("procedure") or "none",
                 "end_confirmed": lambda: bool(entry.current("event:end-confirmed")),
                 "has_dependants": lambda: any(entry.id in one.depends for one in self.entries.values()),
                 "status": lambda: select["status"][0] if "recur" in rule["due"] else entry.status(day)}
        wanted = {name: [value] if isinstance(value, bool) else value for name, value in select.items() if name in facts}
        able = rule.get("enabled", True) and (rule.get("parts") or not given.get("part_of"))
        able = able and set(select.get("tags", [])) <= set(given.get("tags") or [])
        return able and all(facts[name]() in wanted[name] for name in facts if name in wanted)
    def obligations(self, entry, rule, day):  # Every obligation of a rule that selects the entry on that day, closed or not
        due, offset = rule["due"], (entry.given.get("lead_times") or {}).get(rule["id"], rule["due"].get("offset", "0d"))
        found = getattr(self, due.get("anchor", "recur"))(entry, rule, day) if self.selects(rule, entry, day) else ()
        for name, index, anchor, (known, imported) in found:
            key = "tickler" if name.startswith("tickler") else name
            on = anchor if key == "tickler" or not anchor else self.calendar.settle(self.calendar.add(anchor, offset), due)
            yield {"name": name, "index": index, "due": on, "known": known, "imported": imported, "key": (rule["id"], key)}
    def of_periods(self, entry, rule, _):
        anchor, last, (secured, given) = rule["due"]["anchor"], len(entry.periods) - 1, self.secured(entry)
        for index in range(last + 1):
            found, (known, imported) = entry.end(index)[0], entry.since("valid_until", index)
            if anchor == "imprecise_earliest":
                found, known = self.imprecise(entry, index, rule["select"]["imprecise_days_over"]) or (None, known)
            elif anchor == "secured_until":
                found, imported = secured if index == last else None, imported and not given
            elif anchor == "valid_from":
                found, known = entry.start(index)[0], entry.since(anchor, index)[0]
            yield str(index), index, found, (known, imported)
    def imprecise(self, entry, index, days):  # Earliest day, and when it became known, of what is imprecise first
        dates = [("valid_from", entry.start()), ("planned_start", span(entry.given.get("planned_start")))]
        dates += [("valid_until", span(entry.periods[-1]["valid_until"]))] if index == len(entry.periods) - 1 else []
        vague = [(name, first) for name, (first, final) in dates if first and final and (final - first).days > days]
        return (vague[0][1], entry.since(vague[0][0], index)[0]) if vague and (not index or vague[0][0] == "valid_until") else None
    valid_from = valid_until = secured_until = imprecise_earliest = of_periods
    def ended_on(self, entry, _, day):
        how = entry.happened(ENDED, TERMINATED)
        yield "0", 0, (entry.ended(day) or [None])[0], (how[-1]["seen"], False) if how else (entry.registered, entry.imported)
    def of_field(self, entry, rule, day):
        anchor, every = rule["due"]["anchor"], rule["due"].get("undated_every")
        written = entry.given.get(anchor) or (entry.periods[0]["valid_from"] if anchor == "planned_start" else None)
        found = self.calendar.before[written] if written in self.calendar.before else span(written)[0]
        if found or not every:
            yield "0", 0, found, entry.since(anchor)
        number, (amount, unit) = 1, parse(every or "0d")
        while not found and every and (on := self.calendar.roll(later(entry.registered, number * amount, unit))) <= day:
            yield f"tickler{number}", 0, on, (entry.registered, False)
            number += 1
    received_on = planned_start = due_on = of_field
    def parent_outcome(self, entry, *_):  # Each period of each parent that ends in time: before its own end, not before its start
        final, start = (entry.ended(NEVER) or entry.end())[1] or NEVER, entry.start()[0] or ALWAYS
        for parent in [self.entries[id] for id in entry.depends if id in self.entries]:
            for index, period in enumerate(parent.periods):
                ended = parent.ended(NEVER) if period is parent.periods[-1] else None
                end, extended = (ended or parent.end(index))[0], parent.happened(EXTENDED, index=index)
                if end and max(start, entry.registered) <= end < final:
                    known, imported = parent.since("valid_until", index)
                    anchor = extended[0]["on"] if extended and not ended else end
                    yield f"{parent.id}:{index}", index, anchor, (max(known, entry.registered), entry.imported and imported)
    def recur(self, entry, rule, day):  # The entry must qualify on the due day, as known now
        due, select, start = rule["due"], rule.get("select", {}), entry.start()[0] or ALWAYS
        last = (entry.ended(NEVER) or entry.end())[1] or NEVER
        for year in [year for year in yearly(due["recur"]) if entry.registered <= year <= later(day, 18, "m")]:
            on = self.calendar.settle(self.calendar.add(year, due.get("offset", "0d")), due)
            in_force = start.year < on.year <= last.year + 1 or not select.get("in_force_during")
            if on >= entry.registered and in_force and ("status" not in select or entry.status(on) in select["status"]):
                yield str(year.year), 0, year, (entry.registered, entry.imported)
    def open(self, entry, rule, day):
        select, request = rule.get("select", {}), self.entries.get(entry.given.get("deployed_from"))
        deployed = any(each.given.get("deployed_from") == entry.id for each in self.entries.values())
        over = rule["due"].get("anchor") != "ended_on" and not select.get("in_force_during") and self.over(entry, day)
        if over or (deployed and "contribution" in select.get("kind", ["contribution"])):  # deployed: the contribution has it now
            return []
        closed = [key for event in entry.events + (request.events if request else []) for key in event["closes"]]
        return [one for one in self.obligations(entry, rule, day) if one["due"] and one["key"] not in closed]
    def over(self, entry, day):  # End closes at once, a termination letter recorded after its last day too
        by_letter = not entry.happened(ENDED) and entry.given.get("ended_on") is None and entry.current(TERMINATED)
        return entry.ended(day) and not (by_letter and by_letter[0]["seen"] <= entry.end()[1])
    def ladder(self, rule, one, until):  # {day: name} of every rung and overdue step up to a day, the most urgent of a day
        base, calendar, late, tickler = one["due"], self.calendar, one["due"] < one["known"], one["key"][1] == "tickler"
        found = {calendar.roll(calendar.add(base, rung)): rung for rung in self.rungs(rule, one)}
        if late:
            found = {(base := calendar.roll(one["known"], "following")): "late"}
        steps, every = list(rule.get("overdue", ["+1bd", "+3bd", "+5bd"])), rule.get("overdue_every", "5bd")
        until = min(until, calendar.add(base, self.overdue_limit))
        while steps and not tickler and (day := calendar.add(base, step := steps.pop(0))) <= until:
            found[day] = step
            steps = steps or ([] if every == "never" else [f"+{parse(step)[0] + parse(every)[0]}bd"])
        return {} if late and rule.get("late_on_registration") == "skip" else found
    def rungs(self, rule, one): return ["0d"] if one["key"][1] == "tickler" else sorted(rule["remind"], key=urgency)
    def begun(self, rule, one, day): return self.calendar.roll(self.calendar.add(one["due"], self.rungs(rule, one)[0])) <= day
    def whom(self, rule, entry, one, step, before):  # The roles of a rung: to, cc, escalations in the order of the rule
        known = any(ack["day"] > before for ack in self.said.get(("acknowledge", entry.id, rule["id"], one["name"]), []))
        more = [more["to"] for more in rule.get("escalate", []) if one["key"][1] != "tickler"
                and urgency(more["at"]) <= urgency(step) and not (known and more.get("unless"))]
        return sum(more, [*rule["to"], *rule.get("cc", [])])
    def person(self, role, day, seen=()):  # The holder of a role, the deputy of one who is away, else the fallback role
        for one in reversed(self.said.get(("absent", None, None, None), [])):
            if one["person"] == role and one["from"] <= str(day) <= one["to"]:
                deputy = one.get("deputy")
                return "operator" if deputy in (None, *seen) else self.person(deputy, day, (*seen, role))
        return role
    def slot(self, day):  # What is owed at the slot of a day, and said by it; what waits goes with a mail that goes anyway
        monday, found = self.calendar.roll(day - day.weekday() * DAY, "following"), []
        for entry, rule in [(one, rule) for one in self.entries.values() if not one.given.get("muted") for rule in self.rules]:
            opened = self.open(entry, rule, day)
            for one in opened[-1:] if opened and opened[0]["key"][1] == "tickler" else opened:
                found += self.owed(entry, rule, one, day)
        mailed = {person for *_, people in found for person, waits in people.values() if not waits}
        for key, about, people in found:
            told = {role: one for role, (one, _) in people.items() if one in mailed or self.told.get("slot", ALWAYS) < monday}
            self.told |= {(key, name): day for pair in told.items() for name in pair}
            yield from [(day, *key, *about, tuple(sorted(told)), tuple(sorted(set(told.values()))))] if told else ()
        self.told["slot"] = day
    def owed(self, entry, rule, one, day):
        key, ladder = (entry.id, rule["id"], one["name"]), self.ladder(rule, one, day)
        past, long = sorted(step for step in ladder.items() if step[0] <= day), self.calendar.add(one["due"], self.import_limit)
        if not past or (one["imported"] and long < one["known"]) or any(str(day) < snooze["until"] for snooze in self.said.get(("snooze", *key), [])[-1:]):
            return
        (before, _), (planned, rung) = [(ALWAYS, ""), *past][-2:]
        persons = {role: self.person(role, day) for role in self.whom(rule, entry, one, rung, before)}
        since = {role: self.told.get((key, person), ALWAYS) for role, person in persons.items()}
        waits = {"overview": ALWAYS, "first-by-mail": past[0][0]}.get(rule.get("tell"), NEVER)  # for who was told by then
        yield key, (rung, planned, one["due"]), {role: (persons[role], since[role] >= waits) for role in persons if since[role] < planned}
def reminders(case, **limits):  # Every one of a case, {registered_on, entries, events, actions, rules, recess, from, to}, sorted
    world, day, found = World(case["rules"], Calendar(case["recess"]), **limits), date.fromisoformat(case["from"]), []
    for action in [*({"verb": "add", "fields": entry} for entry in case["entries"]), *({"verb": "record", **event} for event in case["events"])]:
        world.take(action, date.fromisoformat(case["registered_on"]), imported=True)
    waiting = sorted(case["actions"], key=lambda action: action["before_first_slot_from"])
    while str(day) <= case["to"]:
        while waiting and not world.calendar.closed(day) and waiting[0]["before_first_slot_from"] <= str(day):
            world.take(waiting[0], date.fromisoformat(waiting.pop(0)["before_first_slot_from"]))
        found += [] if world.calendar.closed(day) else world.slot(day)
        day += DAY
    return sorted(found)
