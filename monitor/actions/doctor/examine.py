"""All checks in order. A check runs on what earlier ones found usable; a fault of one does not stop the next."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from monitor.actions.admin.validate import validate
from monitor.actions.doctor import installation, register, relay
from monitor.actions.doctor.diagnosis import Diagnosis, Level, fault, ok, warning
from monitor.app import must_be_configured, open_app, read_config
from monitor.core.errors import Faults, MonitorError
from monitor.settings.config.configuration import Config

FILES = "settings, rules, letters"
NOT_EXAMINED = warning(
    "service", "Not looked at: it needs the database and the rules.", "Correct those and look again."
)


def examine(path: Path | None, *, clock: Callable[[], datetime], send: str | None = None) -> Iterator[Diagnosis]:
    """Yield every diagnosis as it is made. `send`: a person who gets a real mail at the end."""
    try:
        config = read_config(path)
        must_be_configured(config)
    except Faults as found:
        yield from (fault("configuration", str(each), "Correct it.") for each in found.faults)
        yield warning("all else", "Not looked at: it needs the configuration.", "Correct that and look again.")
        return
    yield from _guarded("configuration", installation.configuration(config))
    yield from _guarded("account", installation.account(config))
    yield from _guarded("secrets", installation.secrets(config))
    yield from _guarded("folders", installation.folders(config))
    yield from _guarded(FILES, _files(config))
    if (yield from _guarded("database", installation.database(config))):
        yield from _guarded("clock", installation.clocks(config, clock))
        yield from _guarded("register", _register(config, clock()))
    else:
        yield NOT_EXAMINED
    yield from _guarded("mail", relay.mail(config, clock()))
    if send:
        yield from _guarded("test mail", relay.test_mail(config, send, clock()))


def _guarded(check: str, diagnoses: Iterable[Diagnosis]) -> Generator[Diagnosis, None, bool]:
    """Yield the diagnoses, with a fault for a check that fails. Return whether there was no fault."""
    sound = True
    try:
        for found in diagnoses:
            sound = sound and found.level is not Level.FAULT
            yield found
        return sound
    except MonitorError as error:
        yield fault(check, str(error), "Correct that and look again.")
    except OSError as error:
        what = f"{error.filename or check}: {error.strerror or error}."
        yield fault(check, what, "Give this account access to it.")
    return False


def _files(config: Config) -> Iterator[Diagnosis]:
    """Yield what `validate` finds, except the secrets, which have a check of their own."""
    found = validate(config, None)
    faults = [each for each in found.faults if not each.key.endswith("password_file")]
    yield from (fault(FILES, str(each), "Correct it; `monitor validate` checks these alone.") for each in faults)
    if not faults:
        yield ok(FILES, f"No faults: {found.summary}.")


def _register(config: Config, now: datetime) -> Iterator[Diagnosis]:
    try:
        app = open_app(config)
    except Faults:  # reported one by one before
        yield NOT_EXAMINED
        return
    with app:
        yield from _guarded("service", register.service(app, now, demo=config.demo.today is not None))
        yield from _guarded("calendars", register.calendars(app, now))
        yield from _guarded("coverage", register.coverage(app, now))
