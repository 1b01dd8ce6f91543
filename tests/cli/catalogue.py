"""The catalogue of Dutch texts: what the product can say, found in its source, and the .po and .mo of it.

`python tests/cli/catalogue.py` adds new texts to monitor.po (empty: to be translated), drops those that are gone and
compiles monitor.mo. `--list` prints what is not translated yet.
"""

from __future__ import annotations

import ast
import io
import sys
from calendar import day_abbr, day_name, month_name
from collections.abc import Iterator
from datetime import UTC, datetime
from inspect import cleandoc
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from monitor import translation
from monitor.actions.check import held_mail
from monitor.actions.doctor import advice, installation, relay
from monitor.actions.doctor.diagnosis import Level
from monitor.cli import (
    check,
    demo,
    doctor,
    entry,
    fields,
    help,
    outbox,
    preview,
    proposals,
    questions,
    read,
    register,
    review,
    status,
    timeline_text,
    verbs,
)
from monitor.cli.main import COMMANDS, cli
from monitor.cli.terminal import LOUD
from monitor.core.delivery.retry import Outcome, State
from monitor.core.forecast.timeline import MONTHS
from monitor.core.model.fields import MEANINGS
from monitor.core.planning.verdicts import Verdict
from monitor.drawing import timeline_svg
from monitor.exchange.columns import FORMS
from monitor.mail.transport import smtp_session
from monitor.settings.files import model_errors
from monitor.store import engine
from monitor.store.inbox import InboxState

ROOT = Path(__file__).parents[2]
FOLDER = translation.FOLDER / "nl" / "LC_MESSAGES"
PO, MO = FOLDER / "monitor.po", FOLDER / "monitor.mo"
Text = str | tuple[str, str]  # a text, or those for one and for several

# Function → positions of the arguments that are texts, and keywords that are.
TEXTS: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {
    "_": ((0,), ()),
    "Sentence": ((0,), ()),
    "asked_argument": ((1,), ()),
    "MonitorError": ((0,), ()),
    "Refused": ((0,), ()),
    "Unavailable": ((0,), ()),
    "BadValue": ((0, 1), ()),
    "Fault": ((), ("what", "accepted")),
    "UnknownId": ((0,), ()),
    "_shaped": ((1, 2), ()),
    "_known": ((0, 2), ()),
    "Unreadable": ((0, 1), ()),  # of a letter, and the answer of the process that reads it
    "Answer": ((), ("what",)),
    **dict.fromkeys(("_trouble", "_Stops", "_Failed"), ((0,), ())),
    "sentence": ((0,), ()),  # of a picture
    "_expect": ((2,), ()),
    "file_fault": ((1,), ("accepted",)),
    "progress": ((0,), ()),
    **dict.fromkeys(("ok", "warning", "fault", "locate"), ((0, 1, 2), ())),  # of a file, and of doctor
    "add": ((0,), ("accepted",)),  # of Gathered
}
KINDS = ("rules", "calendars", "people", "limits", "postponed", "refused", "broken", "To know")
# What the C library and Python say of errors; a text that is not here is shown as it is.
SYSTEM = (
    "Permission denied", "Operation not permitted", "No such file or directory", "No space left on device",
    "Disk quota exceeded", "Read-only file system", "Input/output error", "Too many levels of symbolic links",
    "Not a directory", "Is a directory", "File exists", "File name too long", "File too large", "Too many open files",
    "Device or resource busy", "Stale file handle", "Bad file descriptor", "Broken pipe", "Invalid argument",
    "Cannot allocate memory", "Connection refused", "Connection reset by peer", "Connection timed out",
    "Network is unreachable", "No route to host", "Name or service not known", "Temporary failure in name resolution",
    "No address associated with hostname",
)  # fmt: skip
JSON = (
    "Expecting value", "Expecting ':' delimiter", "Expecting ',' delimiter", "Unterminated string starting at",
    "Invalid control character at", "Invalid \\escape", "Invalid \\uXXXX escape",
)  # fmt: skip
JINJA = ("A value is printed that is empty here (None).",)
LETTERS = ("reminder", "overview", "all-clear", "notice", "test")
PLURALS = ("several", "counted")
DEVELOPERS = ("declaration", "Boolean option", "defined twice", "No options defined", "must be an iterable", "stream '")


