"""pydantic-settings' own reading of environment variables, from a mapping handed in instead of the process's."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import BaseModel
from pydantic_settings import BaseSettings, EnvSettingsSource, SettingsConfigDict


class GivenEnvironment(EnvSettingsSource):
    """Variables by the path of their setting ("mail__smtp__host"); what they say comes out as tables."""

    def __init__(self, model: type[BaseModel], given: Mapping[str, str], delimiter: str) -> None:
        class Settings(model, BaseSettings):  # type: ignore[misc, valid-type]
            """The same fields, for pydantic-settings."""

            model_config = SettingsConfigDict(enable_decoding=False)

        self._given = given
        # No prefix: pydantic-settings expects none before a field that has an alias.
        super().__init__(Settings, env_prefix="", env_nested_delimiter=delimiter)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        return self._given
