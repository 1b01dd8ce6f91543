"""The register written out: whole as JSON, or its entries as one table."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

from monitor.app import App
from monitor.core.errors import Refused
from monitor.core.model.fields import write_entry
from monitor.core.model.file_options import Separator, WrittenFormat
from monitor.core.model.register import Entry, Register
from monitor.exchange.columns import guard
from monitor.exchange.csv_file import write_csv
from monitor.exchange.file_kind import kind_named
from monitor.exchange.register_file import write_register
from monitor.exchange.table import header_of, rows_of
from monitor.files import whole_file
from monitor.settings.config.configuration import Config
from monitor.store import history as kept
from monitor.store.codec import encode
from monitor.store.engine import Transaction
from monitor.store.register import load_register

TableFormat = Literal["csv", "xlsx"]


def format_of(path: Path | None, asked: WrittenFormat | None) -> WrittenFormat:
    """Return the format to write: the one asked for, else by the file's name, else JSON. Raises Refused."""
    found = asked or (kind_named(path) if path else "json")
    if found is None:
        raise Refused("{path} does not say its format. Name it .json, .csv, .xlsx or .ics, or add --format.", path=path)
    return found


def export(app: App, path: Path | None, kind: WrittenFormat, *, separator: Separator = "comma") -> int:
    """Write the register to a file, or to standard output without one; return how many entries. Raises Faults."""
    with app.store.reading() as connection, output_to(path) as file:
        register = load_register(connection)
        if kind == "json":
            with _text(file) as text:
                _write_whole(connection, register, text)
            return len(register.entries)
        header = header_of(register)
        if kind == "csv":
            with _text(file) as text:
                write_csv(text, header, rows_of(register, header), separator)
        else:
            from monitor.exchange.xlsx_writer import write_xlsx

            write_xlsx(file, header, rows_of(register, header))
        return len(register.entries)


def list_file(
    kind: TableFormat,
    name: str,
    header: Sequence[str],
    rows: Iterable[Sequence[str | int | date]],
    *,
    separator: Separator,
    written: Callable[[date], str],
) -> bytes:
    """Return a list that people look at as a file; `written`: how CSV has a day. Texts are never formulas."""
    file = io.BytesIO()
    if kind == "xlsx":
        from monitor.exchange.xlsx_writer import write_list

        write_list(file, name, header, rows)
    else:
        cells = ([_text_of(cell, written) for cell in row] for row in rows)
        with _text(file) as text:
            write_csv(text, header, cells, separator)
    return file.getvalue()


def _text_of(cell: str | int | date, written: Callable[[date], str]) -> str:
    if isinstance(cell, date):
        return written(cell)
    return str(cell) if isinstance(cell, int) else guard(cell)


def template(config: Config, path: Path, language: str) -> None:
    """Write an empty table to fill in, with the kinds, people and roles to choose from, explained in a language.

    Raises Faults.
    """
    from monitor.exchange.xlsx_writer import write_template

    brought = [kind for pack in config.packs() for kind in pack.kinds]
    kinds = list(dict.fromkeys([*brought, *config.register_.kinds]))
    roles = dict.fromkeys(role for person in config.people.values() for role in person.roles)
    owners = [*config.people, *roles]
    choices = {"kind": kinds, "procedure": ["none", "art100"], "owner": owners, "sensitive": ["yes", "no"]}
    with output_to(path) as file:
        write_template(file, choices, language)


def _write_whole(connection: Transaction, register: Register, file: IO[str]) -> None:
    write_register(
        file,
        entries=(_line(write_entry(entry)) for entry in register),
        events=(_line(event) for entry in register for event in _events(entry)),
        kept={
            "documents": (_line(encode(entry)) for entry in register),
            "absences": (_line(encode(absence)) for absence in register.absences),
            "history": map(_line, kept.whole_history(connection)),
        },
    )


def _events(entry: Entry) -> Iterator[dict[str, Any]]:
    """The events in force, as a plain register file has them.

    It holds the current period only, as its first: what an event closed of an earlier one must not name that one.
    """
    for event in entry.effective_events():
        closes = [f"{key.rule}/{key.occurrence}" for key in event.closes] if len(entry.periods) == 1 else []
        found: dict[str, Any] = {
            "entry": entry.id,
            "type": event.type,
            "on": event.on.isoformat(),
            "reference": event.reference,
        }
        found |= {"note": event.note, "closes": closes}
        yield {name: value for name, value in found.items() if value}


_line = partial(json.dumps, ensure_ascii=False)


@contextmanager
def _text(file: IO[bytes]) -> Iterator[IO[str]]:
    """UTF-8 on a file that stays open."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    yield text
    text.detach()


@contextmanager
def output_to(path: Path | None) -> Iterator[IO[bytes]]:
    """The file, or standard output without one. Raises Unavailable."""
    if path is None:
        yield sys.stdout.buffer
    else:
        with whole_file(path) as file:
            yield file
