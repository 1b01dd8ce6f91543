"""A second planner: every day × entry × rule × period × rung, from the description of the domain and not from the product.

It imports nothing of the product, keeps no index and caches only what a calendar says of a day. Slow and plain on purpose.

Where the domain is silent, this is what a user would expect, and what both planners do:
- A changed date did not become known on the day of the change; only one that was empty did. A ladder has begun when its
  first day is not after the day on which the event was recorded.
- Ticklers that were missed merge into the latest, as rungs do. An acknowledgement counts for the rungs after the slot that
  it followed. A snooze ends at the slot of its day. A muted entry makes up the latest rung once it is heard again.
- A deputy who takes over makes up the latest rung that the deputy has not had; without a deputy the fallback role does.
- An imprecise end that was extended asks nothing more; an imprecise start of the first period still does.
"""

import re
from calendar import monthrange
from datetime import date, datetime, timedelta
from functools import cache

from dateutil.easter import easter
from dateutil.rrule import rrulestr

DAY, NEVER = timedelta(1), date(9999, 12, 31)
PERIOD = ("mandate", "contribution", "authorisation")
FINAL = ("document:art100-letter", "document:withdrawal-letter", "event:deployment-cancelled")
STEPS = ("document:letter", "event:commitment-settled", "document:notification-letter")
OUTCOMES = ("event:extended", "event:ended", "event:reaffirmed", "document:termination-letter")
SEASONS = {21: (3, 3), 22: (6, 3), 23: (9, 3), 24: (12, 3), 33: (1, 3), 34: (4, 3), 35: (7, 3), 36: (10, 3), 40: (1, 6), 41: (7, 6)}  # fmt: skip


