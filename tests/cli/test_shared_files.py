"""Man pages and completion: as the commands are now, readable by man, completing in a real bash, and in the wheel."""

import os
import shutil
import subprocess
import sys
import tomllib

import pytest
from patience import LIMIT
from shared_files import ROOT, SHARE, files

from monitor.cli.main import COMMANDS

PAGES = ("man/man1/monitor.1", "man/man5/monitor-config.5")


def rendered(page):
    """The page as a reader has it, and what man has against it."""
    done = subprocess.run(
        ["man", "--warnings=w", "-l", str(SHARE / page)], capture_output=True, text=True, timeout=LIMIT,
        env={**os.environ, "MANWIDTH": "400", "LC_ALL": "C.UTF-8", "MAN_KEEP_FORMATTING": ""},
    )  # fmt: skip
    return done.stdout, done.stderr


def test_the_files_say_what_the_commands_and_the_example_say():
    told = {str(path.relative_to(SHARE)) for path in SHARE.rglob("*") if path.is_file()}
    assert told == set(files())
    for path, content in files().items():
        assert (SHARE / path).read_text(encoding="utf-8") == content, "run python tests/cli/shared_files.py"


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
@pytest.mark.parametrize("page", PAGES)
def test_man_shows_a_page_without_a_warning(page):
    shown, said = rendered(page)
    assert said == ""
    assert "NAME" in shown and "SEE ALSO" in shown


@pytest.mark.skipif(shutil.which("man") is None, reason="man is not installed")
def test_the_pages_have_every_command_exit_code_and_setting():
    words = " ".join(rendered(PAGES[0])[0].split())
    assert all(f"monitor {name} " in words for name in COMMANDS)
    assert "--smtp-password-file" in words and "5 check, status: mails are held" in words.replace("`", "")
    settings = " ".join(rendered(PAGES[1])[0].split())
    for table, keys in tomllib.loads((ROOT / "config.example.toml").read_text()).items():
        assert f"[{table}" in settings and all(
            f"{key} = " in settings for key in keys if not isinstance(keys[key], dict)
        )


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["do"], {"doctor"}),
        (["outbox", ""], {"release", "drop", "show", "hold", "resume"}),
        (["check", "--d"], {"--dry-run"}),
        (["init", "--smtp-security", ""], {"starttls", "tls", "plain"}),
        (["nothing-like-it"], set()),
    ],
)
def test_bash_completes(words, completed, tmp_path):
    (tmp_path / "monitor").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m monitor "$@"\n')
    (tmp_path / "monitor").chmod(0o755)
    typed = " ".join(f"'{word}'" for word in ["monitor", *words])
    script = f"""
        source '{SHARE}/bash-completion/completions/monitor'
        COMP_WORDS=({typed}); COMP_CWORD={len(words)}
        $(complete -p monitor | sed 's/.*-F \\([^ ]*\\) .*/\\1/') monitor
        printf '%s\\n' "${{COMPREPLY[@]}}"
    """
    env = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=LIMIT, env=env, cwd=tmp_path)
    assert (set(done.stdout.split()), done.stderr) == (completed, "")


def test_the_wheel_carries_them_to_share():
    build = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    assert build["targets"]["wheel"]["shared-data"] == {"docs/share": "share"}
