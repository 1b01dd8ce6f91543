"""Documentation and code avoid the words that the style in CONTRIBUTING.md replaces by plain terms."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pytest
from facts import ROOT

BANNED = re.compile(
    r"(?<![\w-])(nobody|somebody|whoever|(?:is|are|was|were|be|been) told|stands|anew|for good|as good as|lived"
    r"|hangs on)(?![\w-])",
    re.IGNORECASE,
)
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "config.example.toml")] + sorted(
    (ROOT / "docs").glob("*.md")
)
ROOMY = ("core", "actions", "mail", "settings")  # packages whose folders are rooms of their own
VERB = re.compile(r".+(ed|lost|sent|begun|left|kept|held|broken|taken|withdrawn|found)")
LOG_LEVELS = {"debug", "info", "warning", "error", "critical", "exception"}
LONGEST_NAME = 60
TEST = ast.FunctionDef | ast.AsyncFunctionDef


def banned_words(text: str) -> list[str]:
    """Return the banned words and phrases of a text, in order; a line break counts as a space."""
    return BANNED.findall(" ".join(text.split()))


def texts(source: str) -> Iterator[str]:
    """Yield all strings, docstrings and comments of a module; the lines of one comment belong together."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
    last, comment = 0, ""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1:
                yield comment
                comment = ""
            last, comment = token.start[0], f"{comment} {token.string.lstrip('#')}"
    yield comment


def rooms() -> dict[str, list[Path]]:
    """Return the modules of each room under monitor/."""
    found: dict[str, list[Path]] = {}
    for path in sorted((ROOT / "monitor").rglob("*.py")):
        parts = path.relative_to(ROOT / "monitor").parts
        room = "/".join(parts[:2]) if len(parts) > 2 and parts[0] in ROOMY else parts[0]
        found.setdefault(room.removesuffix("/__init__.py"), []).append(path)
    return found


ROOMS = rooms()


def log_events() -> set[str]:
    """Return the names of all log events that are written in the code."""
    calls = (
        node
        for path in chain.from_iterable(ROOMS.values())
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOG_LEVELS
    )
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute) and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "log" and call.args and isinstance(call.args[0], ast.Constant)
    }  # fmt: skip


def test_banned_words_are_found_across_lines():
    """A phrase that a line break splits is found; a name in code or a hyphenated word is not."""
    assert banned_words("Nobody\nis told;  it\n stands.") == ["Nobody", "is told", "stands"]
    assert banned_words("`stands_aside`, long-lived, standing") == []


def test_texts_of_a_module_are_its_strings_and_comments():
    """Docstrings, strings, parts of f-strings and comments of several lines are read; names are not."""
    source = '"""Doc."""\nnobody = f"one {1} two"\n# is\n# told\n\n# other\n'
    assert [" ".join(text.split()) for text in texts(source) if text.strip()] == [
        "Doc.", "one", "two", "is told", "other",
    ]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_documentation_has_no_banned_word(page):
    """A page of the documentation uses plain professional English."""
    assert banned_words(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("room", ROOMS)
def test_code_has_no_banned_word(room):
    """Docstrings, comments, help texts, messages and log events use plain professional English."""
    modules = {path: path.read_text(encoding="utf-8") for path in ROOMS[room]}
    found = {path: [word for text in texts(source) for word in banned_words(text)] for path, source in modules.items()}
    words = {str(path.relative_to(ROOT)): bad for path, bad in found.items() if bad}
    assert words == {}


def test_log_events_are_named_object_verb():
    """An event names an object and what happened to it, as `lease_lost`."""
    wrong = {
        event for event in log_events() if not re.fullmatch(r"[a-z]+(_[a-z]+)+", event) or not VERB.fullmatch(event)
    }
    assert wrong == set()


def test_test_names_are_short():
    """A test has a name of at most 60 characters; its docstring tells the story."""
    names = [
        f"{path.name}: {node.name}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, TEST) and node.name.startswith("test_") and len(node.name) > LONGEST_NAME
    ]
    assert names == []