def months(day, count):
    """The day so many months on, clipped to the month's end, and whether it was clipped."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    last = monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last)), day.day > last


@cache
def span(text):
    """The earliest and the latest day of a date as written; None where there is none."""
    if text is None:
        return None, None
    text = text.strip("[]").rstrip("~?%")
    if "/" in text or ".." in text.strip("/"):
        first, last = text.split("/") if "/" in text else text.split("..")
        return (None if first in ("", "..") else span(first)[0]), (None if last in ("", "..") else span(last)[1])
    parts = [int(part) for part in text.split("-")]
    if len(parts) == 3:
        return date(*parts), date(*parts)
    start, length = (1, 12) if len(parts) == 1 else SEASONS.get(parts[1], (parts[1] if len(parts) > 1 else 1, 1))
    first = date(parts[0], start, 1)
    return first, months(first, length)[0] - DAY


def lasting(day, duration):
    """The last day of a span that starts on that day."""
    amount, unit = int(duration[1:-1]), duration[-1]
    if unit in "DW":
        return day + timedelta(amount * (7 if unit == "W" else 1)) - DAY
    end, clipped = months(day, amount * (12 if unit == "Y" else 1))
    return end if clipped else end - DAY


@cache
def parse(offset):
    """ "-16w" → (-16, "w")."""
    return int(re.match(r"[+-]?\d+", offset).group()), re.search(r"[a-z]+$", offset).group()


@cache
def urgency(offset):
    """How far along a ladder a rung or an overdue step lies, in days, roughly."""
    amount, unit = parse(offset)
    return amount * {"d": 1, "w": 7, "m": 30.5, "y": 365, "bd": 1.4, "kd": 1.4}[unit]


@cache
def yearly(recur):
    """The days of a recurrence."""
    rule = rrulestr(recur, dtstart=datetime(2015, 1, 1))
    return [moment.date() for moment in rule.between(datetime(2015, 1, 1), datetime(2035, 1, 1))]


class Calendar:
    """Closed days of the Algemene termijnenwet, and recess as it is given."""

    def __init__(self, recess):
        self.recess = [
            (one["name"], date.fromisoformat(one["start"]), date.fromisoformat(one["end"])) for one in recess
        ]
        self.closed, self.within = cache(self.closed), cache(self.within)
        self.add = cache(self.add)

    def closed(self, day):
        king = date(day.year, 4, 27)
        fixed = {(1, 1), (12, 25), (12, 26), (5, 5), (4, 26) if king.weekday() == 6 else (4, 27)}
        moving = {easter(day.year) + timedelta(days) for days in (-2, 1, 39, 50)}
        return day.weekday() > 4 or (day.month, day.day) in fixed or day in moving

    def within(self, day):
        return next((start for _, start, end in self.recess if start <= day <= end), None)

    def add(self, day, offset):
        amount, unit = parse(offset)
        if unit in ("d", "w"):
            return day + timedelta(amount * (7 if unit == "w" else 1))
        if unit in ("m", "y"):
            return months(day, amount * (12 if unit == "y" else 1))[0]
        step = DAY if amount > 0 else -DAY
        while amount:
            day += step
            if not (self.closed(day) or (unit == "kd" and self.within(day))):
                amount -= 1 if amount > 0 else -1
        return day

    def roll(self, day, how):
        if how == "none":
            return day
        step, found = (-DAY if how == "preceding" else DAY), day
        while self.closed(found):
            found += step
        return self.roll(day, "preceding") if how == "modified following" and found.month != day.month else found

    def settle(self, day, due):
        """Recess, then roll, until nothing changes."""
        while True:
            before = day
            if due.get("recess") == "before" and self.within(day):
                day = self.within(day) - DAY
            day = self.roll(day, due.get("roll", "preceding"))
            if day == before:
                return day


class Entry:
    """One entry as it is known after the changes so far."""

    def __init__(self, given, day, imported):
        self.given, self.registered, self.imported = dict(given), day, imported
        self.id, self.kind, self.muted = given["id"], given["kind"], bool(given.get("muted"))
        names = ("valid_from", "valid_until", "duration")
        self.periods = [{**{name: given.get(name) for name in names}, "known": day, "imported": imported}]
        self.events, self.filled = [], {}  # filled: field → the day on which it was filled in
        self.acks, self.snoozed = [], {}

    @property
    def depends(self):
        depends = self.given.get("depends_on") or []
        return [depends] if isinstance(depends, str) else depends

    def start(self, index=0):
        return span(self.periods[index]["valid_from"])

    def end(self, index=-1):
        period = self.periods[index]
        if period["valid_until"] is None and period["duration"]:
            return tuple(day and lasting(day, period["duration"]) for day in self.start(index))
        return span(period["valid_until"])

    def happened(self, *types, index=None):
        """Events that count, of these types and of that period."""
        return [one for one in self.events if one["type"] in types and one["counts"] and index in (None, one["period"])]

    def ended(self, day):
        """(earliest, latest) end: as given, by its event, or by a termination letter once its last day has passed."""
        if found := self.happened("event:ended"):
            return found[-1]["on"], found[-1]["on"]
        if self.given.get("ended_on") is not None:
            return span(self.given["ended_on"])
        last = self.end()[1]
        if last and last < day and self.happened("document:termination-letter", index=len(self.periods) - 1):
            return self.end()
        return None

    def status(self, day):
        """What it is on that day, as known now."""
        types = {one["type"] for one in sorted(self.happened(*STEPS), key=lambda one: one["on"])}
        if self.kind in PERIOD:
            ended, (start, _), (_, last) = self.ended(day), self.start(), self.end()
            if ended:
                return "ended" if ended[1] is None or day > ended[1] else "active"
            if start and day < start:
                return "planned"
            settled = self.happened(*OUTCOMES, index=len(self.periods) - 1)
            return "expired" if last and day > last and not settled else "active"
        if self.kind == "commitment":
            return "settled" if types & {"document:letter", "event:commitment-settled"} else "open"
        final = [one for one in self.happened(*FINAL)]
        if final:
            last = max(final, key=lambda one: one["on"])
            return "decided" if last["type"] == "document:art100-letter" else "declined"
        return (
            "open" if self.kind == "decision" else "notified" if "document:notification-letter" in types else "received"
        )


class World:
    """The register on a day: a fold over the changes, and the questions that rules ask of it."""

    def __init__(self, rules, calendar, *, overdue_limit=None, import_limit="26w"):
        self.rules, self.calendar = rules, calendar
        self.overdue_limit, self.import_limit = overdue_limit, import_limit
        self.entries, self.absences, self.told = {}, [], {}

    # the changes

    def take(self, action, day, *, imported=False):
        getattr(self, "do_" + action["verb"])(self.entries.get(action.get("entry")), action, day, imported)

    def do_add(self, _, action, day, imported):
        self.entries[action["fields"]["id"]] = Entry(action["fields"], day, imported)

    def do_correct(self, entry, action, day, _):
        for name, value in action["fields"].items():
            fields = entry.periods[-1] if name in ("valid_from", "valid_until", "duration") else entry.given
            had = entry.end()[0] if fields is not entry.given else fields.get(name)
            fields[name] = value
            if fields is entry.given and had is None and value is not None:
                entry.filled[name] = day
            elif fields is not entry.given and had is None and entry.end()[0]:
                fields["known"], fields["imported"] = day, False

    def do_extend(self, entry, action, day, _):
        start = entry.end()[1] + DAY
        self.happen(entry, {**action, "type": "event:extended"}, day, verb=True)
        until = action.get("until") or lasting(start, action["duration"]).isoformat()
        new = {"valid_from": start.isoformat(), "valid_until": until, "duration": None, "known": day, "imported": False}
        entry.periods.append({**new, "event": entry.events[-1]})

    def do_end(self, entry, action, day, _):
        self.happen(entry, {**action, "type": "event:ended"}, day, verb=True)

    def do_record(self, entry, action, day, _):
        self.happen(entry, action, day)

    def do_retract(self, entry, action, *_):
        event = [one for one in entry.events if one["type"] == action["event"]][-1]
        entry.events.remove(event)
        entry.periods = [period for period in entry.periods if period.get("event") is not event]

    def do_deploy(self, entry, action, day, _):
        names = ("procedure", "depends_on", "duration", "condition", "size", "owner", "tags", "lead_times")
        given = {name: entry.given[name] for name in names if name in entry.given}
        given |= {"id": action["new_id"], "kind": "contribution", "valid_from": entry.given.get("planned_start")}
        self.entries[given["id"]] = Entry({**given, "deployed_from": entry.id}, day, False)

    def do_mute(self, entry, *_):
        entry.muted = True

    def do_unmute(self, entry, *_):
        entry.muted = False

    def do_acknowledge(self, entry, action, day, _):
        entry.acks.append(((action["rule"], action["occurrence"]), day))

    def do_snooze(self, entry, action, *_):
        entry.snoozed[action["rule"], action["occurrence"]] = date.fromisoformat(action["until"])

    def do_absent(self, _, action, *__):
        first, last = date.fromisoformat(action["from"]), date.fromisoformat(action["to"])
        self.absences.append((action["person"], first, last, action.get("deputy")))

    def happen(self, entry, action, day, *, verb=False):
        """Record an event: what it closes is what is due first, has begun its ladder, or is named."""
        event = {"type": action["type"], "on": date.fromisoformat(action["on"]), "seen": day, "closes": []}
        event["period"], event["counts"] = len(entry.periods) - 1, True
        names = action.get("closes") or []
        named = [name.split("/") for name in ([names] if isinstance(names, str) else names)]
        for rule in self.rules:
            if event["type"] not in rule["closes_on"]:
                continue
            open_ = [
                one
                for one in self.obligations(entry, rule, day)
                if one["due"] and not self.is_closed(entry, rule, one, day)
            ]
            if named:
                open_ = [one for one in open_ if any([rule["id"], one["name"]][: len(name)] == name for name in named)]
            elif verb:
                open_ = [one for one in open_ if one["index"] == event["period"]] or open_
            else:
                open_ = [one for one in open_ if self.begun(rule, one, day)]
            if open_:
                first = min(open_, key=lambda one: one["due"])
                ticklers = [one["name"] for one in open_ if one["tickler"]]
                event["closes"] += [(rule["id"], name) for name in (["tickler"] if ticklers else [first["name"]])]
                event["period"] = first["index"] if event["type"] in OUTCOMES else event["period"]
        if event["type"] in OUTCOMES and not verb:
            event["counts"] = bool(event["closes"])
        if event["type"] == "document:letter" and entry.kind == "commitment":
            event["counts"] = bool(event["closes"])
        entry.events.append(event)

    # what a rule asks for

    def secured(self, entry, seen=()):
        """The earliest of its own end and of all that it depends on."""
        own = (entry.ended(NEVER) or (None,))[0] or self.end(entry)[0]
        ends = [
            own,
            *(
                self.secured(self.entries[id], (*seen, id))
                for id in entry.depends
                if id in self.entries and id not in seen
            ),
        ]
        return min((end for end in ends if end), default=None)

    def end(self, entry, index=-1):
        """A part without an end of its own has that of the whole."""
        whole = self.entries.get(entry.given.get("part_of"))
        own = entry.end(index)
        return self.end(whole) if whole and own == (None, None) else own

    def selects(self, rule, entry, day):
        select = rule.get("select", {})
        given, wanted = entry.given, {name: select.get(name) for name in ("kind", "procedure", "size")}
        values = {"kind": entry.kind, "procedure": given.get("procedure") or "none", "size": given.get("size")}
        if any(wanted[name] and values[name] not in wanted[name] for name in wanted):
            return False
        if given.get("part_of") and not rule.get("parts", False):
            return False
        if select.get("tags") and not set(select["tags"]) & set(given.get("tags") or []):
            return False
        if "has_dependants" in select:
            if select["has_dependants"] != any(entry.id in one.depends for one in self.entries.values()):
                return False
        if "has_condition" in select and select["has_condition"] != bool(given.get("condition")):
            return False
        if "end_confirmed" in select:
            confirmed = entry.happened("event:end-confirmed", index=len(entry.periods) - 1)
            if select["end_confirmed"] != bool(confirmed):
                return False
        return not select.get("status") or "recur" in rule["due"] or entry.status(day) in select["status"]

    def obligations(self, entry, rule, day):
        """Every obligation of a rule that selects the entry on that day, whether closed or not."""
        if not self.selects(rule, entry, day) or not rule.get("enabled", True):
            return
        for name, index, anchor, known, imported in self.anchors(entry, rule, day):
            one = {
                "name": name,
                "index": index,
                "known": known,
                "imported": imported,
                "tickler": name.startswith("tickler"),
            }
            offset = (entry.given.get("lead_times") or {}).get(rule["id"], rule["due"].get("offset", "0d"))
            yield {
                **one,
                "due": anchor
                and (
                    anchor if one["tickler"] else self.calendar.settle(self.calendar.add(anchor, offset), rule["due"])
                ),
            }

    def anchors(self, entry, rule, day):
        """(occurrence, period, anchor, day it became known, whether an import made it known) of each obligation."""
        due, last = rule["due"], len(entry.periods) - 1
        if "recur" in due:
            yield from self.years(entry, rule, day)
            return
        anchor, given = due["anchor"], entry.given
        if anchor == "parent_outcome":
            yield from self.outcomes(entry)
        elif anchor in ("valid_until", "valid_from", "imprecise_earliest", "secured_until"):
            for index, period in enumerate(entry.periods):
                if anchor == "imprecise_earliest":
                    found = self.imprecise(entry, index, rule["select"]["imprecise_days_over"])
                elif anchor == "secured_until":
                    found = self.secured(entry) if index == last else None
                else:
                    found = (self.end(entry, index) if anchor == "valid_until" else entry.start(index))[0]
                yield str(index), index, found, period["known"], period["imported"]
        elif anchor == "ended_on":
            how = entry.happened("event:ended", "document:termination-letter")
            known = how[-1]["seen"] if how else entry.registered
            yield "0", 0, (entry.ended(day) or (None,))[0], known, entry.imported and not how
        else:
            written = given.get(anchor)
            if anchor == "planned_start" and not written:
                found, known = entry.start()[0], entry.periods[0]["known"]
            elif written and written.startswith("before recess "):
                starts = [start for name, start, _ in self.calendar.recess if name == written[14:]]
                found, known = (starts[0] - DAY if starts else None), entry.filled.get(anchor, entry.registered)
            else:
                found, known = span(written)[0], entry.filled.get(anchor, entry.registered)
            if found is None and due.get("undated_every"):
                yield from self.ticklers(entry, due["undated_every"], day)
                return
            yield "0", 0, found, known, entry.imported and anchor not in entry.filled

    def ticklers(self, entry, every, day):
        number = 1
        while True:
            amount, unit = parse(every)
            found = self.calendar.roll(self.calendar.add(entry.registered, f"{number * amount}{unit}"), "preceding")
            if found > day:
                return
            yield f"tickler{number}", 0, found, entry.registered, False
            number += 1

    def imprecise(self, entry, index, days):
        """The earliest day of what is imprecise first: the first period's start, the planned start, the current end."""
        period, last = entry.periods[index], len(entry.periods) - 1
        dates = [] if index else [period["valid_from"], entry.given.get("planned_start")]
        for written in [*dates, *([period["valid_until"]] if index == last else [])]:
            first, final = span(written)
            if first and final and (final - first).days > days:
                return first
        return None

    def outcomes(self, entry):
        """Each period of each parent that ends before the entry's own end, not before its start or registration."""
        final, start = self.end(entry)[1] or NEVER, entry.start()[0] or date.min
        if entry.ended(NEVER):
            final = entry.ended(NEVER)[1] or NEVER
        for parent in [self.entries[id] for id in entry.depends if id in self.entries]:
            for index, period in enumerate(parent.periods):
                end = self.end(parent, index)[0] or (
                    index == len(parent.periods) - 1 and (parent.ended(NEVER) or (None,))[0]
                )
                if not end or not max(start, entry.registered) <= end < final:
                    continue
                happened = parent.happened("event:extended", "event:ended", index=index)
                known = max(period["known"], entry.registered)
                imported = entry.imported and period["imported"]
                yield f"{parent.id}:{index}", index, happened[0]["on"] if happened else end, known, imported

    def years(self, entry, rule, day):
        """A year counts from the registration on, if the entry qualifies on its due day as known now."""
        due, select = rule["due"], rule.get("select", {})
        for year in [year for year in yearly(due["recur"]) if entry.registered <= year <= months(day, 18)[0]]:
            on = self.calendar.settle(self.calendar.add(year, due.get("offset", "0d")), due)
            if on < entry.registered or (select.get("status") and entry.status(on) not in select["status"]):
                continue
            if select.get("in_force_during") and not self.in_force(entry, on.year - 1):
                continue
            yield str(year.year), 0, year, entry.registered, entry.imported

    def in_force(self, entry, year):
        end = entry.ended(NEVER) or self.end(entry)
        return (entry.start()[0] or date.min).year <= year <= (end[1] or NEVER).year

    def is_closed(self, entry, rule, one, day):
        request = self.entries.get(entry.given.get("deployed_from"))
        if any(each.given.get("deployed_from") == entry.id for each in self.entries.values()):
            if "contribution" in rule.get("select", {}).get("kind", ["contribution"]):
                return True  # handed over to the contribution
        ended = entry.ended(day) and rule["due"].get("anchor") != "ended_on"
        if ended and not rule.get("select", {}).get("in_force_during"):
            return True
        names = {(rule["id"], "tickler" if one["tickler"] else one["name"])}
        events = entry.events + (request.events if request else [])
        return any(names & set(event["closes"]) for event in events)

    # from due day to reminders

    def ladder(self, rule, one, until):
        """(day, name) of every rung and overdue step up to a day; rungs on one day are the most urgent of them."""
        due, known, calendar = one["due"], one["known"], self.calendar
        if one["tickler"]:
            return [(due, "0d")]
        if due < known:
            if rule.get("late_on_registration") == "skip":
                return []
            base = calendar.roll(known, "following")
            found = {base: "late"}
        else:
            base, found = due, {}
            for rung in sorted(rule["remind"], key=urgency):
                found[calendar.roll(calendar.add(due, rung), "preceding")] = rung
        steps, every = list(rule.get("overdue", ["+1bd", "+3bd", "+5bd"])), rule.get("overdue_every", "5bd")
        while steps:
            step = steps.pop(0)
            day = calendar.add(base, step)
            if day > until or (self.overdue_limit and day > calendar.add(base, self.overdue_limit)):
                break
            found[day] = step
            if not steps and every != "never":
                steps = [f"+{parse(step)[0] + parse(every)[0]}bd"]
        return sorted(found.items())

    def begun(self, rule, one, day):
        first = "0d" if one["tickler"] else min(rule["remind"], key=urgency)
        return self.calendar.roll(self.calendar.add(one["due"], first), "preceding") <= day

    def whom(self, rule, entry, one, step, before):
        """The roles of a rung: to, cc, escalations in the order of the rule."""
        roles = [*rule["to"], *rule.get("cc", [])]
        for more in [] if one["tickler"] else rule.get("escalate", []):
            if urgency(more["at"]) <= (0 if step == "late" else urgency(step)):
                key = rule["id"], one["name"]
                known = more.get("unless") and any(
                    name == key and (not before or day > before) for name, day in entry.acks
                )
                roles += [] if known else more["to"]
        return list(dict.fromkeys(roles))

    def person(self, role, day, seen=()):
        """Who receives for a role: its holder, the deputy of one who is away, else the fallback role."""
        for person, first, last, deputy in reversed(self.absences):
            if person == role and first <= day <= last:
                return "operator" if deputy is None or deputy in seen else self.person(deputy, day, (*seen, role))
        return role

    def slot(self, day):
        """What is owed at the slot of a day, and told by it."""
        for entry in self.entries.values():
            for rule in self.rules if not entry.muted else ():
                found = [one for one in self.obligations(entry, rule, day) if one["due"]]
                found = [one for one in found if not self.is_closed(entry, rule, one, day)]
                for one in found[-1:] if found and found[0]["tickler"] else found:
                    yield from self.owed(entry, rule, one, day)

    def owed(self, entry, rule, one, day):
        limit = self.import_limit if one["imported"] else None
        if limit and self.calendar.add(one["due"], limit) < one["known"]:
            return  # listed in every overview, not mailed
        if day < entry.snoozed.get((rule["id"], one["name"]), date.min):
            return
        past = [step for step in self.ladder(rule, one, day) if step[0] <= day]
        if not past:
            return
        (planned, rung), before = past[-1], past[-2][0] if len(past) > 1 else None
        key, owed = (entry.id, rule["id"], one["name"]), {}
        for role in self.whom(rule, entry, one, rung, before):
            person = self.person(role, day)
            if self.told.get((key, person), date.min) < planned:
                owed.setdefault(person, []).append(role)
        for person, roles in owed.items():
            for name in [person, *roles]:
                self.told[key, name] = day
        if owed:
            roles, persons = sorted(sum(owed.values(), [])), sorted(owed)
            yield day, *key, rung, planned, one["due"], tuple(roles), tuple(persons)


def reminders(case, rules, recess, **limits):
    """Every reminder of a case, {registered_on, entries, events, actions, from, to}, sorted."""
    world, found = World(rules, Calendar(recess), **limits), []
    registered = date.fromisoformat(case["registered_on"])
    for entry in case["entries"]:
        world.take({"verb": "add", "fields": entry}, registered, imported=True)
    for event in case.get("events", []):
        world.take({"verb": "record", **event}, registered, imported=True)
    day, last = date.fromisoformat(case["from"]), date.fromisoformat(case["to"])
    waiting = sorted(case.get("actions", []), key=lambda action: action["before_first_slot_from"])
    while day <= last:
        if not world.calendar.closed(day):
            while waiting and waiting[0]["before_first_slot_from"] <= day.isoformat():
                action = waiting.pop(0)
                world.take(action, date.fromisoformat(action["before_first_slot_from"]))
            found += world.slot(day)
        day += DAY
    return sorted(found)