def texts() -> set[Text]:
    """Return every text that can be translated."""
    found: set[Text] = set()
    for file in sorted((ROOT / "monitor").rglob("*.py")):
        found.update(_in_source(file, TEXTS, PLURALS))
    for file in Path(click.__file__).parent.glob("*.py"):
        mine = _in_source(file, {"_": ((0,), ())}, ("ngettext",))
        found.update(text for text in mine if not any(word in str(text) for word in DEVELOPERS))
    found.update(filter(None, _constants()))
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        found.update(_of_command(command))
    found.update(_of_command(cli))
    return found - {""}


def catalogue(old: Catalog | None = None) -> Catalog:
    """Return all texts with the translations that `old` has."""
    made = Catalog(locale="nl", domain=translation.DOMAIN, fuzzy=False, charset="utf-8")
    made.creation_date = made.revision_date = datetime(2026, 11, 28, tzinfo=UTC)
    made.project, made.version, made.header_comment = "monitor", "", "# Dutch texts of the command line."
    made.last_translator = made.language_team = made.msgid_bugs_address = ""
    for text in sorted(texts(), key=str):
        before = old.get(text) if old else None
        fitting = before and isinstance(before.string, str) == isinstance(text, str)
        made.add(text, before.string if before and fitting else "", flags=[])
    return made


def written(made: Catalog) -> bytes:
    """Return the catalogue as monitor.po has it."""
    out = io.BytesIO()
    write_po(out, made, no_location=True, sort_output=True, width=118)
    return out.getvalue()


def compiled(made: Catalog) -> bytes:
    """Return the catalogue as monitor.mo has it."""
    out = io.BytesIO()
    write_mo(out, made)
    return out.getvalue()


def known() -> Catalog:
    """Return monitor.po."""
    return read_po(io.BytesIO(PO.read_bytes()), locale="nl", domain=translation.DOMAIN)


def _in_source(
    file: Path, named: dict[str, tuple[tuple[int, ...], tuple[str, ...]]], plurals: tuple[str, ...]
) -> Iterator[Text]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    loose = [node for node in tree.body if not isinstance(node, ast.FunctionDef | ast.ClassDef)]
    yield from _in_scope(ast.Module(body=loose, type_ignores=[]), _assigned(tree), named, plurals)
    for scope in ast.walk(tree):
        if isinstance(scope, ast.FunctionDef):
            yield from _in_scope(scope, {**_assigned(tree), **_assigned(scope)}, named, plurals)


def _in_scope(
    scope: ast.AST,
    known: dict[str, list[ast.expr]],
    named: dict[str, tuple[tuple[int, ...], tuple[str, ...]]],
    plurals: tuple[str, ...],
) -> Iterator[Text]:
    for node in ast.walk(scope):
        if isinstance(node, ast.Yield | ast.Return) and isinstance(node.value, ast.Tuple):
            found = (text for part in node.value.elts for text in _constant(part, known))
            yield from (text for text in found if text.count(" ") > 1)  # (where, what, accepted)
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
        whole = ast.unparse(node.func)
        if whole.startswith("log.") or (name == "add" and not whole.endswith("faults.add")):
            continue
        if name in plurals and len(node.args) >= 2:
            yield from zip(*(_constant(argument, known) for argument in node.args[:2]), strict=False)
        elif name == "table":
            heads = node.args[0] if node.args else node
            elements = heads.elts if isinstance(heads, ast.Tuple) else [heads]
            if isinstance(heads, ast.Name):
                elements = [part for one in known.get(heads.id, ()) for part in getattr(one, "elts", ())]
            empty = [keyword.value for keyword in node.keywords if keyword.arg == "empty"]
            yield from (text for part in (*elements, *empty) for text in _constant(part, known))
        elif name in named:
            positions, keywords = named[name]
            given = [argument for place, argument in enumerate(node.args) if place in positions]
            given += [keyword.value for keyword in node.keywords if keyword.arg in keywords]
            for argument in given:
                yield from _constant(argument, known)


