"""The example has every key, its default and a sentence; nothing else."""

import re
import tomllib
from typing import get_origin

import pytest
from pydantic import BaseModel

from monitor.settings.config.configuration import Config
from monitor.settings.config.load import load_config
from monitor.settings.files.shipped import shipped

TEXT = shipped("config.example.toml").read_text(encoding="utf-8")
UNSET = re.compile(r"^# (?=[a-z_]+ = |\[)", re.MULTILINE)
LISTED_BY_NAME = {"people", "holders"}


def keys(model, path=()):
    """Every key of the model; tables whose keys are the user's own names count as one."""
    for name, field in model.model_fields.items():
        here, kind = (*path, field.alias or name), field.annotation
        nested = isinstance(kind, type) and issubclass(kind, BaseModel) and field.default_factory
        if nested and here[0] not in LISTED_BY_NAME:
            yield from keys(kind, here)
        else:
            yield here


def tables(model):
    return {key for key in keys(model) if get_origin(dict(_fields(model))[key]) is dict or key[0] in LISTED_BY_NAME}


def _fields(model, path=()):
    for name, field in model.model_fields.items():
        here, kind = (*path, field.alias or name), field.annotation
        yield here, kind
        if isinstance(kind, type) and issubclass(kind, BaseModel) and field.default_factory:
            yield from _fields(kind, here)


def written(data, stops, path=()):
    for key, value in data.items():
        here = (*path, key)
        if isinstance(value, dict) and here not in stops:
            yield from written(value, stops, here)
        else:
            yield here


def test_the_example_loads_and_says_the_defaults():
    assert load_config(shipped("config.example.toml"), {}).model_dump() == Config().model_dump()


def test_the_example_has_every_key_and_no_other():
    every = tomllib.loads(UNSET.sub("", TEXT))
    assert sorted(written(every, tables(Config))) == sorted(keys(Config))


def test_the_keys_without_a_default_load_when_they_are_set(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(UNSET.sub("", TEXT), encoding="utf-8")
    config = load_config(path, {})
    assert config.mail.reply_to.address == "secretariat@example.org"
    assert config.people["sanne"].roles == ["policy-officer", "operator"]
    assert config.register_.kinds["permit"] == "period"


def test_every_key_has_a_sentence_above_it():
    lines = TEXT.splitlines()
    for number, line in enumerate(lines):
        found = re.match(r"(?:# )?([a-z_]+) = ", line)
        if found and lines.index("# [people.sanne]") > number:
            assert re.match(r"# [A-Za-z0-9].*\.$|# .*, .*\.$", lines[number - 1]), f"{number + 1}: {line}"


@pytest.mark.parametrize("line", [line for line in TEXT.splitlines() if re.match(r"[a-z_]+ = ", line)])
def test_a_key_misspelt_in_the_example_is_a_fault(tmp_path, line):
    from monitor.core.errors import Faults

    path = tmp_path / "config.toml"
    path.write_text(TEXT.replace(f"\n{line}\n", f"\nx{line}\n"), encoding="utf-8")
    with pytest.raises(Faults, match=f"There is no such key. Did you mean {line.partition(' ')[0]}"):
        load_config(path, {})
