"""Read the configuration: config.toml, then the environment over it; all faults at once, each with its place."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard, get_origin

from pydantic import BaseModel, ValidationError

from monitor.core.errors import Fault, Faults, did_you_mean
from monitor.files import Files
from monitor.settings.config.configuration import DELIMITER, NO_FILE, PREFIX, Config, Setting, located, variables
from monitor.settings.config.recipients import people_faults
from monitor.settings.files.document import in_order, read_toml
from monitor.settings.files.model_errors import sentence

PLACES = (Path("config.toml"), Path("/etc/monitor/config.toml"))
MORE = "one value; tables and lists belong in the configuration file"


def find_config(path: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file named, else $MONITOR_CONFIG, else ./config.toml, else /etc/monitor/config.toml; None: there is none."""
    if path or environ.get("MONITOR_CONFIG"):
        return path or Path(environ["MONITOR_CONFIG"])
    return next((place for place in PLACES if place.is_file()), None)


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
    leaves = frozenset(_leaves(Config))
    for setting, name in variables(environ).items():
        if setting in leaves:
            given[DELIMITER.join(setting)] = environ[name]
        else:
            faults.append(_unknown(setting, name, leaves))
    try:
        config = Config(**_over(document.data, _tables(given)))
    except ValidationError as error:
        faults += [located(document, environ, each["loc"], *sentence(each, Config)) for each in error.errors()]
        raise Faults(in_order(faults)) from None  # the cause would show what was given, secrets too
    config._document, config._environ, config._files = document, dict(environ), files
    faults += people_faults(config)
    if faults:
        raise Faults(in_order(faults))
    return config


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


def _unknown(setting: Setting, name: str, leaves: frozenset[Setting]) -> Fault:
    """The fault of a variable that is no setting, or would be a whole table or list."""
    kind: Any = Config
    for part in setting:
        if not _is_model(kind):
            break
        names = {field.alias or key: field.annotation for key, field in kind.model_fields.items()}
        kind = names.get(part)
    if get_origin(kind) in (dict, list) or _is_model(kind):
        return Fault(what="This setting is more than one value.", file="environment", key=name, accepted=MORE)
    hint = did_you_mean(name.upper(), [PREFIX + DELIMITER.join(path).upper() for path in leaves])
    return Fault(what=f"There is no such setting.{hint}", file="environment", key=name)


def _leaves(model: type[BaseModel]) -> Iterator[Setting]:
    """The path of every setting that is a single value, as the environment can give it."""
    for name, field in model.model_fields.items():
        kind = field.annotation
        if _is_model(kind) and field.default_factory is not None:
            yield from ((field.alias or name, *rest) for rest in _leaves(kind))
        elif get_origin(kind) not in (dict, list):
            yield (field.alias or name,)


def _is_model(kind: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
