"""Options and arguments that a person at a terminal is asked for: a command can be pasted without them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import click
from click.core import ParameterSource

from monitor.cli.language import _


class _Asked(click.Parameter):
    """Ask on standard error; without a terminal the value stays missing, which click reports."""

    unless = ""  # another parameter: with a value of that, this one is not asked for

    def consume_value(self, ctx: click.Context, opts: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        """Return the value typed, else the answer."""
        value, source = super().consume_value(ctx, opts)
        if source is not ParameterSource.DEFAULT or ctx.resilient_parsing or not sys.stdin.isatty():
            return value, source
        if self.unless and ctx.get_parameter_source(self.unless) is ParameterSource.COMMANDLINE:
            return value, source
        answer = click.prompt(self.asking(), err=True, value_proc=lambda text: self._read(ctx, text))
        return answer, ParameterSource.PROMPT

    def _read(self, ctx: click.Context, text: str) -> Any:
        """Return the value of an answer; several have blanks between them."""
        return self.type_cast_value(ctx, text.split() if self.nargs == -1 else text)

    def asking(self) -> str:
        """Return the question in the language spoken."""
        raise NotImplementedError


class _AskedOption(_Asked, click.Option):
    """An option, asked for by the first words of its help."""

    def __init__(self, *names: Any, unless: str = "", **how: Any) -> None:
        super().__init__(*names, **how)
        self.unless = unless

    def asking(self) -> str:
        """Return the first words of the help."""
        return re.split(r"[.;:]", self.help or "")[0]


class _AskedArgument(_Asked, click.Argument):
    """An argument, asked for by a question of its own."""

    def __init__(self, *names: Any, question: str, **how: Any) -> None:
        super().__init__(*names, **how)
        self.question = question

    def asking(self) -> str:
        """Return the question of its own."""
        return _(self.question)


def asked_option(*names: str, **how: Any) -> Callable[[Any], Any]:
    """Return an option that is asked for; `unless`: another parameter that takes its place."""
    return click.option(*names, cls=_AskedOption, **how)


def asked_argument(name: str, question: str, **how: Any) -> Callable[[Any], Any]:
    """Return an argument that is asked for."""
    return click.argument(name, cls=_AskedArgument, question=question, **how)
