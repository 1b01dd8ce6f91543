"""Read the configuration: config.toml, then the environment over it; all faults at once, each with its place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError

from monitor.config_file import find_config
from monitor.core.errors import Fault, Faults, did_you_mean
from monitor.core.sentences import Sentence
from monitor.files import Files
from monitor.settings.config.configuration import (
    DELIMITER,
    NO_FILE,
    PREFIX,
    Config,
    Setting,
    located,
    settings_of,
    variables,
)
from monitor.settings.config.recipients import people_faults
from monitor.settings.files.document import in_order, read_toml
from monitor.settings.files.model_errors import sentence

MORE = "one value; tables and lists belong in the configuration file"


def load_config(
    path: Path | None = None, environ: Mapping[str, str] = os.environ, files: Files | None = None
) -> Config:
    """The configuration in force; without any file the defaults, and no people. Raises Faults with all faults.

    Passwords are read later, when they are needed: reading the register needs none. All files are read in one look,
    `files` (default: a new one), so that no two parts are of different times.
    """
    file = find_config(path, environ)
    files = files or Files()
    document = read_toml(file, files) if file else NO_FILE
    faults, given = [], {}
    known = dict(settings_of(Config))
    for setting, name in variables(environ).items():
        if setting in known and _is_single(known[setting]):
            given[DELIMITER.join(setting)] = environ[name]
        else:
            faults.append(_unknown(setting, name, known))
    try:
        config = Config(**_over(document.data, _tables(given)))
    except ValidationError as error:
        faults += [located(document, environ, each["loc"], *sentence(each, Config)) for each in error.errors()]
        raise Faults(in_order(faults)) from None  # the cause would show what was given, secrets too
    config._document, config._environ, config._files = document, dict(environ), files
    faults += [*people_faults(config), *_demo_faults(config)]
    if faults:
        raise Faults(in_order(faults))
    return config


def _demo_faults(config: Config) -> Iterator[Fault]:
    """A demo's day beside a relay or a database server, where it could mail or record a wrong day for real."""
    if config.demo.today is None:
        return
    path, accepted = ("demo", "today"), "a demo's own Maildir and SQLite file, or no [demo] today"
    if config.mail.transport != "maildir":
        yield config.locate(path, "A demo's day does not go with a relay: mails would carry a wrong day.", accepted)
    if not config.database.url.get_secret_value().startswith("sqlite"):
        yield config.locate(path, "A demo's day does not go with a database server: others may work on it.", accepted)


def _tables(given: Mapping[str, str]) -> dict[str, Any]:
    """Settings of the environment, by path ("mail__smtp__host"), as tables; mostly there are none."""
    if not given:
        return {}
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict  # takes 100 ms to import

    class Settings(Config, BaseSettings):
        """The same fields, for pydantic-settings."""

        model_config = SettingsConfigDict(enable_decoding=False)

    # No prefix: pydantic-settings expects none before a field that has an alias.
    source = EnvSettingsSource(Settings, env_prefix="", env_nested_delimiter=DELIMITER)
    source.env_vars = given  # instead of the process's own environment
    return source()


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """One tree of tables over another, key by key."""
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        merged[key] = _over(under, value) if isinstance(value, dict) and isinstance(under, dict) else value
    return merged


def _unknown(setting: Setting, name: str, known: Mapping[Setting, Any]) -> Fault:
    """The fault of a variable that is no setting, or would be a whole table or list."""
    for path, kind in known.items():
        if path[: len(setting)] == setting or (not _is_single(kind) and setting[: len(path)] == path):
            return Fault(what="This setting is more than one value.", file="environment", key=name, accepted=MORE)
    single = (path for path, kind in known.items() if _is_single(kind))
    hint = did_you_mean(name.upper(), [PREFIX + DELIMITER.join(path).upper() for path in single])
    return Fault(what=Sentence("There is no such setting.{hint}", hint=hint), file="environment", key=name)


def _is_single(kind: Any) -> bool:
    """Whether a setting of that type is one value, as the environment can give it."""
    return get_origin(kind) not in (dict, list)
