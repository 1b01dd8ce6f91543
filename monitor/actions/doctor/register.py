"""What the open register tells: whether the service runs, how far the calendars reach, which entries lack reminders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from monitor.actions.doctor.diagnosis import Diagnosis, fault, ok, warning
from monitor.actions.query.coverage import gaps_of
from monitor.actions.query.status import Status, status_of
from monitor.app import App
from monitor.core.calendar.dates import Offset, add_calendar
from monitor.core.model.slots import local_day
from monitor.core.planning.plan import plan
from monitor.core.sentences import Sentence, counted, joined
from monitor.settings.config.configuration import Config
from monitor.settings.files.shipped import shipped
from monitor.store.daemons import holder
from monitor.store.register import live_entries, load_register

START = "Start it: systemctl start monitor, or `monitor run`."
START_AGAIN = Sentence("{start} Its log says why it stopped: journalctl -u monitor.", start=Sentence(START))
RECESS_KNOWN = Offset(amount=12, unit="m")  # how far ahead a calendar should know the recess


def service(app: App, now: datetime, *, demo: bool) -> Iterator[Diagnosis]:
    """Report the process, its last check, whether it judges by the files on disk, and how many notices are open."""
    status = status_of(app, now)
    if demo:
        yield ok("service", "A demo has none: `monitor check` checks and sends once.")
    elif app.store.file is None:
        yield ok("service", "On PostgreSQL any machine may run it; the last check tells whether one does.")
    elif process := holder(app.store):
        yield ok("service", Sentence("It runs, as process {process}.", process=process))
    else:
        yield warning("service", "No service runs on this database: nothing is checked or mailed by itself.", START)
    yield _last_check(status, Sentence("`monitor check` makes it.") if demo else START_AGAIN)
    last = status.last_check
    if changed := [kind for kind, digest in app.hashes.items() if last and getattr(last, kind) != digest]:
        kinds = joined(map(Sentence, changed), ", ")
        what = Sentence("Changed since the last check was made by them: {kinds}.", kinds=kinds)
        do = "A service that runs takes them over within minutes (at once: systemctl reload monitor)."
        yield warning("service", what, do)
    if count := len(status.notices):
        one, more = "{count} notice for the operator is open.", "{count} notices for the operator are open."
        yield warning("service", counted(one, more, count), "`monitor status` lists them.")


def _last_check(status: Status, do: str) -> Diagnosis:
    zone = ZoneInfo(status.zone)
    ahead = Sentence("no slot comes any more")
    if status.next_slot:
        ahead = Sentence("the next slot is {at:%a %d-%m-%Y %H:%M}", at=status.next_slot.astimezone(zone))
    if status.last_check is None:
        return ok("last check", Sentence("None was made yet; {ahead}.", ahead=ahead))
    made = status.last_check.at.astimezone(zone)
    if status.behind:
        what = Sentence(
            "The last check was made on {made:%a %d-%m-%Y %H:%M}; the slot of {day:%a %d-%m-%Y} was missed.",
            made=made,
            day=status.day,
        )
        return fault("last check", what, do)
    return ok("last check", Sentence("Made on {made:%a %d-%m-%Y %H:%M}; {ahead}.", made=made, ahead=ahead))


def calendars(app: App, now: datetime, config: Config) -> Iterator[Diagnosis]:
    """Report how far each calendar in use knows the recess, and how far the open due days reach."""
    policy, today = app.policy, local_day(app.policy, now)
    with app.store.reading() as connection:
        live = live_entries(connection)
        loaded = load_register(connection, live)
    day = max([today, *(entry.registered_on for entry in loaded)])  # entered after today's slot: known tomorrow
    entries = plan(loaded, day, policy, app.people, {}, only=live).entries
    open_dues = [(policy.calendar(item.rule).id, item.due) for entry in entries for item in entry.open]
    used = {policy.calendar(rule).id: policy.calendar(rule) for rule in policy.rules.rules if rule.enabled}
    for calendar in (used or {policy.calendars.default: policy.calendar()}).values():
        horizon = calendar.horizon
        if horizon is None:
            yield ok("calendars", Sentence("{id} knows no recess, so nothing moves with one.", id=calendar.id))
            continue
        dues = [due for id, due in open_dues if id == calendar.id]
        beyond = sum(due.provisional for due in dues)
        plans = (
            Sentence("due days reach to {day:%d-%m-%Y}", day=max(due.day for due in dues))
            if dues
            else Sentence("no due day is open")
        )
        what = Sentence(
            "{id} knows recess until {horizon:%d-%m-%Y}; {plans}", id=calendar.id, horizon=horizon, plans=plans
        )
        if calendar.gap:
            what = Sentence(
                "{id} knows no recess between {horizon:%d-%m-%Y} and {gap:%d-%m-%Y}; {plans}",
                id=calendar.id,
                horizon=horizon,
                gap=calendar.gap[1],
                plans=plans,
            )
        if beyond:
            one, more = (
                "{what}, {count} of them provisional because it lies beyond",
                "{what}, {count} of them provisional because they lie beyond",
            )
            what = counted(one, more, beyond, what=what)
        if beyond or calendar.gap or horizon < add_calendar(today, RECESS_KNOWN):
            missing = Sentence("recesses in between") if calendar.gap else Sentence("coming recess")
            yield warning("calendars", joined((what, "."), ""), _add_recess(missing, calendar.id, config))
        else:
            yield ok("calendars", joined((what, "."), ""))


def _add_recess(missing: str, calendar: str, config: Config) -> str:
    """Return where to add recesses: in the user's own calendar, or in a copy of the shipped one."""
    files = [folder / "calendars" / f"{calendar}.toml" for folder in config.rules_folders()]
    found = next((file for file in files if file.exists()), files[0])
    if found != shipped("rules") / "calendars" / found.name:
        return Sentence("Add the {missing} to {found}.", missing=missing, found=found)
    own = config.near(config.paths.rules) / "calendars" / found.name
    return Sentence(
        "Add the {missing} to a copy of it: `install -D -m 644 {found} {own}`.", missing=missing, found=found, own=own
    )


def coverage(app: App, now: datetime) -> Iterator[Diagnosis]:
    """Report each gap; remarks are left to `validate`."""
    gaps = [gap for gap in gaps_of(app, now) if not gap.note]
    yield from (warning("coverage", gap.what, gap.do) for gap in gaps)
    if not gaps:
        yield ok("coverage", "No gaps: every entry is watched, and every reminder has a recipient in time.")
