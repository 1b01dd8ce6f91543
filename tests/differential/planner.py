"""A second planner: every day × entry × rule × period × rung, written from the description of the domain alone.

It imports nothing of the product, and caches only what a calendar or a text says. Where the domain is silent or can be read
in two ways, it does what a user would expect, and says so here:
- A changed date did not become known on the day of the change, one that was empty did. Either way the import limit is over.
- A letter closes what had begun its ladder when it was recorded; an outcome what had begun when it happened. `event:ended` since
  the registration is the same as End; an outcome that no rule asks for counts since then, without any end day always.
- Ticklers that were missed merge into the latest. A snooze ends at the slot of its day. After unmuting the latest rung is made up.
- An acknowledgement counts for the rung that follows. A deputy makes up the latest rung that was not his.
- A year counts when neither its recurrence nor its due day lies before the registration.
- An imprecise end that was extended asks nothing more; an imprecise start does. `secured_until` is asked of the last period, and
  takes the latest day of an end without an earliest; a person has to give the end that binds to lift its import limit.
- A termination letter recorded ahead leaves an overdue yearly report open.
"""

# fmt: off
from datetime import date

from days import ALWAYS, DAY, NEVER, Calendar, lasting, months, parse, span, urgency, yearly
from entries import OUTCOMES, Entry

COPIED = ("procedure", "depends_on", "duration", "condition", "size", "owner", "tags", "lead_times")

