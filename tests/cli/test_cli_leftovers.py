"""No sentence for a person is left in English alone: what the source says is in the catalogue, or no one reads it."""

import ast
import re
from functools import cache

import catalogue
from facts import ROOT

PROSE = re.compile(r"[A-Za-z]{2,}[,:;]? [a-z]{2,}")  # two words
NO_PROSE = re.compile(r"SELECT|^import |^<[!a-z]|PRAGMA|^text/|^ORDER |^[\w-]+(\|| )[\w |./-]*$")  # SQL and names
# Files whose words are data, or are read by programs and operators: patterns, samples, the compact form of derivations.
DATA = (
    "core/calendar/local_dates.py", "core/calendar/typed_dates.py", "core/model/date_names.py", "core/model/fields.py",
    "core/planning/due_day.py", "core/mailing/due_date_changes.py", "core/mailing/overview.py", "drawing/svg.py",
    "exchange/columns.py", "mail/headers.py", "mail/letters/samples.py", "mail/message.py",
    "reading/", "store/migrations/", "store/schema.py", "store/state.py", "journal.py", "signals/", "watching/",
)  # fmt: skip
PROGRAMMERS = ("TypeError", "AssertionError", "NotImplementedError", "assert_never", "compile", "DisconnectionError")
KEPT = {  # of the history and the state, which are kept in English; or compared with what another program says
    "Dropped from the held mails, counts as said", "Released from the held mails", "a check that was asked for is made",
    "a person can be reached again", "a recipient was refused permanently", "held mails were parted",
    "unsent mails were taken back", "the operator", "no row", "no answer", "drop folder", "register file",
    "code points", "(no recipient)", "(at end of document)", "Nothing: they have left.", "{meaning} May be repeated.",
    "[database] names another database, or another password, than the one in use.",
    "A text in English, or { nl = …, en = … }.", "a value is printed that is empty here (None)",
}  # fmt: skip


@cache
def translated():
    found = set()
    for text in catalogue.texts():
        found.update(text if isinstance(text, tuple) else [text])
    return frozenset(found)


def unread(tree):
    """Constants that no person reads as a sentence: docstrings, help (it is in the catalogue), log events, mistakes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value
        elif isinstance(node, ast.JoinedStr | ast.Compare | ast.Assert | ast.Subscript):
            yield from (part for part in ast.walk(node) if isinstance(part, ast.Constant))
        elif isinstance(node, ast.Call):
            name = ast.unparse(node.func)
            if name in PROGRAMMERS or name.startswith(("log.", "click.option", "click.argument", "re.")):
                yield from (part for part in ast.walk(node) if isinstance(part, ast.Constant))


def left_over(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    passed = set(map(id, unread(tree)))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            text = node.value
            if PROSE.search(text) and not NO_PROSE.search(text) and not {text, text.strip()} & (translated() | KEPT):
                yield text


def test_every_sentence_of_the_source_is_in_the_catalogue():
    """A text of two words or more that a person could read has a translation."""
    found = {}
    for file in sorted((ROOT / "monitor").rglob("*.py")):
        place = file.relative_to(ROOT / "monitor").as_posix()
        if not place.startswith(DATA) and (texts := [*left_over(file)]):
            found[place] = texts
    assert found == {}
