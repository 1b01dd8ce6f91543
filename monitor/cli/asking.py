"""The question before a change: asked only of a person who has seen what it does."""

from __future__ import annotations

import sys

import click

from monitor.cli.output import shown
from monitor.core.errors import Refused


def agreed(question: str = "Save this?", *, default: bool = True, nothing: str = "Nothing was changed") -> bool:
    """Ask. Raises Refused where no answer can come, or where the person cannot have read what is asked."""
    if not sys.stdin.isatty():
        raise Refused(f"{nothing}: nobody is there to answer. Add --yes to do it without asking.")
    if not shown():
        raise Refused(f"{nothing}: what it does could not be shown. Add --yes to do it without asking.")
    return click.confirm(question, default=default, err=True)


def must_agree(question: str, *, nothing: str = "Nothing was changed") -> None:
    """Ask, with no as the answer that Enter gives. Raises Refused as `agreed` does, and click.Abort on a no."""
    if not agreed(question, default=False, nothing=nothing):
        raise click.Abort
