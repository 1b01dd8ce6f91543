"""All checks in order, each on what the ones before it found usable; a fault of one does not keep the next from looking."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from datetime import datetime
from pathlib import Path

from monitor.actions.admin.files_check import validate
from monitor.actions.doctor import calendars, database, files, relay, service
from monitor.actions.doctor.finding import Diagnosis, Level, fault, warning, well
from monitor.actions.query.lint import gaps_of
from monitor.app import App, must_be_configured, open_app, read_config
from monitor.core.errors import Faults, MonitorError

FILES = "settings, rules, letters"
NOT_LOOKED_AT = warning("service", "Not looked at: it needs the database and the rules.", "Mend those and look again.")


def examine(path: Path | None, *, clock: Callable[[], datetime], send: str | None = None) -> Iterator[Diagnosis]:
    """Everything there is to say, as it is found. `send`: a person who gets a real mail at the end."""
    try:
        config = read_config(path)
        must_be_configured(config)
    except Faults as found:
        yield from (fault("configuration", str(each), "Mend it.") for each in found.faults)
        yield warning("all else", "Not looked at: all of it stands on the configuration.", "Mend that and look again.")
        return
    yield from _tried("configuration", lambda: files.configuration(config))
    yield from _tried("account", lambda: files.account(config))
    yield from _tried("secrets", lambda: files.secrets(config))
    yield from _tried("folders", lambda: files.folders(config))
    yield from _tried(FILES, lambda: _files(path))
    usable = yield from _all_well("database", lambda: database.database(config))
    if usable:
        yield from _tried("clock", lambda: database.clocks(config, clock))
        yield from _tried("register", lambda: _on_the_register(path, clock()))
    else:
        yield NOT_LOOKED_AT
    yield from _tried("mail", lambda: relay.mail(config, clock()))
    if send:
        yield from _tried("test mail", lambda: _test_mail(path, send, clock()))


def _on_the_register(path: Path | None, now: datetime) -> Iterator[Diagnosis]:
    """What only the open register tells."""
    try:
        opened = open_app(read_config(path))
    except Faults:  # told one by one before
        yield NOT_LOOKED_AT
        return
    with opened as app:
        yield from _tried("service", lambda: service.service(app, now))
        yield from _tried("calendars", lambda: calendars.calendars(app, now))
        yield from _tried("coverage", lambda: _coverage(app, now))


def _files(path: Path | None) -> Iterator[Diagnosis]:
    """What `validate` says; whether there is anybody to mail to is part of it."""
    found = validate(path, None)
    faults = [each for each in found.faults if not each.key.endswith("password_file")]  # told with the secrets
    yield from (fault(FILES, str(each), "Mend it; `monitor validate` looks at these alone.") for each in faults)
    if not faults:
        yield well(FILES, f"No faults: {found.summary}.")


def _test_mail(path: Path | None, person: str, now: datetime) -> Iterator[Diagnosis]:
    with open_app(read_config(path)) as app:
        yield relay.test_mail(app, person, now)


def _tried(check: str, look: Callable[[], Iterator[Diagnosis]]) -> Iterator[Diagnosis]:
    """A look that cannot be finished is a finding too."""
    try:
        yield from look()
    except MonitorError as error:
        yield fault(check, str(error), "Mend that and look again.")
    except OSError as error:
        yield fault(check, f"{error.filename or check}: {error.strerror or error}.", "Let this account look at it.")


def _all_well(check: str, look: Callable[[], Iterator[Diagnosis]]) -> Generator[Diagnosis, None, bool]:
    """As `_tried`; gives back whether no fault was among what was found."""
    sound = True
    for found in _tried(check, look):
        sound = sound and found.level is not Level.FAULT
        yield found
    return sound


def _coverage(app: App, now: datetime) -> Iterator[Diagnosis]:
    """Each gap; what is merely to be known is left to `validate`."""
    gaps = [gap for gap in gaps_of(app, now) if not gap.note]
    yield from (warning("coverage", gap.what, gap.do) for gap in gaps)
    if not gaps:
        yield well("coverage", "No gaps: every entry is watched, and every reminder has a recipient in time.")
