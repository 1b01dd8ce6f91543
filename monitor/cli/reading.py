"""The questions that an import has about its file, put to a person at the terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from monitor.cli.output import shown
from monitor.core.errors import Refused
from monitor.core.model.fields import READERS, folded
from monitor.exchange.columns import COLUMNS
from monitor.exchange.questions import FACT, Question, ReadAs, Unsure

if TYPE_CHECKING:
    from monitor.actions.register.importing import ImportPreview

DATES = [column.name for column in COLUMNS if column.form == "date" or column.name == "duration"]


class _Mapping(click.ParamType[tuple[str, str]]):
    name = "COLUMN=FIELD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """A name in the file and the field that it means."""
        if isinstance(value, tuple):
            return value
        name, sign, field = (part.strip() for part in value.rpartition("="))
        field = folded(field)
        if not sign or not name:
            self.fail(f"{value!r} is not COLUMN=FIELD.", param, ctx)
        if field not in READERS and field != FACT:
            self.fail(f"There is no field {field!r}. Accepted: {', '.join(READERS)}, {FACT}.", param, ctx)
        return name, field


MAPPING = _Mapping()


def answered(look: Callable[..., ImportPreview], said: ReadAs) -> ImportPreview:
    """What the file would do, its questions asked one by one. Raises Unsure where no answer can come, else Refused."""
    while True:
        try:
            return look(read_as=said)
        except Unsure as unsure:
            if not sys.stdin.isatty() or not shown():
                raise
            for question in unsure.questions:
                said = said.answered(question, _answer(question))


def _answer(question: Question) -> str:
    if question.about == "column":
        fields = click.Choice([*DATES, FACT])
        found: str = click.prompt(question.ask, type=fields, default=question.proposed or None, err=True)
        return found
    if not click.confirm(question.ask, default=False, err=True):
        raise Refused("Nothing was changed.")
    return ""