def _assigned(scope: ast.AST) -> dict[str, list[ast.expr]]:
    """Return name → what is assigned to it there: a text may have a name first."""
    found: dict[str, list[ast.expr]] = {}
    nodes = scope.body if isinstance(scope, ast.Module) else list(ast.walk(scope))
    for node in nodes:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                names, values = [target], [node.value]
                if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                    names, values = target.elts, node.value.elts
                for one, value in zip(names, values, strict=True):
                    if isinstance(one, ast.Name):
                        found.setdefault(one.id, []).append(value)
    return found


def _constant(node: ast.expr, known: dict[str, list[ast.expr]]) -> list[str]:
    """Return the texts that an argument may be."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.IfExp():
            return [*_constant(node.body, known), *_constant(node.orelse, known)]
        case ast.BoolOp():
            return [text for value in node.values for text in _constant(value, known)]
        case ast.Name():
            return [text for value in known.get(node.id, ()) for text in _constant(value, {})]
    return []


def _of_command(command: click.Command) -> Iterator[str]:
    yield from (cleandoc(text) for text in (command.help, command.epilog) if text)
    yield from (param.help for param in command.params if isinstance(param, click.Option) and param.help)
    for sub in getattr(command, "commands", {}).values():
        yield from _of_command(sub)


def _constants() -> Iterator[str]:
    """Yield the texts of tables that are translated where they are printed."""
    yield from (*day_name, *day_abbr, *month_name, *MONTHS)
    yield from (*help.SUBJECTS, *help.FIRST.values(), *help.MORE, *fields.FIELD_LIST)
    yield from (why for _, why in demo.NEXT)
    yield from (verbs.CLOSES_NONE, verbs.SHIPPED_TYPES, questions.INTRODUCTION)
    yield from (*model_errors._TYPES.values(), *(text for row in model_errors._BOUNDS.values() for text in row[::2]))
    yield from map(str, (*Verdict, *State, *Outcome, *Level, *LOUD, *KINDS, *register.CHANGED.values(), *InboxState))
    yield from (outbox.SOON, outbox.AT_ONCE, status.DIFFER, check.BROKEN, entry.NO_END, register.UNKNOWN)
    yield from (*preview.STATES.values(), *(row[-1] for row in timeline_text.SIGNS.values()))
    yield from (*(text for row in engine.MEANINGS for text in row[1:]), engine.MEND_LOG)
    yield from (*doctor.HEADINGS, *read.BASIS.values(), *read.REASONS.values(), read.NO_DUTY)
    yield from (*read.MARKS.values(), *(role.replace("_", " ") for role in read.ROLES))
    yield from (*proposals.DOUBTS.values(), *proposals.ACTS.values(), *proposals.FIELDS.values())
    yield from review.ANSWERS.values()
    yield from (*advice.BY_ERRNO.values(), *advice.POSTGRESQL.values(), advice.LOOK_THERE, advice.LOOK_INTO_LOG)
    yield from (advice.WHO_HOLDS, advice.WHO_HOLDS_SERVER, advice.AGAIN, relay.RENEW, relay.ASK, *relay.HINTS.values())
    yield from (installation.FREE, installation.RESTORE, smtp_session.NO_ENTRY, *held_mail.KINDS.values())
    yield from (text for text, _ in timeline_svg.MEANINGS)
    yield from (*FORMS.values(), *MEANINGS.values())
    yield from (*JINJA, *SYSTEM, *JSON, "object", "array", *LETTERS)


def main() -> None:
    """Write both files."""
    made = catalogue(known() if PO.exists() else None)
    PO.write_bytes(written(made))
    MO.write_bytes(compiled(made))
    missing = [message.id for message in made if message.id and not (message.string and all(message.string))]
    print(f"{len(made)} texts, {len(missing)} without a translation")
    if "--list" in sys.argv:
        for id in missing:
            print(repr(id))


if __name__ == "__main__":
    main()
