"""The program after this one: a copy of the package with one more migration, which only adds."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from facts import ROOT
from patience import LIMIT

from monitor.store.migrate import HEAD

NEXT = f"{int(HEAD) + 1:04}"
VERSION = "99.0"
MIGRATION = f'''
from alembic import op

revision = "{NEXT}"
down_revision = "{HEAD}"
serves = "{HEAD}"


def upgrade() -> None:
    op.create_index("ix_of_the_later_program", "attempts", ["who"])
'''


class Running:
    """One of its services; what is asked of a process of ours can be asked of it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self.pid, self.kill, self.terminate = process.pid, process.kill, process.terminate

    @property
    def exitcode(self) -> int | None:
        return self._process.poll()

    def is_alive(self) -> bool:
        return self.exitcode is None

    def join(self) -> None:
        self._process.wait(LIMIT)


class LaterProgram:
    """Made in a folder of its own; its processes import from there."""

    def __init__(self, folder: Path) -> None:
        package = folder / "monitor"
        shutil.copytree(ROOT / "monitor", package, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("rules", "templates"):
            (folder / name).symlink_to(ROOT / name)
        (package / "__init__.py").write_text(f'__version__ = "{VERSION}"\n', encoding="utf-8")
        (package / "store" / "migrations" / "versions" / f"{NEXT}_later.py").write_text(MIGRATION, encoding="utf-8")
        migrate = package / "store" / "migrate.py"
        text = migrate.read_text(encoding="utf-8")
        assert f'HEAD = "{HEAD}"' in text
        migrate.write_text(text.replace(f'HEAD = "{HEAD}"', f'HEAD = "{NEXT}"'), encoding="utf-8")
        places = (folder, ROOT / "tests" / "faults", ROOT / "tests")
        self._folder, self._environ = folder, {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, places))}

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """`monitor` with these arguments."""
        command = [sys.executable, "-m", "monitor", *arguments]
        return subprocess.run(
            command, cwd=self._folder, env=self._environ, capture_output=True, text=True, timeout=LIMIT
        )

    def start(self, *files: str) -> Running:
        """A service under a kept clock: configuration, clock, log."""
        program = "import sys; from mortal import live; live(*sys.argv[1:], None)"
        return Running(subprocess.Popen([sys.executable, "-c", program, *files], cwd=self._folder, env=self._environ))
