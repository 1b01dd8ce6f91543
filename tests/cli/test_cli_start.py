"""How short commands start: without libraries that they do not need, and reading the configuration once."""

import json
import os
import subprocess
import sys
from pathlib import Path

from patience import LIMIT

from monitor.app import build
from monitor.cli.main import invoke

UNUSED = {
    "alembic", "apscheduler", "css_inline", "email_validator", "jinja2", "openpyxl", "pydantic_settings", "smtplib",
}  # fmt: skip
COMMANDS = (("list",), ("show", "p-1"), ("check",), ("status",), ("outbox",), ("history",), ("prune", "--dry-run"))
PEOPLE = """[people.otto]
name = "Otto"
address = "otto@example.org"
roles = ["operator"]
"""
SCRIPT = """
import json, sys
from monitor.cli.main import invoke
for command in json.loads(sys.argv[1]):
    print("\\nended", json.dumps([invoke(command), sorted(sys.modules)]))
"""


def test_short_commands_import_no_library_in_vain(home):
    """Each of these libraries takes 20 to 100 ms to import."""
    add = ("add", "p-1", "--kind", "mandate", "--title", "A", "--valid-until", "2090-12-31", "--yes")
    assert invoke([*add]) == 0 and invoke(["check"]) == 0
    arguments = [sys.executable, "-c", SCRIPT, json.dumps([*COMMANDS])]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    ends = [json.loads(line[6:]) for line in done.stdout.splitlines() if line.startswith("ended ")]
    for command, (code, names) in zip(COMMANDS, ends, strict=True):
        assert (command, code, UNUSED.intersection(names)) == (command, 0, set())


def test_a_configuration_from_a_pipe_is_read_once(home, sqlite_url):
    """A pipe can be read only once, so all that a command makes of the configuration comes from one reading."""
    reader, writer = os.pipe()
    os.write(writer, f'[database]\nurl = "{sqlite_url}"\n{PEOPLE}'.encode())
    os.close(writer)
    with build(Path(f"/dev/fd/{reader}")) as app:
        assert [person.name for person in app.people.persons.values()] == ["Otto"]
    os.close(reader)
