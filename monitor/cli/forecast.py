"""simulate and whatif: which reminders will be sent, and what other rules, calendars or actions would change."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import asdict

from monitor.app import in_english
from monitor.cli.language import _, several, told
from monitor.cli.layout import INDENT, TableColumn, laid_out
from monitor.cli.options import FILE, JSON, REGISTER, SPAN_OF_DAYS, TRIED, configured, now, require_order
from monitor.cli.terminal import console, print_json, print_json_lines, say, show_day, table, why

if TYPE_CHECKING:
    from monitor.actions.admin.rehearsal import Load
    from monitor.actions.query.simulate import Scenario
    from monitor.core.changes.closing import Effect
    from monitor.core.forecast.simulate import ForecastReminder
    from monitor.core.forecast.whatif import Comparison, ReminderChange
    from monitor.core.model.policy import Policy

MOST = 50  # obligations of one kind that a person is shown
RUNGS = 8  # days of one obligation
WEEKS = 8  # weeks with the most mails for a person
SHOWN = ("on", "entry", "rule", "occurrence", "rung", "planned", "due", "derivation")
FORECAST = (*SHOWN[:-1], "roles", "persons", SHOWN[-1])


@click.command()
@SPAN_OF_DAYS
@REGISTER
@TRIED
@click.option("--actions", type=FILE, metavar="PATH", help="Dated actions to apply on their days (JSON).")
@click.option("--system", is_flag=True, help="Include reminders of the system rules.")
@click.option("--mails", is_flag=True, help="Count the mails of each person and week instead.")
@JSON
def simulate(first: date, last: date, system: bool, mails: bool, as_json: bool, **files: Path | None) -> None:
    """Print every reminder of a span of days, as the daemon would send them. Changes nothing.

    With --register it reads no database. With --mails it lists the mails to each person, by week and day: reminders,
    overviews and the weekly all-clear, as if each were delivered. Notices to the operator are not foretold.
    """
    from monitor.actions.query import simulate as action

    require_order(first, last)
    if mails:
        _simulate_mails(action.Scenario(**files), first, last, as_json)
        return
    policy, found = action.simulate(configured(), action.Scenario(**files), first, last, now())
    reminders = [item for item in found.reminders if system or not item.system]
    if as_json:
        print_json_lines({name: getattr(item, name) for name in FORECAST} for item in reminders)
    else:
        rows = ((r.on, r.entry, r.rule, r.occurrence, r.rung, r.due, ", ".join(r.roles)) for r in reminders)
        empty = _("No reminder is sent from {first} to {last}.", first=first, last=last)
        table(("day", "entry", "rule", "for", "rung", "due", "to"), rows, empty=empty, wide=("rule", "to"))
    if reminders and not as_json:
        say(_("{count} reminders.", count=len(reminders)))
    _print_effects(found.effects, policy)
    for entry, facts in found.facts.items():
        print(
            _("{entry}: kept as facts, driving nothing: {facts}", entry=entry, facts=", ".join(facts)), file=sys.stderr
        )


def _simulate_mails(files: Scenario, first: date, last: date, as_json: bool) -> None:
    from monitor.actions.admin.rehearsal import foretell_mails, loads

    found = foretell_mails(configured(), files, first, last, now())
    if as_json:
        print_json_lines({"week": mail.week, **asdict(mail)} for mail in found)
        return
    weeks, persons = loads(found), dict.fromkeys(mail.person for mail in found)
    rows = []
    for person in persons:
        mine = [load for load in weeks if load.person == person]
        most = max(mine, key=lambda load: len(load.mails))
        overviews = sum(mail.kind == "overview" for load in mine for mail in load.mails)
        count = sum(len(load.mails) for load in mine)
        at_most = _("{count}, week of {day}", count=len(most.mails), day=show_day(most.week))
        rows.append((person, count, overviews, at_most))
    rows.sort(key=lambda row: -row[1])
    empty = _("No mail is sent from {first} to {last}.", first=show_day(first), last=show_day(last))
    table(("person", "mails", "overviews", "most in a week"), rows, empty=empty)
    if not found:
        return
    say("")
    heads = ("week of", "person", "mails", "reminders", "days")
    table(heads, ((one.week, one.person, len(one.mails), one.reminders, _days(one)) for one in weeks), wide=("days",))
    say(several("{count} mail.", "{count} mails.", len(found)))
    if held := sum(mail.held for mail in found):
        say(several("The brake would hold {count} mail.", "The brake would hold {count} mails.", held), style="yellow")


def _days(load: Load) -> str:
    """Return the days of a person's mails in a week, "Mon 01-02 (overview), Thu 04-02"."""
    names = {"digest": "", "overview": f" ({_('overview')})", "all-clear": f" ({_('all-clear')})"}
    kinds = ((mail.day, names[mail.kind]) for mail in load.mails)
    return ", ".join(f"{_(f'{day:%a}')} {day:%d-%m}{kind}" for day, kind in kinds)


def _print_effects(effects: Iterable[Effect], policy: Policy) -> None:
    """Print on standard error what each event did, and types of events that no rule knows."""
    from monitor.actions.register.import_report import describe_effect
    from monitor.core.register.naming import unknown_types

    effects = list(effects)
    for line in (*map(describe_effect, effects), *unknown_types((effect.event.type for effect in effects), policy)):
        print(told(line), file=sys.stderr)