class World:
    """The register on a day: a fold over the changes, and the questions that rules ask of it."""
    def __init__(self, rules, calendar, *, overdue_limit=None, import_limit="26w"):
        self.rules, self.calendar, self.overdue_limit, self.import_limit = rules, calendar, overdue_limit, import_limit
        self.entries, self.absences, self.told = {}, [], {}
    def take(self, action, day, *, imported=False):
        entry, verb = self.entries.get(action.get("entry")), action["verb"]
        if verb in ("mute", "unmute"):
            entry.muted = verb == "mute"
        elif verb in ("end", "record"):
            self.happen(entry, {"type": "event:ended", **action}, day, verb == "end")
        elif verb == "acknowledge":
            entry.acks.append(((action["rule"], action["occurrence"]), day))
        elif verb == "snooze":
            entry.snoozed[action["rule"], action["occurrence"]] = date.fromisoformat(action["until"])
        elif verb == "absent":
            first, last = date.fromisoformat(action["from"]), date.fromisoformat(action["to"])
            self.absences.append((action["person"], first, last, action.get("deputy")))
        else:
            if entry and verb in ("correct", "extend"):
                entry.moved = entry.moved or verb == "extend" or any(name.startswith("valid") for name in action["fields"])
            getattr(self, verb)(entry, action, day, imported)
    def add(self, _, action, day, imported):
        self.entries[action["fields"]["id"]] = Entry(action["fields"], day, imported)
    def correct(self, entry, action, day, _):
        for name, value in action["fields"].items():
            fields = entry.periods[-1] if name in ("valid_from", "valid_until", "duration") else entry.given
            had, ended, began = fields.get(name), entry.end()[0], entry.start(-1)[0]
            fields[name] = value
            if fields is entry.given:
                entry.typed |= {name} if had != value else set()
                entry.filled |= {name: day} if had is None and value is not None else {}
                continue
            fields["imported"] = fields["imported"] and had == value
            fields["known"] = day if ended is None and entry.end()[0] else fields["known"]
            fields["known_from"] = day if began is None and entry.start(-1)[0] else fields["known_from"]
    def extend(self, entry, action, day, _):
        start = entry.end()[1] + DAY
        self.happen(entry, {**action, "type": "event:extended"}, day, True)
        until = action.get("until") or lasting(start, action["duration"]).isoformat()
        new = {"valid_from": start.isoformat(), "valid_until": until, "duration": None, "event": entry.events[-1]}
        entry.periods.append({**new, "known": day, "known_from": day, "imported": False})
    def retract(self, entry, action, *_):
        event = [one for one in entry.events if one["type"] == action["event"]][-1]
        entry.events.remove(event)
        entry.periods = [period for period in entry.periods if period.get("event") is not event]
    def deploy(self, entry, action, day, _):
        given = {name: entry.given[name] for name in COPIED if name in entry.given} | {"deployed_from": entry.id}
        given |= {"id": action["new_id"], "kind": "contribution", "valid_from": entry.given.get("planned_start")}
        self.entries[given["id"]] = Entry(given, day, False)
    def open(self, entry, rule, day):
        found = [one for one in self.obligations(entry, rule, day) if one["due"]]
        return [one for one in found if not self.is_closed(entry, rule, one, day)]
    def happen(self, entry, action, day, verb):
        """Record an event: what it closes is what is due first, has begun its ladder, or is named."""
        names, on, type = action.get("closes") or [], date.fromisoformat(action["on"]), action["type"]
        named = [name.split("/") for name in ([names] if isinstance(names, str) else names)]
        event = {"type": type, "on": on, "seen": day, "closes": [], "period": len(entry.periods) - 1, "counts": True}
        moment = min(on, day) if type in OUTCOMES else day
        for rule in [rule for rule in self.rules if type in rule["closes_on"]]:
            mine, found = [name[1:] for name in named if name[0] == rule["id"]], self.open(entry, rule, day)
            if mine:
                found = [one for one in found if any(name in ([], [one["name"]]) for name in mine)]
            elif verb:
                found = [one for one in found if one["index"] == event["period"]] or found
            else:
                found = [one for one in found if self.begun(rule, one, moment)]
            if type == "event:extended" and verb:  # the verb names its period, whatever the status is on that day
                event["closes"].append((rule["id"], str(event["period"])))
            elif found:
                first = min(found, key=lambda one: one["due"])
                event["closes"].append((rule["id"], "tickler" if first["tickler"] else first["name"]))
                event["period"] = first["index"] if type in OUTCOMES else event["period"]
        if type in OUTCOMES and not verb and not named:
            event["counts"] = self.counts(entry, event, day)
        elif type == "document:letter" and entry.kind == "commitment":
            event["counts"] = bool(event["closes"])
        entry.moved = entry.moved or (type in OUTCOMES and day > entry.registered)
        entry.events.append(event)
    def counts(self, entry, event, day):
        """Whether an outcome counts: the ladder of its period's outcome had begun, or there is none to silence."""
        asked = [self.begun(rule, one, min(event["on"], day)) for rule in self.rules if set(rule["closes_on"]) & set(OUTCOMES)
                 for one in self.obligations(entry, rule, day) if one["due"] and one["index"] == event["period"]]
        fresh = event["on"] >= entry.registered and (not asked or event["type"] == "event:ended")
        return fresh or any(asked) or (event["type"] == "event:ended" and self.end(entry) == (None, None))
    def secured(self, entry, seen=()):  # The earliest of its own end and of all it depends on, and whether a person gave that
        parents = [self.entries[id] for id in entry.depends if id in self.entries and id not in seen]
        own = entry.ended(NEVER) or self.end(entry)
        ends = [(own[0] or own[1], entry.moved), *(self.secured(parent, (*seen, entry.id)) for parent in parents)]
        return min([end for end in ends if end[0]], default=(None, entry.moved))
    def end(self, entry, index=-1):  # A part without an end of its own has that of the whole
        whole, own = self.entries.get(entry.given.get("part_of")), entry.end(index)
        return self.end(whole) if whole and own == (None, None) else own
    def selects(self, rule, entry, day):
        select, given, last = rule.get("select", {}), entry.given, len(entry.periods) - 1
        if entry.kind not in select.get("kind", [entry.kind]):
            return False
        values = {"procedure": given.get("procedure") or "none", "size": given.get("size")}
        if any(select.get(name) and values[name] not in select[name] for name in values):
            return False
        facts = {"has_dependants": lambda: any(entry.id in one.depends for one in self.entries.values()),
                 "has_condition": lambda: bool(given.get("condition")),
                 "end_confirmed": lambda: bool(entry.happened("event:end-confirmed", index=last))}
        if not rule.get("enabled", True) or any(select[name] != facts[name]() for name in facts if name in select):
            return False
        if (given.get("part_of") and not rule.get("parts")) or not set(select.get("tags", "")) <= set(given.get("tags") or []):
            return False
        return not select.get("status") or "recur" in rule["due"] or entry.status(day) in select["status"]
    def obligations(self, entry, rule, day):  # Every obligation of a rule that selects the entry on that day, closed or not
        offset = (entry.given.get("lead_times") or {}).get(rule["id"], rule["due"].get("offset", "0d"))
        for name, index, anchor, known, imported in self.anchors(entry, rule, day) if self.selects(rule, entry, day) else ():
            tickler = name.startswith("tickler")
            due = anchor if tickler or not anchor else self.calendar.settle(self.calendar.add(anchor, offset), rule["due"])
            yield {"name": name, "index": index, "due": due, "known": known, "imported": imported, "tickler": tickler}
    def anchors(self, entry, rule, day):
        """(occurrence, period, anchor, day it became known, whether an import made it known) of each obligation."""
        anchor = rule["due"].get("anchor", "recur")
        if anchor in ("valid_until", "valid_from", "imprecise_earliest", "secured_until"):
            return self.of_periods(entry, rule, anchor)
        found = {"recur": self.years, "parent_outcome": self.outcomes, "ended_on": self.ending}.get(anchor, self.of_field)
        return found(entry, rule, day)
    def of_periods(self, entry, rule, anchor):
        for index, period in enumerate(entry.periods):
            if anchor == "imprecise_earliest":
                found = self.imprecise(entry, index, rule["select"]["imprecise_days_over"])
            elif anchor == "secured_until":
                found = self.secured(entry)[0] if index == len(entry.periods) - 1 else None
            else:
                found = (self.end(entry, index) if anchor == "valid_until" else entry.start(index))[0]
            known = period["known_from" if anchor == "valid_from" else "known"]
            yield str(index), index, found, known, period["imported"] and not (anchor == "secured_until" and self.secured(entry)[1])
    def ending(self, entry, _, day):
        how = entry.happened("event:ended", "document:termination-letter")
        yield "0", 0, (entry.ended(day) or [None])[0], how[-1]["seen"] if how else entry.registered, entry.imported and not how
    def of_field(self, entry, rule, day):
        anchor, every = rule["due"]["anchor"], rule["due"].get("undated_every")
        written, known = entry.given.get(anchor), entry.filled.get(anchor, entry.registered)
        if anchor == "planned_start" and not written:
            found, known = entry.start()[0], entry.periods[0]["known_from"]
        elif written and written.startswith("before recess "):
            found = next((start - DAY for name, start, _ in self.calendar.recess if name == written[14:]), None)
        else:
            found = span(written)[0]
        if found or not every:
            yield "0", 0, found, known, entry.imported and anchor not in entry.typed
            return
        (amount, unit), number = parse(every), 1
        while (found := self.calendar.roll(self.calendar.add(entry.registered, f"{number * amount}{unit}"))) <= day:
            yield f"tickler{number}", 0, found, entry.registered, False
            number += 1
    def imprecise(self, entry, index, days):
        """The earliest day of what is imprecise first: the first period's start, the planned start, the current end."""
        dates = [] if index else [entry.periods[0]["valid_from"], entry.given.get("planned_start")]
        for written in [*dates, *([entry.periods[index]["valid_until"]] if index == len(entry.periods) - 1 else [])]:
            first, final = span(written)
            if first and final and (final - first).days > days:
                return first
        return None
    def outcomes(self, entry, *_):
        """Each period of each parent that ends before the entry's own end, not before its start or registration."""
        final, start = (entry.ended(NEVER) or self.end(entry))[1] or NEVER, entry.start()[0] or ALWAYS
        for parent in [self.entries[id] for id in entry.depends if id in self.entries]:
            for index, period in enumerate(parent.periods):
                ended = parent.ended(NEVER) if index == len(parent.periods) - 1 else None
                end = (ended or self.end(parent, index))[0]
                if end and max(start, entry.registered) <= end < final:
                    extended = parent.happened("event:extended", index=index)
                    anchor = ended[0] if ended else extended[0]["on"] if extended else end
                    known, imported = max(period["known"], entry.registered), entry.imported and period["imported"]
                    yield f"{parent.id}:{index}", index, anchor, known, imported
    def years(self, entry, rule, day):  # The entry must qualify on the due day, as known now
        due, select, stop = rule["due"], rule.get("select", {}), months(day, 18)[0]
        end, start = entry.ended(NEVER) or self.end(entry), entry.start()[0] or ALWAYS
        for year in [year for year in yearly(due["recur"]) if entry.registered <= year <= stop]:
            on = self.calendar.settle(self.calendar.add(year, due.get("offset", "0d")), due)
            in_force = start.year < on.year <= (end[1] or NEVER).year + 1 or not select.get("in_force_during")
            if on >= entry.registered and in_force and entry.status(on) in select.get("status", [entry.status(on)]):
                yield str(year.year), 0, year, entry.registered, entry.imported
    def is_closed(self, entry, rule, one, day):
        select, request = rule.get("select", {}), self.entries.get(entry.given.get("deployed_from"))
        deployed = any(each.given.get("deployed_from") == entry.id for each in self.entries.values())
        if deployed and "contribution" in select.get("kind", ["contribution"]):
            return True  # handed over to the contribution
        if self.over(entry, day) and rule["due"].get("anchor") != "ended_on" and not select.get("in_force_during"):
            return True
        name = rule["id"], "tickler" if one["tickler"] else one["name"]
        return any(name in event["closes"] for event in entry.events + (request.events if request else []))
    def over(self, entry, day):
        """End closes at once; a termination letter does so once its day has passed, if it was recorded after that."""
        letters = entry.happened("document:termination-letter", index=len(entry.periods) - 1)
        by_letter = letters and not entry.happened("event:ended") and entry.given.get("ended_on") is None
        return entry.ended(day) and not (by_letter and letters[0]["seen"] <= entry.end()[1])
    def ladder(self, rule, one, until):
        """(day, name) of every rung and overdue step up to a day; rungs on one day are the most urgent of them."""
        base, calendar, late = one["due"], self.calendar, one["due"] < one["known"]
        if one["tickler"] or (late and rule.get("late_on_registration") == "skip"):
            return [(base, "0d")] if one["tickler"] else []
        found = {calendar.roll(calendar.add(base, rung)): rung for rung in sorted(rule["remind"], key=urgency)}
        if late:
            base = calendar.roll(one["known"], "following")
            found = {base: "late"}
        steps, every = list(rule.get("overdue", ["+1bd", "+3bd", "+5bd"])), rule.get("overdue_every", "5bd")
        while steps and (day := calendar.add(base, step := steps.pop(0))) <= until:
            if self.overdue_limit and day > calendar.add(base, self.overdue_limit):
                break
            found[day] = step
            steps = steps or ([] if every == "never" else [f"+{parse(step)[0] + parse(every)[0]}bd"])
        return sorted(found.items())
    def begun(self, rule, one, day):
        first = "0d" if one["tickler"] else min(rule["remind"], key=urgency)
        return self.calendar.roll(self.calendar.add(one["due"], first)) <= day
    def whom(self, rule, entry, one, step, before):  # The roles of a rung: to, cc, escalations in the order of the rule
        roles, acks = [*rule["to"], *rule.get("cc", [])], [day for key, day in entry.acks if key == (rule["id"], one["name"])]
        for more in [] if one["tickler"] else rule.get("escalate", []):
            known = more.get("unless") and any(day > before for day in acks)
            roles += more["to"] if urgency(more["at"]) <= urgency(step) and not known else []
        return list(dict.fromkeys(roles))
    def person(self, role, day, seen=()):
        """Who receives for a role: its holder, the deputy of one who is away, else the fallback role."""
        for person, first, last, deputy in reversed(self.absences):
            if person == role and first <= day <= last:
                return "operator" if deputy is None or deputy in seen else self.person(deputy, day, (*seen, role))
        return role
    def slot(self, day):  # What is owed at the slot of a day, and said by it
        for entry in [entry for entry in self.entries.values() if not entry.muted]:
            for rule in self.rules:
                found = self.open(entry, rule, day)
                for one in found[-1:] if found and found[0]["tickler"] else found:
                    yield from self.owed(entry, rule, one, day)
    def owed(self, entry, rule, one, day):
        past = [step for step in self.ladder(rule, one, day) if step[0] <= day]
        listed = one["imported"] and self.import_limit and self.calendar.add(one["due"], self.import_limit) < one["known"]
        if not past or listed or day < entry.snoozed.get((rule["id"], one["name"]), ALWAYS):
            return
        (planned, rung), before = past[-1], past[-2][0] if len(past) > 1 else ALWAYS
        key, roles, persons = (entry.id, rule["id"], one["name"]), [], {}
        for role in self.whom(rule, entry, one, rung, before):
            persons[role] = self.person(role, day)
            roles += [role] if self.told.get((key, persons[role]), ALWAYS) < planned else []
        for role in roles:
            self.told[key, role] = self.told[key, persons[role]] = day
        if roles:
            yield day, *key, rung, planned, one["due"], tuple(sorted(roles)), tuple(sorted({persons[role] for role in roles}))

def reminders(case, **limits):
    """Every reminder of a case, {registered_on, entries, events, actions, rules, recess, from, to}, sorted."""
    world, day, found = World(case["rules"], Calendar(case["recess"]), **limits), date.fromisoformat(case["from"]), []
    adds = [{"verb": "add", "fields": entry} for entry in case["entries"]]
    for action in [*adds, *({"verb": "record", **event} for event in case["events"])]:
        world.take(action, date.fromisoformat(case["registered_on"]), imported=True)
    waiting = sorted(case["actions"], key=lambda action: action["before_first_slot_from"])
    while day.isoformat() <= case["to"]:
        while waiting and not world.calendar.closed(day) and waiting[0]["before_first_slot_from"] <= day.isoformat():
            world.take(waiting[0], date.fromisoformat(waiting.pop(0)["before_first_slot_from"]))
        found += [] if world.calendar.closed(day) else world.slot(day)
        day += DAY
    return sorted(found)
