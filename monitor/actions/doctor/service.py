"""Whether the service runs, when it last checked, and whether it judges by the files as they are now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from monitor.actions.doctor.finding import Diagnosis, fault, warning, well
from monitor.actions.query.status import Status, status_of
from monitor.app import App
from monitor.store.instance import holder

START = "Start it: systemctl start monitor, or `monitor run`."


def service(app: App, now: datetime) -> Iterator[Diagnosis]:
    """The process, its last check, what it judges by, and what it wants the operator to know."""
    found, runs = status_of(app, now), _runs(app)
    yield runs
    yield _last_check(found)
    if changed := _changed(app, found.last_check):
        what = f"{' and '.join(changed).capitalize()} changed since the last check was made by them."
        yield warning(
            "service", what, "A service that runs takes them over within minutes (at once: systemctl reload monitor)."
        )
    if found.notices:
        count = f"{len(found.notices)} {'thing stands' if len(found.notices) == 1 else 'things stand'}"
        yield warning("service", f"{count} open for the operator.", "`monitor status` names them.")


def _runs(app: App) -> Diagnosis:
    if app.store.file is None:
        return well("service", "On PostgreSQL any machine may run it; the last check tells whether one does.")
    process = holder(app.store)
    if process is None:
        return warning("service", "No service runs on this database: nothing is checked or mailed by itself.", START)
    return well("service", f"It runs, as process {process}.")


def _last_check(found: Status) -> Diagnosis:
    zone = ZoneInfo(found.zone)
    ahead = (
        f"the next slot is {found.next_slot.astimezone(zone):%a %d-%m-%Y %H:%M}"
        if found.next_slot
        else "no slot comes any more"
    )
    if found.last_check is None:
        return well("last check", f"None was made yet; {ahead}.")
    made = f"{found.last_check.at.astimezone(zone):%a %d-%m-%Y %H:%M}"
    if found.behind:
        what = f"The last check was made on {made}; the slot of {found.day:%a %d-%m-%Y} was missed."
        return fault("last check", what, f"{START} Its log says why it stopped: journalctl -u monitor.")
    return well("last check", f"Made on {made}; {ahead}.")


def _changed(app: App, last: Any) -> list[str]:
    """Kinds of what is in force whose content is another than at the last check."""
    if last is None:
        return []
    return [kind for kind, digest in app.hashes.items() if getattr(last, kind) != digest]
