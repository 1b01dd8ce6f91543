"""Commands that look at the register remember; who judges the files, or works with them for long, reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from monitor.cli.main import run
from monitor.remembered import Memory

HEAVY = {
    "pydantic",
    "pydantic_core",
    "pydantic_settings",
    "email_validator",
    "jinja2",
    "css_inline",
    "tomllib",
    "alembic",
}
SCRIPT = """
import json, sys
from monitor.cli.main import run
for arguments in json.loads(sys.argv[2]):
    code = run(["--config", sys.argv[1], *arguments])
    print("ended", json.dumps([code, sorted(name for name in sys.modules if "." not in name)]))
"""
QUICK = (
    ("list",),
    ("list", "--json"),
    ("show", "p-1"),
    ("check",),
    ("status",),
    ("outbox",),
    ("history",),
    ("note", "p-1", "asked the harbour master", "--yes"),
    ("prune", "--dry-run"),
)


def imported(config: Path, *commands: Sequence[str]) -> Iterator[tuple[Sequence[str], int, set[str]]]:
    """Each command with its exit code and all that was imported by its end; they run in one process, one after the other."""
    arguments = [sys.executable, "-c", SCRIPT, str(config), json.dumps(commands)]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    ends = [json.loads(line.removeprefix("ended ")) for line in done.stdout.splitlines() if line.startswith("ended ")]
    for command, (code, names) in zip(commands, ends, strict=True):
        yield command, code, set(names)


@pytest.fixture
def filled(home, config):
    entry = ("p-1", "--kind", "permit", "--title", "A permit", "--valid-until", "2090-12-31", "--yes")
    assert run(["--config", str(config), "add", *entry]) == 0
    assert run(["--config", str(config), "check"]) == 0
    return config


def test_commands_whose_files_have_not_changed_import_nothing_that_reads_them(filled):
    for command, code, names in imported(filled, *QUICK):
        assert (command, code, names & HEAVY) == (command, 0, set())
        assert "sqlalchemy" in names


def test_the_first_one_does(filled):
    filled.write_text(filled.read_text() + "# edited\n")
    [(_, _, names)] = imported(filled, ("list",))
    assert names >= {"pydantic", "tomllib"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("validate",),
        ("validate", "--coverage"),
        ("doctor",),
        ("simulate", "--from", "2026-12-01", "--to", "2026-12-02", "--rules", "etc/rules"),
        ("whatif", "--from", "2026-12-01", "--to", "2026-12-02", "--rules", "etc/rules"),
        ("init", "new", "--database", "new.db"),
        ("migrate",),
    ],
    ids=" ".join,
)
def test_who_judges_the_files_reads_them(filled, arguments, monkeypatch, capsys):
    def recall(memory):
        raise AssertionError("recalled")

    monkeypatch.setattr(Memory, "recall", recall)
    run(["--config", str(filled), *arguments])
    capsys.readouterr()
    with pytest.raises(AssertionError, match="recalled"):
        run(["--config", str(filled), "list"])


def test_the_service_reads_them(filled, monkeypatch):
    import monitor.daemon

    monkeypatch.setattr(Memory, "__init__", lambda *_: pytest.fail("asked"))
    served = []
    monkeypatch.setattr(monitor.daemon, "serve", served.append)
    assert run(["--config", str(filled), "run"]) == 0
    assert served
