"""Write JSON Schemas of rules, pack and calendar files, for editors that complete and check TOML.

After a change of the tables, into the files beside this one: python -m monitor.settings.rules.json_schemas
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from monitor.settings.rules.calendars import CalendarFile
from monitor.settings.rules.packs import PackTable
from monitor.settings.rules.schema import RulesFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"
FILES: Mapping[str, type[BaseModel]] = {
    "rules.schema.json": RulesFile,
    "calendar.schema.json": CalendarFile,
    "pack.schema.json": PackTable,
}


def schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON Schema of a file, in the draft of 2020-12; days are text with the format `date`."""
    return {"$schema": DIALECT, **_closed(model.model_json_schema())}


def text(model: type[BaseModel]) -> str:
    """Return the schema as the text of its file."""
    return json.dumps(schema(model), indent=2, ensure_ascii=False) + "\n"


def _closed(part: Any) -> Any:
    """Refuse other names where names must have a form; pydantic accepts them."""
    if isinstance(part, list):
        return [_closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    inner = {key: _closed(item) for key, item in part.items()}
    return {**inner, "additionalProperties": False} if "patternProperties" in part else inner


if __name__ == "__main__":
    for name, model in FILES.items():
        (Path(__file__).parent / name).write_text(text(model), encoding="utf-8")
