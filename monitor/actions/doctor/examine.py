"""All checks in order. A check runs on what earlier ones found usable; a fault of one does not stop the next."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from datetime import datetime
from pathlib import Path

from monitor.actions.admin.validate import validate
from monitor.actions.doctor import advice, installation, register, relay
from monitor.actions.doctor.diagnosis import Diagnosis, Level, fault, ok, warning
from monitor.app import must_be_configured, open_app, read_config
from monitor.core.errors import BadValue, Faults, MonitorError, system_reason
from monitor.core.sentences import Sentence, joined
from monitor.settings.config.configuration import Config

FILES = "settings, rules, letters"
NOT_EXAMINED = warning("service", "Not looked at: it needs the database and the rules.", advice.AGAIN)


def examine(path: Path | None, *, clock: Callable[[], datetime], send: str | None = None) -> Iterator[Diagnosis]:
    """Yield every diagnosis as it is made. `send`: a person who gets a real mail at the end."""
    try:
        config = read_config(path)
        must_be_configured(config)
    except Faults as found:
        yield from (fault("configuration", *advice.of_setting(each)) for each in found.faults)
        yield warning("all else", "Not looked at: it needs the configuration.", advice.AGAIN)
        return
    yield from _guarded(config, "configuration", installation.configuration(config))
    yield from _guarded(config, "account", installation.account(config))
    yield from _guarded(config, "secrets", installation.secrets(config))
    yield from _guarded(config, "folders", installation.folders(config))
    yield from _guarded(config, FILES, _files(config))
    if (yield from _guarded(config, "database", installation.database(config))):
        yield from _guarded(config, "clock", installation.clocks(config, clock))
        yield from _guarded(config, "register", _register(config, clock()))
    else:
        yield NOT_EXAMINED
    yield from _guarded(config, "mail", relay.mail(config, clock()))
    if send:
        yield from _guarded(config, "test mail", relay.test_mail(config, send, clock()))


def _guarded(config: Config, check: str, diagnoses: Iterable[Diagnosis]) -> Generator[Diagnosis, None, bool]:
    """Yield the diagnoses, with a fault for a check that fails. Return whether there was no fault."""
    sound = True
    try:
        for found in diagnoses:
            sound = sound and found.level is not Level.FAULT
            yield found
        return sound
    except Faults as error:
        yield from (fault(check, *advice.of_setting(each)) for each in error.faults)
    except BadValue as error:  # of the terms of a relay: `validate` gives its line
        yield fault(check, error.what, Sentence("Correct [mail.smtp]. Accepted: {accepted}.", accepted=error.accepted))
    except MonitorError as error:
        yield fault(check, *advice.of_database(error, config))
    except OSError as error:
        yield fault(
            check,
            joined((error.filename or Sentence(check), ": ", system_reason(error), "."), ""),
            advice.of_system(error),
        )
    return False


def _files(config: Config) -> Iterator[Diagnosis]:
    """Yield what `validate` finds, except the secrets, which have a check of their own."""
    found = validate(config, None)
    faults = [each for each in found.faults if not each.key.endswith("password_file")]
    yield from (fault(FILES, *advice.of_setting(each)) for each in faults)
    if not faults:
        yield ok(FILES, Sentence("No faults: {summary}.", summary=found.summary))


def _register(config: Config, now: datetime) -> Iterator[Diagnosis]:
    try:
        app = open_app(config)
    except Faults:  # reported one by one before
        yield NOT_EXAMINED
        return
    with app:
        yield from _guarded(config, "service", register.service(app, now, demo=config.demo.today is not None))
        yield from _guarded(config, "calendars", register.calendars(app, now, config))
        yield from _guarded(config, "coverage", register.coverage(app, now))
