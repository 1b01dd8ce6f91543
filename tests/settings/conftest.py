"""A folder of rules that a test writes, read together with the shipped ones."""

from pathlib import Path

import pytest

from monitor.core.errors import Faults
from monitor.settings.files.shipped import shipped
from monitor.settings.rules.load import load_rules

WHOLE = """[rule.{id}]
title = "A letter"
norm = "policy"
why = "A test."
select = {{ kind = ["contribution"] }}
due = {{ anchor = "valid_until", offset = "-6w" }}
remind = ["-2w", "0d"]
to = ["policy-officer"]
closes_on = ["document:extension-letter"]
"""


class OwnRules:
    """The user's folder: `write` a file, then `load` or ask for the `faults`."""

    def __init__(self, folder: Path):
        self.folder = folder

    def write(self, text: str, name: str = "own.toml") -> Path:
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        return path

    def rule(self, id: str = "own", **changed: str) -> str:
        """A sound rule with some of its lines replaced, or taken out with an empty text."""
        lines = WHOLE.format(id=id).splitlines()
        for key, value in changed.items():
            lines = [line for line in lines if not line.startswith(f"{key} =")]
            lines += [f"{key} = {value}"] if value else []
        return "\n".join(lines) + "\n"

    def load(self, **given):
        asked = {"calendars": {"nl-tweede-kamer"}, "roles": {"operator", "sanne"}, "event_types": ()}
        return load_rules([self.folder, shipped("rules")], **{**asked, **given})

    def faults(self, **given):
        with pytest.raises(Faults) as caught:
            self.load(**given)
        return caught.value.faults

    def fault(self, **given):
        [fault] = self.faults(**given)
        return fault


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "rules"
    folder.mkdir()
    return OwnRules(folder)