@click.command()
@SPAN_OF_DAYS
@TRIED
@click.option(
    "--changes", "actions", type=FILE, metavar="PATH", help="Dated actions, as `simulate --actions` takes them."
)
@REGISTER
@JSON
def whatif(first: date, last: date, as_json: bool, **files: Path | None) -> None:
    """Compare the reminders to come with those under other rules, another calendar or after some changes.

    Shows every reminder that moves, comes or goes, with why, how many mails that makes, and the weeks in which
    one person receives most. Changes nothing.
    """
    from monitor.actions.query import simulate as action

    require_order(first, last)
    if not any(files[name] for name in ("rules", "calendar", "actions")):
        raise click.UsageError(_("There is nothing to compare with. Give --rules, --calendar or --changes."))
    other, found = action.whatif(configured(), action.Scenario(**files), first, last, now())
    _print_effects(found.effects, other)
    print_json(_json(found)) if as_json else _print(found, first, last)


def _json(found: Comparison) -> dict[str, Any]:
    return {
        "moved": [
            {"before": _reminder(turn, turn.before), "after": _reminder(turn, turn.after)} for turn in found.moved
        ],
        "added": [_reminder(turn, turn.after) for turn in found.added],
        "dropped": [_reminder(turn, turn.before) for turn in found.dropped],
        "mails": {
            **_both(found.mails),
            "moved": [{"person": old.person, "before": old.on, "after": new.on} for old, new in found.mails_moved],
            "added": [mail._asdict() for mail in found.mails_added],
            "dropped": [mail._asdict() for mail in found.mails_dropped],
        },
        "weeks": [
            {"person": load.person, "week": load.week, "mails": _both(load.mails), "reminders": _both(load.reminders)}
            for load in found.loads
        ],
        "unwatched": [
            {"entries": gap.concerns, "count": gap.count, "what": in_english(gap.what)} for gap in found.unwatched
        ],
    }


def _both(counts: tuple[int, int]) -> dict[str, int]:
    return {"before": counts[0], "after": counts[1]}


def _reminder(turn: ReminderChange, side: ForecastReminder | None) -> dict[str, Any] | None:
    return {"person": turn.name.person, **{name: getattr(side, name) for name in SHOWN}} if side else None


def _print(found: Comparison, first: date, last: date) -> None:
    for gap in found.unwatched:
        say(told(gap.what), style="yellow")
    if found.nothing:
        say(_("No reminder from {first} to {last} would be different.", first=show_day(first), last=show_day(last)))
        return
    for title, turns in ((_("Moved"), found.moved), (_("Added"), found.added), (_("Dropped"), found.dropped)):
        _print_turns(title, turns)
    counts = _(
        "{mails_added} more, {mails_moved} on another day, {mails_dropped} fewer",
        mails_added=len(found.mails_added),
        mails_moved=len(found.mails_moved),
        mails_dropped=len(found.mails_dropped),
    )
    say(
        _("Mails: {mails} → {after} ({counts}).", mails=found.mails[0], after=found.mails[1], counts=counts),
        style="bold",
    )
    say("\n" + _("Weeks in which one person receives most"), style="bold")
    rows = ((load.week, load.person, _change(*load.mails), _change(*load.reminders)) for load in found.loads[:WEEKS])
    table(("week of", "person", "mails", "reminders"), rows)


def _print_turns(title: str, turns: Sequence[ReminderChange]) -> None:
    """Print for each obligation who receives what on which day, and why."""
    if not turns:
        return
    say(f"{title}: {several('{count} reminder', '{count} reminders', len(turns))}", style="bold")
    groups: dict[tuple[object, ...], list[ReminderChange]] = defaultdict(list)
    for turn in turns:
        name, dues = turn.name, (side and side.due for side in (turn.before, turn.after))
        groups[(name.entry, name.rule, name.occurrence, *dues)].append(turn)
    for group in list(groups.values())[:MOST]:
        for line in _obligation(group):
            say(line)
    if len(groups) > MOST:
        say(_("… and {groups} more obligations; --json has them all.", groups=len(groups) - MOST))
    say("")


def _obligation(group: Sequence[ReminderChange]) -> Iterator[str]:
    old, new = group[-1].before or group[-1].shown, group[-1].shown
    yield "  " + _(
        "{entry}  {rule}/{occurrence}, due {change}",
        entry=new.entry,
        rule=new.rule,
        occurrence=new.occurrence,
        change=_change(show_day(old.due), show_day(new.due)),
    )
    rungs = _rungs(group)
    head = [TableColumn(name=""), TableColumn(name=""), TableColumn(name="", wide=True)]
    rows = [(*rung, ", ".join(persons)) for rung, persons in rungs.items()]
    for line in laid_out(head, rows[:RUNGS], console().width - len(INDENT))[1:]:
        yield INDENT + line
    if len(rungs) > RUNGS:
        last = max(turn.shown.on for turn in group)
        yield "    " + _("… and {rungs} more, the last on {last}", rungs=len(rungs) - RUNGS, last=show_day(last))
    if old.steps == new.steps:
        yield "    " + _("why: {why}", why=why(old.steps))
    else:
        yield "    " + _("was: {why}", why=why(old.steps))
        yield "    " + _("now: {why}", why=why(new.steps))


def _rungs(group: Iterable[ReminderChange]) -> dict[tuple[str, str], list[str]]:
    """Return rung and days, ("-8w", "Thu 04-11-2021 → Mon 01-11-2021") → who receives it."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for turn in group:
        days = [show_day(side.on) for side in (turn.before, turn.after) if side]
        found[turn.shown.rung, _change(days[0], days[-1])].append(turn.name.person)
    return found


def _change(before: object, after: object) -> str:
    return f"{before}" if before == after else f"{before} → {after}"
