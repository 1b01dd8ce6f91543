"""Settings from environment variables: MONITOR_MAIL__SMTP__HOST is the key host of [mail.smtp]."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, get_origin

from pydantic import BaseModel

from monitor.core.errors import Fault, nearest
from monitor.settings.config.config_path import PREFIX

DELIMITER = "__"
Setting = tuple[str, ...]  # tables and key, as ("mail", "smtp", "host")
OWN = frozenset({"MONITOR_CONFIG"})  # says which file; not a setting of its own
TABLES = "one value; tables and lists stand in the configuration file"


def given_settings(model: type[BaseModel], environ: Mapping[str, str], leaves: Collection[Setting]) -> dict[str, Any]:
    """What the environment says of these settings, as tables; most say nothing."""
    given = {DELIMITER.join(path): environ[name] for path, name in variables(environ).items() if path in leaves}
    if not given:
        return {}
    from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict  # takes 100 ms to import

    class Settings(model, BaseSettings):  # type: ignore[misc, valid-type]
        """The same fields, for pydantic-settings."""

        model_config = SettingsConfigDict(enable_decoding=False)

    class Given(EnvSettingsSource):
        """Variables by the path of their setting ("mail__smtp__host"); what they say comes out as tables."""

        def _load_env_vars(self) -> Mapping[str, str | None]:
            return given

    # No prefix: pydantic-settings expects none before a field that has an alias.
    return Given(Settings, env_prefix="", env_nested_delimiter=DELIMITER)()


def variables(environ: Mapping[str, str]) -> dict[Setting, str]:
    """Path of a setting → the variable that gives it. An empty variable is as good as none."""
    names = [name for name, value in environ.items() if name.startswith(PREFIX) and name not in OWN and value]
    return {tuple(name[len(PREFIX) :].lower().split(DELIMITER)): name for name in names}


def environment_faults(model: type[BaseModel], given: Mapping[Setting, str]) -> Iterator[Fault]:
    """Variables that are no setting, or stand for a whole table or list."""
    leaves = settings_of(model)
    names = [PREFIX + DELIMITER.join(path).upper() for path in leaves]
    for path, name in given.items():
        if path in leaves:
            continue
        if _leads_to_more(model, path):
            yield Fault(what="This setting is more than one value.", file="environment", key=name, accepted=TABLES)
            continue
        near = nearest(name.upper(), names)
        hint = f" Did you mean {near}?" if near else ""
        yield Fault(what=f"There is no such setting.{hint}", file="environment", key=name)


def settings_of(model: type[BaseModel]) -> frozenset[Setting]:
    """The path of every setting that is a single value, as the environment can give it."""
    return frozenset(_leaves(model))


def _leaves(model: type[BaseModel]) -> Iterator[Setting]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel) and field.default_factory is not None:
            yield from ((field.alias or name, *rest) for rest in _leaves(kind))
        elif get_origin(kind) not in (dict, list):
            yield (field.alias or name,)


def _leads_to_more(model: type[BaseModel], path: Setting) -> bool:
    """Whether the path ends at, or passes through, a table or list that the file alone may hold."""
    kind: Any = model
    for part in path:
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            return get_origin(kind) in (dict, list)
        names = {field.alias or name: field for name, field in kind.model_fields.items()}
        if part not in names:
            return False
        kind = names[part].annotation
    return get_origin(kind) in (dict, list) or (isinstance(kind, type) and issubclass(kind, BaseModel))
